//! Statements, and the classes of payments with both sides.

use piaolian_contracts::{
    Refused,
    organisations::Role,
    payments::{Class, allocations, mismatches},
    types::Fen,
};

use crate::world::{
    DAY_MS, HOUR_MS, TODAY, World, accepted, item_rules,
    payments::{
        AGENCY, BANK, FINE, REGION, Statement, date, decision, line, notices, paid, paying_world,
        report, report_all, state,
    },
};

fn listed(world: &World, day: u32) -> Vec<(Class, String)> {
    let region = REGION.parse().unwrap();
    let listed = mismatches(&world.state, &region, date(day), None, 100).unwrap();
    let mut listed: Vec<_> = listed
        .into_iter()
        .map(|mismatch| (mismatch.class, mismatch.bank_reference.to_string()))
        .collect();
    listed.reverse();
    listed
}

#[test]
fn report_and_line_match_in_either_order() {
    let mut world = paying_world();
    world.accept(notices([1, 2]));
    world
        .accept(report("B1", 1))
        .accept(state([line("B1", 1), line("B2", 2)]));
    assert_eq!(
        listed(&world, TODAY),
        [(Class::StatedOnly, "B2".to_owned())]
    );
    world.accept(report("B2", 2));
    let day = world.day(TODAY).unwrap();
    assert_eq!(
        (day.matched.count, day.matched.sum),
        (2, Fen::new(2 * FINE))
    );
    assert_eq!((day.stated_only.count, day.reported_only.count), (0, 0));
    assert!(listed(&world, TODAY).is_empty());
    // What is matched is allocated to the agency.
    let region = REGION.parse().unwrap();
    let rows = allocations(&world.state, &region, date(TODAY), None, 10).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].agency, rows[0].bank),
        (world.member(AGENCY).id, world.member(BANK).id)
    );
    assert_eq!(rows[0].matched, day.matched);
}

#[test]
fn each_mismatch_has_its_class_and_is_listed() {
    let mut world = paying_world();
    world.accept(notices([1, 2, 3]));
    world.accept(report_all(vec![paid("B1", 1), paid("B2", 2)]));
    let less = piaolian_proto::v1::StatementLine {
        amount_fen: FINE - 1,
        ..line("B2", 2)
    };
    world.accept(state([less, line("B3", 3)]));
    let day = world.day(TODAY).unwrap();
    assert_eq!(
        (day.reported_only.count, day.reported_only.sum.get()),
        (1, FINE)
    );
    assert_eq!(
        (day.stated_only.count, day.stated_only.sum.get()),
        (1, FINE)
    );
    assert_eq!(
        (day.differs_reported.count, day.differs_reported.sum.get()),
        (1, FINE)
    );
    assert_eq!(
        (day.differs_stated.count, day.differs_stated.sum.get()),
        (1, FINE - 1)
    );
    assert_eq!(day.matched.count, 0);
    let expected = [
        (Class::ReportedOnly, "B1"),
        (Class::AmountDiffers, "B2"),
        (Class::StatedOnly, "B3"),
    ];
    assert_eq!(
        listed(&world, TODAY),
        expected.map(|(class, name)| (class, name.to_owned()))
    );
    // In pages.
    let region = REGION.parse().unwrap();
    let page = |after| mismatches(&world.state, &region, date(TODAY), after, 2).unwrap();
    let first = page(None);
    let last = piaolian_contracts::payments::BankPayment {
        bank: first[1].bank,
        reference: first[1].bank_reference.clone(),
    };
    let second = page(Some(&last));
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(second[0].bank_reference.as_str(), "B1");
}

#[test]
fn days_that_differ_meet_in_the_later_one() {
    // The bank accounts the payment a day later than it reported: whichever side comes
    // first, the pair counts in the later day and nothing is left in the earlier one.
    for report_first in [true, false] {
        let mut world = paying_world();
        world.accept(notices([1]));
        let next_day = || state([line("B1", 1)]).of(TODAY + 1);
        if report_first {
            world.accept(report("B1", 1)).accept(next_day());
        } else {
            world.accept(next_day()).accept(report("B1", 1));
        }
        assert!(world.day(TODAY).is_none());
        assert!(listed(&world, TODAY).is_empty() && listed(&world, TODAY + 1).is_empty());
        assert_eq!(world.day(TODAY + 1).unwrap().matched.count, 1);
    }
    // A line of an earlier day than the report's likewise.
    let mut world = paying_world();
    world.accept(notices([1]));
    world.accept(state([line("B1", 1)]));
    world.accept(report_all(vec![paid("B1", 1).accounted(TODAY + 1)]));
    assert!(world.day(TODAY).is_none());
    assert_eq!(world.day(TODAY + 1).unwrap().matched.count, 1);
}

