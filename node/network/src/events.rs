//! Events for the engine.
//!
//! Events are sent to each subscriber directly. The engine's own `OutputPort` is a broadcast channel that drops the
//! oldest event when a subscriber lags: under a flood it loses honest votes and only logs a warning.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arc_malachitebft_app_channel::app::{
    engine::network::{NetworkEvent, Subscriber},
    types::core::Context,
};

/// A subscriber, as passed by the engine.
pub(super) type BoxedSubscriber<Ctx> = Box<dyn Subscriber<NetworkEvent<Ctx>>>;

/// The engine's subscribers: its consensus and its sync actor.
pub(super) struct Events<Ctx: Context> {
    subscribers: Mutex<Vec<BoxedSubscriber<Ctx>>>,
}

impl<Ctx: Context> Events<Ctx> {
    pub(super) fn new() -> Self {
        Self {
            subscribers: Mutex::default(),
        }
    }

    /// Sends an event to all subscribers. Never blocks. Mailboxes are unbounded, so everything must be bounded before
    /// it gets here.
    pub(super) fn emit(&self, event: NetworkEvent<Ctx>) {
        let subscribers = self.lock();
        if let Some((last, others)) = subscribers.split_last() {
            for subscriber in others {
                subscriber.send(event.clone());
            }
            last.send(event);
        }
    }

    /// Adds a subscriber, which first receives `replay`. The engine subscribes late: without a replayed `Listening` it
    /// never becomes ready and never sends.
    pub(super) fn subscribe(
        &self,
        subscriber: BoxedSubscriber<Ctx>,
        replay: impl IntoIterator<Item = NetworkEvent<Ctx>>,
    ) {
        let mut subscribers = self.lock();
        for event in replay {
            subscriber.send(event);
        }
        subscribers.push(subscriber);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<BoxedSubscriber<Ctx>>> {
        // The list only grows, so the state behind a poisoned lock is consistent.
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
