//! The amounts paid at settlement, by channel (docs/DOMAIN.md §2).
//!
//! ```text
//!   pooled fund + personal account + personal cash + other  =  total
//!   all are 0: allowed if the total is 0, or the receipt is not medical
//! ```
//!
//! A channel that is not read would make the receipt claimable in full, although the fund has paid. So a medical
//! receipt without channels is refused, and the refusal names the fields that may hold them. Copayment, self-funded,
//! prepaid, topped-up and refunded amounts are part of no sum.

use piaolian_contracts::types::{Fen, ReceiptCode};
use piaolian_proto::v1::{DetailsExtension, DetailsMain, ReceiptDetails, details_kept::What};

use super::{
    amount::sum,
    rules::Direction,
    text::{is_decimal, path},
    typed::amounts,
    violation::{Findings, Rule},
    xml::{channel_of, grouped_channels, is_same_amount, leaves_of},
};
use crate::amount::yuan_of_fen;

/// Words in the names of fields that hold payments, in lower case.
const PAYMENT_WORDS: [&str; 10] = [
    "pay", "fund", "account", "cash", "amount", "支付", "基金", "账户", "现金", "统筹",
];

/// Checks that the channels sum to the total, and that no kept group contradicts them.
pub(super) fn check(
    details: &ReceiptDetails,
    main: &DetailsMain,
    extension: &DetailsExtension,
    findings: &mut Findings,
) {
    if Direction::of(details) == Direction::Issue {
        check_groups(details, extension, findings);
    }
    let [fund, account, own, other, ..] =
        amounts(extension).map(|(_, fen)| fen.unwrap_or_default());
    let channels = [fund, account, own, other];
    let total = main.total_fen;
    let rule = match sum(channels) {
        None => return findings.add(path::MAIN_EXT, Rule::Overflow),
        Some(_) if channels == [0; 4] => {
            if !is_missing(&main.receipt_code, total) {
                return;
            }
            Rule::NoChannels {
                total: Fen::new(total),
            }
        }
        Some(sum) if sum != total => Rule::ChannelsOffTotal {
            channels: Fen::new(sum),
            total: Fen::new(total),
        },
        Some(_) => return,
    };
    findings.add(path::MAIN_EXT, rule);
    for path in unread_payments(details, extension) {
        findings.add(path, Rule::PaymentNotRead);
    }
}

/// Tells whether a receipt without channels must have some.
pub(super) fn is_missing(receipt_code: &str, total_fen: i64) -> bool {
    let code = receipt_code.parse::<ReceiptCode>();
    total_fen > 0 && code.is_ok_and(|code| code.kind().is_medical())
}

/// Checks that the kept groups repeat no channel with another amount.
fn check_groups(details: &ReceiptDetails, extension: &DetailsExtension, findings: &mut Findings) {
    for grouped in grouped_channels(kept(details)) {
        let mut known = amounts(extension).into_iter();
        let known = known.find(|(known, _)| *known == grouped.name);
        let fen = known.and_then(|(_, fen)| fen).unwrap_or_default();
        if !is_same_amount(&yuan_of_fen(fen), &grouped.text) {
            let path = format!("{}/{}", grouped.path, grouped.name);
            findings.add(path, Rule::ChannelConflicts);
        }
    }
}

/// Returns the paths of fields that are not read and may hold an amount that was paid.
fn unread_payments(details: &ReceiptDetails, extension: &DetailsExtension) -> Vec<String> {
    let more = extension.more.iter();
    let more = more
        .filter(|field| may_be_payment(&field.name, &field.value))
        .map(|field| format!("{}/{}", path::MAIN_EXT, field.name));
    let read = grouped_channels(kept(details));
    let is_read = |at: &str, leaf: &str| {
        let name = leaf.rsplit('/').next().and_then(channel_of);
        name.is_some_and(|name| read.iter().any(|own| own.path == at && own.name == name))
    };
    let mut unread: Vec<String> = more.collect();
    for (at, raw) in kept(details) {
        for leaf in leaves_of(raw) {
            if may_be_payment(&leaf.path, &leaf.text) && !is_read(at, &leaf.path) {
                unread.push(format!("{at}/{}", leaf.path));
            }
        }
    }
    unread
}

/// Tells whether a field holds a number above 0 and is named like a payment, or written like an amount. Provinces name
/// fields by abbreviations as well, such as `tczf`.
fn may_be_payment(name: &str, text: &str) -> bool {
    let is_positive = is_decimal(text)
        && !text.starts_with('-')
        && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let name = name.to_lowercase();
    is_positive && (text.contains('.') || PAYMENT_WORDS.iter().any(|word| name.contains(word)))
}

/// Returns the kept elements with the paths of their parents.
fn kept(details: &ReceiptDetails) -> impl Iterator<Item = (&str, &str)> {
    details.kept.iter().filter_map(|kept| match &kept.what {
        Some(What::Element(raw)) => Some((kept.path.as_str(), raw.as_str())),
        Some(What::Attribute(_)) | None => None,
    })
}
