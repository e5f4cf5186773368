//! Data as people read it: a message as indented fields, an event on one line.

use piaolian_client::describe;
use piaolian_contracts::types::{BeijingDate, BeijingTime, BlockTime, Fen};
use piaolian_proto::v1::{Cursor, ErrorDetail, ReceiptId};
use prost::Name as _;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, OneofDescriptor, ReflectMessage as _, Value,
};

use super::{
    descriptors::word,
    json::typed,
    unit::{Unit, unit_of},
};

/// Writes a message as indented lines; empty fields are left out.
pub(super) fn of_message(message: &DynamicMessage) -> String {
    let mut text = String::new();
    write(message, 0, &mut text);
    text
}

fn write(message: &DynamicMessage, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for field in shown_fields(message) {
        let (label, value) = (label(&field), message.get_field(&field));
        match value.as_ref() {
            Value::Message(message) => {
                text.push_str(&format!("{indent}{label}:\n"));
                write(message, depth + 1, text);
            }
            Value::List(values) if matches!(field.kind(), Kind::Message(_)) => {
                for value in values.iter().filter_map(Value::as_message) {
                    text.push_str(&format!("{indent}{label}:\n"));
                    write(value, depth + 1, text);
                }
            }
            Value::List(values) => {
                let values: Vec<_> = values.iter().map(|value| plain(&field, value)).collect();
                text.push_str(&format!("{indent}{label}: {}\n", values.join(", ")));
            }
            value => text.push_str(&format!("{indent}{label}: {}\n", plain(&field, value))),
        }
    }
}

/// Returns the fields that say something, in the order of the message.
fn shown_fields(message: &DynamicMessage) -> impl Iterator<Item = FieldDescriptor> {
    let fields = message.descriptor().fields().collect::<Vec<_>>();
    fields.into_iter().filter(|field| {
        if field.supports_presence() {
            return message.has_field(field);
        }
        match message.get_field(field).as_ref() {
            Value::String(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(values) => !values.is_empty(),
            Value::EnumNumber(number) => *number != 0,
            Value::Bool(_)
            | Value::I32(_)
            | Value::I64(_)
            | Value::U32(_)
            | Value::U64(_)
            | Value::F32(_)
            | Value::F64(_)
            | Value::Message(_)
            | Value::Map(_) => true,
        }
    })
}

/// Writes a value in the unit that the field's name names.
fn plain(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => match unit_of(field) {
            Some(Unit::Fen) => format!("{} yuan", Fen::new(*value)),
            Some(Unit::Moment | Unit::Duration) | None => value.to_string(),
        },
        Value::U32(value) => value.to_string(),
        Value::U64(value) => match unit_of(field) {
            Some(Unit::Moment) if *value > 0 => moment(*value),
            Some(Unit::Moment | Unit::Duration | Unit::Fen) | None => value.to_string(),
        },
        Value::F32(value) => value.to_string(),
        Value::F64(value) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Bytes(bytes) => hex::encode(bytes),
        Value::EnumNumber(number) => enumerated(field, *number),
        Value::Message(message) => inline(message),
        Value::List(values) => {
            let values: Vec<_> = values.iter().map(|value| plain(field, value)).collect();
            values.join(",")
        }
        // No message of ours has one.
        Value::Map(_) => String::new(),
    }
}

fn enumerated(field: &FieldDescriptor, number: i32) -> String {
    let Kind::Enum(description) = field.kind() else {
        return number.to_string();
    };
    match description.get_value(number) {
        Some(value) => word(&description, value.name()),
        None => number.to_string(),
    }
}

/// Returns a field's name without the unit where the value is shown in another.
fn label(field: &FieldDescriptor) -> &str {
    let name = field.name();
    let suffix = match unit_of(field) {
        Some(Unit::Fen) => "_fen",
        Some(Unit::Moment) => "_ms",
        Some(Unit::Duration) | None => "",
    };
    name.strip_suffix(suffix).unwrap_or(name)
}

/// Writes a moment in Beijing's time.
pub(super) fn moment(ms: u64) -> String {
    let time = BlockTime::from_ms(ms);
    format!(
        "{} {}.{:03}",
        BeijingDate::at(time),
        BeijingTime::at(time),
        ms % 1_000
    )
}

/// Writes a receipt's number: `CODE-NUMBER`.
pub(super) fn receipt(id: &ReceiptId) -> String {
    format!("{}-{:010}", id.code, id.number)
}

/// Writes an event on one line: place, time, organisation, operator, action, receipt, the action's fields, outcome.
pub(super) fn of_event(event: &DynamicMessage) -> String {
    let part = |name: &str| {
        let field = event.descriptor().get_field_by_name(name)?;
        let field_is_set = event.has_field(&field);
        field_is_set.then(|| event.get_field(&field).into_owned())
    };
    let text = |name: &str| part(name).and_then(|value| value.as_str().map(str::to_owned));
    let nested = |name: &str| part(name).and_then(|value| value.as_message().cloned());
    let place: Cursor = nested("cursor")
        .map(|cursor| typed(&cursor))
        .unwrap_or_default();
    let time = part("block_time_ms")
        .and_then(|ms| ms.as_u64())
        .unwrap_or_default();
    let operator = text("operator").map(|operator| format!(" ({operator})"));
    let receipt = nested("receipt").map(|id| format!(" {}", receipt(&typed(&id))));
    let outcome = nested("rejection").map_or_else(
        || "accepted".to_owned(),
        |rejection| {
            let rejection: ErrorDetail = typed(&rejection);
            format!(
                "REJECTED {}",
                describe(&ErrorDetail {
                    height: 0,
                    ..rejection
                })
            )
        },
    );
    format!(
        "{}.{}.{} {} {}{} {}{} {outcome}",
        place.height,
        place.transaction,
        place.item,
        moment(time),
        text("organisation").unwrap_or_default(),
        operator.unwrap_or_default(),
        action(event),
        receipt.unwrap_or_default(),
    )
}

