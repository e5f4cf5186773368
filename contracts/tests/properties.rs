//! What holds for any sequence of transactions.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use piaolian_contracts::{
    allotments::{ISSUER_RANGES, IssuerCode, RANGES, RangeKey, range_of},
    chain::BlockTime,
    governance::FundRules,
    organisations::Role,
    receipts::{BUSINESS_NUMBERS, IssuerBusiness, Receipt},
    state::Table,
    storage::Record,
    types::{Fen, FundKind},
};
use piaolian_proto::v1 as proto;
use proptest::prelude::*;

use crate::world::{
    CODE, World, accepted,
    requests::{
        Request, book, grant, issue, issue_all, item, lock, recall, resume, reverse, suspend,
        unbook, unlock,
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

fn receipts(world: &World) -> Vec<Receipt> {
    let records = world.state.table(Table::Receipts).into_values();
    records
        .map(|record| Receipt::decode(&record).unwrap())
        .collect()
}

/// Every invariant of a state.
fn check(world: &World) {
    let rules = FundRules::default();
    let receipts = receipts(world);
    for receipt in &receipts {
        check_money(receipt, &rules);
        check_number(world, receipt);
        check_links(&receipts, receipt);
    }
    check_ranges(world, &receipts);
}

fn check_money(receipt: &Receipt, rules: &FundRules) {
    let booked = receipt.booked();
    let claimable = rules.as_slice().iter();
    let claimable = claimable.map(|rule| rule.claimable(receipt.total, &receipt.settlement));
    assert!(booked <= claimable.max().unwrap(), "{receipt:?}");
    assert!(booked <= receipt.total.max(Fen::ZERO), "{receipt:?}");
    let mut live = BTreeSet::new();
    let mut vouchers = BTreeSet::new();
    for booking in &receipt.bookings {
        assert!(booking.amount.is_positive() && booking.operator != booking.reviewer);
        assert!(vouchers.insert((booking.payer, booking.voucher_number.clone())));
        let first = booking.unbooking.is_some() || live.insert((booking.payer, booking.fund_kind));
        assert!(first, "one payer twice: {receipt:?}");
    }
    if receipt.reversed_by.is_some() || receipt.reverses.is_some() {
        assert!(live.is_empty(), "reimbursed and reversed: {receipt:?}");
    }
    assert!(receipt.settlement.fits(receipt.total), "{receipt:?}");
}

/// A receipt's number is in a range of its issuer, and its business number is its own.
fn check_number(world: &World, receipt: &Receipt) {
    let range = range_of(&world.state, &receipt.id).unwrap().unwrap();
    assert_eq!(*range.issuer(), receipt.issuer);
    let number = receipt.business_number.clone();
    let business = IssuerBusiness {
        issuer: receipt.issuer,
        number,
    };
    assert_eq!(
        BUSINESS_NUMBERS.get(&world.state, &business).unwrap(),
        Some(receipt.id)
    );
}

fn check_links(receipts: &[Receipt], receipt: &Receipt) {
    let find = |id| receipts.iter().find(|other| other.id == id).unwrap();
    if let Some(red) = receipt.reversed_by {
        assert_eq!(find(red).reverses, Some(receipt.id));
        assert_eq!(find(red).total.checked_add(receipt.total), Some(Fen::ZERO));
    }
    if let Some(original) = receipt.reverses {
        assert_eq!(find(original).reversed_by, Some(receipt.id));
    }
}

/// Ranges do not overlap, count what they hold, and the index of open ones is
/// theirs.
fn check_ranges(world: &World, receipts: &[Receipt]) {
    let code = CODE.parse().unwrap();
    let keys = world.state.table(Table::Ranges).into_keys();
    let ranges = keys.map(|key| {
        let first = u64::from_be_bytes(key[8..].try_into().unwrap());
        RANGES
            .get(&world.state, &RangeKey { code, first })
            .unwrap()
            .unwrap()
    });
    let ranges: Vec<_> = ranges.collect();
    let held = ranges.iter().filter(|range| range.last().is_some());
    assert!(
        held.clone()
            .zip(held.skip(1))
            .all(|(a, b)| a.end() <= b.first())
    );
    for range in &ranges {
        let used: Vec<u64> = receipts
            .iter()
            .map(|receipt| receipt.id.number.get())
            .filter(|number| range.contains(*number))
            .collect();
        assert_eq!(range.used_count(), used.len() as u64, "{range:?}");
        let above = used
            .iter()
            .max()
            .map_or(range.first(), |highest| highest + 1);
        assert_eq!(range.used_below(), above, "{range:?}");
        assert!((range.first()..range.next()).all(|number| used.contains(&number)));
    }
    let issuer = world.member("hospital").id;
    let indexed = ISSUER_RANGES
        .get(&world.state, &IssuerCode { issuer, code })
        .unwrap();
    let open = ranges
        .iter()
        .filter(|range| range.is_open())
        .map(|range| range.first());
    let open: Vec<u64> = open.collect();
    assert_eq!(
        indexed.map(|i| i.firsts().to_vec()).unwrap_or_default(),
        open
    );
}

/// Everything but where and when things happened: what must not depend on how
/// transactions are cut into blocks.
fn facts(world: &World) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut facts = BTreeMap::new();
    for mut receipt in receipts(world) {
        receipt.issued_height = piaolian_contracts::chain::Height::GENESIS;
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
fn locks(world: &World) -> BTreeMap<usize, piaolian_contracts::receipts::ClaimLock> {
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
    before: &BTreeMap<usize, piaolian_contracts::receipts::ClaimLock>,
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
