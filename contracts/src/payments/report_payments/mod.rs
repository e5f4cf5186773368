//! `ReportPayments`: a bank reports payments, and each accepted payment issues its receipt.
//!
//! ```text
//!   reported before? ─same─► the same answer, nothing done
//!         │ no       └other─► conflict
//!   dates ─► notice unpaid ─► province ─► amount owed ─► mandate, centre active
//!         └─► receipt created ─► notice paid ─► entry posted
//! ```

mod checks;

use std::sync::Arc;

use piaolian_proto::v1::{self as proto, payment_report as field};

use super::{
    entry::{BankEntry, Reported},
    errors::PaymentError,
    movement::{self, Movement, MovementKind},
    posting::{self, Room},
    record::{Notice, Payment},
    schema::{NOTICES, PAYMENT_CODES},
    set_mandate::require_mandate,
    table_keys::{BankPayment, MandateKey},
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict},
    chain::Hash,
    malformed::{Malformed, batch, required},
    organisations::Role,
    receipts::{Content, Form, create},
    rejection::Stop,
    storage::Overlay,
    types::{
        BankReference, BeijingDate, BeijingTime, BlockTime, BusinessNumber, DecisionNumber, Fen,
        PaymentCode, ReceiptId, Region, Settlement,
    },
};

/// Most payments of one batch.
pub const REPORT_ITEMS_MAX: usize = 1_000;

/// Reports payments (缴款), each decided on its own.
///
/// The agency may be suspended or removed since it created the notice: the bank has taken the money, and the person who
/// paid is owed a receipt. The issuing centre must be active, and its mandate in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPayments {
    items: Vec<PaymentReport>,
}

/// One payment of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentReport {
    bank_reference: BankReference,
    shown: Shown,
    amount: Fen,
    paid: BlockTime,
    account_day: BeijingDate,
    region: Region,
}

/// The number that the person who paid showed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    DecisionNumber(DecisionNumber),
    PaymentCode(PaymentCode),
}

impl ReportPayments {
    /// The payments, in order.
    pub fn items(&self) -> &[PaymentReport] {
        &self.items
    }
}

impl PaymentReport {
    /// The bank's number of the payment.
    pub const fn bank_reference(&self) -> &BankReference {
        &self.bank_reference
    }
}

impl TryFrom<proto::ReportPayments> for ReportPayments {
    type Error = Malformed;

    fn try_from(message: proto::ReportPayments) -> Result<Self, Malformed> {
        Ok(Self {
            items: batch("items", message.items, 1..=REPORT_ITEMS_MAX)?,
        })
    }
}

impl TryFrom<proto::PaymentReport> for PaymentReport {
    type Error = Malformed;

    fn try_from(report: proto::PaymentReport) -> Result<Self, Malformed> {
        if report.amount_fen <= 0 {
            return Err(Malformed::new("amount_fen", "must be more than 0"));
        }
        let shown = match required("notice", report.notice)? {
            field::Notice::DecisionNumber(number) => {
                Shown::DecisionNumber(DecisionNumber::parse("decision_number", number)?)
            }
            field::Notice::PaymentCode(code) => {
                Shown::PaymentCode(PaymentCode::parse("payment_code", code)?)
            }
        };
        Ok(Self {
            bank_reference: BankReference::parse("bank_reference", report.bank_reference)?,
            shown,
            amount: Fen::new(report.amount_fen),
            paid: BlockTime::from_ms(report.paid_ms),
            account_day: BeijingDate::parse("account_day", report.account_day)?,
            region: Region::parse("region", report.region)?,
        })
    }
}

impl Handler for ReportPayments {
    fn issue_count(&self) -> u32 {
        u32::try_from(self.items.len()).expect("there are at most REPORT_ITEMS_MAX")
    }

    fn item_subjects(&self) -> Vec<String> {
        let references = self.items.iter().map(PaymentReport::bank_reference);
        references.map(ToString::to_string).collect()
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::AgentBank)?;
        let mut effects = Effects::none();
        for item in &self.items {
            let index = u32::try_from(effects.issued.len()).expect("at most REPORT_ITEMS_MAX");
            let reference = &item.bank_reference;
            let verdict = match ctx.attempt(|ctx| item.execute(ctx, index))? {
                Ok(accepted) => {
                    effects.issued.extend(accepted.issued_hash);
                    ItemVerdict {
                        receipt: Some(accepted.receipt),
                        reference: accepted.decision_number.to_string(),
                        ..ItemVerdict::on(reference)
                    }
                }
                Err(rejection) => ItemVerdict::rejected(reference, rejection),
            };
            effects.items.push(verdict);
        }
        Ok(effects)
    }
}

