//! The record of a claim as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::{Claim, ClaimedReceipt};
use crate::{fields::as_message, storage::stored_as};

stored_as!(Claim: proto::ClaimRecord, "claim");

as_message! {
    Claim: proto::ClaimRecord {
        insurer, policy_code, fund_kind, holder_tag, receipts, operator, filed_height, decision,
        payouts, closing, plan_code, former_lines;
        number: claim_number,
        until: until_ms,
        filed_time: filed_time_ms,
    }
}

as_message! {
    ClaimedReceipt: proto::ClaimedReceipt {
        policy_version;
        id: receipt,
    }
}
