//! Prepares the issuance of a receipt from its XML.
//!
//! ```text
//!   file ──Draft::read──► Draft ──prepare──► Prepared { details, IssueItem }
//!          every rule       │    salts, check code
//!                           └─is_of──► the same receipt, prepared earlier?
//! ```

use bytes::Bytes;
use piaolian_contracts::{receipts::CheckCodeHash, types::OrganisationId};
use piaolian_proto::v1::{IssueItem, ReceiptDetails, Settlement};
use rand::{CryptoRng, RngExt};

use super::{
    check_code,
    commitment::{Details, DetailsSalt},
    rules::{self, Direction, Rules},
    text::path,
    typed,
    violation::{Findings, Refused, Rule},
    xml::{self, Document},
};

/// A receipt that its issuer may issue: every field and every sum is checked.
#[derive(Clone, PartialEq)]
pub struct Draft {
    message: ReceiptDetails,
    issuer: OrganisationId,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The details name persons.
        f.debug_struct("Draft")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl Draft {
    /// Reads and checks a national XML file.
    ///
    /// # Errors
    /// When the file cannot be read or breaks rules; names all violations found.
    pub fn read(file: &[u8], rules: &Rules) -> Result<Self, Refused> {
        Self::of_document(&xml::read(file)?, rules)
    }

    /// Checks a document.
    ///
    /// # Errors
    /// When it breaks rules; names all violations found.
    pub fn of_document(document: &Document, rules: &Rules) -> Result<Self, Refused> {
        let mut findings = Findings::default();
        let message = typed::from_document(document, &mut findings);
        Self::checked(message, rules, findings)
    }

    /// Checks details in a message. [`prepare`](Self::prepare) replaces their salt.
    ///
    /// # Errors
    /// When they break rules; names all violations found.
    pub fn of_details(mut message: ReceiptDetails, rules: &Rules) -> Result<Self, Refused> {
        message.salt = Bytes::new();
        Self::checked(message, rules, Findings::default())
    }

    fn checked(
        message: ReceiptDetails,
        rules: &Rules,
        mut findings: Findings,
    ) -> Result<Self, Refused> {
        rules::check(&message, rules.line_tolerance_fen(), &mut findings);
        rules::check_issuer(&message, rules, &mut findings);
        if Direction::of(&message) == Direction::Reversal {
            findings.add(
                format!("{}/RelatedInvoiceNumber", path::MAIN_EXT),
                Rule::Reversal,
            );
        }
        findings.none_or_refused()?;
        Ok(Self {
            message,
            issuer: rules.issuer(),
        })
    }

    /// Returns the fields, without a salt.
    pub const fn message(&self) -> &ReceiptDetails {
        &self.message
    }

    /// Returns the issuer's number of the business, which never changes.
    pub fn business_number(&self) -> &str {
        self.message
            .main
            .as_ref()
            .map_or("", |main| &main.business_number)
    }

    /// Checks that the receipt names the payer of `original`, in whose place it is issued.
    ///
    /// # Errors
    /// When it names another.
    pub fn check_payer_of(&self, original: &Details) -> Result<(), Refused> {
        let payer = |details: &ReceiptDetails| {
            let payer = details.payer_party.clone().unwrap_or_default();
            (payer.kind, payer.code, payer.name)
        };
        let mut findings = Findings::default();
        if payer(&self.message) != payer(original.message()) {
            findings.add(path::PAYER_PARTY, Rule::AnotherPayer);
        }
        findings.none_or_refused()
    }

    /// Tells whether `details` were prepared from this draft earlier. A retry uses them again, so that it submits the
    /// same bytes.
    pub fn is_of(&self, details: &Details) -> bool {
        let mut earlier = details.message().clone();
        earlier.salt = Bytes::new();
        let (Some(ours), Some(theirs)) = (&self.message.main, &mut earlier.main) else {
            return false;
        };
        if ours.check_code.is_empty() {
            theirs.check_code.clear();
        }
        self.message == earlier
    }

    /// Salts the details, adds a check code where the file had none, and makes the item for the chain.
    pub fn prepare(&self, rng: &mut impl CryptoRng) -> Prepared {
        let mut message = self.message.clone();
        if let Some(main) = &mut message.main
            && main.check_code.is_empty()
        {
            main.check_code = check_code::random(rng);
        }
        let details = Details::salted(message, &DetailsSalt::random(rng));
        let item = self.item(&details, rng.random());
        Prepared { details, item }
    }

    fn item(&self, details: &Details, check_code_salt: [u8; check_code::SALT_BYTES]) -> IssueItem {
        let main = details.message().main.clone().unwrap_or_default();
        let party = details
            .message()
            .invoicing_party
            .clone()
            .unwrap_or_default();
        let agency = if party.code == self.issuer.as_str() {
            String::new()
        } else {
            party.code
        };
        IssueItem {
            receipt_code: main.receipt_code,
            receipt_number: main.receipt_number,
            check_code_salt: Bytes::copy_from_slice(&check_code_salt),
            check_code_hash: CheckCodeHash::hash_of(&check_code_salt, &main.check_code).into(),
            issue_date: main.issue_date,
            issue_time: main.issue_time,
            total_fen: main.total_fen,
            settlement: Some(settlement(details.message())),
            agency,
            business_number: main.business_number,
            details_commitment: details.commitment().into(),
            attachment_hash: Bytes::new(), // set once the details are encrypted
            late_reason: String::new(),    // set by whoever issues it late
        }
    }
}

/// A receipt ready to be stored, signed and issued.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The details, for the issuer's own store.
    pub details: Details,
    /// The item, for the chain.
    pub item: IssueItem,
}

/// Reads, checks and prepares a national XML file.
///
/// # Errors
/// When the file cannot be read or breaks rules; names all violations found.
pub fn prepare(file: &[u8], rules: &Rules, rng: &mut impl CryptoRng) -> Result<Prepared, Refused> {
    Ok(Draft::read(file, rules)?.prepare(rng))
}

fn settlement(details: &ReceiptDetails) -> Settlement {
    let extension = details.extension.clone().unwrap_or_default();
    Settlement {
        pooled_fund_fen: extension.fund_pay_fen.unwrap_or_default(),
        personal_account_fen: extension.account_pay_fen.unwrap_or_default(),
        personal_cash_fen: extension.own_pay_fen.unwrap_or_default(),
        other_fen: extension.other_pay_fen.unwrap_or_default(),
    }
}
