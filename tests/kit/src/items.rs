//! Items of an issue of receipts.

use bytes::Bytes;
use piaolian_contracts::types::{BeijingDate, BeijingTime, BlockTime};
use piaolian_proto::v1;

/// Receipt code of the sample region's outpatient receipts, issued in 2026.
pub const RECEIPT_CODE: &str = "99060126";

/// Total of a sample item, fen.
pub const TOTAL_FEN: i64 = 10_000;

/// Builds an item of [`TOTAL_FEN`], paid in cash at `time`. It takes the next free number. The hashes are arbitrary.
pub fn issue_item(business_number: &str, time: BlockTime) -> v1::IssueItem {
    v1::IssueItem {
        receipt_code: RECEIPT_CODE.to_owned(),
        receipt_number: None,
        check_code_salt: Bytes::from_static(&[7; 16]),
        check_code_hash: Bytes::from_static(&[8; 32]),
        issue_date: BeijingDate::at(time).get(),
        issue_time: BeijingTime::at(time).get(),
        total_fen: TOTAL_FEN,
        settlement: Some(paid_in_cash(TOTAL_FEN)),
        agency: String::new(),
        business_number: business_number.to_owned(),
        details_commitment: Bytes::from_static(&[9; 32]),
        attachment_hash: Bytes::new(),
        late_reason: String::new(),
    }
}

/// Builds the settlement of a receipt that its holder paid in cash.
pub fn paid_in_cash(total_fen: i64) -> v1::Settlement {
    v1::Settlement {
        personal_cash_fen: total_fen,
        ..v1::Settlement::default()
    }
}
