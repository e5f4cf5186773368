//! An approval, with every step of what the ledger computed.

use piaolian_proto::v1 as proto;

use crate::{
    chain::{Hash, Height},
    fields::{as_message, nested},
    malformed::Malformed,
    numbered::numbered,
    policies::{Base, HospitalLevel},
    types::{BlockTime, Fen, Operator, ReceiptId},
};

/// An approval (核定).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// 经办
    pub operator: Operator,
    /// 复核
    pub reviewer: Operator,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// The amount that the fund pays of all receipts together.
    pub total: Fen,
    /// One for each receipt that the claim reimburses, in the order of computing.
    pub lines: Vec<Reimbursement>,
    /// Whether the lines are part of the year's sums.
    pub stands: bool,
}

/// A clerk's deductions from one receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Assessment {
    /// 全自费
    pub fully_self_paid: Fen,
    /// 超限价自费
    pub over_limit: Fen,
    /// 先行自付
    pub prior_self_pay: Fen,
    /// 医院负担
    pub hospital_share: Fen,
    /// The level of the hospital, when stated.
    pub hospital_level: Option<HospitalLevel>,
    /// The amounts of the year that were counted elsewhere.
    pub met_elsewhere: Option<MetElsewhere>,
}

/// Amounts of a plan's year that were met or paid where the ledger does not see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetElsewhere {
    /// The part of the deductible that was met.
    pub deductible_met: Fen,
    /// The amount in scope, above the deductible.
    pub above: Fen,
    /// The amount that the fund paid.
    pub fund_paid: Fen,
    /// The admissions to hospital.
    pub admissions: u32,
    /// The hash of the evidence.
    pub evidence_hash: Hash,
}

/// Most admissions that are named at once: one a day.
const ADMISSIONS_ELSEWHERE_MAX: u32 = 366;

/// The computation of one receipt's reimbursement (docs/DOMAIN.md §6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reimbursement {
    /// The receipt.
    pub receipt: ReceiptId,
    /// The version of the policy.
    pub policy_version: u32,
    /// The year of the issue date.
    pub year: u16,
    /// The kind of base that the policy takes …
    pub base_kind: Base,
    /// … and its amount.
    pub base: Fen,
    /// The clerk's deductions.
    pub assessment: Assessment,
    /// The base less the three self-paid parts.
    pub in_scope: Fen,
    /// The policy's deductible of the year …
    pub deductible: Fen,
    /// … how much of it was met before …
    pub deductible_before: Fen,
    /// … and how much this receipt meets.
    pub deductible_taken: Fen,
    /// The amount in scope, above the deductible.
    pub above: Fen,
    /// The in-scope amount above the deductible of the year's earlier receipts.
    pub above_before: Fen,
    /// The point in the tiers at which this receipt begins.
    pub tiers_from: Fen,
    /// The tiers that it reaches.
    pub tiers: Vec<TierStep>,
    /// The sum that the tiers give.
    pub tiers_sum: Fen,
    /// The sum that the fund paid earlier in the year.
    pub paid_before: Fen,
    /// The policy's cap of the year.
    pub cap: Option<Fen>,
    /// The amount left of the receipt for this kind of fund.
    pub left: Fen,
    /// The limit that kept the fund from paying all that the tiers gave.
    pub limit: Limit,
    /// The amount that the fund pays.
    pub fund: Fen,
    /// The amount that the person bears.
    pub personal: Fen,
    /// The admission of the year that it is, from 1; `None`: the deductible is of the year.
    pub admission: Option<u32>,
}

/// The part of a receipt that falls in one tier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TierStep {
    /// The start of the tier …
    pub from: Fen,
    /// … and its end; `None`: it has no end.
    pub to: Option<Fen>,
    /// Parts per 10,000.
    pub ratio: u32,
    /// The part that falls in it.
    pub amount: Fen,
    /// The amount reimbursed of it, rounded half up.
    pub fund: Fen,
}

