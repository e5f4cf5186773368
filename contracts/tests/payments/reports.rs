//! Payments at banks, and the receipts that they issue.

use piaolian_contracts::{
    Refused,
    organisations::Role,
    payments::{Class, mismatches},
    receipts::CheckCode,
    types::Fen,
};

use crate::world::{
    DAY_MS, FOUNDED_MS, HOUR_MS, TODAY, accepted, name_of,
    payments::{
        AGENCY, BANK, CENTRE, FINE, REGION, Report, date, decision, notice, notices, paid,
        paying_world, report, report_all, set_mandate,
    },
    requests::{grant, issue, propose, recall, removal_of, resume, set_parameters, suspend},
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
        piaolian_contracts::chain::merkle::root([receipt.sealed_hash()])
    );
    let payment = world.notice(7).payment.unwrap();
    assert_eq!((payment.receipt, payment.late_fee), (receipt.id, Fen::ZERO));
    assert_eq!(payment.bank, world.member(BANK).id);
    let day = world.day(TODAY).unwrap();
    assert_eq!(
        (day.agency_only.count, day.agency_only.sum),
        (1, Fen::new(FINE))
    );
    assert!(CheckCode::hash_of(&[8; 16], "qfmejx") == receipt.check_code.hash);
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
fn the_money_stays_in_the_province() {
    let mut world = paying_world();
    world.accept(notice(7));
    let handled = |region: &'static str| {
        report_all(vec![
            paid("B1", 7).with(|paid| paid.region = region.to_owned()),
        ])
    };
    world
        .reject(handled("360100"), "WrongArea")
        .naming([&decision(7), "350100", "360100"]);
    // Another city of the province is fine; the money counts where it belongs.
    world.accept(handled("350200"));
    assert_eq!(world.day(TODAY).unwrap().agency_only.count, 1);
    let reported = world.entry(BANK, "B1").reported.unwrap();
    assert_eq!(
        (reported.region.as_str(), reported.handled_region.as_str()),
        ("350100", "350200")
    );
}

#[test]
fn what_is_paid_is_what_is_owed_on_the_day() {
    let mut world = paying_world();
    world.accept(notices([7, 8]));
    world
        .reject(
            report_all(vec![paid("B1", 7).fen(FINE - 1)]),
            "AmountDiffers",
        )
        .naming([&decision(7), "199.99", "200.00", "0.00", "2026-11-21"]);
    // On the due date it is the bare amount, to its last millisecond in Beijing.
    let due_ends = FOUNDED_MS + DUE_MS + 12 * HOUR_MS;
    world.wait_ms(DUE_MS + 13 * HOUR_MS);
    world.accept(report_all(vec![paid("B1", 7).at_ms(due_ends - 1)]));
    // A millisecond later three in a hundred are owed besides.
    world
        .reject(
            report_all(vec![paid("B2", 8).at_ms(due_ends)]),
            "LateFeeOwed",
        )
        .naming([&decision(8), "200.00", "6.00", "2026-12-05", "2026-12-06"]);
    world
        .reject(
            report_all(vec![paid("B2", 8).at_ms(due_ends).fen(205_99)]),
            "AmountDiffers",
        )
        .naming(["205.99", "200.00", "6.00", "2026-12-06"]);
    world.accept(report_all(vec![paid("B2", 8).at_ms(due_ends).fen(206_00)]));
    let payment = world.notice(8).payment.unwrap();
    assert_eq!(
        (payment.amount, payment.late_fee),
        (Fen::new(206_00), Fen::new(6_00))
    );
    world.call("R", payment.receipt);
    assert_eq!(world.receipt("R").total, Fen::new(206_00));
}

#[test]
fn an_unknown_notice_is_named() {
    let mut world = paying_world();
    world
        .reject(report("B1", 7), "UnknownNotice")
        .naming([&decision(7)]);
}

#[test]
fn a_payment_is_reported_after_it_was_made_and_not_long_after() {
    let mut world = paying_world();
    world.accept(notice(7).with(|item| item.late_fee_rate = 0));
    let now = world.next_moment().time.as_ms();
    let at = |ms: u64| report_all(vec![paid("B1", 7).at_ms(ms)]);
    world.reject(at(now + 2_001), "PaidInFuture").naming([
        "B1",
        "2026-11-21 12:00:08",
        "2026-11-21 12:00:06",
    ]);
    world.wait_ms(32 * DAY_MS);
    world
        .reject(at(now), "PaidTooLongAgo")
        .naming(["B1", "2026-11-21", "2026-12-23", "31"]);
    // Within the drift of clocks, and on the last day.
    let mut world = paying_world();
    world.accept(notices([7, 8]).with(|item| item.late_fee_rate = 0));
    let now = world.next_moment().time.as_ms();
    world.accept(report_all(vec![paid("B1", 7).at_ms(now + 2_000)]));
    world.wait_ms(31 * DAY_MS);
    world.accept(report_all(vec![paid("B2", 8).at_ms(now)]));
}

