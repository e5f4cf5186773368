//! Creating a receipt: the part that issuing, reversing and receipting a payment share.
//!
//! ```text
//!   channels fit the total ─► issue date near today ─► business number unused ─► number assigned ─► record written
//! ```

use super::{
    errors::ReceiptError,
    record::{CheckCodeHash, Receipt},
    schema::{BUSINESS_NUMBERS, IssuerBusiness, RECEIPTS},
    store::add,
};
use crate::{
    action::{ActionContext, Created, LateIssue},
    chain::Hash,
    number_ranges,
    rejection::Stop,
    storage::Overlay,
    types::{
        BeijingDate, BeijingTime, BusinessNumber, Fen, OrganisationId, Reason, ReceiptCode,
        ReceiptId, ReceiptNumber, Settlement,
    },
};

/// The facts that an issuer states of a new receipt, an original or a reversal receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) code: ReceiptCode,
    pub(crate) number: Option<ReceiptNumber>,
    pub(crate) check_code: CheckCodeHash,
    pub(crate) issue_date: BeijingDate,
    pub(crate) issue_time: BeijingTime,
    pub(crate) business_number: BusinessNumber,
    pub(crate) details_commitment: Hash,
    pub(crate) attachment_hash: Option<Hash>,
    /// Set if the issue date lies further back than usual.
    pub(crate) late_reason: Option<Reason>,
}

impl Form {
    /// The identity that the issuer named, if it named one.
    pub(crate) fn named_id(&self) -> Option<ReceiptId> {
        self.number.map(|number| ReceiptId {
            code: self.code,
            number,
        })
    }
}

/// The content in which the two kinds of new receipt differ.
pub(crate) struct Content {
    pub(crate) agency: Option<OrganisationId>,
    pub(crate) total: Fen,
    pub(crate) settlement: Settlement,
    pub(crate) reverses: Option<ReceiptId>,
    /// The receipt that it replaces.
    pub(crate) replaces: Option<ReceiptId>,
}

impl Content {
    /// Checks that the amounts paid at settlement sum to the total. They may all be 0, but not on a medical receipt
    /// with a total above 0.
    fn check_channels(&self, code: ReceiptCode) -> Result<(), ReceiptError> {
        let (total, settlement) = (self.total, &self.settlement);
        if !settlement.fits(total) {
            let parts = settlement.checked_sum();
            return Err(ReceiptError::PartsDifferFromTotal {
                total,
                parts: parts.map_or_else(
                    || format!("more than {}", Fen::new(i64::MAX)),
                    |parts| parts.to_string(),
                ),
            });
        }
        if code.kind().is_medical() && settlement.is_empty() && total.is_positive() {
            return Err(ReceiptError::NoChannels { total });
        }
        Ok(())
    }
}

/// Writes a new receipt of `issuer`, which is the actor or has given the mandate. `index` is its place among the
/// receipts that this transaction issues.
pub(crate) fn create(
    ctx: &mut ActionContext<'_, '_>,
    issuer: OrganisationId,
    index: u32,
    form: &Form,
    content: &Content,
) -> Result<(ReceiptId, Hash), Stop> {
    content.check_channels(form.code)?;
    check_date(ctx, form)?;
    let business = IssuerBusiness {
        issuer,
        number: form.business_number.clone(),
    };
    if let Some(receipt) = ctx.overlay.get(BUSINESS_NUMBERS, &business)? {
        return Err(ReceiptError::BusinessNumberUsed {
            business_number: business.number,
            receipt: *receipt,
        }
        .into());
    }
    let is_used = |overlay: &mut Overlay<'_>, receipt: &ReceiptId| {
        overlay
            .get(RECEIPTS, receipt)
            .map(|receipt| receipt.is_some())
    };
    let assigned = number_ranges::assign(ctx.overlay, issuer, form.code, form.number, is_used)?;
    let id = assigned.receipt;
    let receipt = Receipt {
        id,
        issuer,
        agency: content.agency,
        business_number: form.business_number.clone(),
        issue_date: form.issue_date,
        issue_time: form.issue_time,
        total: content.total,
        settlement: content.settlement,
        check_code: form.check_code,
        details_commitment: form.details_commitment,
        attachment_hash: form.attachment_hash,
        issued_height: ctx.block.height,
        issued_index: ctx.issued_before.saturating_add(index),
        reversed_by: None,
        reverses: content.reverses,
        replaces: content.replaces,
        replaced_by: None,
        lock: None,
        bookings: Vec::new(),
        reservations: Vec::new(),
        delivery: None,
        papers: Vec::new(),
        use_audit: None,
        archives: Vec::new(),
        verification: None,
    };
    let issued_hash = receipt.issued_hash();
    ctx.overlay.insert_new(BUSINESS_NUMBERS, &business, id)?;
    add(ctx.overlay, receipt)?;
    ctx.created.push(Created {
        issuer,
        receipt: id,
        total: content.total,
        reverses: content.reverses,
        skipped: assigned.skipped,
        late: late(ctx, form),
    });
    Ok((id, issued_hash))
}

/// The date and reason of an issue that is later than usual. A reason that nothing needs is no suspicion.
fn late(ctx: &ActionContext<'_, '_>, form: &Form) -> Option<LateIssue> {
    let days = form.issue_date.days_apart(BeijingDate::at(ctx.block.time));
    let is_late = days > u64::from(ctx.block.parameters.issue_date_days_max());
    let reason = form.late_reason.clone().filter(|_| is_late)?;
    Some(LateIssue {
        issue_date: form.issue_date,
        reason,
    })
}

/// Checks that the issue date is near today. It may lie further back if the issuer says why.
fn check_date(ctx: &ActionContext<'_, '_>, form: &Form) -> Result<(), ReceiptError> {
    let (date, today) = (form.issue_date, BeijingDate::at(ctx.block.time));
    let parameters = &ctx.block.parameters;
    let days_max = parameters.issue_date_days_max();
    if date.days_apart(today) <= u64::from(days_max) {
        return Ok(());
    }
    let late_days_max = parameters.late_issue_days_max();
    let is_late = date < today && date.days_apart(today) <= u64::from(late_days_max);
    match &form.late_reason {
        Some(_) if is_late => Ok(()),
        None if is_late => Err(ReceiptError::NoLateReason {
            date,
            today,
            days_max,
        }),
        _ => Err(ReceiptError::IssueDateOutOfBounds {
            date,
            today,
            days_max: if date < today {
                late_days_max
            } else {
                days_max
            },
        }),
    }
}
