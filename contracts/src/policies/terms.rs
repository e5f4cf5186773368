//! The terms of one version: the kinds that it covers, and the tiers that it pays.

use piaolian_proto::v1 as proto;

use crate::{
    fields::nested,
    malformed::Malformed,
    numbered::numbered,
    types::{BeijingDate, Fen, FundKind, PlanCode, ReceiptKind},
};

/// Most tiers of a policy.
pub const TIERS_MAX: usize = 10;

/// Most kinds of receipt that a policy lists.
pub const KINDS_MAX: usize = 32;

/// The ratio that means all of it: ratios are parts per 10,000.
pub const RATIO_WHOLE: u32 = 10_000;

numbered! {
    /// The base: the amount of a receipt from which a policy starts.
    pub enum Base(i32) of proto PolicyBase, "must name a base" {
        /// The receipt's total (docs/DOMAIN.md §6).
        Total: "total",
        /// The amount left of it for this kind of fund when the claim is decided. For a second payer.
        Remaining: "what remains",
    }
}

/// Most admissions of a year with a deductible of their own; later ones have the last.
pub const ADMISSIONS_MAX: usize = 5;

numbered! {
    /// The level of a hospital (医院等级).
    pub enum HospitalLevel(i32) of proto HospitalLevel, "must name a level" {
        /// 一级
        First: "first",
        /// 二级
        Second: "second",
        /// 三级
        Third: "third",
        /// 未定级
        Unrated: "unrated",
    }
}

impl HospitalLevel {
    /// Parses a field that may state no level.
    ///
    /// # Errors
    /// When the number is neither 0 nor a level's.
    pub fn parse_optional(field: &str, level: i32) -> Result<Option<Self>, Malformed> {
        match level {
            0 => Ok(None),
            _ => Self::parse(field, level).map(Some),
        }
    }
}

/// The deductibles of admissions to hospitals of one level.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdmissionDeductible {
    /// The level.
    pub level: HospitalLevel,
    /// Of the first, second … admission of a year, at most [`ADMISSIONS_MAX`]; the last is that of every later one.
    pub deductibles: Vec<Fen>,
}

/// A tier: `ratio` of the amount from `from` up to the beginning of the next tier is reimbursed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tier {
    /// The start of the tier, in fen above the deductible.
    pub from: Fen,
    /// Parts per 10,000.
    pub ratio: u32,
}

/// The terms by which a receipt is reimbursed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The kind of fund that pays.
    pub fund_kind: FundKind,
    /// The first issue date that the version applies to.
    pub from_date: BeijingDate,
    /// 起付线, of a person and year.
    pub deductible: Fen,
    /// 封顶线, of a person and year; `None`: no cap.
    pub cap: Option<Fen>,
    /// Ascending, the first from 0.
    pub tiers: Vec<Tier>,
    /// Whether tiers are measured over the year instead of for each receipt.
    pub tiers_accumulate: bool,
    /// The base of each receipt.
    pub base: Base,
    /// The kinds covered; if empty, all kinds.
    pub receipt_kinds: Vec<ReceiptKind>,
    /// The most days from the issue date to the filing of a claim; `None`: no limit.
    pub filing_days_max: Option<u32>,
    /// The plan in whose sums of a year it counts.
    pub plan_code: PlanCode,
    /// Deductibles by admission, ascending by level; if empty, `deductible` is that of the year.
    pub admission_deductibles: Vec<AdmissionDeductible>,
}

impl Terms {
    /// The deductible of an admission to a hospital of this level, the first being 1; `None` if the policy has none for
    /// the level.
    pub fn admission_deductible(
        &self,
        level: Option<HospitalLevel>,
        admission: u32,
    ) -> Option<Fen> {
        let of_level = |own: &&AdmissionDeductible| Some(own.level) == level;
        let own = self.admission_deductibles.iter().find(of_level)?;
        let place = usize::try_from(admission.saturating_sub(1)).unwrap_or(usize::MAX);
        own.deductibles
            .get(place)
            .or(own.deductibles.last())
            .copied()
    }

    /// Whether receipts of this kind are covered.
    pub fn covers(&self, kind: ReceiptKind) -> bool {
        self.receipt_kinds.is_empty() || self.receipt_kinds.contains(&kind)
    }
}

impl TryFrom<proto::PolicyTerms> for Terms {
    type Error = Malformed;

    fn try_from(message: proto::PolicyTerms) -> Result<Self, Malformed> {
        let filing_days_max = message.filing_days_max;
        Ok(Self {
            fund_kind: FundKind::parse("fund_kind", message.fund_kind)?,
            from_date: BeijingDate::parse("from_date", message.from_date)?,
            deductible: Fen::parse_unsigned("deductible_fen", message.deductible_fen)?,
            cap: parse_limit(message.yearly_limit)?,
            tiers: parse_tiers(&message.tiers)?,
            tiers_accumulate: message.tiers_accumulate,
            base: Base::parse("base", message.base)?,
            receipt_kinds: parse_kinds(&message.receipt_kinds)?,
            filing_days_max: (filing_days_max > 0).then_some(filing_days_max),
            plan_code: PlanCode::parse("plan_code", message.plan_code)?,
            admission_deductibles: parse_admissions(
                message.deductible_fen,
                message.admission_deductibles,
            )?,
        })
    }
}

