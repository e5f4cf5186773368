//! Tests of the registry alone: which peer gets which frame, and which peer is disconnected.

use std::sync::Arc;

use super::*;
use crate::frame::Class;

struct World {
    peers: Peers,
    changes: Arc<Mutex<Vec<Change>>>,
    allowed: Vec<AllowedPeer>,
}

const A: usize = 1;
const B: usize = 2;

/// A node (peer 0) and two others, all validators.
fn world() -> World {
    let mut allowed: Vec<_> = (0..3).map(|_| validator()).collect();
    // The node has the lowest key, so it is responsible for dialling.
    allowed.sort_by_key(|peer| peer.peer_id);
    let changes = Arc::new(Mutex::new(Vec::new()));
    let mut limits = Limits::default();
    limits.parts.queue_bytes_max = 100;
    let peers = Peers::new(allowed[0].peer_id, limits, {
        let changes = changes.clone();
        move |change| changes.lock().unwrap().push(change)
    });
    peers.set_allowed(&allowed);
    World {
        peers,
        changes,
        allowed,
    }
}

fn validator() -> AllowedPeer {
    AllowedPeer {
        peer_id: PeerId::random(),
        organisation: String::new(),
        endpoints: Vec::new(),
        validator: true,
    }
}

fn frame(kind: Kind, bytes: usize) -> Frame {
    Frame::new(kind, &[&vec![7; bytes]]).unwrap()
}

fn connection(number: usize) -> ConnectionId {
    ConnectionId::new_unchecked(number)
}

impl World {
    fn id(&self, peer: usize) -> PeerId {
        self.allowed[peer].peer_id
    }

    fn connect(&self, peer: usize) -> Arc<Outbox> {
        let outbox = self.peers.register(self.id(peer), connection(peer), true);
        outbox.expect("it may connect")
    }

    fn changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.changes.lock().unwrap())
    }

    /// Makes this node one that does not validate.
    fn follow(&mut self) {
        self.allowed[0].validator = false;
        self.peers.set_allowed(&self.allowed);
    }
}

fn is_asked_to_push(outbox: &Outbox) -> Option<bool> {
    let frame = outbox.take(Class::Sync)?;
    frame.into_encoded().last().map(|wanted| *wanted == 1)
}

#[test]
fn a_full_queue_disconnects_only_its_peer() {
    let world = world();
    let (slow, fast) = (world.connect(A), world.connect(B));
    let part = frame(Kind::Part, 50);
    let everyone = Audience::Everyone;
    world.peers.broadcast(everyone, &part);
    assert!(fast.take(Class::Parts).is_some());
    world.peers.broadcast(everyone, &part);

    let (a, b) = (world.id(A), world.id(B));
    assert_eq!(
        world.changes(),
        [Change::Up(a), Change::Up(b), Change::Down(a)]
    );
    assert!(!slow.offer(frame(Kind::Status, 1)));
    assert!(fast.take(Class::Parts).is_some());
    assert!(world.peers.outbox(a).is_none());
}

#[test]
fn the_end_of_an_earlier_connection_leaves_the_current_one() {
    let world = world();
    let former = world.connect(A);
    let present = world
        .peers
        .register(world.id(A), connection(9), true)
        .unwrap();
    let a = world.id(A);
    assert_eq!(
        world.changes(),
        [Change::Up(a), Change::Down(a), Change::Up(a)]
    );
    assert!(!former.offer(frame(Kind::Status, 1)));
    assert!(!world.peers.unregister(a, connection(A)));
    assert!(present.offer(frame(Kind::Status, 1)));
    assert!(world.peers.unregister(a, connection(9)));
    assert_eq!(world.changes(), [Change::Down(a)]);
}

#[test]
fn of_two_crossed_connections_the_one_dialled_by_the_lower_key_stays() {
    let world = world();
    let a = world.id(A);
    let (ours, theirs) = (connection(1), connection(2));
    assert!(world.peers.register(a, ours, true).is_some());
    assert!(world.peers.register(a, theirs, false).is_none());
    assert!(world.peers.unregister(a, ours));

    assert!(world.peers.register(a, theirs, false).is_some());
    assert!(world.peers.register(a, ours, true).is_some());
    assert!(world.peers.unregister(a, ours));
}

#[test]
fn only_members_are_registered() {
    let world = world();
    let stranger = PeerId::random();
    assert!(
        world
            .peers
            .register(stranger, connection(1), true)
            .is_none()
    );
    assert!(world.changes().is_empty());
}

#[test]
fn the_last_frames_are_repeated_to_a_validator_that_connects_and_to_no_other_node() {
    let mut world = world();
    world.allowed[B].validator = false;
    world.peers.set_allowed(&world.allowed);
    world.peers.publish_consensus(1, &frame(Kind::Consensus, 3));
    world
        .peers
        .publish_part(Bytes::new(), 1, &frame(Kind::Part, 4));

    let (validator, other) = (world.connect(A), world.connect(B));
    assert!(validator.take(Class::Consensus).is_some());
    assert!(validator.take(Class::Parts).is_some());
    assert!(other.take(Class::Consensus).is_none());
    assert!(other.take(Class::Parts).is_none());
}

#[test]
fn one_validator_at_a_time_is_asked_to_push() {
    let mut world = world();
    let (a, b) = (world.connect(A), world.connect(B));
    assert_eq!((is_asked_to_push(&a), is_asked_to_push(&b)), (None, None));

    world.follow();
    let asked = [is_asked_to_push(&a), is_asked_to_push(&b)];
    let feed = asked.iter().position(|asked| *asked == Some(true));
    let (feed, other, next) = match feed.expect("one of them") {
        0 => (A, B, b),
        _ => (B, A, a),
    };
    assert!(asked.contains(&None));
    assert!(world.peers.is_feed(world.id(feed)));

    world.peers.unregister(world.id(feed), connection(feed));
    assert_eq!(is_asked_to_push(&next), Some(true));
    assert!(world.peers.is_feed(world.id(other)));

    // A validator takes part in deciding and needs no feed.
    world.allowed[0].validator = true;
    world.peers.set_allowed(&world.allowed);
    assert_eq!(is_asked_to_push(&next), Some(false));
    assert!(!world.peers.is_feed(world.id(other)));
}

#[test]
fn the_height_seen_counts_connected_validators_and_is_at_most_one_ahead() {
    let mut world = world();
    world.connect(A);
    world.connect(B);
    let seen = world.peers.next_height_seen();
    world.peers.saw_height(world.id(A), 1);
    assert_eq!(*seen.borrow(), 1);
    let claimed = ClaimedBlocks {
        tip: u64::MAX,
        min_height: 1,
    };
    world.peers.saw_claimed(world.id(A), claimed);
    assert_eq!(*seen.borrow(), 1);
    world.peers.height_started(5);
    assert_eq!(*seen.borrow(), 6);

    world.allowed[A].validator = false;
    world.peers.set_allowed(&world.allowed);
    assert_eq!(*seen.borrow(), 0);
    world.peers.saw_height(world.id(B), 5);
    assert_eq!(*seen.borrow(), 5);
}
