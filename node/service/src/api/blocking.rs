//! Questions that read the disk, asked away from the threads that serve connections.

use std::sync::Arc;

use tonic::{Response, Status};

use super::status::{refuse, status};
use crate::{DoorError, Service, ServiceError};

/// Asks the service on a thread that may block.
pub(super) async fn ask<T, F>(service: &Arc<Service>, question: F) -> Result<Response<T>, Status>
where
    T: Send + 'static,
    F: FnOnce(&Service) -> Result<T, ServiceError> + Send + 'static,
{
    let service = service.clone();
    let answered = tokio::task::spawn_blocking(move || question(&service)).await;
    match answered {
        Ok(answer) => reply(answer),
        Err(panicked) => {
            tracing::error!(%panicked, "a call ended unexpectedly");
            Err(refuse(&DoorError::Fault))
        }
    }
}

/// An answer or its error, as tonic takes them.
pub(super) fn reply<T>(answer: Result<T, ServiceError>) -> Result<Response<T>, Status> {
    answer.map(Response::new).map_err(|error| status(&error))
}
