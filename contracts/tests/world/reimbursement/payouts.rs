//! Requests about orders to banks: what became of them, corrections, returns, and what a gone payer left.

use piaolian_contracts::organisations::Role;
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::{Ask, filed_by_any};
use crate::world::{
    World,
    people::Member,
    requests::{ActionRequest, administer},
};

/// The bank confirms the last order of the insurer's claim as paid just now.
pub fn paid_out(number: &str) -> Ask<proto::ConfirmPayout> {
    let claim_number = number.to_owned();
    Ask::new("bank", Action::ConfirmPayout, move |world| {
        let filed = filed_by_any(world, &claim_number);
        let insurer = filed.as_ref().map(|claim| claim.insurer);
        let last = filed.as_ref().and_then(|claim| claim.payouts.last());
        let result = proto::confirm_payout::Result::Paid(proto::PayoutPaid {
            amount_fen: last.map_or(1, |payout| payout.amount.get()),
            paid_ms: world.time.as_ms(),
        });
        proto::ConfirmPayout {
            insurer: insurer.unwrap_or(world.member("insurer").id).to_string(),
            claim_number: claim_number.clone(),
            payout_number: last.map_or(1, |payout| payout.number),
            bank_reference: format!(
                "B-{claim_number}/{}",
                last.map_or(1, |payout| payout.number)
            ),
            result: Some(result),
        }
    })
}

/// The bank says, as its final word, that it could not pay.
pub fn failed(number: &str) -> Ask<proto::ConfirmPayout> {
    paid_out(number).with(|confirm| {
        let failed = proto::PayoutFailed {
            reason: "no such account".to_owned(),
            final_word: true,
        };
        confirm.result = Some(proto::confirm_payout::Result::Failed(failed));
    })
}

/// The bank says that it could not pay, and still looks into it.
pub fn failed_for_now(number: &str) -> Ask<proto::ConfirmPayout> {
    paid_out(number).with(|confirm| {
        let failed = proto::PayoutFailed {
            reason: "no answer from the core system".to_owned(),
            final_word: false,
        };
        confirm.result = Some(proto::confirm_payout::Result::Failed(failed));
    })
}

/// The bank says that it stopped the order.
pub fn recalled(number: &str) -> Ask<proto::ConfirmPayout> {
    paid_out(number).with(|confirm| {
        let recalled = proto::PayoutRecalled {
            reason: "stopped as asked".to_owned(),
        };
        confirm.result = Some(proto::confirm_payout::Result::Recalled(recalled));
    })
}

/// Finance ends the wait for a bank's word about the insurer's claim.
pub fn settle(number: &str, payout_number: u32) -> Ask<proto::SettlePayout> {
    let claim_number = number.to_owned();
    Ask::new("finance", Action::SettlePayout, move |world| {
        proto::SettlePayout {
            insurer: world.member("insurer").id.to_string(),
            claim_number: claim_number.clone(),
            payout_number,
            reason: "the bank does not answer".to_owned(),
        }
    })
}

/// The bank confirms that an amount of a payer's booking came back just now, under a reference.
pub fn came_back(
    receipt: &str,
    payer: &str,
    voucher: &str,
    payout_number: u32,
    amount_fen: i64,
) -> Ask<proto::ConfirmReturn> {
    let [receipt, payer, voucher] = [receipt, payer, voucher].map(str::to_owned);
    Ask::new("bank", Action::ConfirmReturn, move |world| {
        proto::ConfirmReturn {
            bank_reference: "T-2026/1".to_owned(),
            receipt: Some(world.receipt_id(&receipt).into()),
            payer: world.member(&payer).id.to_string(),
            voucher_number: voucher.clone(),
            payout_number,
            amount_fen,
            returned_ms: world.time.as_ms(),
        }
    })
}

