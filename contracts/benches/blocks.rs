//! The cost of a block on one core, over a state in memory.
//!
//! `cargo bench -p piaolian-contracts --profile release`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a benchmark measures time and prints it"
)]
#![allow(
    clippy::inconsistent_digit_grouping,
    clippy::zero_prefixed_literal,
    unreachable_pub,
    reason = "amounts read as yuan and fen"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    reason = "a benchmark measures time and prints it"
)]
#![allow(
    dead_code,
    unused_imports,
    reason = "the world is that of the tests, of which this needs little"
)]

#[path = "../tests/world/mod.rs"]
mod world;

use std::time::{Duration, Instant};

use bytes::Bytes;
use piaolian_contracts::{Transaction, Verified, verify_batch};
use world::{
    World,
    requests::{book, grant, issue, issue_all, item, lock},
};

const RECEIPTS: usize = 2_000;
const ROUNDS: usize = 7;

fn main() {
    measure("2,000 receipts, one signature each", |world, round| {
        let name = |n| format!("R{round}-{n}");
        (0..RECEIPTS)
            .map(|n| world.sign(&issue(&name(n))))
            .collect()
    });
    measure("2,000 receipts, numbers named", |world, round| {
        let first = world::CODE.len() + round * RECEIPTS;
        let name = |n| format!("R{round}-{n}");
        (0..RECEIPTS)
            .map(|n| world.sign(&issue(&name(n)).numbered((first + n) as u64)))
            .collect()
    });
    measure("2,000 receipts, a hundred per signature", |world, round| {
        let batch = |b: usize| {
            (0..100)
                .map(|n| item(&format!("R{round}-{b}-{n}")))
                .collect()
        };
        (0..RECEIPTS / 100)
            .map(|b| world.sign(&issue_all(batch(b))))
            .collect()
    });
    measure("1,000 locks and 1,000 bookings", |world, round| {
        let name = |n| format!("R{round}-{n}");
        for batch in 0..10 {
            let items = (0..100).map(|n| item(&name(batch * 100 + n))).collect();
            world.accept(issue_all(items));
        }
        let locks: Vec<Bytes> = (0..1_000)
            .map(|n| world.sign(&lock(&name(n), "insurer")))
            .collect();
        let books = (0..1_000).map(|n| world.sign(&book(&name(n), "insurer", "V1", 1)));
        locks.into_iter().chain(books.collect::<Vec<_>>()).collect()
    });
}

/// Runs blocks of the same kind on a growing state; prints the best of each step.
fn measure(what: &str, mut block: impl FnMut(&mut World, usize) -> Vec<Bytes>) {
    let mut world = World::founded(&["finance", "hospital", "insurer", "employer"]);
    world.accept(grant("hospital", 1, 9_999_999));
    let mut best = [Duration::MAX; 4];
    let mut transactions = 0;
    for round in 0..ROUNDS {
        let encoded = block(&mut world, round);
        transactions = encoded.len();
        let times = run(&mut world, encoded);
        best = std::array::from_fn(|step| best[step].min(times[step]));
    }
    println!("{what}: {transactions} transactions");
    for (step, time) in ["decode", "verify, batch", "execute", "finish"]
        .iter()
        .zip(best)
    {
        let each = time / u32::try_from(transactions).unwrap();
        println!(
            "  {step:14} {:7.2} ms  {each:?} each",
            time.as_secs_f64() * 1e3
        );
    }
}

fn run(world: &mut World, encoded: Vec<Bytes>) -> [Duration; 4] {
    let start = Instant::now();
    let decoded: Vec<_> = encoded
        .into_iter()
        .map(|bytes| std::sync::Arc::new(Transaction::decode(bytes, &world.chain_id).unwrap()))
        .collect();
    let decode = start.elapsed();

    let pairs = decoded.into_iter().map(|transaction| {
        let organisation = transaction.organisation();
        let record = piaolian_contracts::organisations::ORGANISATIONS
            .get(&world.state, organisation)
            .unwrap()
            .unwrap();
        let key = record.key(transaction.key_id()).unwrap().public_key;
        (transaction, key)
    });
    let pairs: Vec<_> = pairs.collect();
    let start = Instant::now();
    let verified: Vec<Verified> = verify_batch(pairs)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let verify = start.elapsed();

    let start = Instant::now();
    let mut executor = world.begin();
    for verified in &verified {
        executor.apply(verified).unwrap();
    }
    let execute = start.elapsed();
    let start = Instant::now();
    let executed = executor.finish().unwrap();
    let finish = start.elapsed();
    assert!(executed.outcomes.iter().all(world::accepted));
    world.commit(&executed);
    [decode, verify, execute, finish]
}
