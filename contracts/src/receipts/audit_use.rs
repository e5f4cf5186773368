//! `AuditUse`: finance audits the use of receipts' numbers (核销).

use piaolian_proto::v1 as proto;

use super::{
    batch,
    errors::ReceiptError,
    facts::UseAudit,
    store::{change, read},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{AuditNumber, ReceiptId},
};

/// Audits the use of receipts' numbers, each once and in any status: a reversed receipt used its number too. It does
/// not reverse the receipt and changes no status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditUse {
    receipts: Vec<ReceiptId>,
    audit_number: AuditNumber,
}

impl TryFrom<proto::AuditUse> for AuditUse {
    type Error = Malformed;

    fn try_from(message: proto::AuditUse) -> Result<Self, Malformed> {
        Ok(Self {
            receipts: batch::parse_receipts(message.receipts)?,
            audit_number: AuditNumber::parse("audit_number", message.audit_number)?,
        })
    }
}

impl Handler for AuditUse {
    fn altered_count(&self) -> u32 {
        batch::count(&self.receipts)
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        self.receipts.iter().copied().map(Some).collect()
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        batch::judge(
            ctx,
            &self.receipts,
            |id| *id,
            |ctx, id| self.audit(ctx, *id),
        )
    }
}

impl AuditUse {
    fn audit(&self, ctx: &mut ActionContext<'_, '_>, id: ReceiptId) -> Result<(), Stop> {
        let receipt = read(ctx.overlay, id)?;
        if let Some(audit) = &receipt.use_audit {
            return Err(ReceiptError::AuditedBefore {
                receipt: id,
                organisation: audit.organisation,
                audit_number: audit.audit_number.clone(),
                height: audit.height,
            }
            .into());
        }
        let audit = UseAudit {
            organisation: ctx.actor_id(),
            audit_number: self.audit_number.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.use_audit = Some(audit);
        })
    }
}
