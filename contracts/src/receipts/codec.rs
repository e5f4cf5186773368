//! The record of a receipt as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::record::{Booking, ClaimLock, Receipt, Unbooking};
use crate::{fields::as_message, storage::stored_as};

stored_as!(Receipt: proto::ReceiptRecord, "receipt");

as_message! {
    Receipt: proto::ReceiptRecord {
        issuer, agency, business_number, issue_date, issue_time, settlement, details_commitment,
        issued_height, issued_index, reversed_by, reverses, lock, bookings, reservations,
        delivery, papers, use_audit, archives, verification, attachment_hash;
        id: receipt,
        total: total_fen,
    }
    check_code: (check_code_salt, check_code_hash),
}

as_message! {
    ClaimLock: proto::ClaimLock {
        owner, claim_number;
        until: until_ms,
    }
}

as_message! {
    Booking: proto::Booking {
        payer, fund_kind, voucher_number, operator, reviewer, height, unbooking;
        amount: amount_fen,
        time: time_ms,
    }
}

as_message! {
    Unbooking: proto::Unbooking {
        reason, operator, height;
        time: time_ms,
    }
}
