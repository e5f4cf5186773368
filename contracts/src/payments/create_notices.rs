//! `CreateNotices`: an agency creates payment notices.
//!
//! ```text
//!   (number unused) ── CreateNotices ──► unpaid ── ReportPayments ──► paid, for good
//!                            ▲             │
//!        other terms, another payment code └─ CancelNotice ──► cancelled ─┐
//!                            └────────────────────────────────────────────┘
//! ```

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::PaymentError,
    late_fee::LateFeeTerms,
    payment_code,
    record::Notice,
    schema::{NOTICE_LISTS, NOTICES, PAYMENT_CODES},
    set_mandate::require_mandate,
    table_keys::{MandateKey, NoticeListKey},
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict},
    chain::Hash,
    malformed::{Malformed, batch},
    organisations::Role,
    receipts::CheckCodeHash,
    rejection::Stop,
    state::Fault,
    storage::Overlay,
    types::{BeijingDate, DecisionNumber, Fen, OrganisationId, PaymentCode, ReceiptCode, Region},
};

/// Most notices of one batch.
pub const NOTICE_ITEMS_MAX: usize = 1_000;

/// The largest amount of a notice, in fen: 100 billion yuan, so that no honest sum of a day overflows.
pub const AMOUNT_FEN_MAX: i64 = 10_000_000_000_000;

/// Creates payment notices (缴款通知), each decided on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateNotices {
    items: Vec<NoticeItem>,
}

/// One notice of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeItem {
    decision_number: DecisionNumber,
    region: Region,
    amount: Fen,
    late_fee: LateFeeTerms,
    centre: OrganisationId,
    receipt_code: ReceiptCode,
    check_code: CheckCodeHash,
    details_commitment: Hash,
    attachment_hash: Option<Hash>,
}

impl CreateNotices {
    /// The notices to create, in order.
    pub fn items(&self) -> &[NoticeItem] {
        &self.items
    }
}

impl NoticeItem {
    /// The number of the decision.
    pub const fn decision_number(&self) -> &DecisionNumber {
        &self.decision_number
    }
}

impl TryFrom<proto::CreateNotices> for CreateNotices {
    type Error = Malformed;

    fn try_from(message: proto::CreateNotices) -> Result<Self, Malformed> {
        Ok(Self {
            items: batch("items", message.items, 1..=NOTICE_ITEMS_MAX)?,
        })
    }
}

impl TryFrom<proto::NoticeItem> for NoticeItem {
    type Error = Malformed;

    fn try_from(item: proto::NoticeItem) -> Result<Self, Malformed> {
        if !(1..=AMOUNT_FEN_MAX).contains(&item.amount_fen) {
            return Err(Malformed::new(
                "amount_fen",
                "must be 1 to 10,000,000,000,000",
            ));
        }
        let amount = Fen::new(item.amount_fen);
        let (due, rate) = (item.due_date, item.late_fee_rate);
        Ok(Self {
            decision_number: DecisionNumber::parse("decision_number", item.decision_number)?,
            region: Region::parse("region", item.region)?,
            amount,
            late_fee: LateFeeTerms::parse(due, rate, item.late_fee_cap_fen, amount)?,
            centre: OrganisationId::parse("centre", &item.centre)?,
            receipt_code: ReceiptCode::parse("receipt_code", &item.receipt_code)?,
            check_code: CheckCodeHash::parse(&item.check_code_salt, &item.check_code_hash)?,
            details_commitment: Hash::parse("details_commitment", &item.details_commitment)?,
            attachment_hash: Hash::parse_optional("attachment_hash", &item.attachment_hash)?,
        })
    }
}

impl Handler for CreateNotices {
    fn altered_count(&self) -> u32 {
        u32::try_from(self.items.len()).expect("there are at most NOTICE_ITEMS_MAX")
    }

    fn item_subjects(&self) -> Vec<String> {
        let numbers = self.items.iter().map(NoticeItem::decision_number);
        numbers.map(ToString::to_string).collect()
    }

