//! The details of a reversal receipt (红票), made from its original's.
//!
//! ```text
//!   original  +12.50 ──every amount negated──► reversal  −12.50, related: original
//! ```

use bytes::Bytes;
use piaolian_contracts::{parameters::Parameters, receipts::CheckCodeHash, types::Reason};
use piaolian_proto::v1::{ReceiptDetails, ReceiptId, ReverseReceipt, details_kept::What};
use rand::{CryptoRng, RngExt};

use super::{
    check_code,
    commitment::{Details, DetailsSalt},
    rules::{self, Direction},
    text::{broken_on_chain, path},
    violation::{Findings, Refused, Rule},
    xml::grouped_channels,
};

/// The issuer's decisions about a reversal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reversal {
    /// The receipt that is reversed.
    pub original: ReceiptId,
    /// Code of the reversal receipt.
    pub receipt_code: String,
    /// Number of the reversal receipt; `None`: the ledger assigns the next one.
    pub receipt_number: Option<u64>,
    /// Beijing date, decimal `yyyymmdd`.
    pub issue_date: u32,
    /// Beijing time of day, decimal `hhmmss`.
    pub issue_time: u32,
    /// The issuer's own number of this business, not the original's.
    pub business_number: String,
    /// The reason, which goes on chain.
    pub reason: String,
}

/// A reversal ready to be stored, signed and submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedReversal {
    /// The details, for the issuer's own store.
    pub details: Details,
    /// The action, for the chain.
    pub request: ReverseReceipt,
}

impl Reversal {
    /// Prepares the reversal receipt of `original`.
    ///
    /// # Errors
    /// When a field of the reversal has the wrong shape, or `original` is itself a reversal.
    pub fn prepare(
        &self,
        original: &Details,
        rng: &mut impl CryptoRng,
    ) -> Result<PreparedReversal, Refused> {
        let mut findings = Findings::default();
        if Direction::of(original.message()) == Direction::Reversal {
            findings.add(
                format!("{}/RelatedInvoiceNumber", path::MAIN_EXT),
                Rule::Reversal,
            );
        }
        if let Some(rule) = broken_on_chain::<Reason>(&self.reason, Rule::NotAReason) {
            findings.add("reason", rule);
        }
        let mut message = mirrored(original.message());
        self.fill(&mut message, check_code::random(rng));
        rules::check(&message, Parameters::LINE_TOLERANCE_FEN_MAX, &mut findings);
        findings.none_or_refused()?;
        let details = Details::salted(message, &DetailsSalt::random(rng));
        let request = self.request(&details, rng.random());
        Ok(PreparedReversal { details, request })
    }

    fn fill(&self, message: &mut ReceiptDetails, check_code: String) {
        if let Some(main) = &mut message.main {
            main.receipt_code.clone_from(&self.receipt_code);
            main.receipt_number = self.receipt_number;
            main.check_code = check_code;
            main.issue_date = self.issue_date;
            main.issue_time = self.issue_time;
            main.business_number.clone_from(&self.business_number);
            main.remark.clone_from(&self.reason);
        }
        if let Some(extension) = &mut message.extension {
            extension.related = Some(self.original.clone());
        }
    }

    fn request(
        &self,
        details: &Details,
        check_code_salt: [u8; check_code::SALT_BYTES],
    ) -> ReverseReceipt {
        let check_code_hash = CheckCodeHash::hash_of(&check_code_salt, details.check_code());
        ReverseReceipt {
            original: Some(self.original.clone()),
            receipt_code: self.receipt_code.clone(),
            receipt_number: self.receipt_number,
            check_code_salt: check_code_salt.to_vec().into(),
            check_code_hash: check_code_hash.into(),
            issue_date: self.issue_date,
            issue_time: self.issue_time,
            business_number: self.business_number.clone(),
            details_commitment: details.commitment().into(),
            reason: self.reason.clone(),
            attachment_hash: Bytes::new(), // set once the details are encrypted
        }
    }
}

/// Returns the original with its amounts negated, and without the seals and signatures over them. Vendors' groups that
/// repeat the channels are left out, because their amounts are the original's.
fn mirrored(original: &ReceiptDetails) -> ReceiptDetails {
    let mut message = original.clone();
    message.signatures.clear();
    message.invoicing_seal = None;
    message.supervisor_seal = None;
    message.kept.retain(|kept| match &kept.what {
        Some(What::Element(raw)) => {
            grouped_channels([(kept.path.as_str(), raw.as_str())]).is_empty()
        }
        Some(What::Attribute(_)) | None => true,
    });
    if let Some(header) = &mut message.header {
        header.id.clear();
    }
    if let Some(main) = &mut message.main {
        negate(&mut main.total_fen);
    }
    message
        .items
        .iter_mut()
        .for_each(|item| negate(&mut item.amount_fen));
    message
        .lines
        .iter_mut()
        .for_each(|line| negate(&mut line.amount_fen));
    if let Some(extension) = &mut message.extension {
        let amounts = [
            &mut extension.fund_pay_fen,
            &mut extension.account_pay_fen,
            &mut extension.own_pay_fen,
            &mut extension.other_pay_fen,
            &mut extension.selfpayment_amount_fen,
            &mut extension.selfpayment_cost_fen,
            &mut extension.prepay_fen,
            &mut extension.recharge_fen,
            &mut extension.refund_fen,
        ];
        amounts.into_iter().flatten().for_each(negate);
    }
    message
}

fn negate(fen: &mut i64) {
    // Checked details hold no amount of i64::MIN: written amounts have 16 digits, and in a message it would break the
    // sums.
    *fen = fen.saturating_neg();
}
