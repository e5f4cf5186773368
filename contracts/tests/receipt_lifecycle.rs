//! A receipt between its issue and its archive: delivery, paper, use audit, archive.

mod archiving;
mod delivery;
mod paper;
mod status;

use piaolian_contracts::{organisations::Role, receipts::Status, types::ReceiptNumber};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use self::status::each_status;
use crate::world::{
    World, accepted, item_rules, name_of,
    receipts::{archive, audit, deliver, exchange, note, return_paper},
    reimbursement::{
        approve, authorise, correct, file, paid_out, reject_claim, release, with_policy, withdraw,
    },
    requests::{Request, issue, issue_all, item, reverse, set_parameters},
};

fn with_receipts(names: &[&str]) -> World {
    let mut world = World::new();
    world.accept(issue_all(names.iter().map(|name| item(name)).collect()));
    world
}

fn with_receipt() -> World {
    with_receipts(&["R1"])
}

fn forge(world: &mut World) {
    let mut forged = world.receipt_id("R1");
    forged.number = ReceiptNumber::parse("", 4_711).unwrap();
    world.call("forged", forged);
}

/// The names of the rules that judged each item.
fn verdicts(world: &mut World, request: impl Request) -> Vec<&'static str> {
    let outcome = world.submit(request);
    assert_eq!(outcome.code, 0);
    item_rules(&outcome)
}

#[test]
fn whatever_became_of_a_receipt_it_may_be_delivered_and_audited() {
    for alter in each_status() {
        let mut world = with_receipt();
        alter(&mut world);
        let before = world.status("R1");
        world
            .accept(deliver(&["R1"]))
            .accept(audit(&["R1"]))
            .accept(note("R1", "employer"));
        assert_eq!(world.status("R1"), before);
    }
}

#[test]
fn finance_audits_the_use_of_a_number_once_and_reverses_nothing_by_it() {
    let mut world = with_receipts(&["R1", "R2"]);
    world
        .admit("finance2", &[Role::Finance])
        .accept(reverse("R2"));
    assert_eq!(
        verdicts(&mut world, audit(&["R1", "R2", "-R2", "R1"])),
        ["accepted", "accepted", "accepted", "AuditedBefore"]
    );
    let done = world.receipt("R1").use_audit.unwrap();
    assert_eq!(
        (done.organisation, done.audit_number.as_str(), done.height),
        (world.member("finance").id, "HX-2026-11", world.height)
    );
    assert_eq!(world.status("R1"), Status::Issued);
    world
        .reject(audit(&["R1"]).by("finance2"), "AuditedBefore")
        .naming(["R1", "finance", "HX-2026-11", "5"]);
}

#[test]
fn a_payers_verification_is_noted_and_the_last_note_stands() {
    let mut world = with_receipt();
    forge(&mut world);
    world
        .accept(note("R1", "insurer"))
        .accept(note("R1", "employer"));
    let noted = world.receipt("R1").verification.unwrap();
    assert_eq!(
        (noted.organisation, noted.height, noted.time),
        (world.member("employer").id, world.height, world.time)
    );
    let altered = |message: &mut proto::NoteVerification| message.presented_total_fen = 1_00;
    world
        .reject(note("R1", "insurer").with(altered), "VerifiedTotalDiffers")
        .naming(["R1", "1.00", "100.00"]);
    world.reject(note("forged", "insurer"), "UnknownReceipt");
}

#[test]
fn batches_hold_1_to_1000_receipts_and_name_a_channel() {
    let mut world = with_receipt();
    world
        .refuse(deliver(&[]), "Malformed")
        .refuse(audit(&[]), "Malformed");
    world.refuse(archive(&[], "hospital"), "Malformed");
    let many = vec!["R1"; 1_001];
    world
        .refuse(deliver(&many), "Malformed")
        .refuse(audit(&many), "Malformed");
    world.refuse(archive(&many, "hospital"), "Malformed");
    let nowhere = |message: &mut proto::DeliverReceipts| message.channel = 0;
    world.refuse(deliver(&["R1"]).with(nowhere), "Malformed");
    assert!(accepted(&world.submit(deliver(&many[..1]))));
    let outcome = world.submit(deliver(&many[..1_000]));
    assert!(
        outcome
            .items
            .iter()
            .all(|item| name_of(item.code) == "DeliveredBefore")
    );
    assert_eq!(outcome.items.len(), 1_000);
}

