//! Between the engine's messages and their bytes.
//!
//! ```text
//!   engine message ──encode──► protobuf (proto/piaolian/v1/peer.proto) ──► peers, write-ahead log
//!                  ◄─decode──  every length and number checked; nothing is trusted
//! ```
//!
//! Decoding checks shape only. Signatures, heights and membership are judged by
//! those who know them: the verifier, the engine, the ledger.

mod certificates;
mod fields;
mod parts;
mod sync;
mod votes;

use arc_malachitebft_app_channel::app::types::codec::Codec;
use bytes::Bytes;
use prost::Message;

pub use certificates::committed;

/// Bytes that are no message of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not protobuf, or cut short.
    #[error("not a message: {0}")]
    Encoding(#[from] prost::DecodeError),
    /// A field is missing or has a wrong length or number.
    #[error("field {0} is missing or of a wrong form")]
    Field(&'static str),
    /// More entries than the field may have.
    #[error("field {0} has too many entries")]
    TooMany(&'static str),
}

/// The codec of every engine message.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProtobufCodec;

/// Two-way conversion between an engine type and its message.
trait Wire: Sized {
    type Message: Message + Default;

    fn to_message(&self) -> Self::Message;

    fn from_message(message: Self::Message) -> Result<Self, Malformed>;
}

fn encode<T: Wire>(value: &T) -> Bytes {
    value.to_message().encode_to_vec().into()
}

fn decode<T: Wire>(bytes: Bytes) -> Result<T, Malformed> {
    T::from_message(T::Message::decode(bytes)?)
}

impl<T: Wire> Codec<T> for ProtobufCodec {
    type Error = Malformed;

    fn decode(&self, bytes: Bytes) -> Result<T, Malformed> {
        decode(bytes)
    }

    fn encode(&self, value: &T) -> Result<Bytes, Malformed> {
        Ok(encode(value))
    }
}
