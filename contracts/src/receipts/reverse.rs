//! `ReverseReceipt`: an issuer cancels a receipt of its own (冲红).

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    new_receipt::{Content, Form, create},
    record::{CheckCodeHash, Receipt},
    status::{ReceiptStep, check_step},
    store::{change, read_own},
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict, SupervisedFacts},
    chain::Hash,
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{
        BeijingDate, BeijingTime, BusinessNumber, Reason, ReceiptCode, ReceiptId, ReceiptNumber,
    },
};

/// Issues a reversal receipt (红票): a new receipt with the original's amounts negated. Each of the two names the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseReceipt {
    original: ReceiptId,
    form: Form,
    /// Kept with the transaction.
    reason: Reason,
}

impl ReverseReceipt {
    /// The receipt to reverse.
    pub const fn original(&self) -> &ReceiptId {
        &self.original
    }

    /// Code and number of the reversal receipt, if the issuer named the number.
    pub fn named_id(&self) -> Option<ReceiptId> {
        self.form.named_id()
    }

    /// The reason.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The hash of the red receipt's attachment.
    pub(super) const fn attachment_hash(&self) -> Option<Hash> {
        self.form.attachment_hash
    }

    /// Issues the red receipt, the first of the transaction.
    pub(super) fn create(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        original: &Receipt,
    ) -> Result<(ReceiptId, Hash), Stop> {
        check_kind(original, self.form.code)?;
        create(ctx, ctx.actor_id(), 0, &self.form, &mirror(original))
    }
}

impl TryFrom<proto::ReverseReceipt> for ReverseReceipt {
    type Error = Malformed;

    fn try_from(message: proto::ReverseReceipt) -> Result<Self, Malformed> {
        let number = message.receipt_number;
        let number = number.map(|number| ReceiptNumber::parse("receipt_number", number));
        let business_number = message.business_number;
        Ok(Self {
            original: ReceiptId::parse("original", message.original)?,
            form: Form {
                code: ReceiptCode::parse("receipt_code", &message.receipt_code)?,
                number: number.transpose()?,
                check_code: CheckCodeHash::parse(
                    &message.check_code_salt,
                    &message.check_code_hash,
                )?,
                issue_date: BeijingDate::parse("issue_date", message.issue_date)?,
                issue_time: BeijingTime::parse("issue_time", message.issue_time)?,
                business_number: BusinessNumber::parse("business_number", business_number)?,
                details_commitment: Hash::parse("details_commitment", &message.details_commitment)?,
                attachment_hash: Hash::parse_optional("attachment_hash", &message.attachment_hash)?,
                // A red receipt is dated when it is made.
                late_reason: None,
            },
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for ReverseReceipt {
    fn issue_count(&self) -> u32 {
        1
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.original)]
    }

    fn attachments(&self) -> Vec<Option<Hash>> {
        vec![self.form.attachment_hash]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Reversal {
            original: self.original,
            named: self.named_id(),
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Issuer)?;
        let receipt = self.original;
        let original = read_own(ctx, receipt)?;
        check_step(ctx, &original, ReceiptStep::Reverse)?;
        let (reversal, issued_hash) = self.create(ctx, &original)?;
        change(ctx.overlay, &original, |original| {
            original.reversed_by = Some(reversal);
        })?;
        Ok(Effects {
            items: vec![
                ItemVerdict::accepted(reversal),
                ItemVerdict::accepted(receipt),
            ],
            issued: vec![issued_hash],
        })
    }
}

/// Returns the content of the reversal receipt: that of the original, with every amount negated.
fn mirror(original: &Receipt) -> Content {
    let issued = "an issued receipt's amounts are at least 0, so each has an opposite";
    Content {
        agency: original.agency,
        total: original.total.checked_neg().expect(issued),
        settlement: original.settlement.checked_neg().expect(issued),
        reverses: Some(original.id),
        replaces: None,
    }
}

/// Refuses a code of another region, category or kind than the original's.
pub(super) fn check_kind(original: &Receipt, code: ReceiptCode) -> Result<(), ReceiptError> {
    if code.is_of_kind_of(&original.id.code) {
        return Ok(());
    }
    Err(ReceiptError::AnotherKind {
        receipt: original.id,
        code,
    })
}
