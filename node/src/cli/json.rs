//! Messages as protobuf's canonical JSON: lowerCamelCase names, bytes in base64, 64-bit numbers as text, enumerations by
//! name.

use prost::{Message, Name};
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::{Deserializer, Value as Json};

use super::{Failure, descriptors};

/// Returns a message as a dynamic one.
pub(super) fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let encoded = message.encode_to_vec();
    DynamicMessage::decode(descriptors::message_of::<M>(), encoded.as_slice())
        .expect("a message decodes by its own descriptor")
}

/// Returns a dynamic message as one of its type.
pub(super) fn typed<M: Message + Name + Default>(message: &DynamicMessage) -> M {
    M::decode(message.encode_to_vec().as_slice()).expect("a message decodes as its own type")
}

/// Returns a message as JSON.
pub(super) fn to_json<M: Message + Name>(message: &M) -> Json {
    dynamic_to_json(&dynamic(message))
}

/// Returns a dynamic message as JSON. Fields at their default are named too, unless they can be absent.
pub(super) fn dynamic_to_json(message: &DynamicMessage) -> Json {
    let options = SerializeOptions::new().skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .expect("a message is made of what JSON can hold")
}

/// Reads a message. Fields may also be named as in the `.proto` files; unknown fields are refused.
pub(super) fn from_json<M: Message + Name + Default>(json: &Json) -> Result<M, Failure> {
    Ok(typed(&dynamic_from_json(
        &descriptors::message_of::<M>(),
        &json.to_string(),
    )?))
}

/// Reads a dynamic message from JSON text.
pub(super) fn dynamic_from_json(
    descriptor: &MessageDescriptor,
    text: &str,
) -> Result<DynamicMessage, Failure> {
    let mut json = Deserializer::from_str(text);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let read = DynamicMessage::deserialize_with_options(descriptor.clone(), &mut json, &options);
    let problem = match read {
        Ok(message) => match json.end() {
            Ok(()) => return Ok(message),
            Err(error) => error,
        },
        Err(error) => error,
    };
    Err(Failure::Usage(format!(
        "{}: {}",
        descriptor.name(),
        without_values(&problem.to_string())
    )))
}

/// Removes the value from a parser's message, because it may be private.
///
/// `invalid type: string "…", expected a boolean at line 1` becomes `invalid type, expected a boolean at line 1`.
fn without_values(message: &str) -> String {
    let begins = [
        "invalid type: ",
        "invalid value: ",
        "unrecognized enum value '",
    ];
    let Some(begin) = begins.iter().find(|begin| message.starts_with(**begin)) else {
        return message.to_owned();
    };
    let kind = begin.trim_end_matches([' ', ':', '\'']);
    let rest = [", expected ", "' at line ", " at line "]
        .iter()
        .find_map(|mark| message.rfind(mark))
        .map_or("", |place| message[place..].trim_start_matches('\''));
    format!("{kind}{rest}")
}

#[cfg(test)]
pub(super) mod tests {
    use piaolian_proto::v1::{
        BookReceipt, FundKind, ReceiptId, ReceiptRecord, ReceiptStatus, ReceiptView,
    };
    use serde_json::json;

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
    fn json_is_canonical() {
        let json = to_json(&view());
        assert_eq!(json["status"], "RECEIPT_STATUS_PARTLY_REIMBURSED");
        assert_eq!(json["record"]["detailsCommitment"], "q6s=");
        assert_eq!(json["record"]["totalFen"], "1526314");
        assert_eq!(json["locked"], false);
        assert!(json.get("seal").is_none());
    }

    #[test]
    fn a_message_that_was_shown_can_be_read_again() {
        assert_eq!(from_json::<ReceiptView>(&to_json(&view())).unwrap(), view());
    }

    #[test]
    fn fields_may_be_named_as_in_the_proto_files() {
        let read: BookReceipt =
            from_json(&json!({ "amount_fen": 5, "fundKind": "FUND_KIND_OTHER", "receipt": null }))
                .unwrap();
        let expected = BookReceipt {
            amount_fen: 5,
            fund_kind: FundKind::Other.into(),
            ..Default::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_problem_is_named_with_its_place_and_without_the_value() {
        for (bad, says) in [
            (json!([]), "invalid type"),
            (json!({ "amount": 5 }), "unrecognized field name 'amount'"),
            (json!({ "amountFen": true }), "expected"),
            (json!({ "fundKind": "SECRET" }), "unrecognized enum value"),
            (json!({ "receipt": { "number": -1 } }), "BookReceipt"),
            (json!({ "keepLock": "SECRET" }), "expected a boolean"),
        ] {
            let problem = from_json::<BookReceipt>(&bad).unwrap_err().to_string();
            assert!(problem.contains(says), "{problem}");
            assert!(!problem.contains("SECRET"), "{problem}");
        }
    }
}
