//! Data to stdout, as text for people or as JSON for programs; the rest to stderr.
//!
//! ```text
//!   message ──description──► fields ──► JSON: bytes in hexadecimal, enumerations as words
//!                                  └──► text: the same, indented; fen also as yuan, ms also as a time
//! ```

use std::io::Write as _;

use piaolian_contracts::{
    chain::BlockTime,
    types::{BeijingDate, BeijingTime, Fen},
};
use piaolian_proto::v1::{Event, event::Act};
use prost::{Message, Name};
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, ReflectMessage,
    Value,
};
use serde_json::{Map, Value as Json, json};

use super::failure::{Failure, describe};

/// Where data and failures go.
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether data is written as JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Shows a message.
    pub(super) fn show<M: Message + Name>(&self, message: &M) -> Result<(), Failure> {
        let value = to_json(message)?;
        if self.json {
            self.line(&value.to_string())
        } else {
            let mut text = String::new();
            write_text(&value, 0, &mut text);
            self.line(text.trim_end())
        }
    }

    /// Shows something small: as JSON, or the text.
    pub(super) fn say(&self, value: &Json, text: &str) -> Result<(), Failure> {
        if self.json {
            self.line(&value.to_string())
        } else {
            self.line(text)
        }
    }

    /// Shows an event on one line.
    pub(super) fn event(&self, event: &Event) -> Result<(), Failure> {
        if self.json {
            self.line(&to_json(event)?.to_string())
        } else {
            self.line(&event_line(event))
        }
    }

    /// Shows a line of text.
    pub(super) fn text(&self, line: &str) -> Result<(), Failure> {
        self.line(line)
    }

    /// Writes bytes as they are.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        stdout
            .write_all(bytes)
            .and_then(|()| stdout.flush())
            .map_err(|e| Failure::trouble(&e))
    }

    fn line(&self, line: &str) -> Result<(), Failure> {
        self.bytes(format!("{line}\n").as_bytes())
    }

    /// Tells of a failure, on stderr.
    pub(super) fn fail(&self, failure: &Failure) {
        let line = if self.json {
            json!({ "error": failure.to_string(), "exit_code": failure.code() }).to_string()
        } else {
            format!("piaolian: {failure}")
        };
        note(&line);
    }
}

/// A line on stderr.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}"); // nobody is there to be told
}

/// A message as JSON, by its description.
pub(super) fn to_json<M: Message + Name>(message: &M) -> Result<Json, Failure> {
    let unknown = |error: &dyn std::fmt::Display| Failure::trouble(&error);
    let pool = DescriptorPool::decode(piaolian_proto::FILE_DESCRIPTOR_SET);
    let pool = pool.map_err(|error| unknown(&error))?;
    let name = M::full_name();
    let description = pool
        .get_message_by_name(&name)
        .ok_or_else(|| unknown(&format!("no message {name}")))?;
    let encoded = message.encode_to_vec();
    let dynamic = DynamicMessage::decode(description, encoded.as_slice());
    Ok(message_to_json(&dynamic.map_err(|error| unknown(&error))?))
}

/// Every field that is there: unset messages and optional fields are left out.
fn message_to_json(message: &DynamicMessage) -> Json {
    let description = message.descriptor();
    let fields = description.fields().filter_map(|field| {
        let absent = field.supports_presence() && !message.has_field(&field);
        (!absent).then(|| {
            let value = value_to_json(&field, &message.get_field(&field));
            (field.name().to_owned(), value)
        })
    });
    Json::Object(fields.collect::<Map<_, _>>())
}

