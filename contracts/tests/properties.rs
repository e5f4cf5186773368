//! Properties of any sequence of transactions.
//!
//! ```text
//!   the invariants hold              after every block
//!   verdicts and facts are the same  however transactions are cut into blocks
//!   the state root is the same       however one block's transactions were decoded and
//!                                    verified, and whatever its proposer left out
//! ```
//!
//! Roots of differently cut blocks do differ: records name heights and times. That the root of the state tree depends
//! on keys and values alone, whatever the order of writes, is the tree's own property
//! (`node/ledger/src/store/state_tree/tests.rs`).

pub mod steps;
mod supervision;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use piaolian_contracts::{
    Transaction, Verified, admit,
    chain::Height,
    execute::{Applied, BlockExecutor, Executed},
    parameters::{FundRules, PARAMETERS},
    receipts::{ClaimLock, Receipt},
    state::Table,
    storage::Record,
    types::{BlockTime, FundKind},
    verify_batch,
};
use proptest::prelude::*;

use crate::{
    invariants::{check, receipts},
    world::{World, accepted, requests::set_parameters, scale::tried},
};
use steps::{PAYERS, RECEIPTS, Step, beginning, name, request, step};

/// The facts that must not depend on how transactions are cut into blocks: everything except heights, places and times,
/// which are set to zero. Issuances, parameters, organisations and idempotency are left out.
fn facts(world: &World) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut facts = BTreeMap::new();
    for mut receipt in receipts(world) {
        receipt.issued_height = Height::GENESIS;
        receipt.issued_index = 0;
        for booking in &mut receipt.bookings {
            booking.height = receipt.issued_height;
            booking.time = BlockTime::from_ms(0);
            if let Some(unbooking) = &mut booking.unbooking {
                (unbooking.height, unbooking.time) = (booking.height, booking.time);
            }
            if let Some(gone) = &mut booking.payer_gone {
                (gone.height, gone.time) = (booking.height, booking.time);
            }
        }
        if let Some(lock) = &mut receipt.lock {
            lock.until = BlockTime::from_ms(0);
        }
        forget_moments(&mut receipt);
        facts.insert(receipt.id.key().to_vec(), receipt.encode());
    }
    for table in [
        Table::Ranges,
        Table::Totals,
        Table::BusinessNumbers,
        Table::IssuerRanges,
        Table::ReceiptLists,
        Table::PaperForms,
    ] {
        facts.extend(world.state.table(table));
    }
    facts
}

/// Puts the heights and times of what came about a receipt to zero.
fn forget_moments(receipt: &mut Receipt) {
    let (height, time) = (Height::GENESIS, BlockTime::from_ms(0));
    if let Some(delivery) = &mut receipt.delivery {
        (delivery.height, delivery.time) = (height, time);
    }
    for paper in &mut receipt.papers {
        (paper.height, paper.time) = (height, time);
        if let Some(returned) = &mut paper.returned {
            (returned.height, returned.time) = (height, time);
        }
    }
    if let Some(audit) = &mut receipt.use_audit {
        (audit.height, audit.time) = (height, time);
    }
    for entry in &mut receipt.archives {
        (entry.height, entry.time) = (height, time);
    }
    if let Some(noted) = &mut receipt.verification {
        (noted.height, noted.time) = (height, time);
    }
}

proptest! {
    #![proptest_config(tried(128))]

    #[test]
    fn no_sequence_of_transactions_breaks_an_invariant(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = beginning();
        for (place, step) in steps.iter().enumerate() {
            match (step, request(step, place)) {
                (Step::Wait { ms }, _) => { world.wait_ms(*ms); }
                (_, Some(request)) => {
                    let (owners, rules) = (locks(&world), fund_rules(&world));
                    let bytes = world.sign(request.as_ref());
                    let executed = world.block(&[bytes]);
                    check(&world);
                    let accepted = accepted(&executed.outcomes[0]);
                    check_lock_owners(&world, &owners, step, accepted);
                    if accepted {
                        check_claimable(&world, &rules, step);
                    }
                }
                (_, None) => {}
            }
        }
    }

    #[test]
    fn block_boundaries_change_no_verdict_and_no_fact(
        steps in prop::collection::vec(step(), 1..40),
        cuts in prop::collection::vec(1..8_usize, 1..40),
    ) {
        // Suspensions and parameters act from the next block and locks end with
        // time: all depend on where a block ends, by design.
        let steps: Vec<Step> = steps
            .into_iter()
            .filter(|step| {
                !matches!(
                    step,
                    Step::Suspend { .. }
                        | Step::Resume { .. }
                        | Step::SetFundRules { .. }
                        | Step::Wait { .. }
                )
            })
            .map(|step| match step {
                Step::Lock { receipt, payer, claim, .. } => {
                    Step::Lock { receipt, payer, claim, lease_ms: 3_600_000 }
                }
                other => other,
            })
            .collect();
        let run = |sizes: &mut dyn Iterator<Item = usize>| {
            let mut world = beginning();
            let encoded: Vec<Bytes> = steps
                .iter()
                .enumerate()
                .map(|(place, step)| {
                    let request = request(step, place).unwrap();
                    world.sign(request.as_ref())
                })
                .collect();
            let mut verdicts = Vec::new();
            let mut rest = &encoded[..];
            while !rest.is_empty() {
                let size = sizes.next().unwrap_or(1).min(rest.len());
                for outcome in world.block(&rest[..size]).outcomes {
                    let items: Vec<_> = outcome
                        .items
                        .iter()
                        .map(|item| (item.code, item.receipt.clone()))
                        .collect();
                    verdicts.push((outcome.code, items));
                }
                rest = &rest[size..];
            }
            (verdicts, facts(&world))
        };
        let one_by_one = run(&mut std::iter::repeat(1));
        prop_assert_eq!(&run(&mut cuts.into_iter()), &one_by_one);
        prop_assert_eq!(&run(&mut std::iter::repeat(usize::MAX)), &one_by_one);
    }

    #[test]
    fn a_block_has_one_root_however_it_was_verified_and_proposed(
        steps in prop::collection::vec(step(), 1..30),
        order in prop::collection::vec(any::<u32>(), 30),
        batches in prop::collection::vec(1..8_usize, 30),
    ) {
        // Few receipts fit, so that the proposer leaves some transactions out.
        let mut world = beginning();
        world.accept(set_parameters(|parameters| parameters.block_receipts_max = 4));
        let encoded: Vec<Bytes> = steps
            .iter()
            .enumerate()
            .filter_map(|(place, step)| request(step, place))
            .map(|request| world.sign(request.as_ref()))
            .collect();
        let (block, proposed) = propose(&world, &encoded);

        let verified = verify_in_disorder(&world, &block, &order, &batches);
        let mut executor = world.begin();
        for verified in &verified {
            prop_assert!(matches!(executor.apply(verified), Ok(Applied::Included(_))));
        }
        let judged = executor.finish().unwrap();
        prop_assert_eq!(&judged, &proposed);
        prop_assert_eq!(root_after(&world, &judged), root_after(&world, &proposed));
    }
}

