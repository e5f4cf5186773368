//! `SettlePayout`: finance ends the wait for a bank's word.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    record::{ALTERED_BY_CLAIM, Payout, PayoutNote},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{BlockTime, ClaimNumber, OrganisationId, Reason},
};

/// Ends the wait for the bank after the governed time: a recalled order is taken as not paid, and a failure as final.
/// A later "paid" is still a fact, and must come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlePayout {
    insurer: OrganisationId,
    number: ClaimNumber,
    payout_number: u32,
    reason: Reason,
}

impl TryFrom<proto::SettlePayout> for SettlePayout {
    type Error = Malformed;

    fn try_from(message: proto::SettlePayout) -> Result<Self, Malformed> {
        Ok(Self {
            insurer: OrganisationId::parse("insurer", &message.insurer)?,
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            payout_number: message.payout_number,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for SettlePayout {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Corrected {
            insurer: Some(self.insurer),
            number: &self.number,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let claim = store::find(ctx, self.insurer, &self.number)?;
        let place = self.place(&claim.payouts)?;
        self.check_waited(ctx, &claim.payouts[place])?;
        let mut claim = Arc::unwrap_or_clone(claim);
        let ends = claim.payouts[place].waits();
        claim.payouts[place].settled = Some(PayoutNote {
            organisation: ctx.actor_id(),
            reason: self.reason.clone(),
            operator: ctx.operator.cloned(),
            reviewer: None,
            height: ctx.block.height,
            time: ctx.block.time,
        });
        if ends {
            let order = claim.payouts[place].clone();
            store::end_order(ctx, &mut claim, &order)?;
        }
        let receipts: Vec<_> = claim.receipt_ids().collect();
        store::put(ctx, claim)?;
        Ok(Effects::on(receipts))
    }
}

impl SettlePayout {
    fn place(&self, payouts: &[Payout]) -> Result<usize, ClaimError> {
        let mut payouts = payouts.iter();
        let place = payouts.position(|payout| payout.number == self.payout_number);
        place.ok_or_else(|| ClaimError::UnknownPayout {
            insurer: self.insurer,
            claim_number: self.number.clone(),
            payout_number: self.payout_number,
        })
    }

    /// Checks that the bank's word is still missing, and that it had the governed time.
    fn check_waited(&self, ctx: &ActionContext<'_, '_>, order: &Payout) -> Result<(), ClaimError> {
        let (claim_number, payout_number) = (self.number.clone(), order.number);
        let Some(since) = missing_since(order) else {
            return Err(ClaimError::NothingToSettle {
                claim_number,
                payout_number,
            });
        };
        let until = since.after_ms(ctx.block.parameters.bank_word_ms());
        if ctx.block.time >= until {
            return Ok(());
        }
        Err(ClaimError::BankHasTime {
            claim_number,
            payout_number,
            bank: order.bank,
            until: until.in_beijing(),
        })
    }
}

/// The time since which the bank owes a word; `None` if it owes none.
fn missing_since(order: &Payout) -> Option<BlockTime> {
    if order.waits() {
        return order.recall.as_ref().map(|recall| recall.time);
    }
    let said = order.confirmation.as_ref();
    said.filter(|_| order.awaits_final_word())
        .map(|said| said.time)
}