fn parse_admissions(
    yearly_fen: i64,
    messages: Vec<proto::AdmissionDeductible>,
) -> Result<Vec<AdmissionDeductible>, Malformed> {
    let field = "admission_deductibles";
    if yearly_fen != 0 && !messages.is_empty() {
        let problem = "must be empty if there is a deductible of the year";
        return Err(Malformed::new(field, problem));
    }
    let mut parsed: Vec<AdmissionDeductible> = Vec::with_capacity(messages.len().min(4));
    for message in messages {
        let level = HospitalLevel::parse(field, message.level)?;
        if parsed.last().is_some_and(|last| last.level >= level) {
            return Err(Malformed::new(field, "must ascend by level, each once"));
        }
        if !(1..=ADMISSIONS_MAX).contains(&message.deductible_fen.len()) {
            return Err(Malformed::new(field, "must be 1 to 5 for each level"));
        }
        let deductibles = message.deductible_fen.into_iter();
        let deductibles = deductibles.map(|fen| Fen::parse_unsigned(field, fen));
        parsed.push(AdmissionDeductible {
            level,
            deductibles: deductibles.collect::<Result<_, _>>()?,
        });
    }
    Ok(parsed)
}

/// Parses the cap, or the explicit statement that there is none. An absent field is refused, because it says neither.
fn parse_limit(limit: Option<proto::policy_terms::YearlyLimit>) -> Result<Option<Fen>, Malformed> {
    use proto::policy_terms::YearlyLimit::{CapFen, Uncapped};
    match limit {
        Some(CapFen(cap)) if cap > 0 => Ok(Some(Fen::new(cap))),
        Some(CapFen(_)) => Err(Malformed::new("cap_fen", "must be more than 0")),
        Some(Uncapped(true)) => Ok(None),
        Some(Uncapped(false)) | None => Err(Malformed::new(
            "yearly_limit",
            "must be a cap, or uncapped set to true",
        )),
    }
}

fn parse_tiers(tiers: &[proto::PolicyTier]) -> Result<Vec<Tier>, Malformed> {
    let ascend = tiers.is_sorted_by(|a, b| a.from_fen < b.from_fen);
    let from_zero = tiers.first().is_some_and(|tier| tier.from_fen == 0);
    if !(ascend && from_zero) || tiers.len() > TIERS_MAX {
        let problem = "must be 1 to 10, ascending, the first from 0";
        return Err(Malformed::new("tiers", problem));
    }
    if tiers.iter().any(|tier| tier.ratio > RATIO_WHOLE) {
        return Err(Malformed::new("tiers.ratio", "must be at most 10,000"));
    }
    let tier = |tier: &proto::PolicyTier| Tier {
        from: Fen::new(tier.from_fen),
        ratio: tier.ratio,
    };
    Ok(tiers.iter().map(tier).collect())
}

fn parse_kinds(kinds: &[String]) -> Result<Vec<ReceiptKind>, Malformed> {
    let mut parsed = Vec::with_capacity(kinds.len().min(KINDS_MAX));
    for kind in kinds {
        let kind = ReceiptKind::parse("receipt_kinds", kind)?;
        if parsed.contains(&kind) || parsed.len() >= KINDS_MAX {
            let problem = "must be at most 32, each once";
            return Err(Malformed::new("receipt_kinds", problem));
        }
        parsed.push(kind);
    }
    Ok(parsed)
}

nested!(Terms: proto::PolicyTerms);

impl From<&Terms> for proto::PolicyTerms {
    fn from(terms: &Terms) -> Self {
        use proto::policy_terms::YearlyLimit::{CapFen, Uncapped};
        let tier = |tier: &Tier| proto::PolicyTier {
            from_fen: tier.from.get(),
            ratio: tier.ratio,
        };
        Self {
            fund_kind: terms.fund_kind.number(),
            from_date: terms.from_date.get(),
            deductible_fen: terms.deductible.get(),
            yearly_limit: Some(terms.cap.map_or(Uncapped(true), |cap| CapFen(cap.get()))),
            tiers: terms.tiers.iter().map(tier).collect(),
            tiers_accumulate: terms.tiers_accumulate,
            base: terms.base.number(),
            receipt_kinds: terms
                .receipt_kinds
                .iter()
                .map(ToString::to_string)
                .collect(),
            filing_days_max: terms.filing_days_max.unwrap_or(0),
            plan_code: terms.plan_code.to_string(),
            admission_deductibles: terms.admission_deductibles.iter().map(Into::into).collect(),
        }
    }
}

impl From<&AdmissionDeductible> for proto::AdmissionDeductible {
    fn from(own: &AdmissionDeductible) -> Self {
        Self {
            level: own.level.number(),
            deductible_fen: own.deductibles.iter().map(|fen| fen.get()).collect(),
        }
    }
}
