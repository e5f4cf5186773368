//! `piaolian query receipt, history, verify, archive-record, details`.

use std::str::FromStr;

use clap::{Args, Subcommand};
use piaolian_contracts::types::{OrganisationId, ReceiptCode, ReceiptId, ReceiptNumber};
use piaolian_proto::v1::{
    BusinessNumber, GetArchiveRecordRequest, GetReceiptHistoryRequest, GetReceiptRequest,
    VerifyReceiptRequest, get_receipt_request::By,
};

use super::pages::show_all;
use crate::cli::{Failure, client::Node, output::Output, reading::Reading};

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// What the ledger knows of a receipt.
    Receipt {
        #[command(flatten)]
        which: Which,
        /// Also the Merkle path under finance's seal.
        #[arg(long)]
        seal_path: bool,
    },
    /// Everything that was done to a receipt, and tried and refused.
    History {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
    },
    /// Verification (查验) of a receipt as presented.
    Verify {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// 6 of [0-9a-z].
        check_code: String,
        /// yyyymmdd
        #[arg(long)]
        issue_date: Option<u32>,
        /// In fen.
        #[arg(long)]
        total_fen: Option<i64>,
    },
    /// What an archive keeps of a receipt (DA/T 95): its checks, and all that was done.
    ArchiveRecord {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
    },
    /// The national XML of a receipt whose details this node's organisation may read.
    Details {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        #[command(flatten)]
        reading: Reading,
    },
}

/// A receipt by its own number, or by its issuer's.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// CODE-NUMBER
    #[arg(required_unless_present = "business_number")]
    receipt: Option<ReceiptArgument>,
    /// The issuer's own number of the business, instead.
    #[arg(long, requires = "issuer", conflicts_with = "receipt")]
    business_number: Option<String>,
    /// Whose business number it is: unified social credit code.
    #[arg(long, requires = "business_number")]
    issuer: Option<OrganisationId>,
}

impl Which {
    fn by(self) -> Option<By> {
        let of_issuer = self.issuer.zip(self.business_number);
        let business = of_issuer.map(|(issuer, business_number)| BusinessNumber {
            issuer: issuer.to_string(),
            business_number,
        });
        let receipt = self.receipt.map(|receipt| By::Receipt(receipt.into()));
        receipt.or(business.map(By::BusinessNumber))
    }
}

/// A receipt as people write it: CODE-NUMBER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ReceiptArgument(pub(in crate::cli) ReceiptId);

impl FromStr for ReceiptArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "must be CODE-NUMBER, such as 11010125-0000000042".to_owned();
        let (code, number) = text.split_once('-').ok_or_else(form)?;
        let number = number.parse().map_err(|_| form())?;
        let code = ReceiptCode::parse("code", code).map_err(|error| error.to_string())?;
        let number = ReceiptNumber::parse("number", number).map_err(|error| error.to_string())?;
        Ok(Self(ReceiptId { code, number }))
    }
}

impl From<ReceiptArgument> for piaolian_proto::v1::ReceiptId {
    fn from(receipt: ReceiptArgument) -> Self {
        receipt.0.into()
    }
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    let mut receipts = node.receipts();
    match question {
        Question::Receipt { which, seal_path } => {
            let request = GetReceiptRequest {
                by: which.by(),
                with_seal_path: seal_path,
            };
            output.show(&receipts.get_receipt(request).await?.into_inner())
        }
        Question::History { receipt } => history(node, receipt, output).await,
        Question::Verify {
            receipt,
            check_code,
            issue_date,
            total_fen,
        } => {
            let request = VerifyReceiptRequest {
                receipt: Some(receipt.into()),
                check_code,
                issue_date,
                total_fen,
                with_proof: false,
            };
            output.show(&receipts.verify_receipt(request).await?.into_inner())
        }
        Question::ArchiveRecord { receipt } => {
            let request = GetArchiveRecordRequest {
                receipt: Some(receipt.into()),
            };
            output.show(&receipts.get_archive_record(request).await?.into_inner())
        }
        Question::Details { receipt, reading } => {
            let request = reading.request(receipt.into(), true);
            let details = receipts.get_receipt_details(request).await?.into_inner();
            if output.is_json() {
                output.show(&details)
            } else {
                output.bytes(details.xml.as_bytes())
            }
        }
    }
}

async fn history(node: &Node, receipt: ReceiptArgument, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.event(item),
        async |page_token| {
            let request = GetReceiptHistoryRequest {
                receipt: Some(receipt.into()),
                page_size: 0,
                page_token,
            };
            let page = node
                .receipts()
                .get_receipt_history(request)
                .await?
                .into_inner();
            Ok((page.events, page.next_page_token))
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_written_as_it_is_shown() {
        let receipt: ReceiptArgument = "11010125-0000000042".parse().unwrap();
        assert_eq!(receipt.0.to_string(), "11010125-0000000042");
        for bad in [
            "",
            "11010125",
            "11010125-x",
            "1101-1",
            "11010125-99999999999",
        ] {
            assert!(bad.parse::<ReceiptArgument>().is_err(), "{bad}");
        }
    }
}
