//! A fake engine: it subscribes like the engine and records the events that it receives.

use std::{collections::HashSet, time::Duration};

use arc_malachitebft_app_channel::app::engine::network::NetworkEvent;
use async_trait::async_trait;
use libp2p::PeerId;
use piaolian_consensus::context::EngineTypes;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use crate::world::engine_peer;

/// An event as the engine receives it.
pub(crate) type Event = NetworkEvent<EngineTypes>;

/// Time within which everything that must happen has happened, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Time after which an event that must not happen would have happened.
pub(crate) const A_WHILE: Duration = Duration::from_millis(500);

/// Messages that the engine has received and no test has read yet.
pub(crate) struct Engine {
    heard: mpsc::UnboundedReceiver<Event>,
}

struct Subscriber;

pub(crate) struct Heard(Event);

impl From<Event> for Heard {
    fn from(event: Event) -> Self {
        Self(event)
    }
}

#[async_trait]
impl Actor for Subscriber {
    type Msg = Heard;
    type State = mpsc::UnboundedSender<Event>;
    type Arguments = mpsc::UnboundedSender<Event>;

    async fn pre_start(
        &self,
        _: ActorRef<Heard>,
        events: Self::Arguments,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(events)
    }

    async fn handle(
        &self,
        _: ActorRef<Heard>,
        Heard(event): Heard,
        events: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let _ = events.send(event);
        Ok(())
    }
}

impl Engine {
    /// Creates an engine and the subscriber to pass to the network.
    pub(crate) async fn start() -> (Self, ActorRef<Heard>) {
        let (events, heard) = mpsc::unbounded_channel();
        let (subscriber, _) = Actor::spawn(None, Subscriber, events).await.unwrap();
        (Self { heard }, subscriber)
    }

    /// Returns the next event for which `wanted` returns a value; others are skipped.
    pub(crate) async fn hears<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let deadline = Instant::now() + SOON;
        loop {
            let event = timeout_at(deadline, self.heard.recv()).await;
            let event = event.expect("in time").expect("the engine runs");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// Waits until all of these peers have connected, in any order.
    pub(crate) async fn meets(&mut self, peers: impl IntoIterator<Item = PeerId>) {
        let mut missing: HashSet<_> = peers.into_iter().map(engine_peer).collect();
        while !missing.is_empty() {
            let met = self.hears(|event| match event {
                Event::PeerConnected(peer) => Some(peer),
                _ => None,
            });
            missing.remove(&met.await);
        }
    }

    /// Returns the values of `wanted` for all events until none has arrived for a while.
    pub(crate) async fn hears_all<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> Vec<T> {
        let mut found = Vec::new();
        while let Ok(event) = timeout(A_WHILE, self.heard.recv()).await {
            found.extend(wanted(event.expect("the engine runs")));
        }
        found
    }
}
