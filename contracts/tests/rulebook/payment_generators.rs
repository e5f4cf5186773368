//! Targets on which a step of payments can have an effect.

use super::generators::pick;
use crate::{
    payments::model::{
        books::{Model, NoticeState},
        steps::{self as payments, Step},
    },
    world::payments::FINE,
};

/// Sends a step to a notice that is new, cancelled or open, or the bank's line to what was reported.
pub fn choose_payment(model: &Model, step: &Step, turn: usize) -> Step {
    let found = match step {
        Step::Notice { .. } => {
            let is_free = |number: &u64| {
                let known = model.notices.get(number);
                known.is_none_or(|state| *state == NoticeState::Cancelled)
            };
            let number = (0..100).find(is_free);
            number.map(|number| Step::Notice { number })
        }
        Step::Report { .. } => open_notice(model, step, turn),
        Step::Line { .. } => unstated(model, turn),
        Step::Cancel { .. }
        | Step::Mandate { .. }
        | Step::Last { .. }
        | Step::Close { .. }
        | Step::Night => None,
    };
    found.unwrap_or_else(|| step.clone())
}

/// The report of a payment that no bank reported yet.
fn open_notice(model: &Model, step: &Step, turn: usize) -> Option<Step> {
    let notices = model.notices.iter();
    let open = notices.filter(|(_, state)| **state == NoticeState::Open);
    let open_number = *pick(open.map(|(number, _)| number).collect(), turn)?;
    let mut aimed = step.clone();
    if let Step::Report {
        bank,
        reference,
        number,
        ..
    } = &mut aimed
    {
        let is_new = |new: &String| !model.reported.contains_key(&(*bank, new.clone()));
        *reference = (0..u8::MAX).map(payments::reference).find(is_new)?;
        *number = open_number;
    }
    Some(aimed)
}

/// The line of a payment that was reported and not stated.
fn unstated(model: &Model, turn: usize) -> Option<Step> {
    let reported = model.reported.iter();
    let unstated = reported.filter(|(key, _)| !model.stated.contains_key(key));
    let ((bank, reference), side) = pick(unstated.collect(), turn)?;
    Some(Step::Line {
        bank: *bank,
        reference: reference.clone(),
        number: side.number,
        more: side.amount - FINE,
        ago: model.today + 1 - side.day,
        region: side.region,
    })
}
