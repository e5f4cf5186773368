//! A peer that is not a member, at either end of a connection.

use std::{thread, time::Duration};

use bytes::Bytes;
use libp2p::identity::Keypair;
use piaolian_proto::v1;
use piaolian_test_kit::{
    peer::{CLASSES, Heard, RawListener, RawPeer, frames, protocol},
    sample::HOSPITAL,
    transactions::{self, Draft},
};
use piaolian_tests::{
    cluster::{Checked, Cluster, Network, PATIENCE},
    control::{Answer, Request},
    load::Load,
};
use prost::Message;
use tokio::runtime::Runtime;

use crate::{
    NODE, VALIDATORS,
    wire::{address, genesis_hash, peer_key},
};

/// Time for which a stranger listens while the network makes blocks under load.
const LISTENING: Duration = Duration::from_secs(3);

/// Checks that nothing was received: no stream, no negotiated protocol, no byte.
fn assert_silence(heard: &Heard) {
    assert_eq!(heard.streams_opened, 0, "{heard:?}");
    assert_eq!(heard.agreed, Vec::<String>::new());
    assert_eq!(heard.bytes, 0, "{heard:?}");
}

/// A receipt signed by the hospital; only its sender is wrong.
fn signed_transaction(network: &Network) -> Bytes {
    let action = transactions::issue("carried-by-a-stranger");
    Draft::new(&network.chain_id, &network.founders[HOSPITAL], action).sign()
}

fn frame_for(class: &str, transaction: &Bytes) -> Vec<u8> {
    match class {
        "consensus" => frames::frame(frames::CONSENSUS, b"junk"),
        "parts" => frames::frame(frames::PART, b"junk"),
        "sync" => {
            let ask = v1::SyncRequest {
                from_height: 1,
                to_height: 10,
            };
            let body = [&1_u64.to_be_bytes()[..], &ask.encode_to_vec()].concat();
            let follow = frames::frame(frames::FOLLOW, &[1]);
            [frames::frame(frames::REQUEST, &body), follow].concat()
        }
        "attachments" => {
            let ask = v1::AttachmentRequest {
                hashes: vec![vec![7; 32].into()],
            };
            let body = [&1_u64.to_be_bytes()[..], &ask.encode_to_vec()].concat();
            frames::frame(frames::ATTACHMENT_REQUEST, &body)
        }
        _ => {
            let batch = frames::batch(&[transaction.clone()]);
            frames::frame(frames::TRANSACTIONS, &batch)
        }
    }
}

#[test]
fn a_stranger_that_dials_receives_nothing_and_relays_nothing() {
    let mut cluster = Cluster::start_all(NODE, "stranger-dials", VALIDATORS);
    let network = cluster.network().clone();
    let mut load = Load::start(&cluster);
    cluster.wait_for_progress(3, PATIENCE);

    let runtime = Runtime::new().unwrap();
    let hash = genesis_hash(&network);
    let carried = signed_transaction(&network);
    for place in 0..VALIDATORS {
        for class in CLASSES {
            runtime.block_on(async {
                let key = Keypair::generate_ed25519();
                let address = address(&network, place);
                let stranger = RawPeer::dial(&key, &address).await.unwrap();
                let (name, bytes) = (protocol(&hash, class), frame_for(class, &carried));
                let stream = stranger.push(&name, &bytes).await;
                assert!(
                    stream.is_none(),
                    "node {place} accepts {class} from a stranger"
                );
                assert!(stranger.closes().await, "node {place} keeps a stranger");
                assert_silence(&stranger.heard());
            });
        }
    }
    runtime.block_on(try_all_at_once(&network));

    cluster.wait_for_progress(3, PATIENCE);
    let carried = transactions::id(&network.chain_id, &carried);
    for place in 0..VALIDATORS {
        assert_no_stranger(&cluster, place);
        let located = cluster.ask(
            place,
            Request::Locate {
                ids: vec![carried.clone()],
            },
        );
        assert!(matches!(located, Answer::Located(it) if it == [None]));
    }
    load.stop();
    cluster.assert_one_chain(&mut Checked::default());
    load.assert_nothing_lost(&mut cluster);
}

/// Opens every protocol, including libp2p's own, on one connection, writes before any is negotiated, and keeps the
/// connection open as long as it lasts.
async fn try_all_at_once(network: &Network) {
    let hash = genesis_hash(network);
    let key = Keypair::generate_ed25519();
    let stranger = RawPeer::dial(&key, &address(network, 0)).await.unwrap();
    let mut names: Vec<_> = CLASSES.iter().map(|class| protocol(&hash, class)).collect();
    names.extend(["/ipfs/ping/1.0.0", "/ipfs/id/1.0.0", "/meshsub/1.1.0"].map(str::to_owned));
    let opened = futures::future::join_all(names.iter().map(|name| stranger.open(name))).await;
    assert!(opened.iter().all(Option::is_none));
    tokio::time::sleep(LISTENING).await;
    assert!(stranger.closes().await);
    assert_silence(&stranger.heard());
}

fn assert_no_stranger(cluster: &Cluster, place: usize) {
    let status = cluster.status(place);
    assert_eq!(status.peers.len(), VALIDATORS - 1, "{status:?}");
    assert!(status.peers.iter().all(|peer| peer.connected), "{status:?}");
}

#[test]
fn a_stranger_at_a_members_address_receives_nothing() {
    let mut cluster = Cluster::found(NODE, "stranger-answers", VALIDATORS);
    let network = cluster.network().clone();
    // Of two validators the one with the lower peer id dials, so all others dial this one.
    let member = (0..VALIDATORS)
        .max_by_key(|place| peer_key(&network, *place).public().to_peer_id())
        .unwrap();

    let runtime = Runtime::new().unwrap();
    let stranger = Keypair::generate_ed25519();
    let here = address(&network, member);
    let (hash, carried) = (genesis_hash(&network), signed_transaction(&network));
    let says = CLASSES.map(|class| (protocol(&hash, class), frame_for(class, &carried)));
    let listening = RawListener::listen(&stranger, &here, says.to_vec());
    let listener = runtime.block_on(listening).unwrap();
    let others: Vec<_> = (0..VALIDATORS).filter(|place| *place != member).collect();
    for place in &others {
        cluster.start(*place);
    }
    let mut load = Load::start(&cluster);
    cluster.wait_for_progress(3, PATIENCE);
    // Inside the runtime, because the wait needs its timer.
    assert!(runtime.block_on(async { listener.dialled(2 * others.len(), PATIENCE).await }));
    thread::sleep(LISTENING);
    let heard = listener.heard();
    assert!(
        heard.len() >= others.len(),
        "connections got as far as Yamux"
    );
    for heard in heard {
        assert_silence(&heard);
        assert!(heard.closed, "{heard:?}");
    }
    let carried = vec![transactions::id(&network.chain_id, &carried)];
    for place in &others {
        let ids = carried.clone();
        let located = cluster.ask(*place, Request::Locate { ids });
        assert!(matches!(located, Answer::Located(it) if it == [None]));
        let told = cluster.log(*place);
        assert!(told.contains("endpoint of a member answered with another key"));
        let status = cluster.status(*place);
        let connected = status.peers.iter().filter(|peer| peer.connected).count();
        assert_eq!(connected, others.len() - 1, "{status:?}");
    }

    // The member itself is accepted at this address.
    drop(listener);
    runtime.shutdown_timeout(PATIENCE);
    cluster.start(member);
    cluster.wait_for_progress(2, PATIENCE);
    load.stop();
    cluster.assert_one_chain(&mut Checked::default());
}
