//! `FileClaim`: an insurer files a claim, which locks every receipt of the claim or none.

use std::collections::BTreeSet;

use piaolian_proto::v1 as proto;

use super::{
    claimable::{
        check_left, check_no_other_claim, check_not_paid_before, check_payable,
        check_voucher_unused,
    },
    errors::ClaimError,
    lock::check_lease,
    payer,
    record::{CLAIM_RECEIPTS_MAX, Claim, ClaimedReceipt, HolderTag},
    schema::{CLAIM_LISTS, ListedClaim},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    disclosure::{self, Purpose},
    malformed::Malformed,
    organisations::Role,
    policies::{self, Policy},
    receipts::{Receipt, ReceiptStep, change, status::check_step},
    rejection::Stop,
    types::{BeijingDate, ClaimNumber, Fen, FundKind, PlanCode, PolicyCode, ReceiptId},
};

/// Files a claim for a holder over one or more receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileClaim {
    number: ClaimNumber,
    policy_code: PolicyCode,
    holder_tag: HolderTag,
    receipts: Vec<PresentedReceipt>,
    lease_ms: u64,
}

/// A receipt as it was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PresentedReceipt {
    id: ReceiptId,
    total: Fen,
}

impl FileClaim {
    /// The insurer's number of it.
    pub const fn number(&self) -> &ClaimNumber {
        &self.number
    }

    /// Its receipts, each with the total as presented.
    pub fn presented(&self) -> impl Iterator<Item = (ReceiptId, Fen)> {
        self.receipts
            .iter()
            .map(|presented| (presented.id, presented.total))
    }
}

impl TryFrom<proto::FileClaim> for FileClaim {
    type Error = Malformed;

    fn try_from(message: proto::FileClaim) -> Result<Self, Malformed> {
        if message.lease_ms == 0 {
            return Err(Malformed::new("lease_ms", "must be at least 1"));
        }
        Ok(Self {
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            policy_code: PolicyCode::parse("policy_code", message.policy_code)?,
            holder_tag: HolderTag::parse("holder_tag", &message.holder_tag)?,
            receipts: parse_receipts(message.receipts)?,
            lease_ms: message.lease_ms,
        })
    }
}

fn parse_receipts(
    messages: Vec<proto::PresentedReceipt>,
) -> Result<Vec<PresentedReceipt>, Malformed> {
    if !(1..=CLAIM_RECEIPTS_MAX).contains(&messages.len()) {
        return Err(Malformed::new("receipts", "must be 1 to 20"));
    }
    let mut seen = BTreeSet::new();
    let parse = |(place, message): (usize, proto::PresentedReceipt)| {
        let field = format!("receipts[{place}]");
        let id = ReceiptId::parse("receipt", message.receipt);
        let id = id.map_err(|error| error.within(&field))?;
        if !seen.insert(id) {
            return Err(Malformed::new(field, "must name each receipt once"));
        }
        Ok(PresentedReceipt {
            id,
            total: Fen::new(message.presented_total_fen),
        })
    };
    messages.into_iter().enumerate().map(parse).collect()
}

