//! Committed blocks and bodies of transactions, as queries and subscriptions read them.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::chain::Height;
use piaolian_ledger::{ChainView, DecodedBlock};
use piaolian_proto::v1;
use prost::Message;

use crate::error::ServiceError;

/// Reads the block of `height`, which a client named.
///
/// # Errors
/// When there is none, or the store cannot be read.
pub(crate) fn block_at(
    chain: &ChainView,
    height: Height,
) -> Result<Arc<DecodedBlock>, ServiceError> {
    let block = chain.decoded_block(height)?;
    block.ok_or_else(|| ServiceError::not_found(format!("block {height}")))
}

/// Decodes the body of an encoded transaction.
pub(crate) fn decode(encoded: &Bytes) -> Option<v1::TransactionBody> {
    let transaction = v1::Transaction::decode(encoded.clone()).ok()?;
    v1::TransactionBody::decode(transaction.body).ok()
}
