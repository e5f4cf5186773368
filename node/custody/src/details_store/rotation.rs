//! Rotates the key that decrypts an issuer's own details.
//!
//! ```text
//!   each receipt ─► its key, unwrapped with an earlier encryption key ─► wrapped for the newest ─► stored
//!                                               all done ─► earlier keys may be destroyed
//! ```
//!
//! The encrypted details stay unchanged, since the ledger names them. Once the earlier encryption key is destroyed,
//! this organisation can no longer decrypt the copies that other nodes store.

use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::StoredReceiptRecord;
use prost::Message;

use super::{DetailsStore, RECEIPTS, StoreError, WRITE_POINT, parse, undecryptable};
use crate::{
    local_db::{Change, Durability},
    vault::EncryptionKey,
};

/// Receipts of one write.
const STEP: usize = 256;

impl DetailsStore {
    /// Wraps the keys of all stored receipts for the newest encryption key, on disk before this returns. Returns the
    /// number of receipts that were changed. An interrupted rotation resumes at the next call.
    ///
    /// # Errors
    /// When a receipt cannot be read, decrypted or written.
    pub fn rotate_to(&self, newest: &EncryptionKey) -> Result<usize, StoreError> {
        let (mut rotated, mut from) = (0, Vec::new());
        loop {
            let rows = self.files.rows(RECEIPTS, &from, STEP)?;
            let mut changes = Vec::new();
            for (commitment, row) in &rows {
                changes.extend(self.rotate(commitment, row, newest)?);
            }
            rotated += changes.len();
            if !changes.is_empty() {
                self.files.write(changes, Durability::Synced(WRITE_POINT))?;
            }
            match rows.last().filter(|_| rows.len() == STEP) {
                // The first key after the last one.
                Some((last, _)) => from = [last, &[0][..]].concat(),
                None => return Ok(rotated),
            }
        }
    }

    /// Returns the change that wraps one receipt's key for the newest encryption key; `None` when it is wrapped
    /// already.
    fn rotate(
        &self,
        commitment: &[u8],
        row: &[u8],
        newest: &EncryptionKey,
    ) -> Result<Option<Change>, StoreError> {
        let commitment = Hash::try_from(commitment).map_err(|_| StoreError::Broken(Hash::ZERO))?;
        let record = parse(row).ok_or(StoreError::Broken(commitment))?;
        let keys = match &record.own_key {
            Some(own_key) => std::slice::from_ref(own_key),
            None => record.encrypted.keys(),
        };
        let organisation = newest.organisation.as_str();
        let is_newest = keys
            .iter()
            .any(|key| key.organisation == organisation && key.key_id == newest.key_id.get());
        if is_newest {
            return Ok(None);
        }
        let own_key = self.vault.share_key(&commitment, keys, newest);
        let own_key = own_key.map_err(|source| undecryptable(&commitment, source))?;
        let rotated = StoredReceiptRecord {
            encrypted: record.encrypted.encode(),
            own_key: Some(own_key),
            request: Some(record.request),
        };
        let key = commitment.as_bytes().to_vec();
        Ok(Some(Change::Put(RECEIPTS, key, rotated.encode_to_vec())))
    }
}