#[test]
fn money_in_the_wrong_regions_account_is_found_in_both() {
    let mut world = paying_world();
    world.accept(notices([1]));
    world.accept(report("B1", 1));
    world.accept(state([line("B1", 1)]).with(|part| part.region = "350200".to_owned()));
    assert_eq!(
        listed(&world, TODAY),
        [(Class::ReportedOnly, "B1".to_owned())]
    );
    let there = "350200".parse().unwrap();
    let there = mismatches(&world.state, &there, date(TODAY), None, 10).unwrap();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0].class, Class::StatedOnly);
    assert_eq!(world.day(TODAY).unwrap().matched.count, 0);
}

#[test]
fn the_same_line_again_has_no_effect_and_another_is_a_conflict() {
    let mut world = paying_world();
    world.accept(state([line("B1", 1)]));
    let before = world.state.without_idempotency();
    world.accept(state([line("B1", 1)]));
    world.accept(state([line("B1", 1), line("B1", 1)]));
    assert_eq!(world.state.without_idempotency(), before);
    let other = |alter: fn(&mut piaolian_proto::v1::StatementLine)| {
        let mut line = line("B1", 1);
        alter(&mut line);
        state([line])
    };
    let height = (world.height.get() - 2).to_string();
    let conflicts: [Statement; 4] = [
        other(|line| line.amount_fen += 1),
        other(|line| line.notice = decision(2)),
        state([line("B1", 1)]).of(TODAY + 1),
        state([line("B1", 1)]).with(|part| part.region = "350200".to_owned()),
    ];
    for conflict in conflicts {
        world.reject(conflict, "LineConflict").naming([
            "B1",
            REGION,
            "2026-11-21",
            "200.00",
            &decision(1),
            &height,
        ]);
    }
    // References are each bank's own.
    world.admit("bank2", &[Role::AgentBank]);
    world.accept(state([line("B1", 2)]).by("bank2"));
}

#[test]
fn the_last_part_declares_what_all_parts_come_to() {
    let mut world = paying_world();
    world.accept(state([line("B1", 1), line("B2", 2)]));
    let three = || state([line("B3", 3)]);
    for (count, sum) in [(2, 3 * FINE), (3, 3 * FINE - 1), (1, FINE)] {
        let named = [count.to_string(), Fen::new(sum).to_string()];
        world
            .reject(three().last(count, sum), "StatementTotalsDiffer")
            .naming([REGION, "2026-11-21", &named[0], &named[1], "3", "600.00"]);
    }
    assert_eq!(
        world.day(TODAY).unwrap().stated_only.count,
        2,
        "the part was not taken"
    );
    world.accept(three().last(3, 3 * FINE));
    // Again, and with nothing new, it stays complete.
    world.accept(three().last(3, 3 * FINE)).accept(three());
    world
        .wait_ms(DAY_MS)
        .accept(crate::world::payments::close(TODAY));
}

#[test]
fn a_statement_is_not_complete_before_its_day_begins() {
    let mut world = paying_world();
    let tomorrow = || state([line("B1", 1)]).of(TODAY + 1);
    world
        .reject(tomorrow().last(1, FINE), "DayNotBegun")
        .naming(["2026-11-22", "2026-11-21"]);
    assert!(world.day(TODAY + 1).is_none(), "the part was not taken");
    world.accept(tomorrow()).wait_ms(DAY_MS);
    world.accept(state([]).of(TODAY + 1).last(1, FINE));
}

#[test]
fn a_line_that_is_refused_is_missing_from_what_is_declared() {
    let mut world = paying_world();
    world.accept(state([line("B1", 1)]).of(TODAY + 1));
    let part = || state([line("B1", 1), line("B2", 2)]);
    world
        .reject(part().last(2, 2 * FINE), "StatementTotalsDiffer")
        .naming(["2", "400.00", "1", "200.00"]);
    let outcome = world.submit(part());
    assert_eq!(item_rules(&outcome), ["LineConflict", "accepted"]);
    let subjects: Vec<_> = outcome.items.iter().map(|item| &item.subject[..]).collect();
    assert_eq!(subjects, ["B1", "B2"]);
}

