//! Fetches attachments from peers.
//!
//! ```text
//!   fetch ──► a free slot ──► request to the peer ──► response ──► attachments
//!               none: Busy      not connected            └── too late, peer gone
//! ```

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use libp2p::PeerId;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

use super::{
    attachments::{ATTACHMENTS_ASKED_MAX, encode_request, parse_response},
    frame::{Frame, Kind},
    open_requests::OpenRequests,
    peers::Peers,
};

/// Fetches in progress, of all peers: each may bring a response of 10 MiB.
const OPEN_MAX: usize = 64;

/// Unanswered requests to one peer. The peer serves them one after the other and disconnects whoever has too many
/// open.
const OWED_MAX: usize = 4;

/// Reason why a fetch failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The peer is not connected.
    #[error("the peer is not connected")]
    NotConnected,
    /// Too many requests to the peer or in all are unanswered, or the peer's queue is full.
    #[error("too many requests are open")]
    Busy,
    /// The peer did not answer within [`Limits::request_max`](super::Limits::request_max).
    #[error("the peer did not answer in time")]
    NoAnswer,
    /// The connection ended before the answer came.
    #[error("the peer is gone")]
    PeerGone,
}

/// The unanswered requests.
#[derive(Debug)]
pub(super) struct Fetches {
    within: Duration,
    open: Mutex<OpenRequests<Fetch>>,
}

#[derive(Debug)]
struct Fetch {
    asked: usize,
    answer: oneshot::Sender<Vec<Bytes>>,
    /// Time at which the peer gives up serving it too. Until then it counts against the peer's limit, even if nobody
    /// here waits for it any more, because the peer does not know that.
    until: Instant,
}

impl Fetches {
    /// Makes a registry of fetches that wait at most `within` for an answer.
    pub(super) fn new(within: Duration) -> Self {
        Self {
            within,
            open: Mutex::default(),
        }
    }

    /// Sends a request to a peer and waits for the answer. Sends nothing if there are no hashes. Requests only the
    /// first hashes if there are too many.
    pub(super) async fn fetch(
        &self,
        peers: &Peers,
        peer: PeerId,
        hashes: &[[u8; 32]],
    ) -> Result<Vec<Bytes>, FetchError> {
        let hashes = &hashes[..hashes.len().min(ATTACHMENTS_ASKED_MAX)];
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        // Opened before sending: if the peer disconnects in between, the request is ended with it.
        let (id, answer) = self.open(peer, hashes.len()).ok_or(FetchError::Busy)?;
        if let Err(error) = ask(peers, peer, id, hashes) {
            self.lock().close(id, peer);
            return Err(error);
        }
        match timeout(self.within, answer).await {
            Ok(Ok(attachments)) => Ok(attachments),
            Ok(Err(_)) => Err(FetchError::PeerGone),
            Err(_) => Err(FetchError::NoAnswer),
        }
    }

    /// Handles a peer's response. Returns `false` when it is malformed. A response without an open request is ignored.
    pub(super) fn answered(&self, id: u64, peer: PeerId, response: Bytes) -> bool {
        let Some(fetch) = self.lock().close(id, peer) else {
            return true;
        };
        let attachments = parse_response(response, fetch.asked);
        let well_formed = attachments.is_some();
        if let Some(attachments) = attachments {
            let _ = fetch.answer.send(attachments); // the requester may have stopped waiting
        }
        well_formed
    }

    /// Ends the requests to a disconnected peer.
    pub(super) fn forget(&self, peer: PeerId) {
        self.lock().forget(peer);
    }

    /// Opens a request under a new id. `None` when too many are open.
    fn open(&self, peer: PeerId, asked: usize) -> Option<(u64, oneshot::Receiver<Vec<Bytes>>)> {
        let now = Instant::now();
        let mut open = self.lock();
        open.retain(|fetch| now < fetch.until);
        let owed = open.iter().filter(|(_, asked, _)| *asked == peer).count();
        let waited_for = open.iter().filter(|(.., fetch)| !fetch.answer.is_closed());
        let waited_for = waited_for.count();
        if owed >= OWED_MAX || waited_for >= OPEN_MAX {
            return None;
        }
        let id = open.next_id();
        let (answer, to_come) = oneshot::channel();
        let fetch = Fetch {
            asked,
            answer,
            until: now + 2 * self.within,
        };
        open.open(id, peer, fetch);
        Some((id, to_come))
    }

