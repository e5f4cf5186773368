//! Encoding of keys and values in their columns.
//!
//! ```text
//!   keys     fixed layouts, big-endian, so that their byte order is their natural order
//!   values   raw bytes where they come from outside; otherwise local rows, by bincode
//! ```
//!
//! Rows are local to this machine: they are neither signed nor hashed nor sent. Only this module knows their encoding.

use piaolian_contracts::chain::{Hash, Height, mmr::Position};

use super::state_tree::Prefix;

/// A key of a column.
pub(crate) trait Key: Sized {
    /// Encodes the key.
    fn encode(&self) -> Vec<u8>;
    /// Decodes the output of [`encode`](Self::encode), and nothing else.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// A value of a column.
pub(crate) trait Value: Sized {
    /// Encodes the value.
    fn encode(&self) -> Vec<u8>;
    /// Decodes the output of [`encode`](Self::encode), and nothing else.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// A value in the local encoding.
pub(crate) trait Row: bincode::Encode + bincode::Decode<()> {}

/// Most memory that decoding a row may allocate, bytes: four times the longest row.
const ROW_BYTES_MAX: usize = 64 << 20;

const ROW_CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<ROW_BYTES_MAX>,
> = bincode::config::standard().with_limit::<ROW_BYTES_MAX>();

impl<R: Row> Value for R {
    fn encode(&self) -> Vec<u8> {
        bincode::encode_to_vec(self, ROW_CONFIG).expect("rows hold only plain data")
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (row, length) = bincode::decode_from_slice(bytes, ROW_CONFIG).ok()?;
        (length == bytes.len()).then_some(row)
    }
}

impl Value for Vec<u8> {
    fn encode(&self) -> Vec<u8> {
        self.clone()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

/// The value of a row whose key has all the information.
impl Value for () {
    fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl Value for Hash {
    fn encode(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(Self::new)
    }
}

impl Value for Height {
    fn encode(&self) -> Vec<u8> {
        self.get().to_be_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(u64::from_be_bytes).map(Self::new)
    }
}

impl Key for Vec<u8> {
    fn encode(&self) -> Vec<u8> {
        self.clone()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

impl Key for Height {
    fn encode(&self) -> Vec<u8> {
        Value::encode(self)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Value::decode(bytes)
    }
}

impl Key for Hash {
    fn encode(&self) -> Vec<u8> {
        Value::encode(self)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Value::decode(bytes)
    }
}

impl Key for Position {
    fn encode(&self) -> Vec<u8> {
        self.key().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (level, index) = bytes.split_first()?;
        let index = index.try_into().ok().map(u64::from_be_bytes)?;
        (*level < 64).then_some(Self {
            level: *level,
            index,
        })
    }
}

impl Key for Prefix {
    fn encode(&self) -> Vec<u8> {
        (*self).encode().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes)
    }
}
