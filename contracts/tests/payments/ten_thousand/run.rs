//! How it is carried out, in whole blocks, and measured.

#![allow(clippy::disallowed_types, reason = "a measurement")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::plan::{
    AGENCIES, BANKS, BATCH, Day, Error, PAYMENTS, REGIONS, agency, amount, error, region,
};
use crate::world::{
    TODAY, World, name_of,
    payments::{cancel, notice_item, notices, report_all, state},
    requests::Request,
};

/// Runs requests, a few in each block. Returns what was refused, and the duration.
#[derive(Default)]
pub struct Run {
    pub refused: BTreeSet<(&'static str, String)>,
    pub took: Duration,
    pub blocks: u32,
}

impl Run {
    #[allow(clippy::disallowed_methods, reason = "a measurement")]
    fn block(&mut self, world: &mut World, requests: &[&dyn Request]) {
        let encoded: Vec<Bytes> = requests
            .iter()
            .map(|request| world.sign(*request))
            .collect();
        let begun = Instant::now();
        let executed = world.block(&encoded);
        self.took += begun.elapsed();
        self.blocks += 1;
        for outcome in executed.outcomes {
            assert_eq!(outcome.code, 0, "{:?}", outcome.arguments);
            let refused = outcome.items.into_iter().filter(|item| item.code != 0);
            let refused = refused.map(|item| (name_of(item.code), item.subject));
            self.refused.extend(refused);
        }
    }

    pub fn notices(&mut self, world: &mut World) {
        for (place, name) in AGENCIES.into_iter().enumerate() {
            let own: Vec<u64> = (0..PAYMENTS).filter(|n| agency(*n) == place).collect();
            for numbers in own.chunks(BATCH) {
                let mut of = numbers.iter();
                let create = notices(numbers.iter().copied()).by(name).with(|item| {
                    let number = *of.next().unwrap();
                    item.amount_fen = amount(number);
                    item.region = REGIONS[region(number)].to_owned();
                    if error(number) == Some(Error::LateFeeOwed) {
                        item.due_date = TODAY - 1;
                    }
                });
                self.block(world, &[&create]);
            }
        }
        for number in (0..PAYMENTS).filter(|n| error(*n) == Some(Error::Cancelled)) {
            self.block(world, &[&cancel(number).by(AGENCIES[agency(number)])]);
        }
        assert_eq!(notice_item(1).late_fee_rate, 300);
    }

    pub fn reports(&mut self, world: &mut World, day: &Day) {
        for (bank, reports) in BANKS.into_iter().zip(&day.reports) {
            let batches: Vec<_> = reports
                .chunks(BATCH)
                .map(|batch| report_all(batch.to_vec()).by(bank))
                .collect();
            for two in batches.chunks(2) {
                let two: Vec<&dyn Request> =
                    two.iter().map(|batch| batch as &dyn Request).collect();
                self.block(world, &two);
            }
        }
    }

    /// The parts of every statement, of which every other comes before the reports.
    pub fn parts(&mut self, world: &mut World, day: &Day, turn: usize) {
        for ((bank, region), lines) in &day.lines {
            for part in lines.chunks(BATCH).skip(turn).step_by(2) {
                let part = state(part.iter().cloned())
                    .by(BANKS[*bank])
                    .with(|part| part.region = REGIONS[*region].to_owned());
                self.block(world, &[&part]);
            }
        }
    }

    pub fn last_parts(&mut self, world: &mut World, day: &Day) {
        for ((bank, region), lines) in &day.lines {
            let once: BTreeMap<_, _> = lines
                .iter()
                .map(|line| (&line.bank_reference, line.amount_fen))
                .collect();
            let conflicts = day.conflicts.get(&(*bank, *region));
            let last = state(conflicts.into_iter().flatten().cloned())
                .by(BANKS[*bank])
                .with(|part| part.region = REGIONS[*region].to_owned())
                .last(once.len() as u64, once.values().sum());
            self.block(world, &[&last]);
        }
    }
}