fn value_to_json(field: &FieldDescriptor, value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::I32(value) => json!(value),
        Value::I64(value) => json!(value),
        Value::U32(value) => json!(value),
        Value::U64(value) => json!(value),
        Value::F32(value) => json!(value),
        Value::F64(value) => json!(value),
        Value::String(value) => json!(value),
        Value::Bytes(value) => json!(hex::encode(value)),
        Value::EnumNumber(number) => enum_to_json(field, *number),
        Value::Message(message) => message_to_json(message),
        Value::List(values) => values
            .iter()
            .map(|value| value_to_json(field, value))
            .collect(),
        Value::Map(values) => {
            let entries = values
                .iter()
                .map(|(key, value)| (key_to_text(key), value_to_json(field, value)));
            Json::Object(entries.collect())
        }
    }
}

fn key_to_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

fn enum_to_json(field: &FieldDescriptor, number: i32) -> Json {
    let Kind::Enum(description) = field.kind() else {
        return json!(number);
    };
    match description.get_value(number) {
        Some(value) => json!(word(&description, value.name())),
        None => json!(number),
    }
}

/// `RECEIPT_STATUS_ISSUED` of `ReceiptStatus` as `issued`.
fn word(description: &EnumDescriptor, name: &str) -> String {
    let mut prefix = String::new();
    for (place, character) in description.name().char_indices() {
        if place > 0 && character.is_ascii_uppercase() {
            prefix.push('_');
        }
        prefix.push(character.to_ascii_uppercase());
    }
    prefix.push('_');
    name.strip_prefix(&prefix)
        .unwrap_or(name)
        .to_ascii_lowercase()
}

/// Indented lines; what is empty is left out.
fn write_text(value: &Json, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let Json::Object(fields) = value else { return };
    for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
        match value {
            Json::Object(_) => {
                text.push_str(&format!("{indent}{name}:\n"));
                write_text(value, depth + 1, text);
            }
            Json::Array(values) if values.iter().all(Json::is_object) => {
                for value in values {
                    text.push_str(&format!("{indent}{name}:\n"));
                    write_text(value, depth + 1, text);
                }
            }
            Json::Array(values) => {
                let values: Vec<_> = values.iter().map(|value| plain(name, value)).collect();
                text.push_str(&format!("{indent}{name}: {}\n", values.join(", ")));
            }
            _ => text.push_str(&format!("{indent}{name}: {}\n", plain(name, value))),
        }
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(values) => values.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => false,
    }
}

/// A value, with what its name says about its unit.
fn plain(name: &str, value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Number(number) if name.ends_with("_fen") => number.as_i64().map_or_else(
            || value.to_string(),
            |fen| format!("{} yuan", Fen::new(fen)),
        ),
        Json::Number(number) if is_moment(name) => match number.as_u64() {
            Some(ms) if ms > 0 => moment(ms),
            _ => value.to_string(),
        },
        _ => value.to_string(),
    }
}

fn is_moment(name: &str) -> bool {
    name.ends_with("time_ms")
        || name.ends_with("until_ms")
        || name.ends_with("since_ms")
        || name == "started_ms"
}

/// A moment in Beijing.
pub(super) fn moment(ms: u64) -> String {
    let time = BlockTime::from_ms(ms);
    format!(
        "{} {}.{:03}",
        BeijingDate::at(time),
        BeijingTime::at(time),
        ms % 1_000
    )
}

/// An event as a line: place, time, who, what, which receipt, what was decided.
fn event_line(event: &Event) -> String {
    let place = event.cursor.unwrap_or_default();
    let receipt = event.receipt.as_ref();
    let receipt = receipt
        .map(|id| format!(" {}-{:010}", id.code, id.number))
        .unwrap_or_default();
    let operator = match event.operator.as_str() {
        "" => String::new(),
        operator => format!(" ({operator})"),
    };
    let verdict = match &event.refusal {
        None => "accepted".to_owned(),
        Some(refusal) => {
            let said = piaolian_proto::v1::ErrorDetail {
                height: 0,
                ..refusal.clone()
            };
            format!("REFUSED {}", describe(&said))
        }
    };
    format!(
        "{}.{}.{} {} {}{operator} {}{receipt}{} {verdict}",
        place.height,
        place.transaction,
        place.item,
        moment(event.block_time_ms),
        event.organisation,
        kind(event),
        amounts(event),
    )
}

