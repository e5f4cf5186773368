//! A receipt between its issue and its archive: delivery, paper, use audit, archive.

use piaolian_contracts::{
    chain::Height,
    organisations::Role,
    receipts::{DeliveryChannel, Status},
    types::{BeijingDate, ReceiptNumber},
};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use crate::world::{
    DAY_MS, TODAY, World, accepted,
    life::{archive, audit, deliver, exchange, note, return_paper},
    name_of,
    payments::{AGENCY, CENTRE, paying_world, receipted},
    reimbursement::{
        approve, authorise, correct, failed, file, paid_out, publish, reject_claim, release,
        with_policy, withdraw,
    },
    requests::{
        Request, book, grant, issue, issue_all, item, lock, reverse, set_parameters, unbook, unlock,
    },
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
    outcome
        .items
        .iter()
        .map(|item| name_of(item.code))
        .collect()
}

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
fn a_receipt_on_paper_is_marked_and_only_its_paper_counts() {
    let mut world = with_receipt();
    world.accept(exchange("R1", "0017"));
    assert_eq!(world.status("R1"), Status::OnPaper);
    let paper = world.receipt("R1").papers.remove(0);
    assert_eq!(
        (
            paper.code.as_str(),
            paper.number.as_str(),
            paper.height,
            paper.returned
        ),
        ("35010126", "0017", world.height, None)
    );
    let out = ["R1", "35010126", "0017", "3"];
    world.reject(lock("R1", "insurer"), "OnPaper").naming(out);
    world
        .reject(book("R1", "insurer", "V1", 1), "OnPaper")
        .naming(out);
    world.reject(reverse("R1"), "OnPaper").naming(out);
    world.reject(exchange("R1", "0018"), "OnPaper").naming(out);
    world
        .reject(archive(&["R1"], "hospital"), "OnPaper")
        .naming(out);
}

#[test]
fn the_very_paper_must_come_back() {
    let mut world = with_receipt();
    world
        .reject(return_paper("R1", "0017"), "NotOnPaper")
        .naming(["R1"]);
    world.accept(exchange("R1", "0017"));
    world
        .reject(return_paper("R1", "0018"), "AnotherPaper")
        .naming(["R1", "35010126", "0018", "0017", "4"]);
    let other_code = |message: &mut proto::ReturnPaper| message.paper_code = "35010125".to_owned();
    world
        .reject(return_paper("R1", "0017").with(other_code), "AnotherPaper")
        .naming(["35010125"]);
    world.accept(return_paper("R1", "0017"));
    let returned = world.receipt("R1").papers.remove(0).returned.unwrap();
    assert_eq!(returned.reason.as_str(), "the employer takes e-receipts");
    assert_eq!((returned.height, returned.time), (world.height, world.time));
    assert_eq!(world.status("R1"), Status::Issued);
    world.reject(return_paper("R1", "0017"), "NotOnPaper");
    world.accept(book("R1", "insurer", "V1", 60_00));
}

#[test]
fn a_paper_form_is_used_once_on_the_whole_chain() {
    let mut world = with_receipts(&["R1", "R2"]);
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_000, 2_001));
    world.accept(issue("other").by("clinic"));
    world.accept(exchange("R1", "0017"));
    world
        .reject(exchange("R2", "0017"), "PaperUsed")
        .naming(["35010126", "0017", "R1"]);
    world.accept(return_paper("R1", "0017"));
    // A form that was written on stays used, for its own receipt too.
    for (receipt, issuer) in [("R1", "hospital"), ("R2", "hospital"), ("other", "clinic")] {
        world
            .reject(exchange(receipt, "0017").by(issuer), "PaperUsed")
            .naming(["R1"]);
    }
    // Code and number count together: what one lends the other is another form.
    let shifted = |message: &mut proto::ExchangeForPaper| {
        (message.paper_code, message.paper_number) = ("350101260".to_owned(), "017".to_owned());
    };
    world.accept(exchange("R2", "0017").with(shifted));
}