#[test]
fn a_block_takes_as_many_altered_receipts_as_issued_ones() {
    use piaolian_contracts::execute::Applied;

    let mut world = with_receipts(&["R1", "R2", "R3"]);
    world.accept(set_parameters(|p| p.block_receipts_max = 3));
    world.refuse(deliver(&["R1", "R2", "R3", "R1"]), "TooManyReceipts");
    let requests: [Box<dyn Request>; 4] = [
        Box::new(deliver(&["R1", "R2"])),
        Box::new(audit(&["R1", "R2"])),
        Box::new(archive(&["R3"], "hospital")),
        Box::new(issue("R4")),
    ];
    let verified = requests.map(|request| {
        let bytes = world.sign(&request);
        world.check(bytes).unwrap()
    });
    let mut executor = world.begin();
    let included = verified
        .each_ref()
        .map(|verified| matches!(executor.apply(verified).unwrap(), Applied::Included(_)));
    assert_eq!(included, [true, false, true, false]);
}

#[test]
fn a_block_counts_the_receipts_that_claims_alter() {
    use piaolian_contracts::execute::Applied;

    let mut world = with_policy();
    for name in ["R1", "R2", "R3"] {
        world.accept(issue(name)).accept(authorise(name, "insurer"));
    }
    world
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1"))
        .accept(set_parameters(|p| p.block_receipts_max = 220));
    // The number that each action counts: a batch of the rest fits in the same block, and one more does not.
    let counted: [(Box<dyn Request>, usize); 7] = [
        (Box::new(file("C-2", &["R2", "R3"])), 2),
        (Box::new(approve("C-1")), 20),
        (Box::new(reject_claim("C-1")), 20),
        (Box::new(paid_out("C-1")), 20),
        (Box::new(withdraw("C-1")), 20),
        (Box::new(correct("C-1")), 20),
        (Box::new(release("R1", "insurer")), 220),
    ];
    for (request, alters) in counted {
        let bytes = world.sign(&request);
        let act = world.check(bytes).unwrap();
        for (others, fits) in [(220 - alters, true), (221 - alters, false)] {
            // A batch of none is no batch.
            if others == 0 {
                continue;
            }
            let bytes = world.sign(&deliver(&vec!["R1"; others]));
            let batch = world.check(bytes).unwrap();
            let mut executor = world.begin();
            let applied = [&act, &batch].map(|verified| {
                let applied = executor.apply(verified).unwrap();
                matches!(applied, Applied::Included(_))
            });
            assert_eq!(applied, [true, fits], "{alters}");
        }
    }
}

#[test]
fn no_text_of_these_acts_carries_an_identity_number_on_chain() {
    const NUMBER: &str = "990100199003070019";
    let mut world = with_receipt();
    let number = || NUMBER.to_owned();
    let requests: [Box<dyn Request>; 7] = [
        Box::new(exchange("R1", NUMBER)),
        Box::new(exchange("R1", "1").with(|act| act.paper_code = number())),
        Box::new(return_paper("R1", NUMBER)),
        Box::new(return_paper("R1", "1").with(|act| act.reason = format!("{NUMBER} 退回"))),
        Box::new(audit(&["R1"]).with(|act| act.audit_number = number())),
        Box::new(archive(&["R1"], "hospital").with(|act| act.legal_basis = number())),
        Box::new(ArchivedUnder(NUMBER)),
    ];
    for request in requests {
        world.refuse(request, "IdentityNumber");
    }
}

/// The hospital archives a receipt under this number.
struct ArchivedUnder(&'static str);

impl Request for ArchivedUnder {
    fn actor(&self) -> &'static str {
        "hospital"
    }

    fn action(&self, world: &World) -> Action {
        let item = proto::ArchiveItem {
            receipt: Some(world.receipt_id("R1").into()),
            archive_number: self.0.to_owned(),
        };
        Action::ArchiveReceipts(proto::ArchiveReceipts {
            items: vec![item],
            legal_basis: "会计档案管理办法".to_owned(),
            retention_years: 0,
        })
    }
}
