//! Values of arguments, read by the type and the unit of their field.

use std::str::FromStr;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser};
use piaolian_base::clock;
use piaolian_contracts::types::{BeijingDate, ReceiptCode, ReceiptId, ReceiptNumber};
use piaolian_proto::v1;
use prost::Name as _;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value,
};

use crate::cli::{
    descriptors::words_of,
    json::{dynamic, dynamic_from_json},
    unit::{Unit, unit_of},
};

const MS_PER_SECOND: u64 = 1_000;
const MS_PER_MINUTE: u64 = 60 * MS_PER_SECOND;
const MS_PER_HOUR: u64 = 60 * MS_PER_MINUTE;
const MS_PER_DAY: u64 = 24 * MS_PER_HOUR;
/// Beijing is at UTC+8 the whole year.
const BEIJING_OFFSET_MS: u64 = 8 * MS_PER_HOUR;

/// A value that was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    pub(super) value: Value,
    /// Whether it depends on the clock, so that the same text gives another value later.
    pub(super) by_clock: bool,
}

/// Form of a value on the command line.
#[derive(Clone, Debug)]
pub(super) enum ValueForm {
    /// `CODE-NUMBER`.
    Receipt,
    /// Yuan, whole or with two decimals.
    Yuan(Kind),
    /// A date and time in Beijing, Unix ms, or `+30d`.
    Moment,
    /// A length of time such as `24h`.
    Duration,
    /// `yyyymmdd` or `yyyy-mm-dd`.
    Date,
    /// Bytes in hexadecimal, or in base64.
    Hex,
    /// One of an enumeration's words.
    Word(EnumDescriptor),
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Number(Kind),
    /// Text.
    Text,
    /// A message with one field: the form of that field.
    Single(MessageDescriptor, FieldDescriptor, Box<Self>),
    /// A message with two fields: `FIRST=SECOND`.
    Pair(MessageDescriptor, Box<[(FieldDescriptor, Self); 2]>),
    /// Any other message: JSON.
    Json(MessageDescriptor),
}

impl ValueForm {
    /// Returns the form of one value of a field.
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        let name = field.name();
        match (field.kind(), unit_of(field)) {
            (kind, Some(Unit::Fen)) => Self::Yuan(kind),
            (_, Some(Unit::Moment)) => Self::Moment,
            (_, Some(Unit::Duration)) => Self::Duration,
            (Kind::Uint32, None) if name.contains("date") || name.ends_with("day") => Self::Date,
            (Kind::Bytes, None) => Self::Hex,
            (Kind::Enum(description), None) => Self::Word(description),
            (Kind::Bool, None) => Self::Bool,
            (Kind::String, None) => Self::Text,
            (Kind::Message(message), None) => Self::of_message(message),
            (kind, None) => Self::Number(kind),
        }
    }

    fn of_message(message: MessageDescriptor) -> Self {
        if message.name() == v1::ReceiptId::NAME {
            return Self::Receipt;
        }
        let fields: Vec<_> = message.fields().collect();
        let is_plain = fields.iter().all(|field| {
            !field.is_list() && !matches!(Self::of(field), Self::Json(_) | Self::Pair(..))
        });
        match (is_plain, fields.as_slice()) {
            (true, [only]) => Self::Single(message.clone(), only.clone(), Box::new(Self::of(only))),
            (true, [first, second]) => {
                let form = |field: &FieldDescriptor| (field.clone(), Self::of(field));
                Self::Pair(message.clone(), Box::new([form(first), form(second)]))
            }
            _ => Self::Json(message),
        }
    }

    /// Returns the placeholder of the help.
    pub(super) fn placeholder(&self) -> String {
        match self {
            Self::Receipt => "CODE-NUMBER".to_owned(),
            Self::Yuan(_) => "YUAN".to_owned(),
            Self::Moment => "TIME".to_owned(),
            Self::Duration => "DURATION".to_owned(),
            Self::Date => "YYYYMMDD".to_owned(),
            Self::Hex => "HEX".to_owned(),
            Self::Word(_) => "WORD".to_owned(),
            Self::Bool => "true|false".to_owned(),
            Self::Number(_) => "NUMBER".to_owned(),
            Self::Text => "TEXT".to_owned(),
            Self::Single(_, _, form) => form.placeholder(),
            Self::Pair(_, fields) => {
                let [(first, _), (second, _)] = fields.as_ref();
                let [first, second] = [first, second].map(|it| it.name().trim_end_matches("_fen"));
                format!("{first}={second}").to_uppercase()
            }
            Self::Json(_) => "JSON".to_owned(),
        }
    }

    /// Returns the parser that clap runs.
    pub(super) fn parser(&self) -> ValueParser {
        if let Self::Word(description) = self {
            let words = words_of(description);
            let names = words
                .iter()
                .map(|(word, _)| PossibleValue::new(word.clone()));
            let parser = PossibleValuesParser::new(names).map(move |given: String| {
                let named = words.iter().find(|(word, _)| *word == given);
                let number = named.map_or(0, |(_, number)| *number);
                Given {
                    value: Value::EnumNumber(number),
                    by_clock: false,
                }
            });
            return parser.into();
        }
        let form = self.clone();
        ValueParser::new(move |text: &str| form.parse(text))
    }

    /// Reads a value.
    fn parse(&self, text: &str) -> Result<Given, String> {
        let mut by_clock = false;
        let value = match self {
            Self::Receipt => {
                let receipt: ReceiptArgument = text.parse()?;
                Value::Message(dynamic(&v1::ReceiptId::from(receipt)))
            }
            Self::Yuan(kind) => number(kind, fen(text)?)?,
            Self::Moment => {
                by_clock = text.starts_with('+');
                Value::U64(moment(text)?)
            }
            Self::Duration => Value::U64(duration_ms(text)?),
            Self::Date => Value::U32(date(text)?.get()),
            Self::Hex => {
                // Base64 is how `--json` shows bytes.
                let bytes = hex::decode(text).or_else(|_| BASE64_STANDARD.decode(text));
                Value::Bytes(bytes.map_err(|_| "must be hexadecimal or base64")?.into())
            }
            Self::Word(description) => {
                let words = words_of(description);
                let named = words.iter().find(|(word, _)| word == text);
                Value::EnumNumber(named.ok_or("must be a word of the enumeration")?.1)
            }
            Self::Bool => Value::Bool(text.parse().map_err(|_| "must be true or false")?),
            Self::Number(kind) => {
                number(kind, text.parse().map_err(|_| "must be a whole number")?)?
            }
            Self::Text => Value::String(text.to_owned()),
            Self::Single(message, field, form) => {
                let given = form.parse(text)?;
                by_clock = given.by_clock;
                let mut message = DynamicMessage::new(message.clone());
                message.set_field(field, given.value);
                Value::Message(message)
            }
            Self::Pair(message, fields) => {
                let form = || format!("must be {}", self.placeholder());
                let (first, second) = text.split_once('=').ok_or_else(form)?;
                let mut message = DynamicMessage::new(message.clone());
                for ((field, form), text) in fields.iter().zip([first, second]) {
                    message.set_field(field, form.parse(text)?.value);
                }
                Value::Message(message)
            }
            Self::Json(message) => {
                let read = dynamic_from_json(message, text);
                Value::Message(read.map_err(|failure| failure.to_string())?)
            }
        };
        Ok(Given { value, by_clock })
    }
}

