//! The record of a receipt as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::record::{Booking, ClaimLock, PayerGone, Receipt, Unbooking};
use crate::{fields::as_message, storage::stored_as};

stored_as!(Receipt: proto::ReceiptRecord, "receipt");

as_message! {
    Receipt: proto::ReceiptRecord {
        issuer, agency, business_number, issue_date, issue_time, settlement, details_commitment,
        issued_height, issued_index, reversed_by, reverses, replaces, replaced_by, lock, bookings,
        reservations, delivery, papers, use_audit, archives, verification, attachment_hash;
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
        payer, fund_kind, voucher_number, operator, reviewer, height, unbooking, payout_number,
        payer_gone, carried_from, carried_to;
        amount: amount_fen,
        time: time_ms,
        recovery: recovery_fen,
        returned: returned_fen,
    }
    accounting: (voucher_type, voucher_date, accounting_period, accounting_entity),
}

as_message! {
    Unbooking: proto::Unbooking {
        reason, operator, reviewer, evidence_hash, height;
        time: time_ms,
    }
}

as_message! {
    PayerGone: proto::PayerGone {
        organisation, reason, height;
        time: time_ms,
    }
}
