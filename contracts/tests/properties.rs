//! What holds for any sequence of transactions.

use std::collections::BTreeMap;

use bytes::Bytes;
use piaolian_contracts::{
    chain::{BlockTime, Height},
    organisations::Role,
    receipts::ClaimLock,
    state::Table,
    storage::Record,
    types::FundKind,
};
use piaolian_proto::v1 as proto;
use proptest::prelude::*;

use crate::{
    invariants::{check, receipts},
    world::{
        World, accepted,
        requests::{
            Request, book, grant, issue, issue_all, item, lock, recall, resume, reverse, suspend,
            unbook, unlock,
        },
    },
};

const RECEIPTS: usize = 4;
const PAYERS: [&str; 3] = ["insurer", "insurer2", "employer"];

/// One step of a story that nobody planned.
#[derive(Clone, Debug)]
enum Step {
    Issue {
        numbers: Vec<Option<u64>>,
    },
    Reverse {
        receipt: usize,
    },
    Lock {
        receipt: usize,
        payer: usize,
        claim: u8,
        lease_ms: u64,
    },
    Unlock {
        receipt: usize,
        payer: usize,
    },
    Book {
        receipt: usize,
        payer: usize,
        voucher: u8,
        fund: usize,
        amount: i64,
        keep: bool,
    },
    Unbook {
        receipt: usize,
        payer: usize,
        voucher: u8,
    },
    Suspend {
        payer: usize,
    },
    Resume {
        payer: usize,
    },
    Grant {
        first: u64,
        length: u64,
    },
    Recall {
        first: u64,
        from: u64,
    },
    Wait {
        ms: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let receipt = 0..RECEIPTS;
    let payer = 0..PAYERS.len();
    let numbers = prop::collection::vec(prop::option::of(0..40_u64), 1..4);
    prop_oneof![
        2 => numbers.prop_map(|numbers| Step::Issue { numbers }),
        1 => receipt.clone().prop_map(|receipt| Step::Reverse { receipt }),
        3 => (receipt.clone(), payer.clone(), 0..2_u8, 1..5_000_u64).prop_map(
            |(receipt, payer, claim, lease_ms)| Step::Lock { receipt, payer, claim, lease_ms }
        ),
        1 => (receipt.clone(), payer.clone())
            .prop_map(|(receipt, payer)| Step::Unlock { receipt, payer }),
        6 => (receipt.clone(), payer.clone(), 0..6_u8, 0..6_usize, 1..70_00_i64, any::<bool>())
            .prop_map(|(receipt, payer, voucher, fund, amount, keep)| Step::Book {
                receipt, payer, voucher, fund, amount, keep
            }),
        3 => (receipt, payer.clone(), 0..6_u8)
            .prop_map(|(receipt, payer, voucher)| Step::Unbook { receipt, payer, voucher }),
        1 => payer.clone().prop_map(|payer| Step::Suspend { payer }),
        1 => payer.prop_map(|payer| Step::Resume { payer }),
        1 => (0..60_u64, 1..20_u64).prop_map(|(first, length)| Step::Grant { first, length }),
        1 => (0..60_u64, 0..60_u64).prop_map(|(first, from)| Step::Recall { first, from }),
        1 => (1..4_000_u64).prop_map(|ms| Step::Wait { ms }),
    ]
}

/// A world with four receipts, three payers and two small ranges.
fn beginning() -> World {
    let mut world = World::founded(&["finance", "hospital", "insurer", "employer"]);
    world.admit("insurer2", &[Role::Insurer]);
    world
        .accept(grant("hospital", 0, 9))
        .accept(grant("hospital", 20, 24));
    for receipt in 0..RECEIPTS {
        world.accept(issue(&name(receipt)));
    }
    world
}

fn name(receipt: usize) -> String {
    format!("R{receipt}")
}

/// The request of a step; `place` makes its names its own.
fn request(step: &Step, place: usize) -> Option<Box<dyn Request>> {
    Some(match step.clone() {
        Step::Issue { numbers } => {
            let items = numbers.into_iter().enumerate().map(|(n, number)| {
                let mut item = item(&format!("S{place}-{n}"));
                item.receipt_number = number;
                item
            });
            Box::new(issue_all(items.collect()))
        }
        Step::Reverse { receipt } => {
            let own = move |r: &mut proto::ReverseReceipt| {
                r.business_number = format!("S{place}-red");
            };
            Box::new(reverse(&name(receipt)).with(own))
        }
        Step::Lock {
            receipt,
            payer,
            claim,
            lease_ms,
        } => Box::new(lock(&name(receipt), PAYERS[payer]).with(|lock| {
            lock.claim_number = format!("C{claim}");
            lock.lease_ms = lease_ms;
        })),
        Step::Unlock { receipt, payer } => Box::new(unlock(&name(receipt), PAYERS[payer])),
        Step::Book {
            receipt,
            payer,
            voucher,
            fund,
            amount,
            keep,
        } => {
            let voucher = format!("V{voucher}");
            Box::new(
                book(&name(receipt), PAYERS[payer], &voucher, amount).with(|book| {
                    book.fund_kind = FundKind::ALL[fund].number();
                    book.keep_lock = keep;
                }),
            )
        }
        Step::Unbook {
            receipt,
            payer,
            voucher,
        } => Box::new(unbook(
            &name(receipt),
            PAYERS[payer],
            &format!("V{voucher}"),
        )),
        Step::Suspend { payer } => Box::new(suspend(PAYERS[payer])),
        Step::Resume { payer } => Box::new(resume(PAYERS[payer])),
        Step::Grant { first, length } => Box::new(grant("hospital", first, first + length)),
        Step::Recall { first, from } => Box::new(recall(first, from)),
        Step::Wait { .. } => return None,
    })
}

/// Everything but where and when things happened: what must not depend on how
/// transactions are cut into blocks.
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
        }
        if let Some(lock) = &mut receipt.lock {
            lock.until = BlockTime::from_ms(0);
        }
        facts.insert(receipt.id.key().to_vec(), receipt.encode());
    }
    for table in [Table::Ranges, Table::BusinessNumbers, Table::IssuerRanges] {
        facts.extend(world.state.table(table));
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_transactions_breaks_an_invariant(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = beginning();
        for (place, step) in steps.iter().enumerate() {
            match (step, request(step, place)) {
                (Step::Wait { ms }, _) => { world.wait_ms(*ms); }
                (_, Some(request)) => {
                    let owners = locks(&world);
                    let bytes = world.sign(request.as_ref());
                    let executed = world.block(&[bytes]);
                    check(&world);
                    let accepted = accepted(&executed.outcomes[0]);
                    check_lock_owners(&world, &owners, step, accepted);
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
        // Suspensions act from the next block and locks end with time: both
        // depend on where a block ends, by design.
        let steps: Vec<Step> = steps
            .into_iter()
            .filter(|step| {
                !matches!(step, Step::Suspend { .. } | Step::Resume { .. } | Step::Wait { .. })
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
    fn the_root_depends_on_keys_and_values_alone(
        steps in prop::collection::vec(step(), 1..30),
    ) {
        // Two nodes that execute the same blocks, one from the state as it was
        // written, one from a copy that was filled in another order.
        let mut world = beginning();
        for (place, step) in steps.iter().enumerate() {
            let Some(request) = request(step, place) else { continue };
            let bytes = world.sign(request.as_ref());
            let before = world.state.clone();
            let executed = world.block(&[bytes]);
            let mut shuffled = before;
            let mut changes = executed.changes.clone();
            changes.reverse();
            shuffled.apply(&changes);
            prop_assert_eq!(shuffled.root(), world.state.root());
        }
    }
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

/// A live lock passes to nobody, and only its owner books or unlocks.
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
