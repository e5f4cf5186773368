//! Data to stdout, as text for people or as JSON for programs; the rest to stderr.
//!
//! ```text
//!   message ──json──► fields ──► --json: as they are
//!                         └text─► the same, indented; fen as yuan, ms as a time
//! ```

use std::io::Write as _;

use piaolian_proto::v1::Event;
use prost::{Message, Name};
use serde_json::{Value as Json, json};

use super::{Failure, json::to_json, text};

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
            self.line(text::of_json(&value).trim_end())
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
            self.line(&text::of_event(event))
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
