//! `piaolian act`: business acts, signed by the node for its organisation.

use std::str::FromStr;

use clap::{Args, Subcommand};
use piaolian_contracts::{
    transaction::ClientId,
    types::{OrganisationId, ReceiptCode},
};
use piaolian_proto::v1::{
    BookReceipt, BookRequest, CallOptions, FundKind, GrantRange, GrantRangeRequest, LockReceipt,
    LockRequest, NewReversal, RecallRange, RecallRangeRequest, ReverseReceiptRequest,
    UnbookReceipt, UnbookRequest, UnlockReceipt, UnlockRequest, reverse_receipt_request::Form,
};

use super::{
    Failure, client::NodeArguments, fund::FundArgument, output::Output, query::ReceiptArgument,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// 经办: a login or staff number, never an identity number. It goes on chain.
    #[arg(long, default_value = "")]
    operator: String,
    /// Names the request: sent again with the same one, it is done once. 32 hexadecimal
    /// digits; a random one unless given.
    #[arg(long)]
    client_id: Option<ClientIdArgument>,
    #[command(subcommand)]
    act: Act,
}

/// A client id: 16 bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ClientIdArgument([u8; ClientId::BYTES]);

impl FromStr for ClientIdArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut id = [0; ClientId::BYTES];
        hex::decode_to_slice(text, &mut id)
            .map_err(|_| "must be 32 hexadecimal digits".to_owned())?;
        Ok(Self(id))
    }
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Grant an issuer a range of receipt numbers (finance).
    Grant {
        /// Unified social credit code.
        issuer: OrganisationId,
        /// Receipt code, 8 digits.
        code: ReceiptCode,
        /// First number.
        first: u64,
        /// Last number, inclusive.
        last: u64,
    },
    /// Take the unused end of a range back (finance).
    Recall {
        /// Receipt code, 8 digits.
        code: ReceiptCode,
        /// First number of the range, as granted.
        first: u64,
        /// First number taken back.
        from: u64,
    },
    /// Cancel a receipt by a reversal receipt (its issuer).
    Reverse {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// The issuer's own number of this reversal.
        #[arg(long)]
        business_number: String,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
        /// The receipt code under which the reversal is numbered: the original's unless given.
        #[arg(long)]
        code: Option<ReceiptCode>,
        /// The reversal's number: the next free one unless given.
        #[arg(long)]
        number: Option<u64>,
    },
    /// Take the claim lock of a receipt (a payer).
    Lock {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// The total as presented, fen.
        #[arg(long)]
        total_fen: i64,
        /// The payer's own number of the claim.
        #[arg(long)]
        claim: String,
        /// How long it lasts, hours.
        #[arg(long, default_value_t = 24)]
        lease_hours: u64,
    },
    /// Give the claim lock back (its owner).
    Unlock {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Book a reimbursement (a payer).
    Book(Book),
    /// Take a booking back (who booked it).
    Unbook {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// The voucher that was booked.
        #[arg(long)]
        voucher: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct Book {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// The total as presented, fen.
    #[arg(long)]
    total_fen: i64,
    /// Which fund pays.
    #[arg(long)]
    fund: FundArgument,
    /// The accounting voucher's number.
    #[arg(long)]
    voucher: String,
    /// How much, fen.
    #[arg(long)]
    amount_fen: i64,
    /// 复核: another person than the operator.
    #[arg(long)]
    reviewer: String,
    /// Keep the claim lock.
    #[arg(long)]
    keep_lock: bool,
}

const MS_PER_HOUR: u64 = 3_600_000;

fn booking(book: Book) -> BookReceipt {
    BookReceipt {
        receipt: Some(book.receipt.into()),
        presented_total_fen: book.total_fen,
        fund_kind: FundKind::from(book.fund).into(),
        voucher_number: book.voucher,
        amount_fen: book.amount_fen,
        reviewer: book.reviewer,
        keep_lock: book.keep_lock,
    }
}

pub(super) async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let node = arguments.node.connect().await?;
    let client_id = arguments.client_id.map(|id| id.0.to_vec());
    let options = Some(CallOptions {
        client_id: client_id.unwrap_or_default().into(),
        operator: arguments.operator,
        ..Default::default()
    });
    match arguments.act {
        Act::Grant {
            issuer,
            code,
            first,
            last,
        } => {
            let grant = GrantRange {
                issuer: issuer.to_string(),
                receipt_code: code.to_string(),
                first_number: first,
                last_number: last,
            };
            let request = GrantRangeRequest {
                grant: Some(grant),
                options,
            };
            output.show(&node.allotments().grant_range(request).await?.into_inner())
        }
        Act::Recall { code, first, from } => {
            let recall = RecallRange {
                receipt_code: code.to_string(),
                first_number: first,
                from_number: from,
            };
            let request = RecallRangeRequest {
                recall: Some(recall),
                options,
            };
            output.show(&node.allotments().recall_range(request).await?.into_inner())
        }
        Act::Reverse {
            receipt,
            business_number,
            reason,
            code,
            number,
        } => {
            let reversal = NewReversal {
                original: Some(receipt.into()),
                receipt_code: code.map(|code| code.to_string()).unwrap_or_default(),
                receipt_number: number,
                business_number,
                reason,
            };
            let request = ReverseReceiptRequest {
                form: Some(Form::Reversal(reversal)),
                options,
            };
            output.show(&node.receipts().reverse_receipt(request).await?.into_inner())
        }
        Act::Lock {
            receipt,
            total_fen,
            claim,
            lease_hours,
        } => {
            let lock = LockReceipt {
                receipt: Some(receipt.into()),
                presented_total_fen: total_fen,
                claim_number: claim,
                lease_ms: lease_hours.saturating_mul(MS_PER_HOUR),
            };
            let request = LockRequest {
                lock: Some(lock),
                options,
            };
            output.show(&node.claims().lock(request).await?.into_inner())
        }
        Act::Unlock { receipt, reason } => {
            let unlock = UnlockReceipt {
                receipt: Some(receipt.into()),
                reason,
            };
            let request = UnlockRequest {
                unlock: Some(unlock),
                options,
            };
            output.show(&node.claims().unlock(request).await?.into_inner())
        }
        Act::Book(book) => {
            let request = BookRequest {
                booking: Some(booking(book)),
                options,
            };
            output.show(&node.claims().book(request).await?.into_inner())
        }
        Act::Unbook {
            receipt,
            voucher,
            reason,
        } => {
            let unbooking = UnbookReceipt {
                receipt: Some(receipt.into()),
                voucher_number: voucher,
                reason,
            };
            let request = UnbookRequest {
                unbooking: Some(unbooking),
                options,
            };
            output.show(&node.claims().unbook(request).await?.into_inner())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_sixteen_bytes_in_hexadecimal() {
        let id: ClientIdArgument = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(id.0[15], 0xff);
        for bad in [
            "",
            "00",
            "00112233445566778899aabbccddeef",
            &"0".repeat(34),
            &"x".repeat(32),
        ] {
            assert!(bad.parse::<ClientIdArgument>().is_err(), "{bad}");
        }
    }
}