/// Fits a number into a field's type.
fn number(kind: &Kind, number: i128) -> Result<Value, String> {
    let range = |_| "is out of range".to_owned();
    Ok(match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Value::I32(number.try_into().map_err(range)?)
        }
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number.try_into().map_err(range)?),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number.try_into().map_err(range)?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Value::I64(number.try_into().map_err(range)?)
        }
        Kind::Double
        | Kind::Float
        | Kind::Bool
        | Kind::String
        | Kind::Bytes
        | Kind::Message(_)
        | Kind::Enum(_) => return Err("is no number".to_owned()),
    })
}

/// Reads an amount in yuan, such as `12.34`, as fen.
fn fen(text: &str) -> Result<i128, String> {
    let form = || "must be yuan, whole or with two decimals, such as 12 or 12.34".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if part.len() != 2 || !is_digits(digits) || !is_digits(part) {
        return Err(form());
    }
    format!("{whole}{part}").parse().map_err(|_| form())
}

/// Reads a date: `yyyymmdd` or `yyyy-mm-dd`.
pub(in crate::cli) fn date(text: &str) -> Result<BeijingDate, String> {
    let form = || "must be a date, such as 2026-11-30".to_owned();
    let date = text.replace('-', "").parse().map_err(|_| form())?;
    BeijingDate::parse("date", date).map_err(|_| form())
}

/// Reads a moment: a date with or without a time of day in Beijing, Unix ms, or a length of time from now after `+`.
fn moment(text: &str) -> Result<u64, String> {
    let form =
        || "must be such as 2026-11-30, 2026-11-30T17:00 (Beijing), +30d, or Unix ms".to_owned();
    if let Some(length) = text.strip_prefix('+') {
        return Ok(clock::now().after_ms(duration_ms(length)?).as_ms());
    }
    if text.len() > 8 && text.bytes().all(|it| it.is_ascii_digit()) {
        return text.parse().map_err(|_| form());
    }
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let epoch = BeijingDate::parse("epoch", 19_700_101).map_err(|_| form())?;
    let days = date(day).map_err(|_| form())?.days_after(epoch);
    let since_epoch = days * MS_PER_DAY + time_of_day_ms(time).ok_or_else(form)?;
    since_epoch.checked_sub(BEIJING_OFFSET_MS).ok_or_else(form)
}