/// Writes an event's action: its name, and its fields but the receipt and hashes.
fn action(event: &DynamicMessage) -> String {
    let name = event.get_field_by_name("action");
    let name = name.and_then(|name| name.as_str().map(str::to_owned));
    let request = event.get_field_by_name("request");
    let request = request.as_ref().and_then(|request| request.as_message());
    let fields = request.map(requested).unwrap_or_default();
    [name.unwrap_or_default(), fields]
        .join(" ")
        .trim()
        .to_owned()
}

/// Writes the fields of the action that a transaction's body asks for.
fn requested(body: &DynamicMessage) -> String {
    let choices = body.descriptor().oneofs().collect::<Vec<_>>();
    let mut actions = choices.iter().flat_map(OneofDescriptor::fields);
    let action = actions.find(|action| body.has_field(action));
    let action = action.map(|action| body.get_field(&action).into_owned());
    let action = action.as_ref().and_then(Value::as_message);
    action.map(inline).unwrap_or_default()
}

/// Writes a message's fields in one line, `name=value`; receipts and bytes are left out.
fn inline(message: &DynamicMessage) -> String {
    let fields = shown_fields(message).filter_map(|field| {
        let value = message.get_field(&field);
        let label = label(&field);
        match (field.kind(), value.as_ref()) {
            (Kind::Bytes, _) | (_, Value::Bool(false)) => None,
            (Kind::Message(_), Value::List(values)) => {
                // An event is about one item. More items would not fit on a line.
                let [Value::Message(item)] = values.as_slice() else {
                    return None;
                };
                Some(format!("{label}({})", inline(item)))
            }
            (Kind::Message(kind), _) if kind.name() == ReceiptId::NAME => None,
            (Kind::Message(_), Value::Message(message)) => {
                let fields = inline(message);
                Some(format!("{label}({fields})"))
            }
            (_, value) => Some(format!("{label}={}", quoted(plain(&field, value)))),
        }
    });
    fields.collect::<Vec<_>>().join(" ")
}

fn quoted(text: String) -> String {
    if text.contains(' ') {
        format!("\"{text}\"")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{
        ClaimApproval, ClaimRejection, ConfirmPayout, DecideClaim, Event, LockReceipt,
        PayoutFailed, PayoutPaid, TransactionBody, confirm_payout::Result as PayoutResult,
        decide_claim::Verdict, transaction_body::Action,
    };

    use super::*;
    use crate::cli::json::{dynamic, tests::view};

    fn line(name: &str, action: Action) -> String {
        let event = Event {
            cursor: Some(Cursor {
                height: 7,
                transaction: 1,
                item: 0,
            }),
            block_time_ms: 1_795_190_400_000,
            organisation: "91440300708461136T".to_owned(),
            operator: "clerk-7".to_owned(),
            receipt: Some(ReceiptId {
                code: "11010125".to_owned(),
                number: 42,
            }),
            action: name.to_owned(),
            request: Some(TransactionBody {
                action: Some(action),
                ..Default::default()
            }),
            ..Default::default()
        };
        of_event(&dynamic(&event))
    }

    #[test]
    fn text_says_yuan_and_leaves_out_empty_fields() {
        let text = of_message(&dynamic(&view()));
        assert!(text.contains("  total: 15263.14 yuan\n"), "{text}");
        assert!(text.contains("details_commitment: abab"), "{text}");
        assert!(text.contains("status: partly-reimbursed"), "{text}");
        assert!(!text.contains("agency"), "{text}");
    }

    #[test]
    fn an_event_is_one_line_with_organisation_height_and_time() {
        let lock = LockReceipt {
            claim_number: "BX 1".to_owned(),
            ..LockReceipt::default()
        };
        let said = line("LockReceipt", Action::LockReceipt(lock));
        assert!(
            said.starts_with(
                "7.1.0 2026-11-21 00:00:00.000 91440300708461136T (clerk-7) LockReceipt "
            ),
            "{said}"
        );
        assert!(said.contains("claim_number=\"BX 1\""), "{said}");
        assert!(said.ends_with(" 11010125-0000000042 accepted"), "{said}");
    }

    #[test]
    fn opposite_decisions_do_not_read_alike() {
        let payout = |result| {
            line(
                "ConfirmPayout",
                Action::ConfirmPayout(ConfirmPayout {
                    claim_number: "YB-1".to_owned(),
                    result: Some(result),
                    ..ConfirmPayout::default()
                }),
            )
        };
        let paid = payout(PayoutResult::Paid(PayoutPaid {
            amount_fen: 12_345,
            paid_ms: 1,
        }));
        assert!(paid.contains("claim_number=YB-1"), "{paid}");
        assert!(paid.contains("paid(amount=\"123.45 yuan\""), "{paid}");
        let reason = "closed account".to_owned();
        let failed = payout(PayoutResult::Failed(PayoutFailed {
            reason,
            final_word: false,
        }));
        assert!(
            failed.contains("failed(reason=\"closed account\")"),
            "{failed}"
        );
        let decision = |verdict| {
            line(
                "DecideClaim",
                Action::DecideClaim(DecideClaim {
                    verdict: Some(verdict),
                    ..DecideClaim::default()
                }),
            )
        };
        assert!(decision(Verdict::Approve(ClaimApproval::default())).contains("approve("));
        assert!(decision(Verdict::Reject(ClaimRejection::default())).contains("reject("));
    }
}