fn kind(event: &Event) -> String {
    let name = event.kind().as_str_name();
    name.strip_prefix("EVENT_KIND_")
        .unwrap_or(name)
        .to_ascii_lowercase()
}

fn amounts(event: &Event) -> String {
    match &event.act {
        Some(Act::IssueItem(item)) => format!(" {} yuan", Fen::new(item.total_fen)),
        Some(Act::BookReceipt(booking)) => format!(
            " {} yuan, voucher {}",
            Fen::new(booking.amount_fen),
            booking.voucher_number
        ),
        Some(Act::UnbookReceipt(unbooking)) => {
            format!(
                " voucher {}: {}",
                unbooking.voucher_number, unbooking.reason
            )
        }
        Some(Act::LockReceipt(lock)) => format!(" claim {}", lock.claim_number),
        Some(Act::ReverseReceipt(reversal)) => format!(": {}", reversal.reason),
        Some(Act::GrantRange(grant)) => format!(
            " {} {:010}-{:010} to {}",
            grant.receipt_code, grant.first_number, grant.last_number, grant.issuer
        ),
        Some(Act::SealBlock(seal)) => format!(" of height {}", seal.height),
        Some(Act::SuspendOrganisation(act)) => format!(" {}: {}", act.organisation, act.reason),
        Some(Act::ResumeOrganisation(act)) => format!(" {}: {}", act.organisation, act.reason),
        Some(Act::AdmitOrganisation(act)) => format!(" {} {}", act.organisation, act.name),
        Some(
            Act::UnlockReceipt(_)
            | Act::RecallRange(_)
            | Act::AddKey(_)
            | Act::RevokeKey(_)
            | Act::UpdateEndpoints(_)
            | Act::SetParameters(_),
        )
        | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{
        Cursor, EventKind, ReceiptId, ReceiptRecord, ReceiptStatus, ReceiptView,
    };

    use super::*;

    fn view() -> ReceiptView {
        ReceiptView {
            record: Some(ReceiptRecord {
                receipt: Some(ReceiptId {
                    code: "11010125".to_owned(),
                    number: 42,
                }),
                total_fen: 1_526_314,
                details_commitment: vec![0xab; 2].into(),
                ..Default::default()
            }),
            status: ReceiptStatus::PartlyReimbursed.into(),
            ..Default::default()
        }
    }

    #[test]
    fn json_has_words_for_enumerations_and_hexadecimal_for_bytes() {
        let json = to_json(&view()).unwrap();
        assert_eq!(json["status"], "partly_reimbursed");
        assert_eq!(json["record"]["details_commitment"], "abab");
        assert_eq!(json["record"]["total_fen"], 1_526_314);
        assert!(json.get("seal").is_none());
    }

    #[test]
    fn text_says_yuan_and_leaves_out_what_is_empty() {
        let mut text = String::new();
        write_text(&to_json(&view()).unwrap(), 0, &mut text);
        assert!(text.contains("  total_fen: 15263.14 yuan\n"), "{text}");
        assert!(!text.contains("agency"), "{text}");
    }

    #[test]
    fn an_event_is_one_line_with_actor_height_and_time() {
        let event = Event {
            cursor: Some(Cursor {
                height: 7,
                transaction: 1,
                item: 0,
            }),
            block_time_ms: 1_795_190_400_000,
            organisation: "91440300708461136T".to_owned(),
            operator: "clerk-7".to_owned(),
            kind: EventKind::LockReceipt.into(),
            receipt: Some(ReceiptId {
                code: "11010125".to_owned(),
                number: 42,
            }),
            ..Default::default()
        };
        assert_eq!(
            event_line(&event),
            "7.1.0 2026-11-21 00:00:00.000 91440300708461136T (clerk-7) lock_receipt \
             11010125-0000000042 accepted"
        );
    }
}
