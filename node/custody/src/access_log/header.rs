//! The header of a log: its first line, which all later hashes include.

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

/// Identity of a log: chain, organisation and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHeader {
    /// The chain of its receipts.
    pub chain: ChainId,
    /// The organisation whose node writes it.
    pub organisation: OrganisationId,
    /// The number of the log within that organisation.
    pub log: LogNumber,
}

/// The JSON form.
#[derive(Serialize, Deserialize)]
struct Written {
    chain: String,
    organisation: String,
    log: u32,
}

impl LogHeader {
    /// Returns the first line, and the head of a log without entries.
    pub(super) fn line(&self) -> (Vec<u8>, Head) {
        as_line(&Hash::ZERO, &self.json(), 0)
    }

    /// Checks a first line, given without its end.
    pub(super) fn check(line: &[u8]) -> Result<(Self, Head), Flaw> {
        let (hash, json) = unchain(&Hash::ZERO, line)?;
        let written: Written = serde_json::from_slice(json).map_err(|_| Flaw::BadHeader)?;
        let header = Self::try_from(written).map_err(|_| Flaw::BadHeader)?;
        if header.json() != json {
            return Err(Flaw::BadHeader); // other fields or spaces
        }
        Ok((header, Head { entries: 0, hash }))
    }

    fn json(&self) -> Vec<u8> {
        let written = Written {
            chain: self.chain.to_string(),
            organisation: self.organisation.to_string(),
            log: self.log.get(),
        };
        serde_json::to_vec(&written).expect("a header is plain data")
    }
}

impl TryFrom<Written> for LogHeader {
    type Error = Malformed;

    fn try_from(written: Written) -> Result<Self, Malformed> {
        Ok(Self {
            chain: written.chain.parse()?,
            organisation: OrganisationId::parse("organisation", &written.organisation)?,
            log: LogNumber::parse("log", written.log)?,
        })
    }
}

impl std::fmt::Display for LogHeader {
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
        tests::place::{Place, header},
    };

    fn log(number: u32) -> LogNumber {
        LogNumber::parse("log", number).unwrap()
    }

    /// Returns a first line with a valid hash.
    fn with_header(json: &str) -> Vec<u8> {
        as_line(&Hash::ZERO, json.as_bytes(), 0).0
    }

    #[test]
    fn a_log_of_another_organisation_chain_or_number_is_not_continued() {
        let place = Place::with_three();
        let before = place.bytes();
        let others = [
            LogHeader {
                organisation: "91350100M000100Y43".parse().unwrap(),
                ..header()
            },
            LogHeader {
                chain: "another".parse().unwrap(),
                ..header()
            },
            LogHeader {
                log: log(2),
                ..header()
            },
        ];
        for other in others {
            let error = AccessLog::open(&place.path(), &other).unwrap_err();
            assert!(
                matches!(&error, AccessLogError::Another { found, expected, .. }
                    if (&**found, &**expected) == (&header(), &other)),
                "{error}"
            );
            assert_eq!(place.bytes(), before);
            // No entry fits below another header.
            let (own, _) = header().line();
            place.write(&[&other.line().0, &before[own.len()..]].concat());
            assert_eq!(place.check(), (0, Some((2, Flaw::OtherHash))));
            place.write(&before);
        }
    }

    #[test]
    fn a_header_torn_at_any_byte_is_rewritten() {
        let (line, head) = header().line();
        for kept in 0..line.len() {
            let place = Place::new();
            drop(place.open().unwrap());
            place.write(&line[..kept]);
            assert_eq!(place.open().unwrap().head(), head);
            assert_eq!(place.bytes(), line);
        }
    }

    #[test]
    fn a_header_has_chain_organisation_and_log_only() {
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
            place.write(&with_header(json));
            assert_eq!(place.is_broken(), (1, Flaw::BadHeader), "{json}");
        }
    }
}
