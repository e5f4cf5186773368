//! Queues of the frames to be sent to one peer.
//!
//! ```text
//!   engine  ─┐                 ┌ consensus    ──► stream
//!   parts   ─┤                 ├ parts        ──► stream     drained by the connection's
//!   sync    ─┼─► push / offer ─┼ sync         ──► stream     own task, most urgent first
//!   relay   ─┤                 ├ transactions ──► stream
//!   fetches ─┘                 └ attachments  ──► stream
//! ```
//!
//! Queues are bounded in bytes, above one whole block. A bound in frames would either disconnect honest peers in the
//! middle of a block or keep thousands of large frames in memory.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use tokio::sync::Notify;

use super::{
    frame::{Class, Frame},
    limits::Limits,
};

/// Reason why a peer's connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Cut {
    #[error("its queue is full: it reads slower than consensus runs")]
    QueueFull,
    #[error("it is no longer a member")]
    Removed,
    #[error("it connected again")]
    Replaced,
    #[error("it does not speak the protocols of this chain")]
    OtherChain,
    #[error("it did not open its streams in time")]
    Handshake,
    #[error("it opened a second stream of one class")]
    SecondStream,
    #[error("it ended a stream")]
    StreamEnded,
    #[error("a stream failed: {0}")]
    Stream(std::io::ErrorKind),
    #[error("it sent a frame above its bound")]
    Oversized,
    #[error("it sent a malformed frame: {0}")]
    Malformed(&'static str),
}

/// The queues of one peer's connection.
#[derive(Debug)]
pub(super) struct Outbox {
    state: Mutex<State>,
    bounds: [usize; Class::ALL.len()],
    /// Wakes the waiters in [`Outbox::drained`].
    taken: Notify,
}

#[derive(Debug, Default)]
struct State {
    queues: [VecDeque<Frame>; Class::ALL.len()],
    bytes: [usize; Class::ALL.len()],
    writer: Option<Waker>,
    cut: Option<Cut>,
}

impl Outbox {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            state: Mutex::default(),
            bounds: Class::ALL.map(|class| limits.class(class).queue_bytes_max),
            taken: Notify::new(),
        }
    }

    /// Queues a frame. Returns `false` when it does not fit or the connection is closed.
    #[must_use]
    pub(super) fn offer(&self, frame: Frame) -> bool {
        let class = frame.class().index();
        let mut state = self.lock();
        if state.cut.is_some() || state.bytes[class] + frame.len() > self.bounds[class] {
            return false;
        }
        state.bytes[class] += frame.len();
        state.queues[class].push_back(frame);
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
        true
    }

    /// Removes the next frame of a class.
    pub(super) fn take(&self, class: Class) -> Option<Frame> {
        let mut state = self.lock();
        let frame = state.queues[class.index()].pop_front()?;
        state.bytes[class.index()] -= frame.len();
        drop(state);
        self.taken.notify_waiters();
        Some(frame)
    }

    /// Waits until no frame of a class is queued. Returns `false` when the connection is closed.
    pub(super) async fn drained(&self, class: Class) -> bool {
        loop {
            // Registered before the check, so that no notification is missed.
            let taken = self.taken.notified();
            {
                let state = self.lock();
                if state.cut.is_some() {
                    return false;
                }
                if state.queues[class.index()].is_empty() {
                    return true;
                }
            }
            taken.await;
        }
    }

    /// Drops all queued frames and makes the connection's task report the reason. The first reason is kept.
    pub(super) fn cut(&self, reason: Cut) {
        let mut state = self.lock();
        state.cut.get_or_insert(reason);
        state.queues = Default::default();
        state.bytes = Default::default();
        let writer = state.writer.take();
        drop(state);
        self.taken.notify_waiters();
        if let Some(writer) = writer {
            writer.wake();
        }
    }

    /// Registers the task that writes. Returns the reason if the connection was cut.
    pub(super) fn attend(&self, writer: &Waker) -> Option<Cut> {
        let mut state = self.lock();
        match &mut state.writer {
            Some(known) => known.clone_from(writer),
            unknown => *unknown = Some(writer.clone()),
        }
        state.cut
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No update can panic half-way, so the state behind a poisoned lock is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Kind;

    fn outbox() -> Outbox {
        let mut limits = Limits::default();
        limits.parts.queue_bytes_max = 100;
        Outbox::new(&limits)
    }

    fn frame(kind: Kind, bytes: usize) -> Frame {
        Frame::new(kind, &[&vec![0; bytes]]).unwrap()
    }

    #[test]
    fn each_queue_has_its_own_bound_in_bytes() {
        let outbox = outbox();
        assert!(outbox.offer(frame(Kind::Part, 45)));
        assert!(outbox.offer(frame(Kind::Part, 45)));
        assert!(!outbox.offer(frame(Kind::Part, 1)));
        assert!(outbox.offer(frame(Kind::Consensus, 1)));

        assert!(outbox.take(Class::Parts).is_some());
        assert!(outbox.offer(frame(Kind::Part, 1)));
    }

    #[test]
    fn frames_leave_in_order() {
        let outbox = outbox();
        for bytes in [3, 1, 2] {
            assert!(outbox.offer(frame(Kind::Status, bytes)));
        }
        let lengths: Vec<_> = std::iter::from_fn(|| outbox.take(Class::Sync))
            .map(|frame| frame.len() - 5)
            .collect();
        assert_eq!(lengths, [3, 1, 2]);
    }

    #[test]
    fn a_cut_drops_all_queued_frames_and_keeps_its_first_reason() {
        let outbox = outbox();
        assert!(outbox.offer(frame(Kind::Part, 1)));
        outbox.cut(Cut::QueueFull);
        outbox.cut(Cut::Removed);
        assert!(outbox.take(Class::Parts).is_none());
        assert!(!outbox.offer(frame(Kind::Part, 1)));
        assert_eq!(outbox.attend(Waker::noop()), Some(Cut::QueueFull));
    }

    #[tokio::test]
    async fn waiting_for_a_drained_queue_ends_with_it_or_with_the_connection() {
        let outbox = outbox();
        assert!(outbox.offer(frame(Kind::Status, 1)));
        let (drained, ()) = tokio::join!(outbox.drained(Class::Sync), async {
            assert!(outbox.take(Class::Sync).is_some());
        });
        assert!(drained);

        assert!(outbox.offer(frame(Kind::Status, 1)));
        let (drained, ()) = tokio::join!(outbox.drained(Class::Sync), async {
            outbox.cut(Cut::Removed);
        });
        assert!(!drained);
    }
}
