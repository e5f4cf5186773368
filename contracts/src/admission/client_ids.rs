//! The records of idempotency: the transaction that used a client id, and the segment of one hour.

use crate::{
    chain::{Hash, Height},
    malformed::{Malformed, fixed},
    state::Table,
    storage::{Key, KeyBytes, Record, Records},
    transaction::{ClientId, Transaction},
    types::{BlockTime, OrganisationId},
};

/// Segments by hour.
pub const SEGMENTS: Records<Hour, Segment> = Records::new(Table::Segments);

/// The transaction that used a client id.
pub const CLIENT_IDS: Records<ClientKey, ClientEntry> = Records::new(Table::ClientIds);

const MS_PER_HOUR: u64 = 3_600_000;

/// A Unix hour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hour(pub(super) u64);

impl Hour {
    /// The hour that holds `time`.
    pub const fn of(time: BlockTime) -> Self {
        Self(time.as_ms() / MS_PER_HOUR)
    }
}

impl Key for Hour {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.0.to_be_bytes()])
    }
}

/// The transactions whose `valid_until` lies in one hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Running hash over the ids in the order of the chain.
    pub running_hash: Hash,
    /// The number of transactions.
    pub count: u64,
}

impl Segment {
    pub(super) const EMPTY: Self = Self {
        running_hash: Hash::ZERO,
        count: 0,
    };

    /// The segment with one more transaction.
    #[must_use]
    pub fn with(self, transaction: &Hash) -> Self {
        let parts = [&self.running_hash.as_bytes()[..], transaction.as_bytes()];
        Self {
            running_hash: Hash::tagged("piaolian/segment/v1", &parts),
            count: self.count.saturating_add(1),
        }
    }
}

/// Running hash (32) ‖ count (u64 big-endian).
impl Record for Segment {
    fn encode(&self) -> Vec<u8> {
        [&self.running_hash.as_bytes()[..], &self.count.to_be_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let bytes = fixed::<40>("segment", bytes)?;
        let (hash, count) = bytes.split_at(Hash::BYTES);
        Ok(Self {
            running_hash: Hash::parse("segment", hash)?,
            count: u64::from_be_bytes(fixed("segment", count)?),
        })
    }
}

/// Organisation (18) ‖ client id (16).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ClientKey(pub(super) [u8; Self::BYTES]);

impl ClientKey {
    pub(super) const BYTES: usize = OrganisationId::BYTES + ClientId::BYTES;

    /// The key of a request.
    pub fn new(organisation: &OrganisationId, client_id: &ClientId) -> Self {
        let mut key = [0; Self::BYTES];
        let (head, tail) = key.split_at_mut(OrganisationId::BYTES);
        head.copy_from_slice(organisation.as_bytes());
        tail.copy_from_slice(client_id.as_bytes());
        Self(key)
    }

    /// The key of a transaction's request.
    pub fn of(transaction: &Transaction) -> Self {
        Self::new(transaction.organisation(), transaction.client_id())
    }
}

impl Key for ClientKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.0])
    }
}

/// The transaction that used a client id, with its place in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientEntry {
    /// The hour of its `valid_until`.
    pub(super) hour: Hour,
    /// Its id.
    pub transaction: Hash,
    /// Its block …
    pub height: Height,
    /// … and its place in it, from 0.
    pub index: u32,
}

impl ClientEntry {
    /// Whether its hour is over. An entry of a past hour counts as absent.
    pub fn is_over(&self, time: BlockTime) -> bool {
        self.hour < Hour::of(time)
    }
}

/// Hour (u64) ‖ transaction id (32) ‖ height (u64) ‖ index (u32), big-endian.
impl Record for ClientEntry {
    fn encode(&self) -> Vec<u8> {
        [
            &self.hour.0.to_be_bytes()[..],
            self.transaction.as_bytes(),
            &self.height.get().to_be_bytes(),
            &self.index.to_be_bytes(),
        ]
        .concat()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let bytes = fixed::<52>("client entry", bytes)?;
        let (hour, rest) = bytes.split_at(8);
        let (transaction, rest) = rest.split_at(Hash::BYTES);
        let (height, index) = rest.split_at(8);
        Ok(Self {
            hour: Hour(u64::from_be_bytes(fixed("hour", hour)?)),
            transaction: Hash::parse("transaction", transaction)?,
            height: Height::new(u64::from_be_bytes(fixed("height", height)?)),
            index: u32::from_be_bytes(fixed("index", index)?),
        })
    }
}
