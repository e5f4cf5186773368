//! Formats receipts, amounts, times and events.

use piaolian_contracts::types::{BeijingDate, BeijingTime, BlockTime, Fen};
use piaolian_proto::v1::{
    ClaimStatus, ErrorDetail, Event, Place, ReceiptId, transaction_body::Action,
};

use super::Member;

/// Formats a receipt's code and number.
pub(super) fn receipt(receipt: &ReceiptId) -> String {
    format!("{}-{:010}", receipt.code, receipt.number)
}

/// Capitalises the first letter.
pub(super) fn capital(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Formats an amount in yuan.
pub(super) fn yuan(fen: i64) -> String {
    format!("{} yuan", Fen::new(fen))
}

/// Formats a claim's status.
pub(super) fn claim_status(status: ClaimStatus) -> String {
    let name = status.as_str_name();
    let name = name.strip_prefix("CLAIM_STATUS_").unwrap_or(name);
    name.to_lowercase().replace('_', " ")
}

/// Formats a time in Beijing.
pub(super) fn moment(ms: u64) -> String {
    let time = BlockTime::from_ms(ms);
    format!(
        "{} {}.{:03}",
        BeijingDate::at(time),
        BeijingTime::at(time),
        ms % 1_000
    )
}

/// Formats a place in the chain with its time.
pub(super) fn place(place: &Place) -> String {
    format!("height {}, {}", place.height, moment(place.block_time_ms))
}

/// Formats a refusal in both languages, on two lines.
pub(super) fn refusal(refusal: &ErrorDetail) -> [String; 2] {
    [
        format!("rule {}: {}", refusal.code, refusal.message_en),
        format!("规则 {}：{}", refusal.code, refusal.message_zh),
    ]
}

/// Formats an event of a receipt's history: height, time, actor, action, and result.
pub(super) fn event(event: &Event) -> String {
    let height = event.cursor.unwrap_or_default().height;
    let member = Member::of(&event.organisation);
    let member = member.map_or_else(
        || event.organisation.clone(),
        |member| member.title().to_owned(),
    );
    let operator = match event.operator.as_str() {
        "" => String::new(),
        operator => format!(" ({operator})"),
    };
    let verdict = match &event.rejection {
        None => "accepted".to_owned(),
        Some(refusal) => format!("REJECTED by rule {}", refusal.code),
    };
    format!(
        "height {height:>4}  {}  {member}{operator} {}: {verdict}",
        moment(event.block_time_ms),
        act(event),
    )
}

fn act(event: &Event) -> String {
    match event.requested() {
        Some(Action::IssueReceipts(batch)) => {
            let total = batch.items.iter().map(|item| item.total_fen).sum();
            format!("issues it over {}", yuan(total))
        }
        Some(Action::ReverseReceipt(_)) => "reverses it".to_owned(),
        Some(Action::LockReceipt(lock)) => format!("locks it for claim {}", lock.claim_number),
        Some(Action::UnlockReceipt(_)) => "unlocks it".to_owned(),
        Some(Action::BookReceipt(booking)) => format!(
            "books {} with voucher {}",
            yuan(booking.amount_fen),
            booking.voucher_number
        ),
        Some(Action::UnbookReceipt(unbooking)) => {
            format!("takes voucher {} back", unbooking.voucher_number)
        }
        Some(_) | None => event.action.clone(),
    }
}