    fn attachments(&self) -> Vec<Option<Hash>> {
        self.items.iter().map(|item| item.attachment_hash).collect()
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::CollectingAgency)?;
        let mut effects = Effects::none();
        for item in &self.items {
            let number = &item.decision_number;
            effects
                .items
                .push(match ctx.attempt(|ctx| item.execute(ctx))? {
                    Ok(code) => ItemVerdict {
                        reference: code.to_string(),
                        ..ItemVerdict::on(number)
                    },
                    Err(rejection) => ItemVerdict::rejected(number, rejection),
                });
        }
        Ok(effects)
    }
}

impl NoticeItem {
    /// Creates one notice and links its payment code.
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<PaymentCode, Stop> {
        self.check_length(ctx)?;
        let cancelled = self.cancelled(ctx)?;
        let mandate = MandateKey {
            centre: self.centre,
            agency: ctx.actor_id(),
            receipt_code: self.receipt_code,
        };
        require_mandate(ctx.overlay, &mandate)?;
        let code = payment_code::next(ctx, &self.region)?;
        if let Some(cancelled) = cancelled {
            unlink(ctx.overlay, &cancelled)?;
        }
        let notice = self.notice(ctx, code.clone());
        let listed = list_key(&notice);
        ctx.overlay
            .entry(NOTICES, &self.decision_number)?
            .set(notice);
        ctx.overlay
            .insert_new(PAYMENT_CODES, &code, self.decision_number.clone())?;
        ctx.overlay
            .insert_new(NOTICE_LISTS, &listed, self.decision_number.clone())?;
        Ok(code)
    }

    /// Checks that the number has the governed length.
    fn check_length(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PaymentError> {
        let parameters = &ctx.block.parameters;
        let min = parameters.decision_number_length_min();
        let max = parameters.decision_number_length_max();
        let decision_number = self.decision_number.clone();
        let length = decision_number.as_str().len();
        if !u32::try_from(length).is_ok_and(|length| (min..=max).contains(&length)) {
            return Err(PaymentError::DecisionNumberLength {
                decision_number,
                length,
                min,
                max,
            });
        }
        Ok(())
    }

    /// Returns the agency's own cancelled notice with this number, which the new one replaces: the fine may still be
    /// owed although its first notice named a wrong centre, code or amount. Refuses the number of any other notice.
    fn cancelled(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Option<Arc<Notice>>, Stop> {
        match ctx.overlay.get(NOTICES, &self.decision_number)? {
            None => Ok(None),
            Some(notice) if notice.agency == ctx.actor_id() && notice.cancellation.is_some() => {
                Ok(Some(notice))
            }
            Some(notice) => Err(PaymentError::DecisionNumberTaken {
                decision_number: self.decision_number.clone(),
                agency: notice.agency,
                height: notice.created_height,
            }
            .into()),
        }
    }

    fn notice(&self, ctx: &ActionContext<'_, '_>, payment_code: PaymentCode) -> Notice {
        Notice {
            decision_number: self.decision_number.clone(),
            payment_code,
            agency: ctx.actor_id(),
            region: self.region.clone(),
            amount: self.amount,
            late_fee: self.late_fee,
            centre: self.centre,
            receipt_code: self.receipt_code,
            check_code: self.check_code,
            details_commitment: self.details_commitment,
            attachment_hash: self.attachment_hash,
            created_height: ctx.block.height,
            created_date: BeijingDate::at(ctx.block.time),
            payment: None,
            cancellation: None,
        }
    }
}

/// Removes a cancelled notice's payment code and its place in the list.
fn unlink(overlay: &mut Overlay<'_>, cancelled: &Notice) -> Result<(), Fault> {
    let code = overlay.entry(PAYMENT_CODES, &cancelled.payment_code)?;
    code.remove()?;
    let listed = overlay.entry(NOTICE_LISTS, &list_key(cancelled))?;
    listed.remove()
}

fn list_key(notice: &Notice) -> NoticeListKey {
    NoticeListKey {
        agency: notice.agency,
        date: notice.created_date,
        decision_number: notice.decision_number.clone(),
    }
}