/// The transactions that a proposer takes into the next block, and what they do. It is
/// offered each of them twice, and more receipts than fit.
fn propose(world: &World, encoded: &[Bytes]) -> (Vec<Bytes>, Executed) {
    let mut executor = world.begin();
    let mut block = Vec::new();
    for bytes in encoded {
        let verified = world.check(bytes.clone()).unwrap();
        if let Applied::Included(_) = executor.apply(&verified).unwrap() {
            block.push(bytes.clone());
            refuse_again(&mut executor, &verified);
        }
    }
    (block, executor.finish().unwrap())
}

fn refuse_again(executor: &mut BlockExecutor<'_>, verified: &Verified) {
    let again = executor.apply(verified).unwrap();
    assert!(matches!(again, Applied::Inadmissible(_)), "{again:?}");
}

/// Decodes and verifies a block's transactions in the order of `order`, in batches of
/// these sizes, and gives them in the block's own order.
fn verify_in_disorder(
    world: &World,
    block: &[Bytes],
    order: &[u32],
    batches: &[usize],
) -> Vec<Verified> {
    let mut places: Vec<usize> = (0..block.len()).collect();
    places.sort_by_key(|place| (order[*place], *place));
    let mut verified = BTreeMap::new();
    let mut sizes = batches.iter();
    let mut rest = &places[..];
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        let pairs = batch.iter().map(|place| {
            let bytes = block[*place].clone();
            let transaction = Transaction::decode(bytes, &world.chain_id).unwrap();
            let key = admit(&world.state, &world.next_moment(), &transaction).unwrap();
            (Arc::new(transaction), key)
        });
        let results = verify_batch(pairs.collect());
        verified.extend(batch.iter().copied().zip(results));
        rest = later;
    }
    verified.into_values().map(Result::unwrap).collect()
}

fn root_after(world: &World, executed: &Executed) -> piaolian_contracts::chain::Hash {
    let mut state = world.state.clone();
    state.apply(&executed.changes);
    state.root()
}

/// The rules that the next block books by.
fn fund_rules(world: &World) -> FundRules {
    let parameters = PARAMETERS.get(&world.state, &()).unwrap().unwrap();
    parameters.fund_rules().clone()
}

/// Checks that bookings never exceed the claimable amount of their kind of fund, whatever the other kinds may claim.
fn check_claimable(world: &World, rules: &FundRules, step: &Step) {
    let Step::Book { receipt, fund, .. } = step else {
        return;
    };
    let receipt = world.receipt(&name(*receipt));
    let rule = rules
        .of(FundKind::ALL[*fund])
        .expect("booked without a rule");
    let claimable = rule.claimable(receipt.total, &receipt.settlement);
    assert!(receipt.booked() <= claimable, "{step:?}: {receipt:?}");
}

/// The live locks by receipt.
fn locks(world: &World) -> BTreeMap<usize, ClaimLock> {
    let now = world.next_moment().time;
    let live = (0..RECEIPTS).filter_map(|receipt| {
        let lock = world.receipt(&name(receipt)).live_lock(now).cloned();
        lock.map(|lock| (receipt, lock))
    });
    live.collect()
}

/// Checks that a live lock never changes its owner, and that only its owner books or unlocks.
fn check_lock_owners(
    world: &World,
    before: &BTreeMap<usize, ClaimLock>,
    step: &Step,
    accepted: bool,
) {
    for (receipt, lock) in before {
        let after = world.receipt(&name(*receipt)).lock;
        if let Some(after) = &after {
            assert_eq!(after.owner, lock.owner, "a live lock changed hands");
        }
        let acted_by = match step {
            Step::Lock {
                receipt: r, payer, ..
            }
            | Step::Unlock { receipt: r, payer }
            | Step::Book {
                receipt: r, payer, ..
            } if r == receipt => Some(world.member(PAYERS[*payer]).id),
            _ => None,
        };
        if accepted && let Some(actor) = acted_by {
            assert_eq!(actor, lock.owner, "{step:?} against the lock of another");
        }
        if after.is_none() {
            assert!(
                accepted && acted_by == Some(lock.owner),
                "{step:?} cleared a lock"
            );
        }
    }
}