#[test]
fn a_part_after_the_last_opens_the_statement_again() {
    use crate::world::payments::close;
    let mut world = paying_world();
    world.accept(state([line("B1", 1)]).last(1, FINE));
    world.accept(state([line("B2", 2)]));
    world.wait_ms(DAY_MS);
    world
        .reject(close(TODAY), "StatementIncomplete")
        .naming([REGION, "2026-11-21", BANK, "1"]);
    world
        .accept(state([]).last(2, 2 * FINE))
        .accept(close(TODAY));
}

#[test]
fn a_statement_is_of_a_year_past_to_tomorrow() {
    let mut world = paying_world();
    let of = |day| state([line("B1", 1)]).of(day);
    for day in [TODAY + 2, 20_251_119] {
        let named = date(day).to_string();
        world
            .reject(of(day), "StatementDayOutOfBounds")
            .naming([&named, "2026-11-21", "366"]);
    }
    world.accept(of(20_251_120));
    world
        .wait_ms(HOUR_MS)
        .accept(state([line("B2", 2)]).of(TODAY + 1));
}

#[test]
fn sums_that_no_number_holds_are_refused() {
    let mut world = paying_world();
    let most = |reference: &str| piaolian_proto::v1::StatementLine {
        amount_fen: i64::MAX,
        ..line(reference, 1)
    };
    world.accept(state([most("B1")]));
    world
        .reject(state([line("B2", 2)]), "DaySumTooLarge")
        .naming([REGION, "2026-11-21", BANK]);
    // The day's sum, of another statement's late line, is as bounded.
    world.wait_ms(DAY_MS);
    world.accept(crate::world::payments::close_for(
        REGION,
        TODAY,
        "the bank is closed",
    ));
    world.accept(state([most("B3")]).of(TODAY + 1));
    world.reject(state([line("B4", 4)]).of(TODAY - 1), "DaySumTooLarge");
}

#[test]
fn a_day_has_a_bounded_number_of_banks() {
    let mut world = paying_world();
    for bank in 2..=65 {
        world.admit(&format!("bank{bank}"), &[Role::AgentBank]);
    }
    let by = |bank: u32| state([line("B1", 1)]).by(&format!("bank{bank}"));
    for bank in 2..=65 {
        world.accept(by(bank));
    }
    world
        .reject(state([line("B1", 1)]), "TooManyBanks")
        .naming([REGION, "2026-11-21", "64"]);
    world.accept(notices([1]));
    world.reject(report("B1", 1), "TooManyBanks");
    // The day is theirs, and another is free.
    world.accept(state([line("B2", 2)]).by("bank65"));
    world.accept(state([line("B1", 1)]).of(TODAY + 1));
}

#[test]
fn malformed_statements_say_where() {
    let mut world = paying_world();
    let second = |alter: fn(&mut piaolian_proto::v1::StatementLine)| {
        let mut spoilt = line("B2", 2);
        alter(&mut spoilt);
        state([line("B1", 1), spoilt])
    };
    let cases: [(&str, Statement); 7] = [
        (
            "lines[1].bank_reference",
            second(|line| line.bank_reference = String::new()),
        ),
        (
            "lines[1].notice",
            second(|line| line.notice = "张三".to_owned()),
        ),
        ("lines[1].amount_fen", second(|line| line.amount_fen = 0)),
        ("lines", state([])),
        (
            "lines",
            state((0..1_001).map(|n| line(&format!("B{n}"), n))),
        ),
        (
            "declared_count",
            state([line("B1", 1)]).with(|part| part.declared_count = 1),
        ),
        ("account_day", state([line("B1", 1)]).of(20_261_131)),
    ];
    for (field, spoilt) in cases {
        let bytes = world.sign(&spoilt);
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: said, .. } => {
                assert_eq!(said, format!("body.submit_statement.{field}"));
            }
            other => panic!("{other}"),
        }
    }
    let full = world.submit(state((0..1_000).map(|n| line(&format!("B{n}"), n))));
    assert!(accepted(&full));
}
