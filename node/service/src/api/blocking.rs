//! Calls that read the disk, answered away from the threads that serve connections.

use std::sync::Arc;

use tonic::{Response, Status};

use super::status::{refuse, status};
use crate::{ApiError, ServiceError};

/// Asks an object on a thread that may block.
pub(super) async fn ask<O, T, F>(object: &Arc<O>, question: F) -> Result<Response<T>, Status>
where
    O: Send + Sync + 'static,
    T: Send + 'static,
    F: FnOnce(&O) -> Result<T, ServiceError> + Send + 'static,
{
    let object = object.clone();
    let answered = tokio::task::spawn_blocking(move || question(&object)).await;
    match answered {
        Ok(answer) => reply(answer),
        Err(panicked) => {
            tracing::error!(%panicked, "call panicked");
            Err(refuse(&ApiError::Fault))
        }
    }
}

/// Answers a message or its error, as tonic takes them.
pub(super) fn reply<T>(answer: Result<T, ServiceError>) -> Result<Response<T>, Status> {
    answer.map(Response::new).map_err(|error| status(&error))
}
