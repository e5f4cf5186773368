//! Delivery: the first counts.

use piaolian_contracts::{
    organisations::Role,
    receipts::{DeliveryChannel, Status},
};
use piaolian_proto::v1 as proto;

use super::{forge, verdicts, with_receipt, with_receipts};
use crate::world::{
    payments::{AGENCY, CENTRE, paying_world, receipted},
    receipts::{deliver, exchange},
    requests::{grant, issue},
};

#[test]
fn the_first_delivery_counts_and_a_second_is_told_of_it() {
    let mut world = with_receipt();
    world.accept(deliver(&["R1"]));
    let delivery = world.receipt("R1").delivery.unwrap();
    assert_eq!(
        (delivery.channel, delivery.height, delivery.time),
        (DeliveryChannel::Counter, world.height, world.time)
    );
    assert_eq!(world.status("R1"), Status::Issued, "it changes no status");
    let by_mail = |message: &mut proto::DeliverReceipts| {
        message.channel = DeliveryChannel::Mail.number();
    };
    world
        .reject(deliver(&["R1"]).with(by_mail), "DeliveredBefore")
        .naming(["R1", "counter", "2026-11-21 12:00:03", "3"]);
}

#[test]
fn an_agency_delivers_what_a_centre_issued_for_it() {
    let mut world = paying_world();
    receipted(&mut world, 1, "fine");
    receipted(&mut world, 2, "toll");
    world
        .accept(deliver(&["fine"]).by(AGENCY))
        .accept(deliver(&["toll"]).by(CENTRE));
    let agency = |name: &str| world.receipt(name).delivery.unwrap().agency;
    assert_eq!(agency("fine"), Some(world.member(AGENCY).id));
    assert_eq!(agency("toll"), None, "the issuer itself");
    for (name, actor) in [("fine", CENTRE), ("toll", AGENCY)] {
        let again = deliver(&[name]).by(actor);
        world.reject(again, "DeliveredBefore").naming([name]);
    }
}

#[test]
fn an_agency_delivers_nothing_that_was_not_issued_for_it() {
    let mut world = paying_world();
    world
        .admit("harbour", &[Role::CollectingAgency])
        .accept(issue("R1"));
    receipted(&mut world, 1, "fine");
    for (actor, name) in [("harbour", "fine"), ("harbour", "R1"), (AGENCY, "R1")] {
        world
            .reject(deliver(&[name]).by(actor), "NotTheIssuer")
            .naming([name, CENTRE]);
    }
    let both = deliver(&["R1", "fine"]).by(AGENCY);
    assert_eq!(verdicts(&mut world, both), ["NotTheIssuer", "accepted"]);
    // Its receipt stays the issuer's in all else.
    let paper = exchange("fine", "42").by(AGENCY);
    world.reject(paper, "RoleMissing").naming([AGENCY]);
}

#[test]
fn a_batch_of_deliveries_is_judged_one_by_one() {
    let mut world = with_receipts(&["R1", "R2", "R3"]);
    forge(&mut world);
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_000, 2_001));
    world.accept(issue("other").by("clinic"));
    let batch = deliver(&["R1", "forged", "R2", "R1", "other", "R3"]);
    assert_eq!(
        verdicts(&mut world, batch),
        [
            "accepted",
            "UnknownReceipt",
            "accepted",
            "DeliveredBefore",
            "NotTheIssuer",
            "accepted"
        ]
    );
    let delivered = ["R1", "R2", "R3"].map(|name| world.receipt(name).delivery.is_some());
    assert_eq!(delivered, [true; 3]);
    assert_eq!(world.receipt("other").delivery, None);
}
