//! Encodes and decodes the engine's messages.
//!
//! ```text
//!   engine message ──encode──► protobuf (proto/piaolian/v1/peer.proto) ──► peers, write-ahead log
//!                  ◄─decode──  checks every length and number
//! ```
//!
//! Decoding checks the form only. The module `signature_check`, the engine and the ledger check signatures, heights and
//! membership.

mod certificates;
mod fields;
mod parts;
mod sync;
mod votes;

use arc_malachitebft_app_channel::app::types::{codec::Codec, streaming::StreamId};
use bytes::Bytes;
use piaolian_network::NetworkCodec;
use prost::Message;

use super::{context::EngineTypes, streams::stream_height, types::Height};

pub use certificates::committed;

/// The bytes are not a message of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not protobuf, or truncated.
    #[error("not a message: {0}")]
    Encoding(#[from] prost::DecodeError),
    /// A field is missing or has an invalid length or number.
    #[error("field {0} is missing or malformed")]
    Field(&'static str),
    /// More entries than the field may have.
    #[error("field {0} has too many entries")]
    TooMany(&'static str),
}

/// The codec of every engine message.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProtobufCodec;

impl NetworkCodec<EngineTypes> for ProtobufCodec {
    fn stream_height(&self, stream: &StreamId) -> Option<Height> {
        stream_height(stream)
    }
}

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
