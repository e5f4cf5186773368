//! `ArchiveReceipts`: an organisation takes receipts into its archive (归档).
//!
//! ```text
//!   issuer · payer with a live booking · finance ──► one entry each, kept until
//!   issue date + retention (at least the governed parameter)
//! ```

use piaolian_proto::v1 as proto;

use super::{
    batch,
    errors::ReceiptError,
    facts::{ARCHIVES_MAX, ArchiveEntry},
    record::{Booking, Receipt},
    status::{ReceiptStep, check_step},
    store::{change, read},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    parameters::Parameters,
    rejection::Stop,
    types::{ArchiveNumber, Reason, ReceiptId},
};

/// The roles that may archive receipts.
const KEEPERS: [Role; 5] = [
    Role::Finance,
    Role::Issuer,
    Role::MedicalInsurer,
    Role::CommercialInsurer,
    Role::ReimbursingUnit,
];

/// Archives receipts, each decided on its own. An archived receipt can no longer be exchanged for paper, and a payer
/// that archived it can no longer unbook. Its issuer can still reverse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveReceipts {
    items: Vec<ArchiveItem>,
    legal_basis: Reason,
    /// `None`: the governed parameter.
    retention_years: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ArchiveItem {
    receipt: ReceiptId,
    archive_number: ArchiveNumber,
}

impl TryFrom<proto::ArchiveReceipts> for ArchiveReceipts {
    type Error = Malformed;

    fn try_from(message: proto::ArchiveReceipts) -> Result<Self, Malformed> {
        if message.retention_years > Parameters::RETENTION_YEARS_MAX {
            return Err(Malformed::new("retention_years", "must be at most 100"));
        }
        Ok(Self {
            items: batch::parse("items", message.items, ArchiveItem::try_from)?,
            legal_basis: Reason::parse("legal_basis", message.legal_basis)?,
            retention_years: Some(message.retention_years).filter(|years| *years > 0),
        })
    }
}

impl TryFrom<proto::ArchiveItem> for ArchiveItem {
    type Error = Malformed;

    fn try_from(item: proto::ArchiveItem) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", item.receipt)?,
            archive_number: ArchiveNumber::parse("archive_number", item.archive_number)?,
        })
    }
}

impl Handler for ArchiveReceipts {
    fn altered_count(&self) -> u32 {
        batch::count(&self.items)
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        self.items.iter().map(|item| Some(item.receipt)).collect()
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&KEEPERS, "issuer, payer or finance")?;
        let years = self.retention(ctx)?;
        batch::judge(
            ctx,
            &self.items,
            |item| item.receipt,
            |ctx, item| self.archive(ctx, item, years),
        )
    }
}

impl ArchiveReceipts {
    /// The number of years for which the receipts are kept.
    fn retention(&self, ctx: &ActionContext<'_, '_>) -> Result<u32, ReceiptError> {
        let retention_years_min = ctx.block.parameters.retention_years();
        let retention_years = self.retention_years.unwrap_or(retention_years_min);
        if retention_years >= retention_years_min {
            return Ok(retention_years);
        }
        Err(ReceiptError::RetentionTooShort {
            retention_years,
            retention_years_min,
        })
    }

    fn archive(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        item: &ArchiveItem,
        years: u32,
    ) -> Result<(), Stop> {
        let receipt = read(ctx.overlay, item.receipt)?;
        check_entitled(ctx, &receipt)?;
        check_step(ctx, &receipt, ReceiptStep::Archive)?;
        check_entries(ctx, &receipt)?;
        let entry = ArchiveEntry {
            organisation: ctx.actor_id(),
            archive_number: item.archive_number.clone(),
            legal_basis: self.legal_basis.clone(),
            retain_until: receipt.issue_date.years_later(years),
            operator: ctx.operator.cloned(),
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.archives.push(entry);
        })
    }
}

/// Checks that the actor may archive the receipt: its issuer, a payer with a live booking, or finance.
fn check_entitled(ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), ReceiptError> {
    let organisation = ctx.actor_id();
    // A booking that a reissue carried away is still on the payer's voucher.
    let paid = |booking: &Booking| booking.payer == organisation && booking.unbooking.is_none();
    if receipt.issuer == organisation
        || ctx.actor.has_role(Role::Finance)
        || receipt.bookings.iter().any(paid)
    {
        return Ok(());
    }
    Err(ReceiptError::NothingToArchive {
        receipt: receipt.id,
        organisation,
    })
}

/// Checks that the organisation has not archived the receipt, and that there is room for one more entry.
fn check_entries(ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), ReceiptError> {
    if let Some(entry) = receipt.archived_by(ctx.actor_id()) {
        return Err(ReceiptError::ArchivedBefore {
            receipt: receipt.id,
            archive_number: entry.archive_number.clone(),
            height: entry.height,
        });
    }
    if receipt.archives.len() >= ARCHIVES_MAX {
        return Err(ReceiptError::TooManyArchives {
            receipt: receipt.id,
            archives_max: ARCHIVES_MAX,
        });
    }
    Ok(())
}