#[test]
fn a_payment_is_accounted_that_day_or_the_next() {
    let mut world = paying_world();
    world.accept(notices([7, 8]));
    let on = |day| report_all(vec![paid("B1", 7).accounted(day)]);
    for day in [TODAY - 1, TODAY + 2] {
        let named = date(day).to_string();
        world
            .reject(on(day), "AccountDayOff")
            .naming(["B1", &named, "2026-11-21"]);
    }
    world.accept(on(TODAY + 1));
    assert!(world.day(TODAY).is_none());
    assert_eq!(world.day(TODAY + 1).unwrap().agency_only.count, 1);
}

#[test]
fn without_mandate_or_with_a_suspended_centre_nothing_is_issued() {
    let mut world = paying_world();
    world
        .accept(notices([7, 8]))
        .accept(set_mandate(CENTRE, AGENCY, false));
    let height = world.height.to_string();
    world
        .reject(report("B1", 7), "MandateWithdrawn")
        .naming([CENTRE, AGENCY, "35060126", &height]);
    world
        .accept(set_mandate(CENTRE, AGENCY, true))
        .accept(suspend(CENTRE));
    world
        .reject(report("B1", 7), "Suspended")
        .naming([CENTRE, "licence under review"]);
    // The end of a suspension acts from the next block, for a centre as for anybody.
    let resumed = world.sign(&resume(CENTRE));
    let paid = world.sign(&report("B1", 7));
    let outcomes = world.block(&[resumed, paid]).outcomes;
    assert_eq!(name_of(outcomes[1].items[0].code), "Suspended");
    // A payer is not to wait for an agency's suspension.
    world.accept(suspend(AGENCY)).accept(report("B1", 7));
}

#[test]
fn who_paid_a_removed_agencys_notice_gets_a_receipt() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(propose(removal_of(AGENCY)));
    assert!(accepted(&world.submit(report("B1", 7))));
    let receipt = world.notice(7).payment.unwrap().receipt;
    let agency = world.member(AGENCY).id;
    assert_eq!(world.call("R1", receipt).receipt("R1").agency, Some(agency));
}

#[test]
fn a_payment_waits_for_numbers_and_may_be_repeated_then() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(recall(1, 1));
    world
        .reject(report("B1", 7), "NoNumberLeft")
        .naming([CENTRE, "35060126"]);
    assert!(world.day(TODAY).is_none() && world.notice(7).payment.is_none());
    world.accept(grant(CENTRE, 5, 5)).accept(report("B1", 7));
}

#[test]
fn a_business_number_that_the_centre_used_itself_is_not_issued_again() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(issue(&decision(7)));
    world
        .reject(report("B1", 7), "BusinessNumberUsed")
        .naming([&decision(7)]);
}

#[test]
fn payments_count_against_the_receipts_of_a_block() {
    let mut world = paying_world();
    world.accept(notices([1, 2, 3]));
    world.accept(set_parameters(|p| p.block_receipts_max = 2));
    let three = || report_all((1..=3).map(|n| paid(&format!("B{n}"), n)).collect());
    world.refuse(three(), "TooManyReceipts");
    let two = world.sign(&report_all(vec![paid("B1", 1), paid("B2", 2)]));
    let one = world.sign(&report("B3", 3));
    let [two, one] = [two, one].map(|bytes| world.check(bytes).unwrap());
    let mut executor = world.begin();
    assert!(matches!(
        executor.apply(&two),
        Ok(piaolian_contracts::execute::Applied::Included(_))
    ));
    assert!(matches!(
        executor.apply(&one),
        Ok(piaolian_contracts::execute::Applied::Full)
    ));
    assert_eq!(executor.issued(), 2);
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
    let verdicts: Vec<_> = outcome
        .items
        .iter()
        .map(|item| name_of(item.code))
        .collect();
    assert_eq!(
        verdicts,
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
    assert!(listed.unwrap().iter().all(|m| m.class == Class::AgencyOnly));
    assert_eq!(world.day(TODAY).unwrap().agency_only.count, 3);
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
