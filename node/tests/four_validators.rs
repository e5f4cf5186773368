//! Four whole nodes in one process, on real sockets and real disks.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{net::TcpListener, path::Path, sync::Arc, thread, time::Duration};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use piaolian_consensus::double_sign::LastSignState;
use piaolian_contracts::{chain::ChainId, organisations::KeyPurpose, types::BlockTime};
use piaolian_custody::attachments::{Attachments, Retention};
use piaolian_ledger::{CommittedOutcome, Store};
use piaolian_node::{
    app as node,
    app::{Components, Endpoints, NodeError, Setup},
};
use piaolian_proto::v1::{self, transaction_body::Action};
use piaolian_test_kit::{
    sample::{self, Founder, Network},
    transactions::Draft,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout},
};

const PATIENCE: Duration = Duration::from_secs(30);

struct Running {
    components: Components,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<node::StopReason, NodeError>>,
}

impl Running {
    async fn stop(self) {
        drop(self.components);
        self.stop.send(()).unwrap();
        let ended = timeout(PATIENCE, self.task).await.unwrap().unwrap();
        assert_eq!(ended.unwrap(), node::StopReason::Requested);
    }
}

fn chain_id() -> ChainId {
    "piaolian-test".parse().unwrap()
}

fn secret(founder: &Founder, purpose: KeyPurpose) -> SigningKey {
    let (_, key) = founder.key(purpose).unwrap();
    SigningKey::from_bytes(&key.secret())
}

fn setup(network: &Network, place: usize, folder: &Path, ports: &[u16]) -> Setup {
    let address = |port: &u16| format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let endpoints: Endpoints = network
        .founders
        .iter()
        .zip(ports)
        .map(|(founder, port)| {
            (
                founder.presentation.organisation.to_string(),
                vec![address(port)],
            )
        })
        .collect();
    let data = folder.join(place.to_string());
    std::fs::create_dir_all(&data).unwrap();
    let last_signed_state = data.join("signer.mark");
    if !last_signed_state.exists() {
        LastSignState::create(&last_signed_state).unwrap();
    }
    let founder = &network.founders[place];
    let attachments = data.join("attachments");
    Setup {
        attachments: Attachments::open(&attachments, None, Retention::ForEver).unwrap(),
        genesis: network.genesis.clone(),
        organisation: founder.presentation.organisation,
        last_signed_state,
        listen: address(&ports[place]),
        endpoints,
        peer_key: secret(founder, KeyPurpose::Peer),
        validate_keys: vec![secret(founder, KeyPurpose::Validate)],
        data,
    }
}

async fn start(setup: Setup) -> Running {
    let (stop, stopped) = oneshot::channel();
    let (tell, mut components) = mpsc::channel(1);
    let task = tokio::spawn(node::run(
        setup,
        move |components| async move {
            tell.send(components).await.unwrap();
            std::future::pending().await
        },
        async {
            let _ = stopped.await;
        },
    ));
    let components = timeout(PATIENCE, components.recv()).await.unwrap();
    let Some(components) = components else {
        panic!("{:?}", task.await)
    };
    Running {
        components,
        stop,
        task,
    }
}

fn free_ports(count: usize) -> Vec<u16> {
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap().port())
        .collect()
}

fn transaction(founder: &Founder, client: u8, action: Action) -> Bytes {
    Draft::new(&chain_id(), founder, action)
        .client([client; 16])
        .sign()
}

async fn settle(node: &Running, transaction: Bytes) -> CommittedOutcome {
    let admission = &node.components.admission;
    let transaction = admission.decode(transaction).unwrap();
    let submitted = admission.submit(transaction).await.unwrap();
    timeout(PATIENCE, submitted.outcome).await.unwrap().unwrap()
}

async fn equal_roots(nodes: &[Running]) {
    let deadline = Instant::now() + PATIENCE;
    let height = nodes
        .iter()
        .map(|node| node.components.ledger.tip().height)
        .max()
        .unwrap();
    for node in nodes {
        let mut tips = node.components.ledger.tips();
        tokio::time::timeout_at(deadline, tips.wait_for(|tip| tip.height >= height))
            .await
            .unwrap()
            .unwrap();
    }
    let roots: Vec<_> = nodes
        .iter()
        .map(|node| {
            node.components
                .ledger
                .view()
                .header(height)
                .unwrap()
                .unwrap()
                .state_root
        })
        .collect();
    assert!(roots.iter().all(|root| *root == roots[0]), "{roots:?}");
}

fn grant(network: &Network) -> Action {
    Action::GrantRange(v1::GrantRange {
        issuer: network.founders[sample::HOSPITAL]
            .presentation
            .organisation
            .to_string(),
        receipt_code: "99060126".to_owned(),
        first_number: 1,
        last_number: 1_000,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_validators_agree_and_take_up_again_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let network = Arc::new(
        sample::network(&chain_id(), BlockTime::from_ms(1_780_000_000_000), 4, 1).unwrap(),
    );
    let ports = free_ports(4);
    let mut nodes = Vec::new();
    for place in 0..4 {
        nodes.push(start(setup(&network, place, folder.path(), &ports)).await);
    }

    let granted = settle(
        &nodes[0],
        transaction(&network.founders[0], 1, grant(&network)),
    )
    .await;
    assert_eq!(granted.outcome.code, 0, "{granted:?}");
    let again = settle(
        &nodes[1],
        transaction(&network.founders[0], 2, grant(&network)),
    )
    .await;
    assert_ne!(again.outcome.code, 0, "overlapping ranges must be rejected");
    equal_roots(&nodes).await;

    for node in nodes {
        node.stop().await;
    }

    let mut nodes = Vec::new();
    for place in 0..4 {
        nodes.push(start(setup(&network, place, folder.path(), &ports)).await);
    }
    let height = nodes[0].components.ledger.tip().height;
    assert!(height >= granted.height);
    let other = Action::GrantRange(v1::GrantRange {
        first_number: 2_001,
        last_number: 3_000,
        issuer: network.founders[sample::HOSPITAL]
            .presentation
            .organisation
            .to_string(),
        receipt_code: "99060126".to_owned(),
    });
    let granted = settle(&nodes[2], transaction(&network.founders[0], 3, other)).await;
    assert_eq!(granted.outcome.code, 0, "{granted:?}");
    assert!(granted.height > height);
    equal_roots(&nodes).await;
    for node in nodes {
        node.stop().await;
    }
}

/// A node that is asked to stop does not end while any part still holds the store open, such as a call in progress or a
/// snapshot that is being read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_has_ended_once_nobody_holds_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let founding_time = BlockTime::from_ms(1_780_000_000_000);
    let network = sample::network(&chain_id(), founding_time, 4, 1).unwrap();
    let setup = setup(&network, 0, folder.path(), &free_ports(4));
    let path = setup.data.join("store");
    let node = start(setup).await;
    let store = node.components.ledger.view().clone();
    let identity = store.identity().clone();
    let holding = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        drop(store);
    });
    node.stop().await;
    Store::open(&path, &identity).unwrap();
    holding.join().unwrap();
}
