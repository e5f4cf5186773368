//! Attachments over a simulated chain and simulated peers.

mod bounds;
mod fetching;

use std::{
    collections::BTreeMap,
    future::pending,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use piaolian_base::clock;
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use piaolian_encryption::attachment_hash;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::{
    Attachments, Chain, NamedAttachments, OwnAttachments, Peers, Retention, StorageLimits,
};

const AUTHOR: &str = "91350100M000100Y43";
const OTHER: &str = "91440300708461136T";

fn organisation(code: &str) -> OrganisationId {
    code.parse().unwrap()
}

fn attachment(number: u64) -> Bytes {
    format!("attachment {number}").into_bytes().into()
}

fn hash(number: u64) -> Hash {
    attachment_hash(&attachment(number))
}

/// A chain of blocks that name attachments.
#[derive(Default)]
struct Blocks {
    named: Mutex<BTreeMap<u64, NamedAttachments>>,
    read: AtomicU64,
}

impl Blocks {
    fn naming_at(&self, height: u64, time_ms: u64, named: &[(&str, &[u64])]) {
        let by = |(author, numbers): &(&str, &[u64])| {
            let author = organisation(author);
            let named = numbers.iter().map(move |number| (hash(*number), author));
            named.collect::<Vec<_>>()
        };
        let named = NamedAttachments {
            time_ms,
            attachments: named.iter().flat_map(by).collect(),
        };
        self.named.lock().unwrap().insert(height, named);
    }
}

impl Chain for Blocks {
    fn named_at(&self, height: u64) -> Result<NamedAttachments, Fault> {
        self.read.fetch_add(1, Ordering::Relaxed);
        let named = self.named.lock().unwrap().get(&height).cloned();
        Ok(named.unwrap_or_default())
    }
}

/// Peers, each with one answer to every request.
#[derive(Clone, Default)]
struct Nodes(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: BTreeMap<OrganisationId, Answer>,
    asked: Vec<(OrganisationId, Vec<Hash>)>,
    /// Number of times that the connected peers were listed.
    looked: usize,
}

enum Answer {
    /// The requested ones among these.
    Has(Vec<u64>),
    /// The first requested one among these.
    HasOneByOne(Vec<u64>),
    /// No answer.
    Never,
    /// These bytes, whatever is requested.
    Says(Vec<Bytes>),
}

impl Nodes {
    fn set(&self, code: &str, answer: Answer) {
        let mut state = self.0.lock().unwrap();
        state.answers.insert(organisation(code), answer);
    }

    fn asked(&self) -> Vec<(OrganisationId, Vec<Hash>)> {
        self.0.lock().unwrap().asked.clone()
    }
}

impl Peers for Nodes {
    fn connected(&self) -> Vec<OrganisationId> {
        let mut state = self.0.lock().unwrap();
        state.looked += 1;
        state.answers.keys().copied().collect()
    }

    fn ask(&self, organisation: OrganisationId, hashes: &[Hash]) -> BoxFuture<'static, Vec<Bytes>> {
        let mut state = self.0.lock().unwrap();
        state.asked.push((organisation, hashes.to_vec()));
        let had = |numbers: &[u64]| -> Vec<Bytes> {
            let asked = numbers.iter().filter(|it| hashes.contains(&hash(**it)));
            asked.map(|number| attachment(*number)).collect()
        };
        let sent = match &state.answers[&organisation] {
            Answer::Has(numbers) => had(numbers),
            Answer::HasOneByOne(numbers) => had(numbers).into_iter().take(1).collect(),
            Answer::Never => return pending().boxed(),
            Answer::Says(said) => said.clone(),
        };
        async move { sent }.boxed()
    }
}

/// Running attachments with their chain and peers.
struct World {
    attachments: Arc<Attachments>,
    blocks: Arc<Blocks>,
    nodes: Nodes,
    tips: watch::Sender<u64>,
    running: JoinHandle<Result<(), Fault>>,
}

impl World {
    fn start(folder: &Path) -> Self {
        Self::with(folder, None, Retention::ForEver)
    }

    fn with(folder: &Path, own: Option<OwnAttachments>, limits: impl Into<StorageLimits>) -> Self {
        Self::over(folder, own, limits, Arc::default(), Nodes::default())
    }

    fn over(
        folder: &Path,
        own: Option<OwnAttachments>,
        limits: impl Into<StorageLimits>,
        blocks: Arc<Blocks>,
        nodes: Nodes,
    ) -> Self {
        let attachments = Attachments::open(&folder.join("attachments"), own, limits).unwrap();
        Self::run(attachments, blocks, nodes)
    }

    fn run(attachments: Arc<Attachments>, blocks: Arc<Blocks>, nodes: Nodes) -> Self {
        let (tips, heights) = watch::channel(0);
        let peers = Box::new(nodes.clone());
        let running = tokio::spawn(attachments.clone().run(
            blocks.clone(),
            heights,
            |height| *height,
            peers,
        ));
        Self {
            attachments,
            blocks,
            nodes,
            tips,
            running,
        }
    }

    fn commit(&self, height: u64, numbers: impl IntoIterator<Item = u64>) {
        let numbers: Vec<u64> = numbers.into_iter().collect();
        self.commit_at(height, clock::now().as_ms(), &[(AUTHOR, &numbers)]);
    }

    /// Commits a block with the attachments that each author names.
    fn commit_at(&self, height: u64, time_ms: u64, named: &[(&str, &[u64])]) {
        self.blocks.naming_at(height, time_ms, named);
        self.tips.send_replace(height);
    }

    fn missing(&self) -> usize {
        self.attachments.missing().unwrap()
    }

    fn has(&self, number: u64) -> bool {
        let found = self.attachments.get(&hash(number)).unwrap();
        if let Some(found) = &found {
            assert_eq!(*found, attachment(number));
        }
        found.is_some()
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..500 {
            assert!(!self.running.is_finished(), "{what}: it ended");
            if is_so(self) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{what}: not within ten seconds");
    }

    async fn stop(self) -> (Arc<Blocks>, Nodes) {
        let closed = self.attachments.closed();
        self.running.abort();
        let _ = self.running.await;
        drop((self.attachments, self.tips));
        assert!(closed.within(Duration::from_secs(10)).await);
        (self.blocks, self.nodes)
    }
}
