//! Names of the files and folders that a node keeps.
//!
//! ```text
//!   data/                       keys/
//!     store/        the chain     signer.mark   the last signed state of a validator
//!     details/                    *.toml        key files, named in `piaolian-custody`
//!     attachments/
//!     holders/
//!     access.log, access-2.log …
//!     consensus.wal, silent.wal
//! ```

use piaolian_contracts::disclosure::LogNumber;

/// The chain's database, in the data folder.
pub const STORE: &str = "store";

/// An issuer's own receipt details, in the data folder.
pub const DETAILS: &str = "details";

/// Encrypted details and wrapped keys of all members, in the data folder.
pub const ATTACHMENTS: &str = "attachments";

/// The holder index, in the data folder.
pub const HOLDERS: &str = "holders";

/// All databases of the data folder, in the order in which metrics report their sizes.
pub const DATABASES: [&str; 4] = [STORE, DETAILS, ATTACHMENTS, HOLDERS];

/// The consensus engine's write-ahead log, in the data folder.
pub const CONSENSUS_WAL: &str = "consensus.wal";

/// The write-ahead log of a node that does not sign. The engine empties the log of a node that does not validate; an
/// empty [`CONSENSUS_WAL`] would claim that nothing was signed.
pub const SILENT_WAL: &str = "silent.wal";

/// A validator's last signed state, in the key folder.
pub const LAST_SIGNED_STATE: &str = "signer.mark";

/// The file of an organisation's first access log.
const FIRST_ACCESS_LOG: &str = "access.log";

/// Returns the file name of an access log in the data folder: `access.log`, `access-2.log` …
pub fn access_log(log: LogNumber) -> String {
    if log == LogNumber::FIRST {
        FIRST_ACCESS_LOG.to_owned()
    } else {
        format!("access-{log}.log")
    }
}

/// Tells whether [`access_log`] gives this name to some log.
pub fn is_access_log(name: &str) -> bool {
    let number = name
        .strip_prefix("access-")
        .and_then(|name| name.strip_suffix(".log"))
        .and_then(|number| number.parse().ok());
    let log = number.and_then(|number| LogNumber::parse("log", number).ok());
    access_log(log.unwrap_or(LogNumber::FIRST)) == name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(number: u32) -> LogNumber {
        LogNumber::parse("log", number).unwrap()
    }

    #[test]
    fn an_access_log_has_its_number_in_its_name() {
        assert_eq!(access_log(log(1)), "access.log");
        assert_eq!(access_log(log(2)), "access-2.log");
        for number in [1, 2, 17, u32::MAX] {
            assert!(is_access_log(&access_log(log(number))));
        }
    }

    #[test]
    fn other_names_are_no_access_logs() {
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
            assert!(!is_access_log(other), "{other}");
        }
    }
}