/// Reads `hh:mm` or `hh:mm:ss`.
fn time_of_day_ms(text: &str) -> Option<u64> {
    let mut parts = text.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_time = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    is_time.then(|| hours * MS_PER_HOUR + minutes * MS_PER_MINUTE + seconds * MS_PER_SECOND)
}

/// Reads a length of time: a whole number with `ms`, `s`, `m`, `h` or `d`.
pub(super) fn duration_ms(text: &str) -> Result<u64, String> {
    let form = || "must be such as 500ms, 30s, 10m, 24h or 30d".to_owned();
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => MS_PER_SECOND,
        "m" => MS_PER_MINUTE,
        "h" => MS_PER_HOUR,
        "d" => MS_PER_DAY,
        _ => return Err(form()),
    };
    let count: u64 = digits.parse().map_err(|_| form())?;
    count.checked_mul(unit).ok_or_else(form)
}

/// A receipt as people write it: `CODE-NUMBER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ReceiptArgument(pub(in crate::cli) ReceiptId);

impl FromStr for ReceiptArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "must be CODE-NUMBER, such as 11010125-0000000042".to_owned();
        let (code, number) = text.split_once('-').ok_or_else(form)?;
        let number = number.parse().map_err(|_| form())?;
        let code = ReceiptCode::parse("code", code).map_err(|error| error.to_string())?;
        let number = ReceiptNumber::parse("number", number).map_err(|error| error.to_string())?;
        Ok(Self(ReceiptId { code, number }))
    }
}

impl From<ReceiptArgument> for v1::ReceiptId {
    fn from(receipt: ReceiptArgument) -> Self {
        receipt.0.into()
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{ArchiveItem, Endpoint, NoteVerification};

    use super::*;
    use crate::cli::{descriptors::message_of, json::typed};

    #[test]
    fn a_receipt_is_written_as_it_is_shown() {
        let receipt: ReceiptArgument = "11010125-0000000042".parse().unwrap();
        assert_eq!(receipt.0.to_string(), "11010125-0000000042");
        for bad in [
            "",
            "11010125",
            "11010125-x",
            "1101-1",
            "11010125-99999999999",
        ] {
            assert!(bad.parse::<ReceiptArgument>().is_err(), "{bad}");
        }
    }

    #[test]
    fn money_is_given_in_yuan() {
        assert_eq!(fen("12.34"), Ok(1_234));
        assert_eq!(fen("12"), Ok(1_200));
        assert_eq!(fen("-0.05"), Ok(-5));
        for bad in ["", "12.3", "12.345", ".50", "1,000.00", "+1.00", "-"] {
            assert!(fen(bad).is_err(), "{bad}");
        }
        let form = ValueForm::of(
            &message_of::<NoteVerification>()
                .get_field_by_name("presented_total_fen")
                .unwrap(),
        );
        assert_eq!(form.parse("12.34").unwrap().value, Value::I64(1_234));
    }

    #[test]
    fn a_moment_is_given_in_beijings_time() {
        assert_eq!(moment("2026-11-21"), Ok(1_795_190_400_000));
        assert_eq!(moment("20261121"), Ok(1_795_190_400_000));
        assert_eq!(moment("2026-11-21T00:00:05"), Ok(1_795_190_405_000));
        assert_eq!(moment("1795190400000"), Ok(1_795_190_400_000));
        let given = ValueForm::Moment.parse("+30d").unwrap();
        assert!(given.by_clock);
        for bad in ["", "tomorrow", "2026-13-01", "2026-11-21T24:00", "+30"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_length_of_time_names_its_unit() {
        assert_eq!(duration_ms("24h"), Ok(86_400_000));
        assert_eq!(duration_ms("500ms"), Ok(500));
        for bad in ["", "24", "h", "1.5h", "24 h", "99999999999999999999d"] {
            assert!(duration_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_message_of_two_fields_is_written_as_a_pair() {
        let form = ValueForm::of_message(message_of::<ArchiveItem>());
        let given = form.parse("11010125-0000000042=2026/PJ-7").unwrap().value;
        let item: ArchiveItem = typed(given.as_message().unwrap());
        assert_eq!(item.archive_number, "2026/PJ-7");
        assert_eq!(item.receipt.unwrap().number, 42);
        assert!(form.parse("11010125-42").is_err());
    }

    #[test]
    fn a_message_of_one_field_is_written_as_that_field() {
        let form = ValueForm::of_message(message_of::<Endpoint>());
        let given = form.parse("/ip4/10.0.0.1/tcp/26600").unwrap().value;
        let endpoint: Endpoint = typed(given.as_message().unwrap());
        assert_eq!(endpoint.address, "/ip4/10.0.0.1/tcp/26600");
    }
}
