//! The requests of the steps of claims.

use piaolian_contracts::types::FundKind;
use piaolian_proto::v1 as proto;

use super::steps::{PAYERS, Step, Word, name, number};
use crate::world::{World, prelude::*};

/// The request of a step.
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
                claim.holder_tag = tag_of(tag).to_vec().into();
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
            word,
        } => Box::new(confirming(world, payer, claim, payout, word)),
        Step::Correct {
            payer,
            number: claim,
        } => Box::new(correct(&number(claim)).by(PAYERS[payer])),
        Step::Reassess {
            payer,
            number: claim,
            place,
            self_paid,
        } => Box::new(reassessing(world, payer, claim, place, self_paid)),
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
            half,
        } => Box::new(repaying(world, receipt, payer, voucher, half)),
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

/// Decides the receipt at a place of the claim anew; the bank pays what is more.
fn reassessing(
    world: &World,
    payer: usize,
    claim_: u8,
    place: usize,
    self_paid: Option<i64>,
) -> impl Request + use<> {
    let found = claim(world, PAYERS[payer], &number(claim_));
    let receipt = found.map(|claim| claim.receipts[place % claim.receipts.len()].id.into());
    let receipt = receipt.unwrap_or_else(|| world.receipt_id(&name(place)).into());
    let assessment = self_paid.map(|fen| proto::Assessment {
        fully_self_paid_fen: fen,
        ..proto::Assessment::default()
    });
    let corrected = proto::ReceiptCorrection {
        receipt: Some(receipt),
        assessment,
    };
    correct(&number(claim_))
        .by(PAYERS[payer])
        .with_world(move |world, correct| {
            correct.receipts = vec![corrected.clone()];
            correct.bank = world.member("bank").id.to_string();
            correct.payee_reference = vec![0xba; 32].into();
        })
}

/// Returns all or half of what is out of the first booking of a voucher, or a fen that nobody booked.
fn repaying(
    world: &World,
    receipt: usize,
    payer: usize,
    voucher: u8,
    half: bool,
) -> impl Request + use<> {
    let record = world.receipt(&name(receipt));
    let id = world.member(PAYERS[payer]).id;
    let voucher = number(voucher);
    let mut live = record.live_bookings();
    let own = live.find(|own| own.payer == id && own.voucher_number.as_str() == voucher);
    let (order, fen) = own.map_or((0, 1), |own| (own.payout_number, own.out().get()));
    let fen = if half { (fen / 2).max(1) } else { fen };
    let reference = format!("T-{}", world.height.get());
    came_back(&name(receipt), PAYERS[payer], &voucher, order, fen).with(move |back| {
        back.bank_reference = reference.clone();
    })
}

/// A bank's word about an order. The same word about it is the same each time, except that "otherwise" is always another
/// payment.
fn confirming(
    world: &World,
    payer: usize,
    claim_: u8,
    payout: u32,
    word: Word,
) -> impl Request + use<> {
    let found = claim(world, PAYERS[payer], &number(claim_));
    let found = found.and_then(|claim| {
        let mut orders = claim.payouts.into_iter();
        orders.find(|order| order.number == payout)
    });
    let (ordered, ordered_ms) =
        found.map_or((1, 1), |order| (order.amount.get(), order.time.as_ms()));
    let insurer = world.member(PAYERS[payer]).id.to_string();
    let claim_number = number(claim_);
    let said = match word {
        Word::Paid | Word::Otherwise { .. } => paid_out(&claim_number).on_paid(move |paid| {
            (paid.amount_fen, paid.paid_ms) = (word.paid(ordered).unwrap(), ordered_ms);
        }),
        Word::Failed => failed(&claim_number),
        Word::FailedForNow => failed_for_now(&claim_number),
        Word::Recalled => recalled(&claim_number),
    };
    let own = format!("B-{payer}-{claim_}-{payout}");
    let reference = match word {
        Word::Otherwise { .. } => format!("{own}-{}", world.height.get()),
        Word::Paid | Word::Failed | Word::FailedForNow | Word::Recalled => own,
    };
    said.with(move |confirm| {
        confirm.bank_reference = reference.clone();
        confirm.insurer = insurer.clone();
        confirm.payout_number = payout;
    })
}