impl Handler for FileClaim {
    fn altered_count(&self) -> u32 {
        u32::try_from(self.receipts.len()).expect("there are at most CLAIM_RECEIPTS_MAX")
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        store::concerned(self.receipts.iter().map(|presented| presented.id))
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Filed {
            number: &self.number,
            presented: self.presented().collect(),
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        store::check_unfiled(ctx, &self.number)?;
        check_lease(ctx, self.lease_ms)?;
        let mut claimed = Vec::with_capacity(self.receipts.len());
        let mut terms = None;
        for presented in &self.receipts {
            let policy = self.check_receipt(ctx, presented)?;
            terms = Some((policy.terms.fund_kind, policy.terms.plan_code.clone()));
            claimed.push(ClaimedReceipt {
                id: presented.id,
                policy_version: policy.version,
            });
        }
        // All versions of a policy are for one fund and of one plan.
        let (fund_kind, plan_code) = terms.expect("a claim has at least one receipt");
        if self.holder_tag == HolderTag::UNKNOWN {
            return Err(ClaimError::HolderUnknown {
                claim_number: self.number.clone(),
            }
            .into());
        }
        self.write(ctx, claimed, fund_kind, plan_code)?;
        Ok(Effects::on(
            self.receipts.iter().map(|presented| presented.id),
        ))
    }
}

impl FileClaim {
    /// Checks that a receipt can be claimed. Returns the version of the policy that applies to it.
    fn check_receipt(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        presented: &PresentedReceipt,
    ) -> Result<std::sync::Arc<Policy>, Stop> {
        let receipt = payer::read(ctx, presented.id)?;
        let insurer = ctx.actor_id();
        disclosure::require_live(ctx, receipt.id, Purpose::Claim)?;
        check_step(ctx, &receipt, ReceiptStep::Lock)?;
        payer::check_total(&receipt, presented.total)?;
        check_no_other_claim(ctx, &receipt, &self.number)?;
        let date = receipt.issue_date;
        let policy = policies::in_force_now(ctx, insurer, &self.policy_code, date)?;
        let fund_kind = policy.terms.fund_kind;
        check_payable(ctx, &receipt, fund_kind)?;
        check_not_paid_before(&receipt, insurer, fund_kind)?;
        check_left(ctx, &receipt, fund_kind)?;
        // The claim number must be free as a voucher number, so that the later booking cannot fail.
        check_voucher_unused(&receipt, insurer, self.number.as_str())?;
        check_covered(ctx, &receipt, &policy)?;
        Ok(policy)
    }

    fn write(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        receipts: Vec<ClaimedReceipt>,
        fund_kind: FundKind,
        plan_code: PlanCode,
    ) -> Result<(), Stop> {
        let claim = Claim {
            insurer: ctx.actor_id(),
            number: self.number.clone(),
            policy_code: self.policy_code.clone(),
            fund_kind,
            holder_tag: self.holder_tag,
            receipts,
            until: ctx.block.time.after_ms(self.lease_ms),
            operator: ctx.operator.cloned(),
            filed_height: ctx.block.height,
            filed_time: ctx.block.time,
            decision: None,
            payouts: Vec::new(),
            closing: None,
            former_lines: Vec::new(),
            plan_code,
        };
        for id in claim.receipt_ids() {
            let receipt = payer::read(ctx, id)?;
            let lock = store::lock_of(&claim);
            change(ctx.overlay, &receipt, |receipt| receipt.lock = Some(lock))?;
        }
        let place = ListedClaim {
            insurer: claim.insurer,
            date: BeijingDate::at(ctx.block.time),
            number: claim.number.clone(),
        };
        ctx.overlay
            .insert_new(CLAIM_LISTS, &place, self.number.clone())?;
        store::put(ctx, claim)?;
        Ok(())
    }
}

/// Checks that the policy covers receipts of this kind, and that the claim is not too late.
fn check_covered(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
    policy: &Policy,
) -> Result<(), ClaimError> {
    let kind = receipt.id.code.kind();
    if !policy.terms.covers(kind) {
        return Err(ClaimError::KindNotCovered {
            receipt: receipt.id,
            kind,
            policy_code: policy.code.clone(),
            version: policy.version,
        });
    }
    let today = BeijingDate::at(ctx.block.time);
    let late = |days_max: &u32| {
        receipt.issue_date < today && receipt.issue_date.days_apart(today) > u64::from(*days_max)
    };
    match policy.terms.filing_days_max.filter(late) {
        None => Ok(()),
        Some(days_max) => Err(ClaimError::FiledTooLate {
            receipt: receipt.id,
            issue_date: receipt.issue_date,
            days_max,
            policy_code: policy.code.clone(),
            version: policy.version,
        }),
    }
}