numbered! {
    /// The limit that kept the fund from paying all that the tiers gave.
    pub enum Limit(i32) of proto ReimbursementLimit, "must name a limit" {
        /// None: the fund pays all that the tiers give.
        None: "none",
        /// The year's cap.
        Cap: "cap of the year",
        /// The amount left of the receipt.
        Receipt: "amount left of the receipt",
    }
}

impl From<&Assessment> for proto::Assessment {
    fn from(assessment: &Assessment) -> Self {
        Self {
            fully_self_paid_fen: assessment.fully_self_paid.get(),
            over_limit_fen: assessment.over_limit.get(),
            prior_self_pay_fen: assessment.prior_self_pay.get(),
            hospital_share_fen: assessment.hospital_share.get(),
            hospital_level: assessment.hospital_level.map_or(0, HospitalLevel::number),
            met_elsewhere: assessment.met_elsewhere.as_ref().map(Into::into),
        }
    }
}

impl From<&MetElsewhere> for proto::MetElsewhere {
    fn from(met: &MetElsewhere) -> Self {
        Self {
            deductible_met_fen: met.deductible_met.get(),
            above_fen: met.above.get(),
            fund_paid_fen: met.fund_paid.get(),
            admissions: met.admissions,
            evidence_hash: met.evidence_hash.into(),
        }
    }
}

impl TryFrom<proto::MetElsewhere> for MetElsewhere {
    type Error = Malformed;

    fn try_from(message: proto::MetElsewhere) -> Result<Self, Malformed> {
        let part = Fen::parse_unsigned;
        let met = Self {
            deductible_met: part("deductible_met_fen", message.deductible_met_fen)?,
            above: part("above_fen", message.above_fen)?,
            fund_paid: part("fund_paid_fen", message.fund_paid_fen)?,
            admissions: message.admissions,
            evidence_hash: Hash::parse("evidence_hash", &message.evidence_hash)?,
        };
        if met.admissions > ADMISSIONS_ELSEWHERE_MAX {
            return Err(Malformed::new("admissions", "must be at most 366"));
        }
        let sums = [met.deductible_met, met.above, met.fund_paid];
        if met.admissions == 0 && sums.iter().all(|sum| *sum == Fen::ZERO) {
            return Err(Malformed::new(
                "deductible_met_fen",
                "must not be 0 with all others",
            ));
        }
        Ok(met)
    }
}

impl TryFrom<proto::Assessment> for Assessment {
    type Error = Malformed;

    fn try_from(message: proto::Assessment) -> Result<Self, Malformed> {
        let part = Fen::parse_unsigned;
        Ok(Self {
            fully_self_paid: part("fully_self_paid_fen", message.fully_self_paid_fen)?,
            over_limit: part("over_limit_fen", message.over_limit_fen)?,
            prior_self_pay: part("prior_self_pay_fen", message.prior_self_pay_fen)?,
            hospital_share: part("hospital_share_fen", message.hospital_share_fen)?,
            hospital_level: HospitalLevel::parse_optional(
                "hospital_level",
                message.hospital_level,
            )?,
            met_elsewhere: message
                .met_elsewhere
                .map(MetElsewhere::try_from)
                .transpose()
                .map_err(|error| error.within("met_elsewhere"))?,
        })
    }
}

nested!(Assessment: proto::Assessment);

as_message! {
    Decision: proto::ClaimDecision {
        operator, reviewer, height, lines, stands;
        time: time_ms,
        total: total_fen,
    }
}

as_message! {
    Reimbursement: proto::Reimbursement {
        receipt, policy_version, year, base_kind, assessment, tiers, limit, admission;
        base: base_fen,
        in_scope: in_scope_fen,
        deductible: deductible_fen,
        deductible_before: deductible_before_fen,
        deductible_taken: deductible_taken_fen,
        above: above_fen,
        above_before: above_before_fen,
        tiers_from: tiers_from_fen,
        tiers_sum: tiers_fen,
        paid_before: paid_before_fen,
        cap: cap_fen,
        left: left_fen,
        fund: fund_fen,
        personal: personal_fen,
    }
}

as_message! {
    TierStep: proto::TierStep {
        ratio;
        from: from_fen,
        to: to_fen,
        amount: amount_fen,
        fund: fund_fen,
    }
}
