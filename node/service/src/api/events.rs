//! `EventService`

use std::{pin::Pin, sync::Arc};

use piaolian_proto::v1::{SubscribeRequest, SubscribeResponse, event_service_server::EventService};
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, async_trait};

use super::status::status;
use crate::Service;

/// The door.
pub(super) struct Events(pub(super) Arc<Service>);

#[async_trait]
impl EventService for Events {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<SubscribeResponse, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let subscription = self
            .0
            .subscribe(request.into_inner())
            .map_err(|error| status(&error))?;
        let messages = ReceiverStream::new(subscription)
            .map(|message| message.map_err(|error| status(&error)));
        Ok(Response::new(Box::pin(messages)))
    }
}
