//! What the engine hears.
//!
//! Subscribers are sent to directly. The engine's `OutputPort` is a broadcast channel
//! that drops the oldest event when a subscriber lags: under a flood it loses honest
//! votes, with a warning and no more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arc_malachitebft_app_channel::app::{
    engine::network::{NetworkEvent, Subscriber},
    types::core::Context,
};

/// A subscriber as the engine hands it over.
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

    /// Sends an event to all subscribers. Never blocks: mailboxes are unbounded, which
    /// is why everything is bounded before it comes here.
    pub(super) fn emit(&self, event: NetworkEvent<Ctx>) {
        let subscribers = self.lock();
        if let Some((last, others)) = subscribers.split_last() {
            for subscriber in others {
                subscriber.send(event.clone());
            }
            last.send(event);
        }
    }

    /// Adds a subscriber, which first hears `replay`. The engine subscribes late: without
    /// a replayed `Listening` it never becomes ready, and says nothing.
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
        // The list is only ever pushed to, so a poisoned lock still guards a true state.
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
