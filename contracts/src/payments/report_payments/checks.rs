//! Checks of a report: against earlier reports, the calendar, and the notice.

use super::{Accepted, PaymentReport};
use crate::{
    action::ActionContext,
    payments::{
        cancel_notice::require_unpaid, entry::Reported, errors::PaymentError, record::Notice,
    },
    types::BeijingDate,
};

impl PaymentReport {
    /// Returns the earlier answer for a reference that was reported before. The same payment gets the same answer,
    /// whichever of the notice's two numbers the report names.
    pub(super) fn again(
        &self,
        reported: &Reported,
        notice: Option<&Notice>,
    ) -> Result<Accepted, PaymentError> {
        let same = notice.is_some_and(|notice| notice.decision_number == reported.decision_number)
            && self.amount == reported.amount
            && self.paid == reported.paid
            && self.account_day == reported.account_day
            && self.region == reported.handled_region;
        if same {
            return Ok(Accepted {
                receipt: reported.receipt,
                decision_number: reported.decision_number.clone(),
                issued_hash: None,
            });
        }
        Err(PaymentError::ReportConflict {
            bank_reference: self.bank_reference.clone(),
            decision_number: reported.decision_number.clone(),
            amount: reported.amount,
            account_day: reported.account_day,
            height: reported.height,
        })
    }

    /// Checks that the payment is not in the future and not too old, and that its accounting day is the day of payment
    /// or the next.
    pub(super) fn check_dates(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PaymentError> {
        let bank_reference = self.bank_reference.clone();
        let (parameters, now) = (&ctx.block.parameters, ctx.block.time);
        if self.paid > now.after_ms(parameters.clock_drift_ms_max()) {
            return Err(PaymentError::PaidInFuture {
                bank_reference,
                paid: self.paid.in_beijing(),
                block_time: now.in_beijing(),
            });
        }
        let (today, paid_date) = (BeijingDate::at(now), self.paid_date());
        let days_max = parameters.payment_report_days_max();
        if today.days_after(paid_date) > u64::from(days_max) {
            return Err(PaymentError::PaidTooLongAgo {
                bank_reference,
                paid_date,
                today,
                days_max,
            });
        }
        if self.account_day != paid_date && self.account_day != paid_date.next() {
            return Err(PaymentError::AccountDayOff {
                bank_reference,
                account_day: self.account_day,
                paid_date,
            });
        }
        Ok(())
    }

    pub(super) fn paid_date(&self) -> BeijingDate {
        BeijingDate::at(self.paid)
    }

    /// Requires that the notice may be paid here, and with this amount.
    pub(super) fn check_notice(&self, notice: &Notice) -> Result<(), PaymentError> {
        require_unpaid(notice)?;
        let decision_number = notice.decision_number.clone();
        if self.region.province() != notice.region.province() {
            return Err(PaymentError::WrongArea {
                decision_number,
                region: notice.region.clone(),
                handled_region: self.region.clone(),
            });
        }
        let (amount, paid_date) = (notice.amount, self.paid_date());
        if self.amount == notice.owed(paid_date) {
            return Ok(());
        }
        let late_fee = notice.late_fee.owed(amount, paid_date);
        // The bare amount differs from what is owed only when it is late.
        if self.amount == amount {
            return Err(PaymentError::LateFeeOwed {
                decision_number,
                amount,
                late_fee,
                due_date: notice.late_fee.due_date,
                paid_date,
            });
        }
        Err(PaymentError::AmountDiffers {
            decision_number,
            presented: self.amount,
            amount,
            late_fee,
            paid_date,
        })
    }
}