#[test]
fn a_receipt_is_exchanged_for_paper_at_most_eight_times() {
    let mut world = with_receipt();
    for number in 0..8 {
        let number = number.to_string();
        world
            .accept(exchange("R1", &number))
            .accept(return_paper("R1", &number));
    }
    world
        .reject(exchange("R1", "8"), "TooManyPapers")
        .naming(["R1", "8"]);
}

#[test]
fn only_the_issuer_handles_paper() {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    forge(&mut world);
    world
        .reject(exchange("R1", "1").by("clinic"), "NotTheIssuer")
        .naming(["R1", "hospital"]);
    world
        .reject(exchange("forged", "1"), "UnknownReceipt")
        .naming(["forged"]);
    world.accept(exchange("R1", "1"));
    world.reject(return_paper("R1", "1").by("clinic"), "NotTheIssuer");
    world.reject(return_paper("forged", "1"), "UnknownReceipt");
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
fn issuer_payers_and_finance_archive_each_once() {
    let mut world = with_receipt();
    world.accept(book("R1", "employer", "V1", 60_00));
    for keeper in ["hospital", "employer", "finance"] {
        world.accept(archive(&["R1"], keeper));
        world
            .reject(archive(&["R1"], keeper), "ArchivedBefore")
            .naming(["R1", "A-1"]);
    }
    assert_eq!(world.status("R1"), Status::Archived);
    let kept = world.receipt("R1").archives;
    let keepers = ["hospital", "employer", "finance"].map(|name| world.member(name).id);
    assert!(kept.iter().map(|entry| entry.organisation).eq(keepers));
    let entry = &kept[0];
    assert_eq!(entry.mandate.as_str(), "会计档案管理办法");
    assert_eq!(entry.operator.as_ref().unwrap().as_str(), "li.wei");
    assert_eq!(
        entry.retain_until,
        BeijingDate::parse("", TODAY + 300_000).unwrap()
    );
}

#[test]
fn whoever_has_nothing_to_do_with_a_receipt_does_not_archive_it() {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    forge(&mut world);
    for stranger in ["clinic", "insurer"] {
        world
            .reject(archive(&["R1"], stranger), "NothingToArchive")
            .naming(["R1", stranger]);
    }
    world
        .accept(book("R1", "insurer", "V1", 1))
        .accept(unbook("R1", "insurer", "V1"));
    world.reject(archive(&["R1"], "insurer"), "NothingToArchive");
    world.reject(archive(&["forged"], "hospital"), "UnknownReceipt");
}

#[test]
fn a_batch_of_archives_is_judged_one_by_one() {
    let mut world = with_receipts(&["R1", "R2", "R3"]);
    world.accept(lock("R2", "insurer"));
    assert_eq!(
        verdicts(&mut world, archive(&["R1", "R2", "R1", "R3"], "hospital")),
        ["accepted", "Locked", "ArchivedBefore", "accepted"]
    );
    assert_eq!(
        world.receipt("R3").archives[0].archive_number.as_str(),
        "A-4"
    );
}

#[test]
fn retention_is_governed_and_may_be_longer() {
    let mut world = with_receipts(&["R1", "R2", "R3"]);
    let years = |years| move |message: &mut proto::ArchiveReceipts| message.retention_years = years;
    world
        .reject(
            archive(&["R1"], "hospital").with(years(29)),
            "RetentionTooShort",
        )
        .naming(["29", "30"]);
    world.accept(archive(&["R1"], "hospital").with(years(100)));
    world.accept(set_parameters(|p| p.retention_years = 10));
    world.accept(archive(&["R2"], "hospital"));
    world.accept(archive(&["R3"], "hospital").with(years(15)));
    let until = ["R1", "R2", "R3"].map(|name| world.receipt(name).archives[0].retain_until.get());
    assert_eq!(until, [TODAY + 1_000_000, TODAY + 100_000, TODAY + 150_000]);
    world.refuse(archive(&["R1"], "finance").with(years(101)), "Malformed");
}

#[test]
fn a_receipt_of_a_leap_day_is_never_kept_too_short() {
    let mut world = World::new();
    // To the first leap day after the founding.
    world.wait_ms(465 * DAY_MS);
    world.accept(issue("R1").dated(2028_02_29));
    world.accept(archive(&["R1"], "hospital"));
    assert_eq!(
        world.receipt("R1").archives[0].retain_until.get(),
        2058_03_01
    );
}

#[test]
fn an_archived_receipt_is_neither_reversed_nor_exchanged_and_what_is_left_can_be_claimed() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "employer", "V1", 20_00))
        .accept(archive(&["R1"], "employer"))
        .reject(reverse("R1"), "Archived")
        .naming(["R1", "employer", "A-1"]);
    world.reject(exchange("R1", "1"), "Archived");
    world
        .accept(lock("R1", "insurer"))
        .accept(book("R1", "insurer", "V1", 40_00));
    assert_eq!(world.status("R1"), Status::Archived);
}

