//! Files of requests: JSON objects, in one array or one after the other.

use std::path::Path;

use prost::{Message, Name};
use serde_json::{Deserializer, Value as Json};

use super::{Failure, files, json::from_json};

/// Reads every message of a file, `-` for stdin; an empty array holds none.
pub(super) fn read<M: Message + Name + Default>(path: &Path) -> Result<Vec<M>, Failure> {
    let at =
        |problem: &dyn std::fmt::Display| Failure::Usage(format!("{}: {problem}", path.display()));
    let text = files::read_text(path)?;
    let mut messages = Vec::new();
    for value in Deserializer::from_str(&text).into_iter::<Json>() {
        let objects = match value.map_err(|error| at(&error))? {
            Json::Array(objects) => objects,
            object => vec![object],
        };
        for object in objects {
            let place = messages.len() + 1;
            let message = from_json(&object);
            messages.push(message.map_err(|error| at(&format!("message {place}: {error}")))?);
        }
    }
    if text.trim().is_empty() {
        return Err(at(&"holds no message"));
    }
    Ok(messages)
}

/// Reads every message of a file, `-` for stdin; at least one.
pub(super) fn read_some<M: Message + Name + Default>(path: &Path) -> Result<Vec<M>, Failure> {
    let messages = read(path)?;
    if messages.is_empty() {
        let problem = format!("{}: holds no message", path.display());
        return Err(Failure::Usage(problem));
    }
    Ok(messages)
}

/// Reads the one message of a file, `-` for stdin.
pub(super) fn read_one<M: Message + Name + Default>(path: &Path) -> Result<M, Failure> {
    let mut messages = read_some(path)?;
    match (messages.pop(), messages.is_empty()) {
        (Some(message), true) => Ok(message),
        _ => Err(Failure::Usage(format!(
            "{}: holds more than one message",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::StatementLine;

    use super::*;

    fn lines(text: &str) -> Result<Vec<StatementLine>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.json");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn an_array_and_a_row_of_objects_are_read_alike() {
        let array = lines(r#"[{"amount_fen": 1}, {"amount_fen": 2}]"#).unwrap();
        let row = lines("{\"amount_fen\": 1}\n{\"amount_fen\": 2}\n").unwrap();
        assert_eq!(array, row);
        assert_eq!(array.iter().map(|line| line.amount_fen).sum::<i64>(), 3);
    }

    #[test]
    fn a_problem_is_named_with_file_and_place() {
        let says = |text: &str| lines(text).unwrap_err().to_string();
        assert!(says("").contains("holds no message"));
        assert_eq!(lines("[]").unwrap(), []);
        assert!(says("{").contains("lines.json"));
        assert!(says("{}\n{\"amount\": 1}").contains("message 2"));
    }
}
