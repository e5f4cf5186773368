//! Requests that were signed recently, so that a repeated one sends the same transaction.
//!
//! ```text
//!   client id ──► digest of the request, signed transaction
//!                   same request: the same transaction again
//!                   another: ClientIdTaken
//! ```
//!
//! The ledger prevents that a request is executed twice. This cache only makes a repeated call return the answer of the
//! first. After a restart, the ledger's own index of client ids does the same for transactions that a block has.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use piaolian_contracts::{Transaction, chain::Hash, transaction::ClientId, types::BlockTime};

use crate::api_error::ApiError;

/// Most requests that are remembered; the oldest is dropped first.
const REMEMBERED_MAX: usize = 10_000;

/// Requests by client id.
#[derive(Default)]
pub(super) struct ClientIds {
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    requests: HashMap<ClientId, Request>,
    order: VecDeque<ClientId>,
}

struct Request {
    digest: Hash,
    transaction: Arc<Transaction>,
}

impl ClientIds {
    /// Returns the transaction that was signed for this request, if it may still enter a block.
    ///
    /// # Errors
    /// When the client id stands for another request.
    pub(super) fn find(
        &self,
        client_id: &ClientId,
        digest: &Hash,
        now: BlockTime,
    ) -> Result<Option<Arc<Transaction>>, ApiError> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let found = memory.requests.get(client_id);
        match found.filter(|request| request.transaction.valid_until() > now) {
            Some(request) if request.digest == *digest => Ok(Some(request.transaction.clone())),
            Some(_) => Err(ApiError::ClientIdTaken {
                client_id: client_id.to_string(),
            }),
            None => Ok(None),
        }
    }

    /// Remembers a signed request and returns its transaction. If two calls signed the same request at once, both get
    /// the transaction of the first, so that both submit the same.
    pub(super) fn remember(&self, digest: Hash, transaction: Arc<Transaction>) -> Arc<Transaction> {
        let client_id = *transaction.client_id();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let first = memory.requests.get(&client_id).filter(|first| {
            first.digest == digest && first.transaction.valid_until() >= transaction.valid_until()
        });
        if let Some(first) = first {
            return first.transaction.clone();
        }
        if memory
            .requests
            .insert(
                client_id,
                Request {
                    digest,
                    transaction: transaction.clone(),
                },
            )
            .is_none()
        {
            memory.order.push_back(client_id);
        }
        while memory.order.len() > REMEMBERED_MAX {
            if let Some(oldest) = memory.order.pop_front() {
                memory.requests.remove(&oldest);
            }
        }
        transaction
    }
}
