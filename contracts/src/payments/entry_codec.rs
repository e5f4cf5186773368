//! The record of a movement at a bank as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::entry::{BankEntry, Moved, Reported, Stated};
use crate::{fields::as_message, storage::stored_as};

stored_as!(BankEntry: proto::BankEntryRecord, "bank entry");

as_message! {
    BankEntry: proto::BankEntryRecord {
        bank, bank_reference, reported, moved, stated,
    }
}

as_message! {
    Reported: proto::ReportedPayment {
        decision_number, agency, region, handled_region, account_day, posted_day, receipt, height;
        amount: amount_fen,
        paid: paid_ms,
    }
}

as_message! {
    Moved: proto::MovedMoney {
        payer, region, account_day, posted_day, height;
        amount: amount_fen,
        moved: moved_ms,
    }
}

as_message! {
    Stated: proto::StatedPayment {
        notice, region, account_day, posted_day, height;
        amount: amount_fen,
    }
}