    fn lock(&self) -> MutexGuard<'_, OpenRequests<Fetch>> {
        // No update can panic half-way, so the state behind a poisoned lock is consistent.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ask(peers: &Peers, peer: PeerId, id: u64, hashes: &[[u8; 32]]) -> Result<(), FetchError> {
    let pieces: [&[u8]; 2] = [&id.to_be_bytes(), &encode_request(hashes)];
    let frame = Frame::new(Kind::AttachmentRequest, &pieces).expect("64 hashes are 2 KiB");
    let outbox = peers.outbox(peer).ok_or(FetchError::NotConnected)?;
    // If the queue is full, the peer keeps its connection for votes and is asked again later.
    let queued = outbox.offer(frame);
    queued.then_some(()).ok_or(FetchError::Busy)
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::AttachmentResponse;
    use prost::Message;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(10);

    const SOON: Duration = Duration::from_millis(200);

    fn response(attachments: &[&'static [u8]]) -> Bytes {
        let attachments = attachments.iter().map(|it| Bytes::from_static(it));
        let attachments = attachments.collect();
        AttachmentResponse { attachments }.encode_to_vec().into()
    }

    #[tokio::test]
    async fn a_request_is_answered_once_and_only_by_the_peer_that_was_asked() {
        let (fetches, peer) = (Fetches::new(WITHIN), PeerId::random());
        let (id, mut answer) = fetches.open(peer, 2).unwrap();
        assert!(fetches.answered(id, PeerId::random(), response(&[b"forged"])));
        assert!(answer.try_recv().is_err());

        assert!(fetches.answered(id, peer, response(&[b"one"])));
        assert_eq!(answer.try_recv().unwrap(), [Bytes::from_static(b"one")]);
        assert!(fetches.answered(id, peer, Bytes::from_static(&[0xff])));
        let (next, _) = fetches.open(peer, 2).unwrap();
        assert_ne!(next, id);
    }

    #[tokio::test]
    async fn a_malformed_answer_is_reported_and_ends_the_request() {
        let (fetches, peer) = (Fetches::new(WITHIN), PeerId::random());
        for malformed in [
            Bytes::from_static(&[0xff]),
            response(&[b""]),
            response(&[b"one", b"two"]),
        ] {
            let (id, mut answer) = fetches.open(peer, 1).unwrap();
            assert!(!fetches.answered(id, peer, malformed));
            let ended = answer.try_recv();
            assert_eq!(ended, Err(oneshot::error::TryRecvError::Closed));
        }
    }

    #[tokio::test]
    async fn requests_to_a_lost_peer_are_forgotten() {
        let fetches = Fetches::new(WITHIN);
        let (lost, other) = (PeerId::random(), PeerId::random());
        let (_, answer) = fetches.open(lost, 1).unwrap();
        let (id, mut others) = fetches.open(other, 1).unwrap();
        fetches.forget(lost);
        assert!(answer.await.is_err());
        assert!(fetches.answered(id, other, response(&[b"one"])));
        assert!(others.try_recv().is_ok());
    }

    #[tokio::test]
    async fn unanswered_requests_to_a_peer_are_bounded_even_when_nobody_waits() {
        let (fetches, peer) = (Fetches::new(SOON), PeerId::random());
        for _ in 0..OWED_MAX {
            drop(fetches.open(peer, 1).unwrap());
        }
        assert!(fetches.open(peer, 1).is_none());
        assert!(fetches.open(PeerId::random(), 1).is_some());

        tokio::time::sleep(2 * SOON).await;
        let (id, _answer) = fetches.open(peer, 1).unwrap();
        let open: Vec<_> = fetches.lock().iter().map(|(id, ..)| id).collect();
        assert_eq!(open, [id]);
    }

    #[tokio::test]
    async fn fetches_in_progress_are_bounded() {
        let fetches = Fetches::new(WITHIN);
        drop(fetches.open(PeerId::random(), 1));
        let open = || fetches.open(PeerId::random(), 1);
        let mut all: Vec<_> = (0..OPEN_MAX).map(|_| open().unwrap()).collect();
        assert!(open().is_none());
        all.pop();
        assert!(open().is_some());
    }
}
