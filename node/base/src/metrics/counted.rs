//! Counters and histograms, updated as events happen.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use piaolian_contracts::{Refused, rule_texts};
use piaolian_proto::v1::Outcome;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::PREFIX;

/// From one block's time to the next, s: tenths of a second under load, and otherwise the heartbeat of some seconds.
const INTERVAL_BUCKETS: [f64; 11] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];
/// From a block's decision to its commit on disk, s: a good disk takes milliseconds.
const COMMIT_BUCKETS: [f64; 11] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0,
];
/// From a transaction's arrival at this node to its block on disk, s.
const WAIT_BUCKETS: [f64; 11] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0, 300.0];

/// Label of rule numbers that this program does not know.
const UNKNOWN_RULE: &str = "unknown";

/// A single label.
type Label = [(&'static str, String); 1];
type Counters = Family<Label, Counter>;

/// The counted facts of a committed block.
#[derive(Clone, Copy, Debug)]
pub struct Committed<'a> {
    /// The round in which it was decided.
    pub round: u32,
    /// From its parent's block time to its own.
    pub interval: Duration,
    /// Outcomes of its transactions.
    pub outcomes: &'a [Outcome],
    /// Number of receipts that it added to the state, reversals included.
    pub receipts: u64,
}

/// Reason why the mempool did not accept an admissible transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnedAway {
    /// The pool is full.
    Busy,
    /// Another transaction with the same client id is in the pool.
    ClientIdInUse,
}

/// The counters. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    registry: Registry,
    accepted: Counter,
    rejected: Counter,
    rejections: ByRule,
    receipts: Counter,
    refusals: ByRule,
    busy: Counter,
    client_id_in_use: Counter,
    round: Gauge,
    interval: Histogram,
    commit: Histogram,
    wait: Histogram,
}

/// One counter for each rule, found without a lock.
struct ByRule {
    known: BTreeMap<u32, Counter>,
    unknown: Counter,
}

impl ByRule {
    fn new(family: &Counters, rules: impl Iterator<Item = u32>) -> Self {
        let of = |label: String| family.get_or_create_owned(&[("rule", label)]);
        Self {
            known: rules.map(|code| (code, of(code.to_string()))).collect(),
            unknown: of(UNKNOWN_RULE.to_owned()),
        }
    }

    fn count(&self, code: u32) {
        self.known.get(&code).unwrap_or(&self.unknown).inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let transactions = counters(
            &mut registry,
            "transactions",
            "Transactions of committed blocks, by outcome",
        );
        let rejections = counters(
            &mut registry,
            "rejections",
            "Rejections in committed blocks, by rule: a whole transaction once, otherwise each receipt",
        );
        let refusals = counters(
            &mut registry,
            "refusals",
            "Transactions refused at admission, by rule",
        );
        let turned_away = counters(
            &mut registry,
            "turned_away",
            "Transactions that the pool did not take, by reason",
        );
        let of = |family: &Counters, label, value: &str| {
            family.get_or_create_owned(&[(label, value.to_owned())])
        };
        let counted = Counted {
            accepted: of(&transactions, "outcome", "accepted"),
            rejected: of(&transactions, "outcome", "rejected"),
            rejections: ByRule::new(&rejections, in_blocks()),
            refusals: ByRule::new(&refusals, Refused::RULES.iter().map(|rule| rule.code)),
            busy: of(&turned_away, "reason", "busy"),
            client_id_in_use: of(&turned_away, "reason", "client_id_in_use"),
            receipts: Counter::default(),
            round: Gauge::default(),
            interval: Histogram::new(INTERVAL_BUCKETS),
            commit: Histogram::new(COMMIT_BUCKETS),
            wait: Histogram::new(WAIT_BUCKETS),
            registry,
        };
        Self(Arc::new(counted.registered()))
    }
}

impl Counted {
    /// Registers the metrics without labels.
    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "receipts_issued",
            "Receipts that committed blocks issued, reversals among them",
            self.receipts.clone(),
        );
        registry.register(
            "last_round",
            "Round of consensus in which the last block was decided; 0 is the first",
            self.round.clone(),
        );
        registry.register(
            "block_interval_seconds",
            "From one block's time to the next",
            self.interval.clone(),
        );
        registry.register(
            "commit_seconds",
            "From a block's decision to its commit on disk",
            self.commit.clone(),
        );
        registry.register(
            "transaction_wait_seconds",
            "From a transaction's arrival in this node's pool to its block on disk",
            self.wait.clone(),
        );
        self
    }
}

fn counters(registry: &mut Registry, name: &str, help: &str) -> Counters {
    let family = Counters::default();
    registry.register(name, help, family.clone());
    family
}

/// Numbers of the rules that a block's outcomes may contain.
fn in_blocks() -> impl Iterator<Item = u32> {
    let refused = |code| Refused::RULES.iter().any(|rule| rule.code == code);
    rule_texts::rules()
        .map(|rule| rule.code)
        .filter(move |code| !refused(*code))
}

impl Metrics {
    /// Counts a committed block.
    pub fn committed(&self, block: Committed<'_>) {
        let counted = &self.0;
        counted.round.set(block.round.into());
        counted.interval.observe(block.interval.as_secs_f64());
        counted.receipts.inc_by(block.receipts);
        for outcome in block.outcomes {
            if outcome.code == 0 {
                counted.accepted.inc();
                let rejected = outcome.items.iter().filter(|item| item.code != 0);
                rejected.for_each(|item| counted.rejections.count(item.code));
            } else {
                counted.rejected.inc();
                counted.rejections.count(outcome.code);
            }
        }
    }

    /// Records the time from a block's decision to its commit on disk.
    pub fn commit_took(&self, time: Duration) {
        self.0.commit.observe(time.as_secs_f64());
    }

    /// Records the time from a transaction's arrival in this node's pool to its block's commit.
    pub fn waited(&self, time: Duration) {
        self.0.wait.observe(time.as_secs_f64());
    }

    /// Counts a transaction that admission refused by the rule with this number.
    pub fn refused(&self, code: u32) {
        self.0.refusals.count(code);
    }

    /// Counts a transaction that the pool did not take.
    pub fn turned_away(&self, why: TurnedAway) {
        match why {
            TurnedAway::Busy => self.0.busy.inc(),
            TurnedAway::ClientIdInUse => self.0.client_id_in_use.inc(),
        };
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.0.registry
    }
}
