//! Generates receipts from a seed: plausible, valid, and of persons who do not exist.
//!
//! ```text
//!   Plan + seed ──► Outpatient │ Inpatient │ TrafficFine ──► Document ──► XML
//! ```
//!
//! The same plan and seed give the same receipts. Payers are called 测试甲, 测试乙 …; their identity numbers have a
//! region that does not exist and a wrong check digit.

mod catalogue;
mod fine;
mod medical;
mod person;

use std::collections::BTreeMap;

use piaolian_contracts::types::OrganisationId;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    amount::yuan_of_fen,
    date::{write_date, write_time},
    text::write_receipt_number,
    xml::{self, Document, Fields},
};

/// A kind of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 门诊: a few items, a short fee list.
    Outpatient,
    /// 住院: many items, a long fee list, every settlement channel.
    Inpatient,
    /// 交通罚款: one item, a payment code, no fee list.
    TrafficFine,
}

impl Kind {
    /// Returns category and kind in the receipt code.
    const fn digits(self) -> &'static str {
        match self {
            Self::Outpatient => "0601",
            Self::Inpatient => "0602",
            Self::TrafficFine => "0101",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Outpatient => "医疗门诊收费票据（电子）",
            Self::Inpatient => "医疗住院收费票据（电子）",
            Self::TrafficFine => "非税收入一般缴款书（电子）",
        }
    }

    const fn business_prefix(self) -> &'static str {
        match self {
            Self::Outpatient => "MZ",
            Self::Inpatient => "ZY",
            Self::TrafficFine => "JD",
        }
    }
}

/// The issuer, date and kinds of the receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The issuer.
    pub issuer: OrganisationId,
    /// The issuer's name.
    pub issuer_name: String,
    /// Administrative division code of the issuer, 6 digits; the first two begin the receipt code.
    pub area: String,
    /// Beijing date of all receipts, decimal `yyyymmdd`.
    pub issue_date: u32,
    /// Kinds, taken in turn; one that is listed twice occurs twice as often.
    pub kinds: Vec<Kind>,
    /// The number of the first receipt of each kind; `None`: the ledger assigns numbers.
    pub first_number: Option<u64>,
    /// Serial of the first business number.
    pub first_serial: u64,
}

impl Plan {
    /// Returns the receipt code of a kind.
    pub fn receipt_code(&self, kind: Kind) -> String {
        let region = self.area.get(..2).unwrap_or("99");
        format!(
            "{region}{}{:02}",
            kind.digits(),
            self.issue_date / 10_000 % 100
        )
    }
}

/// A generated receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Its kind.
    pub kind: Kind,
    /// Its business number, also fit for a file name.
    pub business_number: String,
    /// Its content.
    pub document: Document,
}

impl Generated {
    /// The national XML.
    pub fn to_xml(&self) -> String {
        xml::write(&self.document)
    }
}

/// An endless iterator of receipts.
#[derive(Debug)]
pub struct Receipts {
    plan: Plan,
    rng: StdRng,
    made: u64,
    made_of_kind: BTreeMap<Kind, u64>,
}

/// Returns receipts of a plan and a seed.
pub fn receipts(plan: Plan, seed: u64) -> Receipts {
    Receipts {
        plan,
        rng: StdRng::seed_from_u64(seed),
        made: 0,
        made_of_kind: BTreeMap::new(),
    }
}

impl Iterator for Receipts {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        let kinds = u64::try_from(self.plan.kinds.len()).ok()?;
        let turn = usize::try_from(self.made.checked_rem(kinds)?).ok()?;
        let kind = *self.plan.kinds.get(turn)?;
        let date = self.plan.issue_date;
        let serial = self.plan.first_serial + self.made;
        let business_number = format!("{}{date}-{serial:08}", kind.business_prefix());
        let mut draft = Draft::default();
        match kind {
            Kind::Outpatient => medical::outpatient(&mut draft, &mut self.rng),
            Kind::Inpatient => medical::inpatient(&mut draft, date, &mut self.rng),
            Kind::TrafficFine => fine::fine(&mut draft, &self.plan, serial, &mut self.rng),
        }
        let mut document = draft.document;
        let made_of_kind = self.made_of_kind.entry(kind).or_default();
        let number = self.plan.first_number.map(|first| first + *made_of_kind);
        *made_of_kind += 1;
        head(
            &mut document,
            &self.plan,
            kind,
            number,
            &business_number,
            &mut self.rng,
        );
        document
            .main
            .set("TotalAmount", yuan_of_fen(draft.total_fen));
        self.made += 1;
        Some(Generated {
            kind,
            business_number,
            document,
        })
    }
}

/// A receipt in the making, which each kind completes.
#[derive(Default)]
struct Draft {
    document: Document,
    total_fen: i64,
}

fn head(
    document: &mut Document,
    plan: &Plan,
    kind: Kind,
    number: Option<u64>,
    business_number: &str,
    rng: &mut StdRng,
) {
    document.header.set("EInvoiceTag", "CZ-EI-32");
    document.header.set("Version", "1.1.0");
    let seconds = rng.random_range(8 * 3_600..18 * 3_600_u32);
    let time = seconds / 3_600 * 10_000 + seconds / 60 % 60 * 100 + seconds % 60;
    let main: &mut Fields = &mut document.main;
    main.set("EInvoiceName", kind.title());
    main.set("EInvoiceCode", plan.receipt_code(kind));
    main.set(
        "EInvoiceNumber",
        number.map(write_receipt_number).unwrap_or_default(),
    );
    main.set("SupervisorAreaCode", plan.area.clone());
    main.set("IssueDate", write_date(plan.issue_date));
    main.set("IssueTime", write_time(time));
    main.set("BizCode", business_number);
    main.set("CurrencyType", "CNY");
    main.set("HandlingPerson", catalogue::pick(rng, catalogue::CLERKS));
    main.set("Checker", catalogue::pick(rng, catalogue::CHECKERS));
    let party = &mut document.invoicing_party;
    party.set("InvoicingPartyCode", plan.issuer.as_str());
    party.set("InvoicingPartyName", plan.issuer_name.clone());
    let mut seal = Fields::default();
    seal.set("SealId", format!("{}01", plan.area));
    seal.set("SealName", format!("{}财务专用章", plan.issuer_name));
    document.invoicing_seal = Some(seal);
}
