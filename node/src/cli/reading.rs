//! For what, and by whom, a receipt's details are read.

use clap::{Args, ValueEnum};
use piaolian_proto::v1::{GetReceiptDetailsRequest, GrantPurpose, ReceiptId};

/// What an authorisation is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PurposeArgument {
    /// 报销
    Claim,
    /// 查验
    Verify,
    /// 审计
    Audit,
    /// 其他
    Other,
}

impl From<PurposeArgument> for i32 {
    fn from(purpose: PurposeArgument) -> Self {
        match purpose {
            PurposeArgument::Claim => GrantPurpose::Claim.into(),
            PurposeArgument::Verify => GrantPurpose::Verify.into(),
            PurposeArgument::Audit => GrantPurpose::Audit.into(),
            PurposeArgument::Other => GrantPurpose::Other.into(),
        }
    }
}

/// What allows details to be read, and who reads them.
#[derive(Debug, Default, Args)]
pub(super) struct Reading {
    /// What they are read for, where an authorisation is what allows it; not on the nodes of
    /// the receipt's issuer and of the finance bureau that granted its number.
    #[arg(long)]
    purpose: Option<PurposeArgument>,
    /// Who reads (经办), for the node's access log.
    #[arg(long, default_value_t)]
    read_by: String,
}

impl Reading {
    pub(super) fn request(self, receipt: ReceiptId, with_xml: bool) -> GetReceiptDetailsRequest {
        GetReceiptDetailsRequest {
            receipt: Some(receipt),
            with_xml,
            purpose: self.purpose.map(Into::into).unwrap_or_default(),
            operator: self.read_by,
        }
    }
}
