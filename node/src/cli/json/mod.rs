//! Any message as JSON, read by its description: bytes in hexadecimal, enumerations as words.

mod read;

use prost::{Message, Name};
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey,
    MessageDescriptor, ReflectMessage, Value,
};
use serde_json::{Map, Value as Json, json};

pub(super) use self::read::from_json;
use super::Failure;

/// A message as JSON, by its description.
pub(super) fn to_json<M: Message + Name>(message: &M) -> Result<Json, Failure> {
    let encoded = message.encode_to_vec();
    let dynamic = DynamicMessage::decode(description_of::<M>()?, encoded.as_slice());
    let dynamic = dynamic.map_err(|error| Failure::trouble(&error))?;
    Ok(message_to_json(&dynamic))
}

fn description_of<M: Name>() -> Result<MessageDescriptor, Failure> {
    let pool = DescriptorPool::decode(piaolian_proto::FILE_DESCRIPTOR_SET);
    let pool = pool.map_err(|error| Failure::trouble(&error))?;
    let name = M::full_name();
    pool.get_message_by_name(&name)
        .ok_or_else(|| Failure::trouble(&format!("no message {name}")))
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

#[cfg(test)]
pub(super) mod tests {
    use piaolian_proto::v1::{ReceiptId, ReceiptRecord, ReceiptStatus, ReceiptView};

    use super::*;

    pub(in crate::cli) fn view() -> ReceiptView {
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
}
