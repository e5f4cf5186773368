//! Steps of a story that nobody planned, taken in the world and in the model.

use piaolian_proto::v1 as proto;
use proptest::prelude::*;

use super::{
    BANKS, DAY_ZERO, FIRST_DAY, LAST_DAY, REGIONS,
    books::{Model, NoticeState, Side, region_of},
};
use crate::world::{
    DAY_MS, FOUNDED_MS, World, name_of,
    payments::{FINE, cancel, close_for, line, notice, paid, report_all, set_mandate, state},
    verdict,
};

/// The rule that decided in the world, and in the model.
pub type Verdicts = (&'static str, &'static str);

#[derive(Clone, Debug)]
pub enum Step {
    Notice {
        number: u64,
    },
    Cancel {
        number: u64,
    },
    Mandate {
        active: bool,
    },
    Report {
        bank: usize,
        reference: u8,
        number: u64,
        more: i64,
        next_day: bool,
        abroad: bool,
    },
    Line {
        bank: usize,
        reference: u8,
        number: u64,
        more: i64,
        ago: u32,
        region: usize,
    },
    Last {
        bank: usize,
        ago: u32,
        region: usize,
    },
    Close {
        region: usize,
        ago: u32,
        reason: bool,
    },
    Night,
}

#[rustfmt::skip] // a table
pub fn step() -> impl Strategy<Value = Step> {
    let (bank, reference, number, region) = (0..2_usize, 0..5_u8, 0..6_u64, 0..2_usize);
    let more = || prop_oneof![6 => Just(0), 1 => Just(1_i64)];
    let rarely = || prop::bool::weighted(0.15);
    // The line of a payment mostly says what its report would.
    let line = (bank.clone(), reference.clone(), number.clone(), more(), 0..4_u32, region.clone());
    let report = (bank.clone(), reference, number.clone(), more(), rarely(), rarely());
    prop_oneof![
        4 => number.clone().prop_map(|number| Step::Notice { number }),
        1 => number.prop_map(|number| Step::Cancel { number }),
        1 => prop::bool::weighted(0.8).prop_map(|active| Step::Mandate { active }),
        9 => report.prop_map(|(bank, reference, number, more, next_day, abroad)| {
            Step::Report { bank, reference, number, more, next_day, abroad }
        }),
        9 => line.prop_map(|(bank, reference, number, more, ago, region)| {
            Step::Line { bank, reference, number, more, ago, region }
        }),
        2 => (bank, 0..4_u32, region.clone()).prop_map(|(bank, ago, region)| Step::Last { bank, ago, region }),
        4 => (region, 0..4_u32, any::<bool>()).prop_map(|(region, ago, reason)| {
            Step::Close { region, ago, reason }
        }),
        3 => Just(Step::Night),
    ]
}

/// Takes a step on both; the names of the rules that decided.
pub fn take(world: &mut World, model: &mut Model, step: &Step) -> Verdicts {
    match step.clone() {
        Step::Notice { number } => {
            let region = REGIONS[region_of(number)];
            let create = notice(number).with(|item| {
                (item.late_fee_rate, item.region) = (0, region.to_owned());
            });
            let expected = if model.notices.contains_key(&number) {
                "DecisionNumberTaken"
            } else if model.mandate {
                model.notices.insert(number, NoticeState::Open);
                "accepted"
            } else {
                "MandateWithdrawn"
            };
            (said(world.submit(create)), expected)
        }
        Step::Cancel { number } => {
            let expected = match model.notices.get(&number) {
                None => "UnknownNotice",
                Some(NoticeState::Paid) => "PaidAlready",
                Some(NoticeState::Cancelled) => "NoticeCancelled",
                Some(NoticeState::Open) => {
                    model.notices.insert(number, NoticeState::Cancelled);
                    "accepted"
                }
            };
            (said(world.submit(cancel(number))), expected)
        }
        Step::Mandate { active } => {
            model.mandate = active;
            (
                said(world.submit(set_mandate("hospital", "police", active))),
                "accepted",
            )
        }
        Step::Report { .. } => report(world, model, step.clone()),
        Step::Line { .. } => state_line(world, model, step.clone()),
        Step::Last { bank, ago, region } => {
            let day = model.today + 1 - ago;
            let held = model.statements.entry((bank, day, region)).or_default();
            let expected = if ago == 0 {
                "DayNotBegun"
            } else {
                held.2 = true;
                "accepted"
            };
            let part = state([])
                .by(BANKS[bank])
                .of(DAY_ZERO + day)
                .last(held.0, held.1);
            let part = part.with(|part| part.region = REGIONS[region].to_owned());
            (said(world.submit(part)), expected)
        }
        Step::Close {
            region,
            ago,
            reason,
        } => {
            let day = model.today - ago;
            let why = if reason { "line down" } else { "" };
            let outcome = world.submit(close_for(REGIONS[region], DAY_ZERO + day, why));
            (said(outcome), model.close(region, day, reason))
        }
        Step::Night => {
            if model.today < LAST_DAY {
                model.today += 1;
                // Noon of the next day, however long the story took so far.
                let noon = FOUNDED_MS + u64::from(model.today - FIRST_DAY) * DAY_MS;
                world.wait_ms(noon - world.time.as_ms());
            }
            ("accepted", "accepted")
        }
    }
}

fn said(outcome: proto::Outcome) -> &'static str {
    name_of(verdict(&outcome).0)
}

fn report(world: &mut World, model: &mut Model, step: Step) -> Verdicts {
    let Step::Report {
        bank,
        reference,
        number,
        more,
        next_day,
        abroad,
    } = step
    else {
        unreachable!("{step:?}")
    };

    let day = model.today + u32::from(next_day);
    let handled = if abroad { "360100" } else { REGIONS[0] };
    // Noon: the same report on the same day is the same.
    let noon = FOUNDED_MS + u64::from(model.today - FIRST_DAY) * DAY_MS;
    let item = paid(&format!("B{reference}"), number)
        .fen(FINE + more)
        .at_ms(noon)
        .accounted(DAY_ZERO + day)
        .with(|paid| paid.region = handled.to_owned());
    let region = region_of(number);
    let side = Side {
        number,
        amount: FINE + more,
        region,
        day,
        posted: model.posted(region, day),
        said: (model.today, abroad),
    };
    let outcome = world.submit(report_all(vec![item]).by(BANKS[bank]));
    (said(outcome), model.report((bank, reference), side))
}

fn state_line(world: &mut World, model: &mut Model, step: Step) -> Verdicts {
    let Step::Line {
        bank,
        reference,
        number,
        more,
        ago,
        region,
    } = step
    else {
        unreachable!("{step:?}")
    };

    let day = model.today + 1 - ago;
    let mut line = line(&format!("B{reference}"), number);
    line.amount_fen += more;
    let part = state([line]).by(BANKS[bank]).of(DAY_ZERO + day);
    let part = part.with(|part| part.region = REGIONS[region].to_owned());
    let side = Side {
        number,
        amount: FINE + more,
        region,
        day,
        posted: model.posted(region, day),
        said: (0, false),
    };
    (
        said(world.submit(part)),
        model.line((bank, reference), side),
    )
}
