//! Subscriptions: every event after a cursor, in order and without a gap.
//!
//! ```text
//!   cursor ──► blocks up to the tip ──project, filter──► bounded channel ──► subscriber
//!                ▲      │ none left
//!                └ tips ┴ heartbeat
//! ```
//!
//! Each subscription reads the store at its subscriber's pace. When the channel is full, it stops reading, so a slow
//! subscriber misses nothing.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use piaolian_base::shutdown::StopSignal;
use piaolian_contracts::{chain::Height, malformed::Malformed, types::OrganisationId};
use piaolian_ledger::Ledger;
use piaolian_proto::{
    api,
    v1::{
        Cursor, Event, Heartbeat, SubscribeRequest, SubscribeResponse, subscribe_request::Start,
        subscribe_response::Message,
    },
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, timeout_at},
};

use super::projection::{end_of, events_after};
use crate::{
    api_error::ApiError,
    committed::block_at,
    error::{ServiceError, ServiceFault},
};

/// Most subscribers of one node: each holds a block in memory while it reads it.
const SUBSCRIBERS_MAX: usize = 256;
/// Messages that wait for one subscriber.
const WAITING_MAX: usize = 256;
/// Heartbeats: usual, shortest and longest silence, ms.
const HEARTBEAT_MS_USUAL: u64 = 15_000;
const HEARTBEAT_MS_MIN: u64 = 1_000;
const HEARTBEAT_MS_MAX: u64 = 600_000;

/// Messages of a subscriber, in order. They end with an error when the node stops.
pub type Subscription = mpsc::Receiver<Result<SubscribeResponse, ServiceError>>;

/// The subscriber has left.
struct Left;

/// Serves subscriptions to the events of committed blocks.
pub struct Events {
    ledger: Ledger,
    stop: StopSignal,
    subscribers: Arc<Semaphore>,
}

impl Events {
    /// Returns events of `ledger`, until the stop.
    pub(crate) fn new(ledger: Ledger, stop: StopSignal) -> Self {
        Self {
            ledger,
            stop,
            subscribers: Arc::new(Semaphore::new(SUBSCRIBERS_MAX)),
        }
    }

    /// Begins a subscription.
    ///
    /// # Errors
    /// When the request is malformed or there are too many subscribers.
    pub fn subscribe(&self, request: SubscribeRequest) -> Result<Subscription, ServiceError> {
        let filter = Filter::parse(&request)?;
        let heartbeat = heartbeat(request.heartbeat_ms)?;
        let cursor = match request.start {
            Some(Start::After(cursor)) => cursor,
            Some(Start::FromNow(true)) => end_of(self.ledger.tip().height),
            Some(Start::FromNow(false)) | None => Cursor::default(),
        };
        let permit = self.subscribers.clone().try_acquire_owned();
        let permit = permit.map_err(|_| ApiError::TooManySubscribers)?;
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let reader = Reader {
            ledger: self.ledger.clone(),
            filter,
            cursor,
            heartbeat,
            last_sent: Instant::now(),
            sender,
            _permit: permit,
        };
        tokio::spawn(reader.run(self.stop.clone()));
        Ok(receiver)
    }
}

/// The events that are wanted.
struct Filter {
    /// Names of their messages; empty: all.
    actions: BTreeSet<String>,
    organisation: Option<OrganisationId>,
    accepted_only: bool,
}

impl Filter {
    fn parse(request: &SubscribeRequest) -> Result<Self, Malformed> {
        let is_known = |name: &String| api::action(name).is_some();
        if !request.actions.iter().all(is_known) {
            return Err(Malformed::new("actions", "must name actions"));
        }
        let organisation = Some(request.organisation.as_str()).filter(|name| !name.is_empty());
        let organisation = organisation.map(|name| OrganisationId::parse("organisation", name));
        Ok(Self {
            actions: request.actions.iter().cloned().collect(),
            organisation: organisation.transpose()?,
            accepted_only: request.accepted_only,
        })
    }

    fn wants(&self, event: &Event) -> bool {
        let action = self.actions.is_empty() || self.actions.contains(&event.action);
        let actor = self
            .organisation
            .as_ref()
            .is_none_or(|id| id.as_str() == event.organisation);
        let verdict = !self.accepted_only || event.rejection.is_none();
        action && actor && verdict
    }
}

fn heartbeat(ms: u64) -> Result<Duration, Malformed> {
    match ms {
        0 => Ok(Duration::from_millis(HEARTBEAT_MS_USUAL)),
        HEARTBEAT_MS_MIN..=HEARTBEAT_MS_MAX => Ok(Duration::from_millis(ms)),
        _ => Err(Malformed::new(
            "heartbeat_ms",
            "must be 0 or 1,000 to 600,000",
        )),
    }
}

/// Events of a block.
struct Read {
    height: Height,
    time_ms: u64,
    events: Vec<Event>,
}

/// Reads blocks for one subscriber.
struct Reader {
    ledger: Ledger,
    filter: Filter,
    /// Every event up to here was sent or filtered out.
    cursor: Cursor,
    heartbeat: Duration,
    last_sent: Instant,
    sender: mpsc::Sender<Result<SubscribeResponse, ServiceError>>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    async fn run(mut self, stop: StopSignal) {
        let sender = self.sender.clone();
        let end = tokio::select! {
            () = stop.asked() => Err(ApiError::Stopping.into()),
            end = self.follow() => end,
        };
        if let Err(error) = end {
            // If the channel is full or closed, the end of the stream tells the subscriber.
            let _ = sender.try_send(Err(error));
        }
    }

