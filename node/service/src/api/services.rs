//! The services of the API. Each call goes to the function with its name.
//!
//! ```text
//!   without side effects ──► queries.get_claim(&request)              on a thread that may block
//!   signs and submits    ──► submitter.submit_action("…", action, options)
//!   others               ──► submitter.file_claim(request).await
//! ```
//!
//! The implementations are generated: `node/service/build.rs` writes them from the methods' options, into
//! `target/release/build/piaolian-service-*/out/services.rs`. A new method needs nothing here.

use std::{pin::Pin, sync::Arc};

use piaolian_proto::v1::{self, transaction_body::Action};
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, async_trait, service::Routes};

use super::{
    ANSWER_BYTES_MAX, REQUEST_BYTES_MAX,
    authenticate::client,
    blocking::{ask, reply},
    status::status,
};
use crate::{ServiceError, Services, Subscription};

/// Answers every service.
pub(super) struct Api {
    services: Arc<Services>,
}

impl Api {
    pub(super) const fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

/// Messages of a stream.
type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Answers a stream or its error, as tonic takes them.
fn stream(
    subscribed: Result<Subscription, ServiceError>,
) -> Result<Response<Messages<v1::SubscribeResponse>>, Status> {
    let messages = ReceiverStream::new(subscribed.map_err(|error| status(&error))?);
    let messages = messages.map(|message| message.map_err(|error| status(&error)));
    Ok(Response::new(Box::pin(messages)))
}

include!(concat!(env!("OUT_DIR"), "/services.rs"));
