//! Those who serve the holder, and so record its authorisations: the issuer and finance.

use piaolian_contracts::{disclosure::Live, organisations::Role};
use piaolian_proto::v1 as proto;

use super::{code, held, with_receipt};
use crate::world::{
    DAY_MS,
    people::Member,
    reimbursement::{authorise, revoke},
    requests::{administer, grant, issue, resume, suspend},
};

#[test]
fn the_holders_authorisation_is_recorded_by_those_alone_who_serve_the_holder() {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    world.admit("finance2", &[Role::Finance]);
    for actor in ["clinic", "insurer", "insurer2", "finance2"] {
        world
            .reject(authorise("R1", "insurer").by(actor), "NotAuthorised")
            .naming(["R1", actor, "claim"]);
    }
    world
        .accept(authorise("R1", "insurer"))
        // An issuer may be its own grantee: a hospital that reimburses its own staff needs consent too.
        .accept(authorise("R1", "hospital"));
}

#[test]
fn the_bureau_that_granted_the_number_serves_the_holder() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world.accept(authorise("R1", "insurer").by("finance"));
    let Live { grant, depth } = held(&world, "insurer").unwrap();
    assert_eq!((grant.grantor, depth), (world.member("finance").id, 1));
    // Each organisation that serves the holder may change what the other granted.
    world
        .accept(authorise("R1", "insurer").for_ms(DAY_MS))
        .accept(revoke("R1", "insurer").by("finance"));
    world.accept(authorise("R1", "insurer"));
    // Another bureau supervises other issuers' receipts, and serves their holders.
    world
        .reject(authorise("R1", "insurer2").by("finance2"), "NotAuthorised")
        .naming(["finance2", "R1"]);
    world.reject(revoke("R1", "insurer").by("finance2"), "NotTheGrantor");
}

#[test]
fn any_finance_serves_the_holder_while_the_issuer_is_suspended() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world.accept(authorise("R1", "insurer2"));
    world.accept(suspend("hospital"));
    world
        .reject(authorise("R1", "insurer"), "Suspended")
        .naming(["hospital"]);
    assert_eq!(code(&world, "insurer2"), 0, "what was granted before holds");
    world
        .accept(authorise("R1", "insurer").by("finance2"))
        .accept(revoke("R1", "insurer2").by("finance2"));
    let Live { grant, depth } = held(&world, "insurer").unwrap();
    assert_eq!((grant.grantor, depth), (world.member("finance2").id, 1));
    world.accept(resume("hospital"));
    world.reject(authorise("R1", "insurer2").by("finance2"), "NotAuthorised");
    world.accept(revoke("R1", "insurer"));
    assert_eq!(code(&world, "insurer"), 1512);
}

#[test]
fn any_finance_serves_the_holder_when_the_issuer_is_gone() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world.know(Member::new("clinic"));
    // Every key of the clinic ends with the block that comes second after this.
    let last = world.height.get() + 3;
    let ending = administer("finance", move |world| {
        let mut admission = world.member("clinic").admission(&world.chain_id);
        admission
            .keys
            .iter_mut()
            .for_each(|key| key.last_height = last);
        proto::transaction_body::Action::AdmitOrganisation(admission)
    });
    world
        .accept(ending)
        .accept(grant("clinic", 2_001, 2_010))
        .accept(issue("R9").by("clinic"));
    assert_eq!(world.height.get(), last);
    world.refuse(authorise("R9", "insurer").by("clinic"), "KeyNoLongerLive");
    world.accept(authorise("R9", "insurer").by("finance2"));
}
