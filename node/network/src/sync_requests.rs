//! This node's unanswered sync requests.
//!
//! ```text
//!   engine asks ──► id immediately ──► request to the peer ──► response ──► SyncResponse
//!                                           └── too late, peer gone ─────► SyncRequestFailed
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libp2p::PeerId;
use tokio::task::AbortHandle;

use super::open_requests::OpenRequests;

/// Most open requests; the engine keeps five.
const OPEN_MAX: usize = 64;

/// The unanswered requests, each with a timer.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<OpenRequests<Timer>>);

/// The timer of a request, which ends with it.
#[derive(Debug)]
struct Timer(AbortHandle);

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Requests {
    /// Returns a new request id.
    pub(super) fn next_id(&self) -> u64 {
        self.lock().next_id()
    }

    /// Opens a request, and calls `late` when no answer comes in time. Returns `false` when too many are open.
    pub(super) fn expect(
        self: &Arc<Self>,
        id: u64,
        peer: PeerId,
        within: std::time::Duration,
        late: impl FnOnce() + Send + 'static,
    ) -> bool {
        let mut open = self.lock();
        if open.len() >= OPEN_MAX {
            return false;
        }
        let requests = Arc::downgrade(self);
        let timer = tokio::spawn(async move {
            tokio::time::sleep(within).await;
            // Only the caller that removes the request may report its end.
            if let Some(requests) = requests.upgrade()
                && requests.close(id, peer)
            {
                late();
            }
        });
        open.open(id, peer, Timer(timer.abort_handle()));
        true
    }

    /// Ends a request. Returns `false` when it is not open with this peer: it was answered, cancelled or late. Each
    /// request is therefore answered once; the engine panics at a second answer.
    pub(super) fn close(&self, id: u64, peer: PeerId) -> bool {
        self.lock().close(id, peer).is_some()
    }

    /// Ends a request that the engine has cancelled.
    pub(super) fn cancel(&self, id: u64) {
        self.lock().cancel(id);
    }

    /// Ends the requests to a disconnected peer.
    pub(super) fn forget(&self, peer: PeerId) {
        self.lock().forget(peer);
    }

    fn lock(&self) -> MutexGuard<'_, OpenRequests<Timer>> {
        // No update can panic half-way, so the state behind a poisoned lock is consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::mpsc;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn an_answered_request_ends_once_and_is_never_late() {
        let (requests, peer) = (Arc::new(Requests::default()), PeerId::random());
        let (tell, mut told) = mpsc::unbounded_channel::<()>();
        let id = requests.next_id();
        assert!(requests.expect(id, peer, SOON, move || tell.send(()).unwrap()));
        assert!(!requests.close(id, PeerId::random()));
        assert!(requests.close(id, peer));
        assert!(!requests.close(id, peer));
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn a_late_request_is_reported_once_and_its_answer_ignored() {
        let (requests, peer) = (Arc::new(Requests::default()), PeerId::random());
        let (tell, mut told) = mpsc::unbounded_channel();
        let id = requests.next_id();
        assert!(requests.expect(id, peer, SOON, move || tell.send(()).unwrap()));
        assert_eq!(told.recv().await, Some(()));
        assert_eq!(told.recv().await, None);
        assert!(!requests.close(id, peer));
    }

    #[tokio::test]
    async fn requests_to_a_lost_peer_are_forgotten() {
        let (requests, peer) = (Arc::new(Requests::default()), PeerId::random());
        let (tell, mut told) = mpsc::unbounded_channel::<()>();
        let id = requests.next_id();
        assert!(requests.expect(id, peer, SOON, move || tell.send(()).unwrap()));
        requests.forget(peer);
        assert_eq!(told.recv().await, None);
        assert!(!requests.close(id, peer));
    }

    #[tokio::test]
    async fn open_requests_are_bounded() {
        let (requests, peer) = (Arc::new(Requests::default()), PeerId::random());
        for _ in 0..OPEN_MAX {
            assert!(requests.expect(requests.next_id(), peer, SOON, || {}));
        }
        assert!(!requests.expect(requests.next_id(), peer, SOON, || {}));
    }
}