#[test]
fn a_payer_that_archived_its_booking_does_not_take_it_back() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "employer", "V1", 20_00))
        .accept(book("R1", "insurer", "V2", 20_00))
        .accept(archive(&["R1"], "employer"));
    world
        .reject(unbook("R1", "employer", "V1"), "ArchivedBooking")
        .naming(["R1", "employer", "A-1", "5"]);
    // The archive of one payer binds no other.
    world.accept(unbook("R1", "insurer", "V2"));
}

#[test]
fn a_receipt_is_in_at_most_sixteen_archives() {
    let mut world = with_receipt();
    for number in 0..16 {
        let keeper = format!("finance{number}");
        world
            .admit(&keeper, &[Role::Finance])
            .accept(archive(&["R1"], &keeper));
    }
    world
        .reject(archive(&["R1"], "hospital"), "TooManyArchives")
        .naming(["R1", "16"]);
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
        .accept(set_parameters(|p| p.block_receipts_max = 140));
    // What each counts as: beside it a batch of so many fits, and of one more does not.
    let counted: [(Box<dyn Request>, usize); 7] = [
        (Box::new(file("C-2", &["R2", "R3"])), 2),
        (Box::new(approve("C-1")), 20),
        (Box::new(reject_claim("C-1")), 20),
        (Box::new(paid_out("C-1")), 20),
        (Box::new(withdraw("C-1")), 20),
        (Box::new(correct("C-1")), 20),
        (Box::new(release("R1", "insurer")), 140),
    ];
    for (request, alters) in counted {
        let bytes = world.sign(&request);
        let act = world.check(bytes).unwrap();
        for (others, fits) in [(140 - alters, true), (141 - alters, false)] {
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

/// What brings a receipt into each status that its own domain and bookings know.
fn each_status() -> [fn(&mut World); 7] {
    [
        |_| (),
        |world| {
            world.accept(lock("R1", "insurer"));
        },
        |world| {
            world.accept(book("R1", "insurer", "V1", 20_00));
        },
        |world| {
            world.accept(book("R1", "insurer", "V1", 60_00));
        },
        |world| {
            world.accept(exchange("R1", "0017"));
        },
        |world| {
            world.accept(archive(&["R1"], "hospital"));
        },
        |world| {
            world.accept(reverse("R1"));
        },
    ]
}

/// The table of transitions, status by status and step by step: `.` is allowed.
#[test]
fn every_status_allows_its_steps_and_no_others() {
    let steps: [fn() -> Box<dyn Request>; 8] = [
        || Box::new(lock("R1", "insurer")),
        || Box::new(unlock("R1", "insurer")),
        || Box::new(book("R1", "employer", "V7", 1)),
        || Box::new(unbook("R1", "insurer", "V1")),
        || Box::new(reverse("R1")),
        || Box::new(exchange("R1", "0018")),
        || Box::new(return_paper("R1", "0017")),
        || Box::new(archive(&["R1"], "finance")),
    ];
    #[rustfmt::skip] // a table
    let table: [(Status, [&str; 8]); 7] = [
        (Status::Issued,           [".", "NotLocked", ".", "NotBooked", ".", ".", "NotOnPaper", "."]),
        (Status::Claimed,          [".", ".", "LockedByAnother", "UnknownBooking", "Locked", "Locked", "NotOnPaper", "Locked"]),
        (Status::PartlyReimbursed, [".", "NotLocked", ".", ".", "Booked", "Booked", "NotOnPaper", "."]),
        (Status::Reimbursed,       ["Booked", "NotLocked", "Booked", ".", "Booked", "Booked", "NotOnPaper", "."]),
        (Status::OnPaper,          ["OnPaper", "NotLocked", "OnPaper", "NotBooked", "OnPaper", "OnPaper", ".", "OnPaper"]),
        (Status::Archived,         [".", "NotLocked", ".", "UnknownBooking", "Archived", "Archived", "NotOnPaper", "."]),
        (Status::Reversed,         ["Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "."]),
    ];
    for ((status, row), bring) in table.into_iter().zip(each_status()) {
        for (expected, step) in row.into_iter().zip(steps) {
            let mut world = with_receipt();
            bring(&mut world);
            assert_eq!(world.status("R1"), status);
            if expected == "." {
                world.accept(step());
            } else {
                world.reject(step(), expected);
            }
        }
    }
}

/// Deciding is the step that needs a history: the claim's payout failed while another payer
/// had the receipt, who gave it up again.
#[test]
fn a_second_decision_goes_by_what_became_of_the_receipt_meanwhile() {
    let expected = [
        ".",
        "LockedForAnotherClaim",
        ".",
        ".",
        "OnPaper",
        ".",
        "Reversed",
    ];
    for (expected, bring) in expected.into_iter().zip(each_status()) {
        let mut world = with_policy();
        world
            .accept(publish("BASIC").on_terms(|terms| terms.deductible_fen = 50_00))
            .accept(issue("R1"))
            .accept(authorise("R1", "insurer"))
            .accept(file("C-0", &["R1"]))
            .accept(approve("C-0"))
            .accept(lock("R1", "insurer2"))
            .accept(failed("C-0"))
            .accept(unlock("R1", "insurer2"));
        bring(&mut world);
        if expected == "." {
            world.accept(approve("C-0"));
        } else {
            world.reject(approve("C-0"), expected).naming(["R1"]);
        }
    }
}

#[test]
fn a_reversal_receipt_is_kept_and_nothing_else_is_done_to_it() {
    let mut world = with_receipt();
    world.accept(reverse("R1"));
    let red = |lock: &mut proto::LockReceipt| lock.presented_total_fen = -100_00;
    world.reject(lock("-R1", "insurer").with(red), "IsReversal");
    let red = |book: &mut proto::BookReceipt| book.presented_total_fen = -100_00;
    world.reject(book("-R1", "insurer", "V1", 1).with(red), "IsReversal");
    world.reject(unlock("-R1", "insurer"), "IsReversal");
    world.reject(unbook("-R1", "insurer", "V1"), "IsReversal");
    world.reject(reverse("-R1"), "IsReversal");
    world
        .reject(exchange("-R1", "1"), "IsReversal")
        .naming(["-R1", "R1"]);
    world.reject(return_paper("-R1", "1"), "IsReversal");
    world.accept(archive(&["-R1", "R1"], "hospital"));
    world.accept(deliver(&["-R1"])).accept(audit(&["-R1"]));
    assert!(world.height > Height::GENESIS);
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
        Box::new(archive(&["R1"], "hospital").with(|act| act.mandate = number())),
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
            mandate: "会计档案管理办法".to_owned(),
            retention_years: 0,
        })
    }
}
