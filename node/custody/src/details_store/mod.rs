//! The issuer's own store of receipt details.
//!
//! ```text
//!   keep(receipts)  one synced write, before anything is signed
//!      receipts     commitment                        → StoredReceiptRecord
//!      businesses   business number ‖ 0 ‖ commitment  → ∅
//!      attachments  attachment hash                   → commitment
//! ```
//!
//! Receipts are stored by their commitment and never replaced. Whichever of several requests a block accepts, the store
//! has the details to which that request commits. The ledger's record of a receipt names its number and its commitment.
//!
//! The details are stored as they are sent to others, encrypted. Only the fields on chain and the business numbers are
//! in clear. The folder is private (mode 0700).

mod rotation;
mod stored_receipt;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use piaolian_base::shutdown::ClosedSignal;
use piaolian_contracts::chain::Hash;
use piaolian_encryption::EncryptedDetails;
use piaolian_proto::v1::{StoredReceiptRecord, WrappedKey, stored_receipt_record::Request};
use prost::Message;

pub use self::stored_receipt::{ReceiptEncryptor, StoredReceipt};
use crate::{
    local_db::{Change, Durability, LocalDb, LocalDbError},
    vault::{DecryptionError, Vault},
};

const RECEIPTS: &str = "receipts";
const BUSINESSES: &str = "businesses";
const ATTACHMENTS: &str = "attachments";

/// The write point of the store.
const WRITE_POINT: &str = "details/save";

/// Most requests that are read for one business number. A retry reuses the same request, so only a business whose
/// details were corrected many times has more than a few.
const REQUESTS_OF_A_BUSINESS_MAX: usize = 64;

/// Reasons why the store cannot serve. All are faults of this machine.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened, read or written.
    #[error("details store: {0}")]
    LocalDb(#[from] LocalDbError),
    /// A stored record is not what was written.
    #[error("details store: the record of {0} is damaged")]
    Broken(Hash),
    /// Stored details cannot be decrypted with this node's keys.
    #[error("details store: the details of {commitment} cannot be decrypted: {source}")]
    Encrypted {
        /// The receipt's commitment.
        commitment: Hash,
        /// The reason.
        source: DecryptionError,
    },
}

/// Opens the store's database without the keys.
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
    /// Opens the store in `folder` and creates it when it is new.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened.
    pub fn open(folder: &Path, vault: Arc<Vault>) -> Result<Self, StoreError> {
        let files = open_files(folder)?;
        Ok(Self { files, vault })
    }

    /// Returns the signal that the store's database is closed.
    pub fn closed(&self) -> ClosedSignal {
        self.files.closed()
    }

    /// Stores receipts, all or none, on disk before this returns.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep<'a>(
        &self,
        receipts: impl IntoIterator<Item = &'a StoredReceipt>,
    ) -> Result<(), StoreError> {
        let rows = receipts.into_iter().flat_map(|kept| {
            let StoredReceipt {
                details,
                encrypted,
                request,
            } = kept;
            let commitment = details.commitment();
            let record = StoredReceiptRecord {
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

    /// Returns the receipt with a commitment on chain.
    ///
    /// # Errors
    /// When it cannot be read or decrypted, or is damaged.
    pub fn by_commitment(&self, commitment: &Hash) -> Result<Option<StoredReceipt>, StoreError> {
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
        let details = opened.map_err(|source| undecryptable(commitment, source))?;
        Ok(Some(StoredReceipt {
            details,
            encrypted,
            request,
        }))
    }

    /// Returns all receipts that were prepared for a business number, in no order.
    ///
    /// # Errors
    /// When one cannot be read or decrypted, or is damaged.
    pub fn of_business(&self, business_number: &str) -> Result<Vec<StoredReceipt>, StoreError> {
        let prefix = business_key(business_number, None);
        let rows = self
            .files
            .rows(BUSINESSES, &prefix, REQUESTS_OF_A_BUSINESS_MAX)?;
        let commitments = rows.iter().map_while(|(key, _)| key.strip_prefix(&*prefix));
        let kept = commitments.map(|commitment| {
            let commitment =
                Hash::try_from(commitment).map_err(|_| StoreError::Broken(Hash::ZERO))?;
            // Index and record are written together.
            self.by_commitment(&commitment)?
                .ok_or(StoreError::Broken(commitment))
        });
        kept.collect()
    }

    /// Returns the attachment of this hash, as it is sent to others.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
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
    let record = StoredReceiptRecord::decode(row).ok()?;
    Some(Record {
        encrypted: EncryptedDetails::decode(record.encrypted).ok()?,
        own_key: record.own_key,
        request: record.request?,
    })
}

fn undecryptable(commitment: &Hash, source: DecryptionError) -> StoreError {
    StoreError::Encrypted {
        commitment: *commitment,
        source,
    }
}

/// Returns the key of a business number. Business numbers contain no zero byte, so no key is a prefix of another one's.
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
