//! Options of a call that the node signs.

use piaolian_contracts::transaction::ClientId;
use piaolian_proto::v1::{CallOptions, Wait};

use super::value::duration_ms;

/// Options of a call that the node signs.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CallArguments {
    /// 经办: the operator's login or staff number, never an identity number. It goes on chain.
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TEXT"
    )]
    operator: String,
    /// Names the call: repeated with the same id, it is done once. 32 hexadecimal digits; the node makes one unless
    /// given.
    #[arg(long, value_name = "HEX", value_parser = client_id)]
    client_id: Option<[u8; ClientId::BYTES]>,
    /// Return as soon as the transaction waits for a block, without its outcome.
    #[arg(long)]
    no_wait: bool,
    /// Time within which the transaction may enter a block, 1 s to the governed maximum; 10 minutes unless given.
    #[arg(long, value_name = "DURATION", value_parser = duration_ms, default_value = "0ms", hide_default_value = true)]
    valid_for: u64,
}

fn client_id(text: &str) -> Result<[u8; ClientId::BYTES], String> {
    let mut id = [0; ClientId::BYTES];
    hex::decode_to_slice(text, &mut id).map_err(|_| "must be 32 hexadecimal digits".to_owned())?;
    Ok(id)
}

impl CallArguments {
    /// Returns whether the call has a client id, and therefore stands for one request only.
    pub(in crate::cli) const fn is_named(&self) -> bool {
        self.client_id.is_some()
    }

    pub(in crate::cli) fn options(&self) -> CallOptions {
        let wait = if self.no_wait {
            Wait::ForAdmission
        } else {
            Wait::Unspecified
        };
        CallOptions {
            client_id: self
                .client_id
                .map(|id| id.to_vec())
                .unwrap_or_default()
                .into(),
            operator: self.operator.clone(),
            wait: wait.into(),
            valid_for_ms: self.valid_for,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_sixteen_bytes_in_hexadecimal() {
        assert_eq!(
            client_id("00112233445566778899aabbccddeeff").unwrap()[15],
            0xff
        );
        let (short, long, other) = ("0".repeat(31), "0".repeat(34), "x".repeat(32));
        for bad in ["", "00", &short, &long, &other] {
            assert!(client_id(bad).is_err(), "{bad}");
        }
    }
}
