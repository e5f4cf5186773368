//! The record of a claim as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    Claim, ClaimClosing, ClaimedReceipt, Decision, HolderTag, Payout, Reimbursement,
    closing::parse_person,
};
use crate::{
    chain::Height,
    malformed::Malformed,
    storage::stored_as,
    types::{BlockTime, ClaimNumber, FundKind, OrganisationId, PlanCode, PolicyCode, ReceiptId},
};

stored_as!(Claim: proto::ClaimRecord, "claim");

impl From<&Claim> for proto::ClaimRecord {
    fn from(claim: &Claim) -> Self {
        let operator = claim.operator.as_ref();
        Self {
            insurer: claim.insurer.to_string(),
            claim_number: claim.number.to_string(),
            policy_code: claim.policy_code.to_string(),
            fund_kind: claim.fund_kind.number(),
            holder_tag: claim.holder_tag.as_bytes().to_vec().into(),
            receipts: claim.receipts.iter().map(Into::into).collect(),
            until_ms: claim.until.as_ms(),
            operator: operator.map(ToString::to_string).unwrap_or_default(),
            filed_height: claim.filed_height.get(),
            filed_time_ms: claim.filed_time.as_ms(),
            decision: claim.decision.as_ref().map(Into::into),
            payouts: claim.payouts.iter().map(Into::into).collect(),
            closing: claim.closing.as_ref().map(Into::into),
            former_lines: claim.former_lines.iter().map(Into::into).collect(),
            plan_code: claim.plan_code.to_string(),
        }
    }
}

impl TryFrom<proto::ClaimRecord> for Claim {
    type Error = Malformed;

    fn try_from(record: proto::ClaimRecord) -> Result<Self, Malformed> {
        let receipts = record.receipts.into_iter().map(ClaimedReceipt::try_from);
        let payouts = record.payouts.into_iter().map(Payout::try_from);
        let former_lines = record.former_lines.into_iter().map(Reimbursement::try_from);
        Ok(Self {
            insurer: OrganisationId::parse("insurer", &record.insurer)?,
            number: ClaimNumber::parse("claim_number", record.claim_number)?,
            policy_code: PolicyCode::parse("policy_code", record.policy_code)?,
            fund_kind: FundKind::parse("fund_kind", record.fund_kind)?,
            holder_tag: HolderTag::parse("holder_tag", &record.holder_tag)?,
            receipts: receipts.collect::<Result<_, _>>()?,
            until: BlockTime::from_ms(record.until_ms),
            operator: parse_person("operator", record.operator)?,
            filed_height: Height::new(record.filed_height),
            filed_time: BlockTime::from_ms(record.filed_time_ms),
            decision: record.decision.map(Decision::try_from).transpose()?,
            payouts: payouts.collect::<Result<_, _>>()?,
            closing: record.closing.map(ClaimClosing::try_from).transpose()?,
            former_lines: former_lines.collect::<Result<_, _>>()?,
            plan_code: PlanCode::parse("plan_code", record.plan_code)?,
        })
    }
}

impl From<&ClaimedReceipt> for proto::ClaimedReceipt {
    fn from(claimed: &ClaimedReceipt) -> Self {
        Self {
            receipt: Some(claimed.id.into()),
            policy_version: claimed.policy_version,
        }
    }
}

impl TryFrom<proto::ClaimedReceipt> for ClaimedReceipt {
    type Error = Malformed;

    fn try_from(claimed: proto::ClaimedReceipt) -> Result<Self, Malformed> {
        Ok(Self {
            id: ReceiptId::parse("receipts.receipt", claimed.receipt)?,
            policy_version: claimed.policy_version,
        })
    }
}
