//! The arguments of the acts between a receipt's issue and its archive.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use piaolian_contracts::types::ArchiveNumber;
use piaolian_proto::v1::{
    self, ArchiveItem, ArchiveReceipts, ArchiveReceiptsRequest, AuditUseRequest, CallOptions,
    DeliverReceipts, DeliverReceiptsRequest, DeliveryChannel, ExchangeForPaper,
    ExchangeForPaperRequest, NoteVerificationRequest, ReturnPaperRequest,
};

use crate::cli::query::ReceiptArgument;

/// How a receipt reached its holder.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ChannelArgument {
    /// 短信
    TextMessage,
    /// 电子邮件
    Mail,
    /// 移动应用、小程序
    Application,
    /// 窗口、自助机
    Counter,
    /// 网上取票
    PickUp,
}

impl From<ChannelArgument> for DeliveryChannel {
    fn from(channel: ChannelArgument) -> Self {
        match channel {
            ChannelArgument::TextMessage => Self::TextMessage,
            ChannelArgument::Mail => Self::Mail,
            ChannelArgument::Application => Self::Application,
            ChannelArgument::Counter => Self::Counter,
            ChannelArgument::PickUp => Self::PickUp,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Deliver {
    /// CODE-NUMBER, up to 1,000.
    #[arg(required = true)]
    receipts: Vec<ReceiptArgument>,
    /// How.
    #[arg(long)]
    channel: ChannelArgument,
}

impl Deliver {
    pub(super) fn request(self, options: CallOptions) -> DeliverReceiptsRequest {
        let delivery = DeliverReceipts {
            receipts: self.receipts.into_iter().map(Into::into).collect(),
            channel: DeliveryChannel::from(self.channel).into(),
        };
        DeliverReceiptsRequest {
            deliver_receipts: Some(delivery),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Exchange {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// Code of the paper receipt.
    #[arg(long)]
    paper_code: String,
    /// Number of the paper receipt.
    #[arg(long)]
    paper_number: String,
}

impl Exchange {
    pub(super) fn request(self, options: CallOptions) -> ExchangeForPaperRequest {
        let exchange = ExchangeForPaper {
            receipt: Some(self.receipt.into()),
            paper_code: self.paper_code,
            paper_number: self.paper_number,
        };
        ExchangeForPaperRequest {
            exchange_for_paper: Some(exchange),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ReturnPaper {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// Code of the paper receipt that came back.
    #[arg(long)]
    paper_code: String,
    /// Number of the paper receipt that came back.
    #[arg(long)]
    paper_number: String,
    /// Why; it goes on chain.
    #[arg(long)]
    reason: String,
}

impl ReturnPaper {
    pub(super) fn request(self, options: CallOptions) -> ReturnPaperRequest {
        let paper = v1::ReturnPaper {
            receipt: Some(self.receipt.into()),
            paper_code: self.paper_code,
            paper_number: self.paper_number,
            reason: self.reason,
        };
        ReturnPaperRequest {
            return_paper: Some(paper),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct AuditUse {
    /// CODE-NUMBER, up to 1,000.
    #[arg(required = true)]
    receipts: Vec<ReceiptArgument>,
    /// Finance's number of the audit.
    #[arg(long)]
    audit_number: String,
}

impl AuditUse {
    pub(super) fn request(self, options: CallOptions) -> AuditUseRequest {
        let audit = v1::AuditUse {
            receipts: self.receipts.into_iter().map(Into::into).collect(),
            audit_number: self.audit_number,
        };
        AuditUseRequest {
            audit_use: Some(audit),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Archive {
    /// CODE-NUMBER=ARCHIVE-NUMBER, up to 1,000.
    #[arg(required = true)]
    items: Vec<ItemArgument>,
    /// 行为依据: what the archiving rests on. It goes on chain.
    #[arg(long)]
    mandate: String,
    /// For how many years; the governed retention unless given.
    #[arg(long, default_value_t = 0)]
    years: u32,
}

/// A receipt and the number under which it is archived.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ItemArgument(ReceiptArgument, ArchiveNumber);

impl FromStr for ItemArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (receipt, number) = text
            .split_once('=')
            .ok_or("must be CODE-NUMBER=ARCHIVE-NUMBER")?;
        let number = ArchiveNumber::parse("archive number", number.to_owned());
        Ok(Self(
            receipt.parse()?,
            number.map_err(|error| error.to_string())?,
        ))
    }
}

impl Archive {
    pub(super) fn request(self, options: CallOptions) -> ArchiveReceiptsRequest {
        let items = self.items.into_iter().map(|item| ArchiveItem {
            receipt: Some(item.0.into()),
            archive_number: item.1.to_string(),
        });
        let archive = ArchiveReceipts {
            items: items.collect(),
            mandate: self.mandate,
            retention_years: self.years,
        };
        ArchiveReceiptsRequest {
            archive_receipts: Some(archive),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct NoteVerification {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// The total as presented, fen.
    #[arg(long)]
    total_fen: i64,
}

impl NoteVerification {
    pub(super) fn request(self, options: CallOptions) -> NoteVerificationRequest {
        let verification = v1::NoteVerification {
            receipt: Some(self.receipt.into()),
            presented_total_fen: self.total_fen,
        };
        NoteVerificationRequest {
            note_verification: Some(verification),
            options: Some(options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_archived_is_a_receipt_and_its_archive_number() {
        let item: ItemArgument = "11010125-0000000042=2026/PJ-7".parse().unwrap();
        assert_eq!(item.0.0.to_string(), "11010125-0000000042");
        assert_eq!(item.1.as_str(), "2026/PJ-7");
        for bad in [
            "",
            "11010125-42",
            "11010125-42=",
            "=A-1",
            "11010125-42=档案",
        ] {
            assert!(bad.parse::<ItemArgument>().is_err(), "{bad}");
        }
    }
}
