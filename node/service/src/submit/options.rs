//! Options of a call that signs, parsed.

use piaolian_contracts::{malformed::Malformed, transaction::ClientId};
use piaolian_proto::v1::{CallOptions, Wait};

/// Default time within which a transaction may enter a block, ms.
const VALID_FOR_MS_DEFAULT: u64 = 600_000;
/// Shortest such time, ms. With a shorter one, most calls would expire on a busy chain.
const VALID_FOR_MS_MIN: u64 = 1_000;

/// Options of a call that signs.
pub(super) struct Options {
    /// `None`: a random one, which no call can repeat.
    pub(super) client_id: Option<ClientId>,
    pub(super) operator: String,
    pub(super) wait: Wait,
    pub(super) valid_for_ms: u64,
}

impl Options {
    pub(super) fn parse(options: CallOptions) -> Result<Self, Malformed> {
        let CallOptions {
            client_id,
            operator,
            wait,
            valid_for_ms,
        } = options;
        let client_id = if client_id.is_empty() {
            None
        } else {
            let bytes = client_id.as_ref().try_into();
            let malformed = |_| Malformed::new("options.client_id", "must be 16 bytes or empty");
            Some(ClientId::new(bytes.map_err(malformed)?))
        };
        let wait = Wait::try_from(wait)
            .map_err(|_| Malformed::new("options.wait", "must be one of its values"))?;
        let valid_for_ms = match valid_for_ms {
            0 => VALID_FOR_MS_DEFAULT,
            ms if ms >= VALID_FOR_MS_MIN => ms,
            _ => {
                let problem = "must be 0 or at least 1,000";
                return Err(Malformed::new("options.valid_for_ms", problem));
            }
        };
        Ok(Self {
            client_id,
            operator,
            wait,
            valid_for_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_left_out_are_the_default_ones() {
        let options = Options::parse(CallOptions::default()).unwrap();
        assert_eq!(options.client_id, None);
        assert_eq!(options.wait, Wait::Unspecified);
        assert_eq!(options.valid_for_ms, VALID_FOR_MS_DEFAULT);
    }

    #[test]
    fn options_out_of_bounds_are_malformed() {
        let bad = [
            CallOptions {
                client_id: vec![1; 15].into(),
                ..Default::default()
            },
            CallOptions {
                wait: 9,
                ..Default::default()
            },
            CallOptions {
                valid_for_ms: 999,
                ..Default::default()
            },
        ];
        for options in bad {
            assert!(Options::parse(options.clone()).is_err(), "{options:?}");
        }
    }
}
