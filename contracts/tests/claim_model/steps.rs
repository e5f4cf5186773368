//! Random steps of a sequence of claims.

use piaolian_contracts::types::FundKind;
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit};
use proptest::prelude::*;

use crate::world::{World, prelude::*, reimbursement};

pub const RECEIPTS: usize = 6;
/// The payers. The first two file claims; all lock and book.
pub const PAYERS: [&str; 3] = ["insurer", "insurer2", "employer"];
pub const CLAIMANTS: usize = 2;
pub const NUMBERS: u8 = 24;

/// A bank's word about an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Word {
    /// It paid as ordered, under the order's own reference.
    Paid,
    /// It paid so much more, or less, under another reference.
    Otherwise { more: i64 },
    /// It did not pay, as its final word.
    Failed,
    /// It did not pay, and still looks into it.
    FailedForNow,
    /// It stopped the order.
    Recalled,
}

impl Word {
    /// The amount that a bank with this word paid of an order.
    pub fn paid(self, ordered: i64) -> Option<i64> {
        match self {
            Self::Paid => Some(ordered),
            Self::Otherwise { more } => Some((ordered + more).max(1)),
            Self::Failed | Self::FailedForNow | Self::Recalled => None,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Step {
    Authorise {
        receipt: usize,
        payer: usize,
        ms: u64,
    },
    Revoke {
        receipt: usize,
        payer: usize,
    },
    File {
        payer: usize,
        number: u8,
        receipts: Vec<usize>,
        tag: u8,
        ms: u64,
    },
    Approve {
        payer: usize,
        number: u8,
        self_paid: Vec<i64>,
    },
    Reject {
        payer: usize,
        number: u8,
    },
    Withdraw {
        payer: usize,
        number: u8,
    },
    Confirm {
        payer: usize,
        number: u8,
        payout: u32,
        word: Word,
    },
    Correct {
        payer: usize,
        number: u8,
    },
    /// One receipt of a claim is decided anew, with so much fully self-paid; `None`: it is no longer reimbursed.
    Reassess {
        payer: usize,
        number: u8,
        place: usize,
        self_paid: Option<i64>,
    },
    Lock {
        receipt: usize,
        payer: usize,
        number: u8,
        ms: u64,
    },
    Unlock {
        receipt: usize,
        payer: usize,
    },
    Book {
        receipt: usize,
        payer: usize,
        number: u8,
        fund: usize,
        amount: i64,
        keep: bool,
    },
    Unbook {
        receipt: usize,
        payer: usize,
        number: u8,
    },
    /// Money of a booking comes back, all or half of it.
    Repay {
        receipt: usize,
        payer: usize,
        number: u8,
        half: bool,
    },
    Exchange {
        receipt: usize,
    },
    Return {
        receipt: usize,
    },
    Wait {
        ms: u64,
    },
}

impl Step {
    /// Returns the same step on another claim or voucher; `None` if the step is about neither.
    pub fn on(&self, to_payer: usize, to_number: u8, to_payout: u32) -> Option<Self> {
        let mut step = self.clone();
        match &mut step {
            Self::File { number, .. } => *number = to_number,
            Self::Confirm {
                payer,
                number,
                payout,
                ..
            } => {
                (*payer, *number, *payout) = (to_payer, to_number, to_payout);
            }
            Self::Approve { payer, number, .. }
            | Self::Reject { payer, number }
            | Self::Withdraw { payer, number }
            | Self::Correct { payer, number }
            | Self::Reassess { payer, number, .. }
            | Self::Repay { payer, number, .. }
            | Self::Unbook { payer, number, .. } => (*payer, *number) = (to_payer, to_number),
            Self::Authorise { .. }
            | Self::Revoke { .. }
            | Self::Lock { .. }
            | Self::Unlock { .. }
            | Self::Book { .. }
            | Self::Exchange { .. }
            | Self::Return { .. }
            | Self::Wait { .. } => return None,
        }
        Some(step)
    }
}

pub fn step() -> impl Strategy<Value = Step> {
    let receipt = || 0..RECEIPTS;
    let payer = || 0..PAYERS.len();
    let claimant = || 0..CLAIMANTS;
    let number = || 0..NUMBERS;
    let ms = || 5_000..90_000_u64;
    let some = prop::sample::subsequence((0..RECEIPTS).collect::<Vec<_>>(), 1..=3);
    let self_paid = prop::collection::vec(0..30_00_i64, 3);
    prop_oneof![
        2 => (receipt(), claimant(), ms())
            .prop_map(|(receipt, payer, ms)| Step::Authorise { receipt, payer, ms }),
        1 => (receipt(), claimant()).prop_map(|(receipt, payer)| Step::Revoke { receipt, payer }),
        8 => (claimant(), number(), some.prop_shuffle(), 0..2_u8, ms()).prop_map(
            |(payer, number, receipts, tag, ms)| Step::File { payer, number, receipts, tag, ms }
        ),
        8 => (claimant(), number(), self_paid).prop_map(
            |(payer, number, self_paid)| Step::Approve { payer, number, self_paid }
        ),
        1 => (claimant(), number()).prop_map(|(payer, number)| Step::Reject { payer, number }),
        1 => (claimant(), number()).prop_map(|(payer, number)| Step::Withdraw { payer, number }),
        8 => (claimant(), number(), 1..4_u32, word()).prop_map(
            |(payer, number, payout, word)| Step::Confirm { payer, number, payout, word }
        ),
        2 => (claimant(), number()).prop_map(|(payer, number)| Step::Correct { payer, number }),
        4 => (claimant(), number(), 0..3_usize, prop::option::weighted(0.8, 0..30_00_i64)).prop_map(
            |(payer, number, place, self_paid)| Step::Reassess { payer, number, place, self_paid }
        ),
        1 => (receipt(), payer(), 0..NUMBERS + 2, ms()).prop_map(
            |(receipt, payer, number, ms)| Step::Lock { receipt, payer, number, ms }
        ),
        1 => (receipt(), payer()).prop_map(|(receipt, payer)| Step::Unlock { receipt, payer }),
        3 => (receipt(), payer(), 0..NUMBERS + 4, 0..6_usize, 1..30_00_i64, any::<bool>())
            .prop_map(|(receipt, payer, number, fund, amount, keep)| Step::Book {
                receipt, payer, number, fund, amount, keep
            }),
        2 => (receipt(), payer(), 0..NUMBERS + 4)
            .prop_map(|(receipt, payer, number)| Step::Unbook { receipt, payer, number }),
        3 => (receipt(), payer(), 0..NUMBERS + 4, prop::bool::weighted(0.3)).prop_map(
            |(receipt, payer, number, half)| Step::Repay { receipt, payer, number, half }
        ),
        2 => receipt().prop_map(|receipt| Step::Exchange { receipt }),
        2 => receipt().prop_map(|receipt| Step::Return { receipt }),
        2 => (1..20_000_u64).prop_map(|ms| Step::Wait { ms }),
    ]
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        6 => Just(Word::Paid),
        2 => (-20_00..20_00_i64).prop_map(|more| Word::Otherwise { more }),
        1 => Just(Word::Otherwise { more: 0 }),
        3 => Just(Word::Failed),
        2 => Just(Word::FailedForNow),
        2 => Just(Word::Recalled),
    ]
}

/// The policy of each claimant: the first one's on the total with a deductible, a cap and
/// two tiers over the year; the second one's on what remains.
pub fn terms_of(claimant: usize) -> proto::PolicyTerms {
    let usual = reimbursement::terms();
    if claimant == 0 {
        return proto::PolicyTerms {
            deductible_fen: 50_00,
            yearly_limit: Some(YearlyLimit::CapFen(120_00)),
            tiers: vec![tier(0, 4_321), tier(40_00, 7_654)],
            ..usual
        };
    }
    proto::PolicyTerms {
        fund_kind: FundKind::Commercial.number(),
        deductible_fen: 5_01,
        yearly_limit: Some(YearlyLimit::Uncapped(true)),
        tiers: vec![tier(0, 9_001), tier(12_34, 3_333)],
        tiers_accumulate: false,
        base: proto::PolicyBase::Remaining.into(),
        ..usual
    }
}

/// The claimant publishes its policy.
pub fn policy_of(claimant: usize) -> impl Request {
    let policy = publish("BASIC").by(PAYERS[claimant]);
    policy.on_terms(move |terms| *terms = terms_of(claimant))
}

/// Six receipts of 100 yuan, of which 60 may be claimed by both claimants, and a policy of
/// each claimant.
pub fn beginning() -> World {
    let mut world = with_policy();
    for claimant in 0..CLAIMANTS {
        world.accept(policy_of(claimant));
    }
    for receipt in 0..RECEIPTS {
        world.accept(issue(&name(receipt)));
        for payer in &PAYERS[..CLAIMANTS] {
            world.accept(authorise(&name(receipt), payer));
        }
    }
    world
}

pub fn name(receipt: usize) -> String {
    format!("R{receipt}")
}

/// A claim number, which also serves as a voucher number.
pub fn number(number: u8) -> String {
    format!("C{number}")
}
