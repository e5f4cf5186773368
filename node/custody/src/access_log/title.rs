//! Whose log it is and which: its first line, on which every hash after it hangs.

use piaolian_contracts::{
    chain::{ChainId, Hash},
    disclosure::LogNumber,
    malformed::Malformed,
    types::OrganisationId,
};
use serde::{Deserialize, Serialize};

use super::{
    Flaw, Head,
    line::{as_line, unchain},
};

/// The name of an organisation's first log.
const FIRST: &str = "access.log";

/// Whose log it is, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The chain that its receipts are on.
    pub chain: ChainId,
    /// Whose node writes it.
    pub organisation: OrganisationId,
    /// Which of that organisation's logs.
    pub log: LogNumber,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    chain: String,
    organisation: String,
    log: u32,
}

/// The file of a log in the node's folder of data: `access.log`, `access-2.log` …
#[must_use]
pub fn file_name(log: LogNumber) -> String {
    if log == LogNumber::FIRST {
        FIRST.to_owned()
    } else {
        format!("access-{log}.log")
    }
}

/// Whether a node may have written a log under this name.
#[must_use]
pub fn is_file_name(name: &str) -> bool {
    let number = name
        .strip_prefix("access-")
        .and_then(|name| name.strip_suffix(".log"))
        .and_then(|number| number.parse().ok());
    let log = number.and_then(|number| LogNumber::parse("log", number).ok());
    file_name(log.unwrap_or(LogNumber::FIRST)) == name
}

impl Title {
    /// The first line, and the head of the log that has no other.
    pub(super) fn line(&self) -> (Vec<u8>, Head) {
        as_line(&Hash::ZERO, &self.json(), 0)
    }

    /// Checks that a first line, without its end, is one.
    pub(super) fn check(line: &[u8]) -> Result<(Self, Head), Flaw> {
        let (hash, json) = unchain(&Hash::ZERO, line)?;
        let written: Written = serde_json::from_slice(json).map_err(|_| Flaw::NoTitle)?;
        let title = Self::try_from(written).map_err(|_| Flaw::NoTitle)?;
        if title.json() != json {
            return Err(Flaw::NoTitle); // with fields or spaces that are not ours
        }
        Ok((title, Head { entries: 0, hash }))
    }

    fn json(&self) -> Vec<u8> {
        let written = Written {
            chain: self.chain.to_string(),
            organisation: self.organisation.to_string(),
            log: self.log.get(),
        };
        serde_json::to_vec(&written).expect("a title is plain data")
    }
}

impl TryFrom<Written> for Title {
    type Error = Malformed;

    fn try_from(written: Written) -> Result<Self, Malformed> {
        Ok(Self {
            chain: written.chain.parse()?,
            organisation: OrganisationId::parse("organisation", &written.organisation)?,
            log: LogNumber::parse("log", written.log)?,
        })
    }
}

impl std::fmt::Display for Title {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            chain,
            organisation,
            log,
        } = self;
        write!(
            f,
            "access log {log} of organisation {organisation} on chain {chain}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::{
        AccessLog, AccessLogError,
        tests::{Place, title},
    };

    fn log(number: u32) -> LogNumber {
        LogNumber::parse("log", number).unwrap()
    }

    /// A first line with its right hash.
    fn titled(json: &str) -> Vec<u8> {
        as_line(&Hash::ZERO, json.as_bytes(), 0).0
    }

    #[test]
    fn a_log_has_its_number_in_its_name() {
        assert_eq!(file_name(log(1)), "access.log");
        assert_eq!(file_name(log(2)), "access-2.log");
        for number in [1, 2, 17, u32::MAX] {
            assert!(is_file_name(&file_name(log(number))));
        }
        for other in [
            "access-1.log",
            "access-0.log",
            "access-02.log",
            "access-+2.log",
            "access-4294967296.log",
            "access-2.log.old",
            "access.log.1",
            "tokens.toml",
            "",
        ] {
            assert!(!is_file_name(other), "{other}");
        }
    }

    #[test]
    fn a_log_of_another_organisation_chain_or_number_is_not_gone_on_with() {
        let place = Place::with_three();
        let before = place.bytes();
        let others = [
            Title {
                organisation: "91350100M000100Y43".parse().unwrap(),
                ..title()
            },
            Title {
                chain: "another".parse().unwrap(),
                ..title()
            },
            Title {
                log: log(2),
                ..title()
            },
        ];
        for other in others {
            let error = AccessLog::open(&place.path(), &other).unwrap_err();
            assert!(
                matches!(&error, AccessLogError::Another { found, expected, .. }
                    if (&**found, &**expected) == (&title(), &other)),
                "{error}"
            );
            assert_eq!(place.bytes(), before);
            // No entry fits below the title of another.
            let (own, _) = title().line();
            place.write(&[&other.line().0, &before[own.len()..]].concat());
            assert_eq!(place.check(), (0, Some((2, Flaw::OtherHash))));
            place.write(&before);
        }
    }

    #[test]
    fn a_title_torn_at_any_byte_is_written_anew() {
        let (line, head) = title().line();
        for kept in 0..line.len() {
            let place = Place::new();
            drop(place.open().unwrap());
            place.write(&line[..kept]);
            assert_eq!(place.open().unwrap().head(), head);
            assert_eq!(place.bytes(), line);
        }
    }

    #[test]
    fn a_first_line_names_chain_organisation_and_log_and_nothing_else() {
        let place = Place::with_three();
        for json in [
            r#"{"chain":"piaolian-test","organisation":"12320900E875065319","log":0}"#,
            r#"{"chain":"piaolian-test","organisation":"12320900E875065318","log":1}"#,
            r#"{"chain":"","organisation":"12320900E875065319","log":1}"#,
            r#"{"chain":"piaolian-test","organisation":"12320900E875065319","log":1,"x":1}"#,
            r#"{"chain":"piaolian-test", "organisation":"12320900E875065319","log":1}"#,
            r#"{"chain":"piaolian-test","organisation":"12320900E875065319"}"#,
            "",
        ] {
            place.write(&titled(json));
            assert_eq!(place.is_broken(), (1, Flaw::NoTitle), "{json}");
        }
    }
}
