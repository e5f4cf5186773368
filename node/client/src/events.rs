//! The event stream, resumed after a lost connection.
//!
//! ```text
//!   follow(request) ─► Subscribe ─► event, event, heartbeat … ─► connection lost
//!                         ▲                                           │
//!                         └────────── after the last cursor ◄─────────┘
//! ```

use std::time::Duration;

use piaolian_proto::v1::{
    Cursor, Event, SubscribeRequest, SubscribeResponse, subscribe_request::Start,
    subscribe_response::Message,
};
use tokio::time::sleep;
use tonic::Streaming;

use crate::{connection::Client, error::CallError};

/// Pause before a stream that ended is resumed. It prevents a tight loop of calls if a node or proxy ends each stream
/// immediately.
const RESUMED_AFTER: Duration = Duration::from_millis(500);

/// A message of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// An event, in the ledger's order.
    Event(Box<Event>),
    /// Every event up to this place was delivered.
    UpTo(Cursor),
}

/// Events of a node, in order. Each is delivered exactly once. With `from_now` this holds from the first message on.
#[derive(Debug)]
pub struct Events {
    client: Client,
    request: SubscribeRequest,
    stream: Option<Streaming<SubscribeResponse>>,
}

impl Client {
    /// Follows the events that a request asks for.
    ///
    /// Store the cursor of the last event that your program has finished with, and begin after it at the next start.
    pub fn follow(&self, request: SubscribeRequest) -> Events {
        Events {
            client: self.clone(),
            request,
            stream: None,
        }
    }
}

impl Events {
    /// Returns the next event or heartbeat, and waits until there is one. A connection that was lost is made again.
    ///
    /// # Errors
    /// When the node refuses the subscription, or cannot be reached for about two seconds.
    pub async fn next(&mut self) -> Result<Followed, CallError> {
        loop {
            let mut stream = match self.stream.take() {
                Some(stream) => stream,
                None => self.subscribe().await?,
            };
            match stream.message().await.map_err(CallError::from) {
                Ok(Some(response)) => {
                    self.stream = Some(stream);
                    if let Some(followed) = self.take(response) {
                        return Ok(followed);
                    }
                }
                // The node stops, or the connection is lost: subscribe again.
                Ok(None) => {}
                Err(error) if error.may_pass() => {}
                Err(error) => return Err(error),
            }
            sleep(RESUMED_AFTER).await;
        }
    }

    async fn subscribe(&self) -> Result<Streaming<SubscribeResponse>, CallError> {
        let subscribe = async || self.client.events().subscribe(self.request.clone()).await;
        self.client.repeat(subscribe).await
    }

    /// Stores the cursor of a message. The stream is resumed after it.
    fn take(&mut self, response: SubscribeResponse) -> Option<Followed> {
        let (cursor, followed) = match response.message? {
            Message::Event(event) => (event.cursor, Followed::Event(Box::new(event))),
            Message::Heartbeat(beat) => {
                (beat.cursor, Followed::UpTo(beat.cursor.unwrap_or_default()))
            }
        };
        if let Some(cursor) = cursor {
            self.request.start = Some(Start::After(cursor));
        }
        Some(followed)
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::Heartbeat;

    use super::*;

    #[tokio::test]
    async fn the_stream_is_resumed_after_the_last_message() {
        let client = Client::connect_lazy("http://127.0.0.1:1", None).unwrap();
        let mut events = client.follow(SubscribeRequest::default());
        let cursor = Cursor {
            height: 7,
            transaction: 1,
            item: 2,
        };
        let event = Event {
            cursor: Some(cursor),
            ..Event::default()
        };
        for message in [
            Message::Event(event),
            Message::Heartbeat(Heartbeat {
                cursor: Some(cursor),
                ..Heartbeat::default()
            }),
        ] {
            events.request.start = None;
            let taken = events.take(SubscribeResponse {
                message: Some(message),
            });
            assert!(taken.is_some());
            assert_eq!(events.request.start, Some(Start::After(cursor)));
        }
    }
}