    /// Returns without an error when the subscriber leaves.
    async fn follow(&mut self) -> Result<(), ServiceError> {
        let mut tips = self.ledger.tips();
        let mut greeted = false;
        loop {
            let tip = tips.borrow_and_update().clone();
            while let Some(height) = self.next_height(tip.height) {
                let block = self.read(height).await?;
                if self.send_events(block).await.is_err() {
                    return Ok(());
                }
            }
            // The first heartbeat marks the end of the replay.
            let due = self.last_sent + self.heartbeat;
            if !greeted || Instant::now() >= due {
                greeted = true;
                if self.beat(tip.height, tip.time.as_ms()).await.is_err() {
                    return Ok(());
                }
            }
            let due = self.last_sent + self.heartbeat;
            tokio::select! {
                () = self.sender.closed() => return Ok(()),
                changed = timeout_at(due, tips.changed()) => {
                    if let Ok(Err(_)) = changed {
                        return Err(ApiError::Stopping.into());
                    }
                }
            }
        }
    }

    /// Returns the next block to be sent, if it is committed.
    fn next_height(&self, tip: Height) -> Option<Height> {
        let is_sent = self.cursor.transaction == u32::MAX && self.cursor.item == u32::MAX;
        let at = Height::new(self.cursor.height.max(1));
        let next = if is_sent && self.cursor.height > 0 {
            at.next()
        } else {
            at
        };
        (next <= tip).then_some(next)
    }

    /// Returns a block's events, projected on a thread that may block: there may be thousands.
    async fn read(&self, height: Height) -> Result<Read, ServiceError> {
        let (ledger, cursor) = (self.ledger.clone(), self.cursor);
        let read = tokio::task::spawn_blocking(move || {
            let block = block_at(ledger.view(), height)?;
            Ok(Read {
                height: block.height(),
                time_ms: block.time().as_ms(),
                events: events_after(&block, &cursor)?,
            })
        });
        read.await.map_err(|_| ServiceFault::Panicked)?
    }

    async fn send_events(&mut self, block: Read) -> Result<(), Left> {
        for event in block.events {
            if self.filter.wants(&event) {
                self.send(Message::Event(event)).await?;
            }
        }
        self.cursor = end_of(block.height);
        if Instant::now() >= self.last_sent + self.heartbeat {
            self.beat(block.height, block.time_ms).await?;
        }
        Ok(())
    }

    async fn beat(&mut self, height: Height, block_time_ms: u64) -> Result<(), Left> {
        // A cursor above this node's tip came from a node that is ahead. It must not move back.
        let is_ahead = height.get() < self.cursor.height;
        let cursor = if is_ahead {
            self.cursor
        } else {
            end_of(height)
        };
        self.send(Message::Heartbeat(Heartbeat {
            cursor: Some(cursor),
            block_time_ms,
        }))
        .await
    }

    async fn send(&mut self, message: Message) -> Result<(), Left> {
        let response = SubscribeResponse {
            message: Some(message),
        };
        self.sender.send(Ok(response)).await.map_err(|_| Left)?;
        self.last_sent = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSPITAL: &str = "12320900E875065319";
    const FINANCE: &str = "91350100M000100Y43";

    fn event(action: &str, organisation: &str, refused: bool) -> Event {
        Event {
            action: action.to_owned(),
            organisation: organisation.to_owned(),
            rejection: refused.then(Default::default),
            ..Default::default()
        }
    }

    #[test]
    fn a_filter_wants_what_was_asked_for() {
        let all = Filter::parse(&SubscribeRequest::default()).unwrap();
        assert!(all.wants(&event("SealBlock", FINANCE, true)));

        let request = SubscribeRequest {
            actions: vec!["BookReceipt".to_owned()],
            organisation: HOSPITAL.to_owned(),
            accepted_only: true,
            ..Default::default()
        };
        let some = Filter::parse(&request).unwrap();
        assert!(some.wants(&event("BookReceipt", HOSPITAL, false)));
        assert!(!some.wants(&event("BookReceipt", HOSPITAL, true)));
        assert!(!some.wants(&event("BookReceipt", FINANCE, false)));
        assert!(!some.wants(&event("LockReceipt", HOSPITAL, false)));
    }

    #[test]
    fn malformed_filters_are_refused() {
        for request in [
            SubscribeRequest {
                actions: vec![String::new()],
                ..Default::default()
            },
            SubscribeRequest {
                actions: vec!["BookReceipts".to_owned()],
                ..Default::default()
            },
            SubscribeRequest {
                organisation: "x".to_owned(),
                ..Default::default()
            },
        ] {
            assert!(Filter::parse(&request).is_err(), "{request:?}");
        }
    }

    #[test]
    fn heartbeats_are_bounded() {
        assert_eq!(heartbeat(0).unwrap(), Duration::from_secs(15));
        assert_eq!(heartbeat(1_000).unwrap(), Duration::from_secs(1));
        assert!(heartbeat(999).is_err() && heartbeat(600_001).is_err());
    }
}