/// An accepted payment, reported now or before.
struct Accepted {
    receipt: ReceiptId,
    decision_number: DecisionNumber,
    /// The receipt's issued hash, when it was issued now.
    issued_hash: Option<Hash>,
}

impl PaymentReport {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>, index: u32) -> Result<Accepted, Stop> {
        let payment = BankPayment {
            bank: ctx.actor_id(),
            reference: self.bank_reference.clone(),
        };
        let entry = posting::entry(ctx.overlay, &payment)?;
        let notice = self.notice(ctx.overlay)?;
        if let Some(reported) = &entry.reported {
            return Ok(self.again(reported, notice.as_deref())?);
        }
        self.check_dates(ctx)?;
        let notice = notice.ok_or_else(|| PaymentError::UnknownNotice {
            notice: self.shown.to_string(),
        })?;
        self.check_notice(&notice)?;
        let mandate = MandateKey {
            centre: notice.centre,
            agency: notice.agency,
            receipt_code: notice.receipt_code,
        };
        require_mandate(ctx.overlay, &mandate)?;
        ctx.require_party_active(notice.centre)?;
        movement::take(ctx, self.movement(ctx, &notice))?;
        let (receipt, issued_hash) = self.issue(ctx, index, &notice)?;
        self.write(ctx, &entry, &notice, receipt)?;
        Ok(Accepted {
            receipt,
            decision_number: notice.decision_number.clone(),
            issued_hash: Some(issued_hash),
        })
    }

    fn notice(&self, overlay: &mut Overlay<'_>) -> Result<Option<Arc<Notice>>, Stop> {
        let decision_number = match &self.shown {
            Shown::DecisionNumber(number) => Some(Arc::new(number.clone())),
            Shown::PaymentCode(code) => overlay.get(PAYMENT_CODES, code)?,
        };
        match decision_number {
            Some(number) => Ok(overlay.get(NOTICES, &*number)?),
            None => Ok(None),
        }
    }

    /// The payment as a movement of money, for which its reference stands.
    fn movement(&self, ctx: &ActionContext<'_, '_>, notice: &Notice) -> Movement {
        Movement {
            bank: ctx.actor_id(),
            bank_reference: self.bank_reference.clone(),
            what: MovementKind::Payment(notice.decision_number.clone()),
            amount: self.amount,
            moved: self.paid,
            height: ctx.block.height,
        }
    }

    /// Issues the receipt from the centre's ranges, on behalf of the agency.
    fn issue(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        index: u32,
        notice: &Notice,
    ) -> Result<(ReceiptId, Hash), Stop> {
        let number = notice.decision_number.to_string();
        let form = Form {
            code: notice.receipt_code,
            number: None,
            check_code: notice.check_code,
            issue_date: BeijingDate::at(ctx.block.time),
            issue_time: BeijingTime::at(ctx.block.time),
            business_number: BusinessNumber::parse("business_number", number)
                .expect("its form takes every decision number"),
            details_commitment: notice.details_commitment,
            attachment_hash: notice.attachment_hash,
            late_reason: None,
        };
        let content = Content {
            agency: Some(notice.agency).filter(|agency| *agency != notice.centre),
            total: self.amount,
            // The payer alone pays a notice. A medical receipt must say so.
            settlement: if notice.receipt_code.kind().is_medical() {
                Settlement::in_cash(self.amount)
            } else {
                Settlement::default()
            },
            reverses: None,
            replaces: None,
        };
        create(ctx, notice.centre, index, &form, &content)
    }

    fn write(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        entry: &BankEntry,
        notice: &Arc<Notice>,
        receipt: ReceiptId,
    ) -> Result<(), Stop> {
        let mut paid = Notice::clone(notice);
        paid.payment = Some(Payment {
            bank: entry.bank,
            bank_reference: self.bank_reference.clone(),
            receipt,
            amount: self.amount,
            late_fee: notice.late_fee.owed(notice.amount, self.paid_date()),
            paid: self.paid,
            account_day: self.account_day,
            height: ctx.block.height,
        });
        ctx.overlay
            .entry(NOTICES, &notice.decision_number)?
            .set(paid);
        let reported = Reported {
            decision_number: notice.decision_number.clone(),
            agency: notice.agency,
            region: notice.region.clone(),
            handled_region: self.region.clone(),
            amount: self.amount,
            paid: self.paid,
            account_day: self.account_day,
            posted_day: posting::posted_day(ctx.overlay, &notice.region, self.account_day)?,
            receipt,
            height: ctx.block.height,
        };
        let mut after = entry.clone();
        after.reported = Some(reported);
        posting::post(ctx.overlay, entry, after, Room::OfRequests)
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DecisionNumber(number) => number.fmt(f),
            Self::PaymentCode(code) => code.fmt(f),
        }
    }
}
