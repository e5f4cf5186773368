//! Output: data to stdout, as text for people or as JSON for programs; the rest to stderr.
//!
//! ```text
//!   message ─┬─ --json ──► protobuf's canonical JSON, one message a line
//!            └──────────► text: indented fields, fen as yuan, ms as a time; an event on one line
//! ```

use std::io::Write as _;

use prost::{Message, Name};
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};

use super::{
    Failure,
    generated::is_event,
    json::{dynamic, dynamic_to_json},
    text,
};

/// Destination of data and failures.
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
        self.item(&dynamic(message))
    }

    /// Shows a message; an event on one line.
    pub(super) fn item(&self, message: &DynamicMessage) -> Result<(), Failure> {
        if self.json {
            self.line(&dynamic_to_json(message).to_string())
        } else if is_event(message) {
            self.line(&text::of_event(message))
        } else {
            self.line(text::of_message(message).trim_end())
        }
    }

    /// Shows a call's answer; as text, an XML document in it alone.
    pub(super) fn answer(&self, answer: &DynamicMessage) -> Result<(), Failure> {
        let xml = answer.get_field_by_name("xml");
        let xml = xml
            .as_ref()
            .and_then(|xml| xml.as_str())
            .unwrap_or_default();
        if self.json || xml.is_empty() {
            self.item(answer)
        } else {
            self.bytes(xml.as_bytes())
        }
    }

    /// Shows data that is no message: as JSON, or as text.
    pub(super) fn say(&self, value: &Json, text: &str) -> Result<(), Failure> {
        if self.json {
            self.line(&value.to_string())
        } else {
            self.line(text)
        }
    }

    /// Shows a line of text.
    pub(super) fn text(&self, line: &str) -> Result<(), Failure> {
        self.line(line)
    }

    /// Writes bytes as they are.
    #[expect(
        clippy::unused_self,
        reason = "who may write to stdout is who has the output"
    )]
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

    /// Writes a failure to stderr.
    pub(super) fn fail(&self, failure: &Failure) {
        let line = if self.json {
            json!({ "error": failure.to_string(), "exitCode": failure.code() }).to_string()
        } else {
            format!("piaolian: {failure}")
        };
        note(&line);
    }
}

/// Writes a line to stderr.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}"); // nobody is there to read it
}
