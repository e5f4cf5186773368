//! A message from JSON in the form in which commands show it: a file of requests may be
//! put together from what other commands told.

use prost::{Message, Name};
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value,
};
use serde_json::{Map, Value as Json};

use super::{description_of, word};
use crate::cli::Failure;

/// Deepest nesting: the messages' own is half of it.
const DEPTH_MAX: usize = 16;

/// A message, every field named as in the `.proto` files and none besides.
pub(in crate::cli) fn from_json<M: Message + Name + Default>(json: &Json) -> Result<M, Failure> {
    let description = description_of::<M>()?;
    let message = read_message(description, json, 0).map_err(Failure::Usage)?;
    M::decode(message.encode_to_vec().as_slice()).map_err(|error| Failure::trouble(&error))
}

fn read_message(
    description: MessageDescriptor,
    json: &Json,
    depth: usize,
) -> Result<DynamicMessage, String> {
    let name = description.name().to_owned();
    if depth > DEPTH_MAX {
        return Err(format!("{name}: is nested too deep"));
    }
    let fields: &Map<String, Json> = json
        .as_object()
        .ok_or_else(|| format!("{name}: must be an object, not {}", kind_of(json)))?;
    let mut message = DynamicMessage::new(description.clone());
    for (key, value) in fields {
        let field = description
            .get_field_by_name(key)
            .ok_or_else(|| format!("{name}: has no field {key}"))?;
        if value.is_null() {
            continue;
        }
        let value = read_field(&field, value, depth)
            .map_err(|problem| format!("{name}.{key}: {problem}"))?;
        message.set_field(&field, value);
    }
    Ok(message)
}

fn read_field(field: &FieldDescriptor, json: &Json, depth: usize) -> Result<Value, String> {
    if !field.is_list() {
        return read_value(field, json, depth);
    }
    let values = json.as_array().ok_or("must be an array")?;
    let values = values.iter().map(|value| read_value(field, value, depth));
    values.collect::<Result<_, _>>().map(Value::List)
}

fn read_value(field: &FieldDescriptor, json: &Json, depth: usize) -> Result<Value, String> {
    let number = |what: &str| format!("must be {what}, not {}", kind_of(json));
    let small = "a number of 32 bits";
    let large = "a number of 64 bits";
    Ok(match field.kind() {
        Kind::Bool => Value::Bool(json.as_bool().ok_or("must be true or false")?),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            let value = json.as_i64().and_then(|value| i32::try_from(value).ok());
            Value::I32(value.ok_or_else(|| number(small))?)
        }
        Kind::Uint32 | Kind::Fixed32 => {
            let value = json.as_u64().and_then(|value| u32::try_from(value).ok());
            Value::U32(value.ok_or_else(|| number(small))?)
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Value::I64(json.as_i64().ok_or_else(|| number(large))?)
        }
        Kind::Uint64 | Kind::Fixed64 => Value::U64(json.as_u64().ok_or_else(|| number(large))?),
        Kind::String => Value::String(json.as_str().ok_or("must be a text")?.to_owned()),
        Kind::Bytes => {
            let text = json.as_str().ok_or("must be hexadecimal")?;
            let bytes = hex::decode(text).map_err(|_| "must be hexadecimal")?;
            Value::Bytes(bytes.into())
        }
        Kind::Enum(description) => Value::EnumNumber(read_enum(&description, json)?),
        Kind::Message(description) => {
            Value::Message(read_message(description, json, depth.saturating_add(1))?)
        }
        // No message of ours has one.
        Kind::Float | Kind::Double => return Err("is of a kind that is not read".to_owned()),
    })
}

/// `issued` as the number of `RECEIPT_STATUS_ISSUED`.
fn read_enum(description: &EnumDescriptor, json: &Json) -> Result<i32, String> {
    let mut values = description.values();
    let named = values.find(|value| json.as_str() == Some(&word(description, value.name())));
    named.map(|value| value.number()).ok_or_else(|| {
        let words = description.values().filter(|value| value.number() != 0);
        let words: Vec<String> = words.map(|value| word(description, value.name())).collect();
        format!("must be one of {}", words.join(", "))
    })
}

/// What a value is, and not what it says: that may be private.
const fn kind_of(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{BookReceipt, ReceiptView};
    use serde_json::json;

    use super::*;
    use crate::cli::json::{tests::view, to_json};

    #[test]
    fn what_is_shown_is_read_again() {
        let shown = to_json(&view()).unwrap();
        assert_eq!(from_json::<ReceiptView>(&shown).unwrap(), view());
    }

    #[test]
    fn what_is_left_out_is_unset() {
        let read: BookReceipt = from_json(&json!({ "amount_fen": 5, "receipt": null })).unwrap();
        let only_amount = BookReceipt {
            amount_fen: 5,
            ..Default::default()
        };
        assert_eq!(read, only_amount);
    }

    #[test]
    fn what_is_not_of_the_form_is_said_with_its_place() {
        for (bad, says) in [
            (json!([]), "must be an object"),
            (json!({ "amount": 5 }), "has no field amount"),
            (json!({ "amount_fen": "5" }), "BookReceipt.amount_fen"),
            (json!({ "amount_fen": 1.5 }), "BookReceipt.amount_fen"),
            (json!({ "fund_kind": "charity" }), "one of basic_medical"),
            (json!({ "receipt": { "number": -1 } }), "ReceiptId.number"),
            (json!({ "keep_lock": 1 }), "true or false"),
        ] {
            let failure = from_json::<BookReceipt>(&bad).unwrap_err();
            assert!(failure.to_string().contains(says), "{failure}");
        }
    }
}
