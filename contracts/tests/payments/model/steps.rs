//! Random steps, taken in the world and in the model.

use piaolian_proto::v1 as proto;
use proptest::prelude::*;

use super::{
    BANKS, DAY_ZERO, FIRST_DAY, LAST_DAY, REGIONS,
    books::{Model, Side, region_of},
};
use crate::world::{DAY_MS, FOUNDED_MS, World, name_of, prelude::*, verdict};

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
        reference: String,
        number: u64,
        more: i64,
        next_day: bool,
        abroad: bool,
    },
    Line {
        bank: usize,
        reference: String,
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

/// The bank's reference of a payment.
pub fn reference(number: u8) -> String {
    format!("B{number}")
}

#[rustfmt::skip] // a table
pub fn step() -> impl Strategy<Value = Step> {
    let (bank, reference, number, region) = (0..2_usize, (0..5_u8).prop_map(reference), 0..6_u64, 0..2_usize);
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

/// Takes a step on both. Returns the names of the rules that decided.
pub fn take(world: &mut World, model: &mut Model, step: &Step) -> Verdicts {
    if matches!(step, Step::Night) {
        night(world, model);
        return ("accepted", "accepted");
    }
    let outcome = world.submit(request(model, step));
    (said(&outcome), expected(model, step))
}

pub fn said(outcome: &proto::Outcome) -> &'static str {
    name_of(verdict(outcome).0)
}

/// Noon of the next day, however long the story took so far.
pub fn night(world: &mut World, model: &mut Model) {
    if model.today < LAST_DAY {
        model.today += 1;
        world.wait_ms(noon(model) - world.time.as_ms());
    }
}

fn noon(model: &Model) -> u64 {
    FOUNDED_MS + u64::from(model.today - FIRST_DAY) * DAY_MS
}

/// The request of a step.
pub fn request(model: &Model, step: &Step) -> Box<dyn Request> {
    match step.clone() {
        Step::Notice { number } => Box::new(notice(number).with(|item| {
            (item.late_fee_rate, item.region) = (0, REGIONS[region_of(number)].to_owned());
            if number % 2 == 1 {
                item.attachment_hash = attachment(&item.decision_number).into();
            }
        })),
        Step::Cancel { number } => Box::new(cancel(number)),
        Step::Mandate { active } => Box::new(set_mandate("hospital", "police", active)),
        Step::Report {
            bank,
            reference,
            number,
            more,
            next_day,
            abroad,
        } => {
            let day = model.today + u32::from(next_day);
            let handled = if abroad { "360100" } else { REGIONS[0] };
            // Noon: the same report on the same day is the same.
            let item = paid(&reference, number)
                .fen(FINE + more)
                .at_ms(noon(model))
                .accounted(DAY_ZERO + day)
                .with(|paid| paid.region = handled.to_owned());
            Box::new(report_all(vec![item]).by(BANKS[bank]))
        }
        Step::Line {
            bank,
            reference,
            number,
            more,
            ago,
            region,
        } => {
            let mut line = line(&reference, number);
            line.amount_fen += more;
            Box::new(part_of(bank, model.today + 1 - ago, region, [line]))
        }
        Step::Last { bank, ago, region } => {
            let day = model.today + 1 - ago;
            let held = model.statements.get(&(bank, day, region)).copied();
            let (count, sum, _) = held.unwrap_or_default();
            Box::new(part_of(bank, day, region, []).last(count, sum))
        }
        Step::Close {
            region,
            ago,
            reason,
        } => {
            let why = if reason { "line down" } else { "" };
            Box::new(close_for(
                REGIONS[region],
                DAY_ZERO + model.today - ago,
                why,
            ))
        }
        Step::Night => panic!("nobody is asked for the night"),
    }
}

fn part_of<const N: usize>(
    bank: usize,
    day: u32,
    region: usize,
    lines: [proto::StatementLine; N],
) -> Statement {
    let part = state(lines).by(BANKS[bank]).of(DAY_ZERO + day);
    part.with(|part| part.region = REGIONS[region].to_owned())
}

/// Takes a step on the model. Returns the name of the rule that decides.
pub fn expected(model: &mut Model, step: &Step) -> &'static str {
    match step.clone() {
        Step::Notice { number } => model.notice(number),
        Step::Cancel { number } => model.cancel(number),
        Step::Mandate { active } => {
            model.mandate = active;
            "accepted"
        }
        Step::Report {
            bank,
            reference,
            number,
            more,
            next_day,
            abroad,
        } => {
            let day = model.today + u32::from(next_day);
            let region = region_of(number);
            let side = Side {
                number,
                amount: FINE + more,
                region,
                day,
                posted: model.posted(region, day),
                said: (model.today, abroad),
                is_moved: false,
            };
            model.report((bank, reference), side)
        }
        Step::Line {
            bank,
            reference,
            number,
            more,
            ago,
            region,
        } => {
            let day = model.today + 1 - ago;
            let side = Side {
                number,
                amount: FINE + more,
                region,
                day,
                posted: model.posted(region, day),
                said: (0, false),
                is_moved: false,
            };
            model.line((bank, reference), side)
        }
        Step::Last { bank, ago, region } => {
            if ago == 0 {
                return "DayNotBegun";
            }
            let day = model.today + 1 - ago;
            model.statements.entry((bank, day, region)).or_default().2 = true;
            "accepted"
        }
        Step::Close {
            region,
            ago,
            reason,
        } => model.close(region, model.today - ago, reason),
        Step::Night => panic!("no rule decides the night"),
    }
}
