//! A folder with a log, and the entries that the tests write.

use std::{fs, path::PathBuf};

use piaolian_base::layout;
use piaolian_contracts::disclosure::LogNumber;
use tempfile::TempDir;

use super::super::{Access, AccessLog, AccessLogError, Flaw, ForHolder, Ground, LogHeader, read};

/// A folder with a log.
pub(in crate::access_log) struct Place(TempDir);

impl Place {
    pub(in crate::access_log) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A log with three entries, one for each ground.
    pub(in crate::access_log) fn with_three() -> Self {
        let place = Self::new();
        let log = place.open().unwrap();
        for number in 1..=3 {
            log.record(&access(number), 1_000 + number).unwrap();
        }
        place
    }

    pub(in crate::access_log) fn path(&self) -> PathBuf {
        self.0.path().join(layout::access_log(LogNumber::FIRST))
    }

    pub(in crate::access_log) fn open(&self) -> Result<AccessLog, AccessLogError> {
        AccessLog::open(&self.path(), &header())
    }

    pub(in crate::access_log) fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    pub(in crate::access_log) fn write(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).unwrap();
    }

    /// The lines with their ends.
    pub(super) fn lines(&self) -> Vec<Vec<u8>> {
        let bytes = self.bytes();
        bytes
            .split_inclusive(|b| *b == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    }

    /// Returns the number of valid entries, and the first broken line with its flaw.
    pub(in crate::access_log) fn check(&self) -> (u64, Option<(u64, Flaw)>) {
        let mut lines = match read(&self.path()) {
            Ok(lines) => lines,
            Err(error) => return (0, Some(where_and_why(error))),
        };
        let broken = lines.by_ref().find_map(Result::err).map(where_and_why);
        assert!(lines.next().is_none());
        (lines.head().entries, broken)
    }

    /// Checks that opening finds the same flaw as reading, and alters nothing.
    pub(in crate::access_log) fn is_broken(&self) -> (u64, Flaw) {
        let before = self.bytes();
        let (entries, broken) = self.check();
        let (line, flaw) = broken.expect("the alteration was not found");
        let after_header = if line == 1 { 1 } else { entries + 2 };
        assert_eq!(line, after_header);
        assert_eq!(where_and_why(self.open().unwrap_err()), (line, flaw));
        assert_eq!(self.bytes(), before);
        (line, flaw)
    }
}

/// The header of the tests' log.
pub(in crate::access_log) fn header() -> LogHeader {
    LogHeader {
        chain: "piaolian-test".parse().unwrap(),
        organisation: "12320900E875065319".parse().unwrap(),
        log: LogNumber::FIRST,
    }
}

pub(super) fn where_and_why(error: AccessLogError) -> (u64, Flaw) {
    match error {
        AccessLogError::Broken { line, flaw, .. } => (line, flaw),
        other => panic!("{other}"),
    }
}

pub(super) fn access(number: u64) -> Access {
    Access {
        receipt: format!("99060126-{number:010}"),
        details_commitment: hex::encode([7; 32]),
        client: "claims".to_owned(),
        operator: "张三".to_owned(),
        ground: match number % 3 {
            1 => Ground::Issuer,
            2 => Ground::Supervision,
            _ => Ground::Grant {
                purpose: "claim".to_owned(),
                grantor: "12320900E875065319".to_owned(),
                life: 2,
            },
        },
        for_holder: match number % 4 {
            1 => Some(ForHolder::Collecting),
            2 => Some(ForHolder::Authorising),
            _ => None,
        },
    }
}
