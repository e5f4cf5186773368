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
        paid: bool,
    },
    Correct {
        payer: usize,
        number: u8,
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
    /// Money of a booking comes back.
    Repay {
        receipt: usize,
        payer: usize,
        number: u8,
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
        6 => (claimant(), number(), 1..3_u32, any::<bool>()).prop_map(
            |(payer, number, payout, paid)| Step::Confirm { payer, number, payout, paid }
        ),
        2 => (claimant(), number()).prop_map(|(payer, number)| Step::Correct { payer, number }),
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
        3 => (receipt(), payer(), 0..NUMBERS + 4)
            .prop_map(|(receipt, payer, number)| Step::Repay { receipt, payer, number }),
        2 => receipt().prop_map(|receipt| Step::Exchange { receipt }),
        2 => receipt().prop_map(|receipt| Step::Return { receipt }),
        2 => (1..20_000_u64).prop_map(|ms| Step::Wait { ms }),
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

pub fn request(world: &World, step: &Step) -> Box<dyn Request> {
    match step.clone() {
        Step::Authorise { receipt, payer, ms } => {
            Box::new(authorise(&name(receipt), PAYERS[payer]).for_ms(ms))
        }
        Step::Revoke { receipt, payer } => Box::new(revoke(&name(receipt), PAYERS[payer])),
        Step::File {
            payer,
            number: claim,
            receipts,
            tag,
            ms,
        } => {
            let names: Vec<String> = receipts.iter().map(|receipt| name(*receipt)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let filed = file(&number(claim), &names).by(PAYERS[payer]);
            Box::new(filed.with(move |claim| {
                claim.holder_tag = vec![tag; 32].into();
                claim.lease_ms = ms;
            }))
        }
        Step::Approve {
            payer,
            number: claim,
            self_paid,
        } => Box::new(approving(world, payer, claim, self_paid)),
        Step::Reject {
            payer,
            number: claim,
        } => Box::new(reject_claim(&number(claim)).by(PAYERS[payer])),
        Step::Withdraw {
            payer,
            number: claim,
        } => Box::new(withdraw(&number(claim)).by(PAYERS[payer])),
        Step::Confirm {
            payer,
            number: claim,
            payout,
            paid: is_paid,
        } => Box::new(confirming(world, payer, claim, payout, is_paid)),
        Step::Correct {
            payer,
            number: claim,
        } => Box::new(correct(&number(claim)).by(PAYERS[payer])),
        Step::Lock {
            receipt,
            payer,
            number: claim,
            ms,
        } => Box::new(lock(&name(receipt), PAYERS[payer]).with(|lock| {
            lock.claim_number = number(claim);
            lock.lease_ms = ms;
        })),
        Step::Unlock { receipt, payer } => Box::new(unlock(&name(receipt), PAYERS[payer])),
        Step::Book {
            receipt,
            payer,
            number: voucher,
            fund,
            amount,
            keep,
        } => {
            let booking = book(&name(receipt), PAYERS[payer], &number(voucher), amount);
            Box::new(booking.with(|book| {
                book.fund_kind = FundKind::ALL[fund].number();
                book.keep_lock = keep;
            }))
        }
        Step::Unbook {
            receipt,
            payer,
            number: voucher,
        } => Box::new(unbook(&name(receipt), PAYERS[payer], &number(voucher))),
        Step::Repay {
            receipt,
            payer,
            number: voucher,
        } => Box::new(repaying(world, receipt, payer, voucher)),
        // Every block has one action, so the height can serve as the number of the paper.
        Step::Exchange { receipt } => {
            Box::new(exchange(&name(receipt), &world.height.get().to_string()))
        }
        Step::Return { receipt } => {
            let paper = world.receipt(&name(receipt)).papers.pop();
            let number = paper.map_or_else(|| "0".to_owned(), |paper| paper.number.to_string());
            Box::new(return_paper(&name(receipt), &number))
        }
        Step::Wait { .. } => panic!("nobody is asked to wait"),
    }
}

/// Makes the assessment of each receipt, as the step states it for the place in the claim.
fn approving(world: &World, payer: usize, claim_: u8, self_paid: Vec<i64>) -> impl Request + use<> {
    let receipts = claim(world, PAYERS[payer], &number(claim_));
    let receipts = receipts.map_or(1, |claim| claim.receipts.len());
    approve(&number(claim_))
        .by(PAYERS[payer])
        .on_approval(move |_, approval| {
            let assessment = |fen: &i64| proto::Assessment {
                fully_self_paid_fen: *fen,
                ..proto::Assessment::default()
            };
            approval.assessments = self_paid[..receipts].iter().map(assessment).collect();
        })
}

/// Returns what must come back of the first booking of a voucher of which money is out, or else all of it, or a fen that
/// nobody booked.
fn repaying(world: &World, receipt: usize, payer: usize, voucher: u8) -> impl Request + use<> {
    let record = world.receipt(&name(receipt));
    let id = world.member(PAYERS[payer]).id;
    let voucher = number(voucher);
    let mut live = record.live_bookings();
    let own = live.find(|own| own.payer == id && own.voucher_number.as_str() == voucher);
    let (order, fen) = own.map_or((0, 1), |own| {
        let due = Some(own.open_recovery()).filter(|due| due.is_positive());
        (own.payout_number, due.unwrap_or_else(|| own.out()).get())
    });
    let reference = format!("T-{}", world.height.get());
    came_back(&name(receipt), PAYERS[payer], &voucher, order, fen).with(move |back| {
        back.bank_reference = reference.clone();
    })
}

/// A bank gives the same answer to an order each time, or pays after all.
fn confirming(
    world: &World,
    payer: usize,
    claim_: u8,
    payout: u32,
    is_paid: bool,
) -> impl Request + use<> {
    let found = claim(world, PAYERS[payer], &number(claim_));
    let found = found.and_then(|claim| {
        claim
            .payouts
            .into_iter()
            .find(|order| order.number == payout)
    });
    let (amount_fen, paid_ms) =
        found.map_or((1, 1), |order| (order.amount.get(), order.time.as_ms()));
    let insurer = world.member(PAYERS[payer]).id.to_string();
    let said = if is_paid {
        paid_out(&number(claim_)).on_paid(move |paid| {
            (paid.amount_fen, paid.paid_ms) = (amount_fen, paid_ms);
        })
    } else {
        failed(&number(claim_))
    };
    said.with(move |confirm| {
        confirm.bank_reference = format!("B-{payer}-{claim_}-{payout}");
        confirm.insurer = insurer.clone();
        confirm.payout_number = payout;
    })
}
