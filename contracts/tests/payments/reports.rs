//! Payments at banks, and the receipts that they issue.

mod fitting;
mod receipting;

use piaolian_contracts::{
    Refused,
    organisations::Role,
    payments::{Class, mismatches},
    receipts::CheckCodeHash,
    types::Fen,
};

use crate::world::{
    DAY_MS, FOUNDED_MS, HOUR_MS, TODAY, accepted, item_rules,
    payments::{
        AGENCY, BANK, CENTRE, FINE, REGION, Report, date, decision, notice, notices, paid,
        paying_world, report, report_all,
    },
};

/// When a payment is late, in days after the founding: the notice is due after 14.
const DUE_MS: u64 = 14 * DAY_MS;

#[test]
fn a_payment_issues_the_centres_receipt_for_the_agency_in_the_same_block() {
    let mut world = paying_world();
    world.accept(notice(7));
    let outcome = world.submit(report("B1", 7));
    assert!(accepted(&outcome));
    let item = &outcome.items[0];
    assert_eq!(
        (&item.subject[..], &item.reference[..]),
        ("B1", &decision(7)[..])
    );
    world.call("R", item.receipt.clone().unwrap().try_into().unwrap());
    let receipt = world.receipt("R");
    assert_eq!(receipt.issuer, world.member(CENTRE).id);
    assert_eq!(receipt.agency, Some(world.member(AGENCY).id));
    assert_eq!(receipt.business_number.as_str(), decision(7));
    assert_eq!(
        (receipt.total, receipt.issue_date.get()),
        (Fen::new(FINE), TODAY)
    );
    assert_eq!(receipt.issued_height, world.height);
    assert!(receipt.check_code.matches("qfmejx"));
    assert_eq!(
        receipt.details_commitment,
        world.notice(7).details_commitment
    );
    // It is among what finance seals.
    let issuance = world.issuance(world.height).unwrap();
    assert_eq!(issuance.count, 1);
    assert_eq!(
        issuance.root,
        piaolian_contracts::chain::merkle::root([receipt.issued_hash()])
    );
    let payment = world.notice(7).payment.unwrap();
    assert_eq!((payment.receipt, payment.late_fee), (receipt.id, Fen::ZERO));
    assert_eq!(payment.bank, world.member(BANK).id);
    let day = world.day(TODAY).unwrap();
    assert_eq!(
        (day.reported_only.count, day.reported_only.sum),
        (1, Fen::new(FINE))
    );
    assert!(CheckCodeHash::hash_of(&[8; 16], "qfmejx") == receipt.check_code.hash);
}

#[test]
fn a_payer_may_show_the_payment_code() {
    let mut world = paying_world();
    world.accept(notice(7));
    let code = world.notice(7).payment_code.to_string();
    let by_code = |code: &str| report_all(vec![paid("B1", 7).by_code(code)]);
    world
        .reject(by_code("35010026300000000099"), "UnknownNotice")
        .naming(["35010026300000000099"]);
    world.accept(by_code(&code));
    assert!(world.notice(7).payment.is_some());
}

#[test]
fn the_same_report_again_answers_the_same_receipt_and_does_nothing() {
    let mut world = paying_world();
    world.accept(notice(7));
    let at = FOUNDED_MS + HOUR_MS;
    let once = || report_all(vec![paid("B1", 7).at_ms(at)]);
    world.wait_ms(HOUR_MS);
    let first = world.submit(once()).items;
    let before = world.state.without_idempotency();
    assert_eq!(world.submit(once()).items, first);
    // By the other number it is the same payment; also long after.
    let code = world.notice(7).payment_code.to_string();
    world.wait_ms(100 * DAY_MS);
    let by_code = report_all(vec![paid("B1", 7).at_ms(at).by_code(&code)]);
    assert_eq!(world.submit(by_code).items, first);
    assert_eq!(world.state.without_idempotency(), before);
    // Twice in one batch: one receipt.
    world.accept(notice(8).with(|item| item.late_fee_rate = 0));
    let twice = vec![paid("B2", 8), paid("B2", 8)];
    let outcome = world.submit(report_all(twice));
    assert!(accepted(&outcome));
    assert_eq!(outcome.items[0], outcome.items[1]);
    assert_eq!(world.issuance(world.height).unwrap().count, 1);
}