/// Finance takes a gone payer's booking off, on evidence.
pub fn strike(
    receipt: &str,
    payer: &str,
    voucher: &str,
    payout_number: u32,
) -> Ask<proto::StrikeBooking> {
    let [receipt, payer, voucher] = [receipt, payer, voucher].map(str::to_owned);
    Ask::new("finance", Action::StrikeBooking, move |world| {
        proto::StrikeBooking {
            receipt: Some(world.receipt_id(&receipt).into()),
            payer: world.member(&payer).id.to_string(),
            voucher_number: voucher.clone(),
            payout_number,
            evidence_hash: vec![0xe7; 32].into(),
            reason: "the transfer was never sent".to_owned(),
            reviewer: "chen.jing".to_owned(),
        }
    })
}

impl Ask<proto::ConfirmPayout> {
    pub fn on_paid(self, alter: impl Fn(&mut proto::PayoutPaid) + 'static) -> Self {
        self.with(move |confirm| match confirm.result.as_mut() {
            Some(proto::confirm_payout::Result::Paid(paid)) => alter(paid),
            _ => panic!("not paid"),
        })
    }
}

pub fn correct(number: &str) -> Ask<proto::CorrectClaim> {
    let claim_number = number.to_owned();
    Ask::new("insurer", Action::CorrectClaim, move |_| {
        proto::CorrectClaim {
            claim_number: claim_number.clone(),
            reason: "wrong person".to_owned(),
            reviewer: "chen.jing".to_owned(),
            receipts: vec![],
            bank: String::new(),
            payee_reference: vec![].into(),
        }
    })
}

/// The insurer no longer reimburses these receipts of a claim.
pub fn exclude(number: &str, receipts: &[&str]) -> Ask<proto::CorrectClaim> {
    let receipts: Vec<String> = receipts.iter().map(|name| (*name).to_owned()).collect();
    correct(number).with_world(move |world, correct| {
        let excluded = |name: &String| proto::ReceiptCorrection {
            receipt: Some(world.receipt_id(name).into()),
            assessment: None,
        };
        correct.receipts = receipts.iter().map(excluded).collect();
    })
}

/// The insurer decides one receipt of a claim anew, with so much fully self-paid; the bank pays what is more.
pub fn reassess(number: &str, receipt: &str, self_paid: i64) -> Ask<proto::CorrectClaim> {
    let receipt = receipt.to_owned();
    correct(number).with_world(move |world, correct| {
        correct.receipts = vec![proto::ReceiptCorrection {
            receipt: Some(world.receipt_id(&receipt).into()),
            assessment: Some(proto::Assessment {
                fully_self_paid_fen: self_paid,
                ..proto::Assessment::default()
            }),
        }];
        correct.bank = world.member("bank").id.to_string();
        correct.payee_reference = vec![0xba; 32].into();
    })
}

pub fn release(receipt: &str, organisation: &str) -> Ask<proto::ReleaseOrphan> {
    let (receipt, organisation) = (receipt.to_owned(), organisation.to_owned());
    Ask::new("finance", Action::ReleaseOrphan, move |world| {
        proto::ReleaseOrphan {
            receipt: Some(world.receipt_id(&receipt).into()),
            organisation: world.member(&organisation).id.to_string(),
            reason: "dissolved".to_owned(),
        }
    })
}

/// Makes an insurer known and has it admitted with keys that end: it acts in so many
/// blocks from the next on, and is gone then.
pub fn with_leaving_payer<'w>(world: &'w mut World, name: &str, blocks: u64) -> &'w mut World {
    world.know(Member::new(name).with_roles(&[Role::MedicalInsurer, Role::CommercialInsurer]));
    let last = world.height.get() + 1 + blocks;
    world.accept(admit_until(name, last))
}

/// Admits a member whose keys end with the block at a height.
pub fn admit_until(name: &str, last: u64) -> ActionRequest {
    let name = name.to_owned();
    administer("finance", move |world| {
        let mut admission = world.member(&name).admission(&world.chain_id);
        admission
            .keys
            .iter_mut()
            .for_each(|key| key.last_height = last);
        Action::AdmitOrganisation(admission)
    })
}
