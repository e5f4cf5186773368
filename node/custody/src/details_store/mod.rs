//! The issuer's own store of receipt details.
//!
//! ```text
//!   keep(encrypted…)   one synced write, before anything is signed
//!      receipts     commitment                        → KeptReceipt
//!      businesses   business number ‖ 0 ‖ commitment  → ∅
//!      attachments  attachment hash                   → commitment
//! ```
//!
//! Receipts are kept by their commitment and never replaced: whichever request a
//! block accepts in the end, the details it commits to are here. Which number the
//! ledger gave a receipt is the ledger's to say: its record names the commitment.
//!
//! The details are kept as they are passed on, encrypted. In clear stand what goes on chain
//! and the business numbers. The folder is for the node's user alone (mode 0700).

mod kept;
mod rotation;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use piaolian_contracts::chain::Hash;
use piaolian_encryption::EncryptedDetails;
use piaolian_proto::v1::{KeptReceipt, WrappedKey, kept_receipt::Request};
use prost::Message;

pub use self::kept::{Encryptor, Kept};
use piaolian_base::shutdown::ClosedSignal;

use crate::local_db::{Change, Durability, LocalDb, LocalDbError};
use crate::vault::{DecryptionError, Vault};

const RECEIPTS: &str = "receipts";
const BUSINESSES: &str = "businesses";
const ATTACHMENTS: &str = "attachments";

/// The name of its writes among the write points.
const WRITE_POINT: &str = "details/save";

/// Requests that are read for one business number. A retry uses the same request
/// again, so that more than a few only come from a business corrected many times.
const REQUESTS_OF_A_BUSINESS_MAX: usize = 64;

/// Why the store cannot serve. All are this machine's trouble.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened, read or written.
    #[error("details store: {0}")]
    LocalDb(#[from] LocalDbError),
    /// What was kept is no longer what was kept.
    #[error("details store holds a broken record for {0}")]
    Broken(Hash),
    /// What was kept does not open with this node's keys.
    #[error("the details kept for {commitment} do not open: {source}")]
    Closed {
        /// The receipt's commitment.
        commitment: Hash,
        /// Why.
        source: DecryptionError,
    },
}

/// Opens the store's files, whatever is in them.
///
/// # Errors
/// When the folder is open to others, or the database cannot be opened.
pub fn open_files(folder: &Path) -> Result<LocalDb, LocalDbError> {
    LocalDb::open(folder, &[RECEIPTS, BUSINESSES, ATTACHMENTS])
}

/// The issuer's own store.
#[derive(Debug)]
pub struct DetailsStore {
    files: LocalDb,
    vault: Arc<Vault>,
}

impl DetailsStore {
    /// Opens the store in `folder`, making it when it is new.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened.
    pub fn open(folder: &Path, vault: Arc<Vault>) -> Result<Self, StoreError> {
        let files = open_files(folder)?;
        Ok(Self { files, vault })
    }

    /// What tells when the store is gone and its database closed.
    #[must_use]
    pub fn closed(&self) -> ClosedSignal {
        self.files.closed()
    }

    /// Keeps receipts, all or none, on disk before it returns.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep<'a>(&self, receipts: impl IntoIterator<Item = &'a Kept>) -> Result<(), StoreError> {
        let rows = receipts.into_iter().flat_map(|kept| {
            let Kept {
                details,
                encrypted,
                request,
            } = kept;
            let commitment = details.commitment();
            let record = KeptReceipt {
                encrypted: encrypted.encode(),
                own_key: None,
                request: Some(request.clone()),
            };
            let business = business_key(details.business_number(), Some(&commitment));
            let commitment = commitment.as_bytes().to_vec();
            let attachment = encrypted.hash().as_bytes().to_vec();
            [
                Change::Put(RECEIPTS, commitment.clone(), record.encode_to_vec()),
                Change::Put(BUSINESSES, business, Vec::new()),
                Change::Put(ATTACHMENTS, attachment, commitment),
            ]
        });
        Ok(self.files.write(rows, Durability::Synced(WRITE_POINT))?)
    }

    /// The receipt that a commitment on chain stands for.
    ///
    /// # Errors
    /// When it cannot be read or opened, or is broken.
    pub fn by_commitment(&self, commitment: &Hash) -> Result<Option<Kept>, StoreError> {
        let Some(record) = self.record(commitment)? else {
            return Ok(None);
        };
        let Record {
            encrypted,
            own_key,
            request,
        } = record;
        let opened = match &own_key {
            Some(own_key) => self.vault.decrypt_granted(commitment, &encrypted, own_key),
            None => self.vault.decrypt(commitment, &encrypted),
        };
        let details = opened.map_err(|source| closed(commitment, source))?;
        Ok(Some(Kept {
            details,
            encrypted,
            request,
        }))
    }

    /// Everything that was prepared for a business number, in no order.
    ///
    /// # Errors
    /// When it cannot be read or opened, or is broken.
    pub fn of_business(&self, business_number: &str) -> Result<Vec<Kept>, StoreError> {
        let prefix = business_key(business_number, None);
        let rows = self
            .files
            .rows(BUSINESSES, &prefix, REQUESTS_OF_A_BUSINESS_MAX)?;
        let commitments = rows.iter().map_while(|(key, _)| key.strip_prefix(&*prefix));
        let kept = commitments.map(|commitment| {
            let commitment =
                Hash::try_from(commitment).map_err(|_| StoreError::Broken(Hash::ZERO))?;
            // The index is written with the record.
            self.by_commitment(&commitment)?
                .ok_or(StoreError::Broken(commitment))
        });
        kept.collect()
    }

    /// The attachment of this hash, as it is passed on.
    ///
    /// # Errors
    /// When it cannot be read or is broken.
    pub fn attachment(&self, hash: &Hash) -> Result<Option<Bytes>, StoreError> {
        let Some(commitment) = self.files.get(ATTACHMENTS, hash)? else {
            return Ok(None);
        };
        let commitment =
            Hash::try_from(commitment.as_slice()).map_err(|_| StoreError::Broken(*hash))?;
        let record = self.record(&commitment)?;
        let record = record.ok_or(StoreError::Broken(commitment))?;
        Ok(Some(record.encrypted.encode()))
    }

    fn record(&self, commitment: &Hash) -> Result<Option<Record>, StoreError> {
        let record = self.files.get(RECEIPTS, commitment)?;
        let broken = StoreError::Broken(*commitment);
        record
            .map(|record| parse(&record).ok_or(broken))
            .transpose()
    }
}

/// A row of receipts.
struct Record {
    encrypted: EncryptedDetails,
    own_key: Option<WrappedKey>,
    request: Request,
}

fn parse(row: &[u8]) -> Option<Record> {
    let record = KeptReceipt::decode(row).ok()?;
    Some(Record {
        encrypted: EncryptedDetails::decode(record.encrypted).ok()?,
        own_key: record.own_key,
        request: record.request?,
    })
}

fn closed(commitment: &Hash, source: DecryptionError) -> StoreError {
    StoreError::Closed {
        commitment: *commitment,
        source,
    }
}

/// A business number holds no zero byte, so none is the beginning of another's key.
fn business_key(business_number: &str, commitment: Option<&Hash>) -> Vec<u8> {
    let mut key = business_number.as_bytes().to_vec();
    key.push(0);
    if let Some(commitment) = commitment {
        key.extend_from_slice(commitment.as_bytes());
    }
    key
}

#[cfg(test)]
mod tests;
