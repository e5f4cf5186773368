//! Requests to peers that are not answered yet.

use std::collections::HashMap;

use libp2p::PeerId;

/// Unanswered requests of one kind, by id, each with the peer that it was sent to. The caller bounds their number.
#[derive(Debug)]
pub(super) struct OpenRequests<T> {
    last_id: u64,
    open: HashMap<u64, (PeerId, T)>,
}

impl<T> Default for OpenRequests<T> {
    fn default() -> Self {
        Self {
            last_id: 0,
            open: HashMap::new(),
        }
    }
}

impl<T> OpenRequests<T> {
    /// Returns a new request id.
    pub(super) const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Opens a request under an id that [`next_id`](Self::next_id) gave.
    pub(super) fn open(&mut self, id: u64, peer: PeerId, request: T) {
        self.open.insert(id, (peer, request));
    }

    /// Ends a request and returns it, if it is open and was sent to this peer.
    pub(super) fn close(&mut self, id: u64, peer: PeerId) -> Option<T> {
        self.open.get(&id).filter(|(asked, _)| *asked == peer)?;
        self.open.remove(&id).map(|(_, request)| request)
    }

    /// Ends a request, whichever peer it was sent to.
    pub(super) fn cancel(&mut self, id: u64) {
        self.open.remove(&id);
    }

    /// Ends the requests to a disconnected peer.
    pub(super) fn forget(&mut self, peer: PeerId) {
        self.open.retain(|_, (asked, _)| *asked != peer);
    }

    /// Ends the requests that `is_open` rejects.
    pub(super) fn retain(&mut self, is_open: impl Fn(&T) -> bool) {
        self.open.retain(|_, (_, request)| is_open(request));
    }

    /// Returns the number of open requests.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Returns the open requests with their ids and peers, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, PeerId, &T)> {
        let open = self.open.iter();
        open.map(|(id, (peer, request))| (*id, *peer, request))
    }
}