#[test]
fn other_content_under_a_reference_is_a_conflict() {
    let mut world = paying_world();
    world.accept(notices([7, 8]));
    let at = FOUNDED_MS + HOUR_MS;
    world.wait_ms(HOUR_MS);
    world.accept(report_all(vec![paid("B1", 7).at_ms(at)]));
    let height = world.height.to_string();
    for other in [
        paid("B1", 8).at_ms(at),
        paid("B1", 7).at_ms(at + 1),
        paid("B1", 7).at_ms(at).fen(FINE + 1),
        paid("B1", 7).at_ms(at).accounted(TODAY + 1),
        paid("B1", 7)
            .at_ms(at)
            .with(|paid| paid.region = "350200".to_owned()),
        paid("B1", 9).at_ms(at),
    ] {
        world
            .reject(report_all(vec![other]), "ReportConflict")
            .naming(["B1", &decision(7), "200.00", "2026-11-21", &height]);
    }
    // References are each bank's own.
    world.admit("bank2", &[Role::AgentBank]);
    world.accept(report("B1", 8).by("bank2"));
}

#[test]
fn a_notice_is_paid_once() {
    let mut world = paying_world();
    world.admit("bank2", &[Role::AgentBank]);
    world.accept(notice(7)).accept(report("B1", 7));
    let height = world.height.to_string();
    let receipt = world.notice(7).payment.unwrap().receipt.to_string();
    for again in [report("B2", 7), report("B1", 7).by("bank2")] {
        world.reject(again, "PaidAlready").naming([
            &decision(7),
            BANK,
            "B1",
            "2026-11-21",
            &height,
            &receipt,
        ]);
    }
    assert_eq!(world.receipt_count(), 1);
}

#[test]
fn a_batch_is_judged_item_by_item() {
    let mut world = paying_world();
    world.accept(notices([1, 2, 3]));
    let items = vec![
        paid("B1", 1),
        paid("B2", 9),
        paid("B3", 2),
        paid("B4", 1),
        paid("B5", 3),
    ];
    let outcome = world.submit(report_all(items));
    assert_eq!(
        item_rules(&outcome),
        [
            "accepted",
            "UnknownNotice",
            "accepted",
            "PaidAlready",
            "accepted"
        ]
    );
    // The places of the three among the block's receipts have no gap.
    for (place, item) in outcome
        .items
        .iter()
        .filter(|item| item.code == 0)
        .enumerate()
    {
        world.call("R", item.receipt.clone().unwrap().try_into().unwrap());
        assert_eq!(world.receipt("R").issued_index as usize, place);
    }
    let listed = mismatches(
        &world.state,
        &REGION.parse().unwrap(),
        date(TODAY),
        None,
        10,
    );
    assert!(
        listed
            .unwrap()
            .iter()
            .all(|m| m.class == Class::ReportedOnly)
    );
    assert_eq!(world.day(TODAY).unwrap().reported_only.count, 3);
}

#[test]
fn malformed_reports_say_which_and_where() {
    let mut world = paying_world();
    world.accept(notices([1, 2]));
    let second = |alter: fn(&mut piaolian_proto::v1::PaymentReport)| -> Report {
        report_all(vec![paid("B1", 1), paid("B2", 2).with(alter)])
    };
    let cases: [(&str, Report); 6] = [
        (
            "bank_reference",
            second(|p| p.bank_reference = "7".repeat(33)),
        ),
        ("notice", second(|p| p.notice = None)),
        ("amount_fen", second(|p| p.amount_fen = 0)),
        ("region", second(|p| p.region = "福州".into())),
        (
            "account_day",
            report_all(vec![paid("B1", 1), paid("B2", 2).accounted(20_261_131)]),
        ),
        (
            "payment_code",
            report_all(vec![paid("B1", 1), paid("B2", 2).by_code("3501-26")]),
        ),
    ];
    for (field, spoilt) in cases {
        let bytes = world.sign(&spoilt);
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: said, .. } => {
                assert_eq!(said, format!("body.report_payments.items[1].{field}"));
            }
            other => panic!("{other}"),
        }
    }
    world.refuse(report_all(vec![]), "Malformed");
}
