use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use piaolian_sealing::attachment_hash;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::{Attachments, Chain, Named, Own, Peers, Retention};
use crate::clock;

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

/// A chain of blocks that name attachments, all by one author.
#[derive(Default)]
struct Blocks {
    named: Mutex<BTreeMap<u64, Named>>,
    read: AtomicU64,
}

impl Blocks {
    fn naming(&self, height: u64, numbers: impl IntoIterator<Item = u64>) {
        self.naming_at(height, clock::now().as_ms(), numbers);
    }

    fn naming_at(&self, height: u64, time_ms: u64, numbers: impl IntoIterator<Item = u64>) {
        let author = organisation(AUTHOR);
        let attachments = numbers.into_iter().map(|number| (hash(number), author));
        let named = Named {
            time_ms,
            attachments: attachments.collect(),
        };
        self.named.lock().unwrap().insert(height, named);
    }
}

impl Chain for Blocks {
    fn named_at(&self, height: u64) -> Result<Named, Fault> {
        self.read.fetch_add(1, Ordering::Relaxed);
        let named = self.named.lock().unwrap().get(&height).cloned();
        Ok(named.unwrap_or_default())
    }
}

/// Peers, each with what it answers to every question, whatever is asked.
#[derive(Clone, Default)]
struct Nodes(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: BTreeMap<OrganisationId, Answer>,
    asked: Vec<(OrganisationId, Vec<Hash>)>,
}

enum Answer {
    /// Of these, what was asked for.
    Has(Vec<u64>),
    /// These bytes.
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
        self.0.lock().unwrap().answers.keys().copied().collect()
    }

    fn ask(&self, organisation: OrganisationId, hashes: &[Hash]) -> BoxFuture<'static, Vec<Bytes>> {
        let mut state = self.0.lock().unwrap();
        state.asked.push((organisation, hashes.to_vec()));
        let sent = match &state.answers[&organisation] {
            Answer::Has(numbers) => numbers
                .iter()
                .filter(|number| hashes.contains(&hash(**number)))
                .map(|number| attachment(*number))
                .collect(),
            Answer::Says(said) => said.clone(),
        };
        async move { sent }.boxed()
    }
}

/// Attachments that run over a chain and its peers.
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

    fn with(folder: &Path, own: Option<Own>, retention: Retention) -> Self {
        Self::over(folder, own, retention, Arc::default(), Nodes::default())
    }

    fn over(
        folder: &Path,
        own: Option<Own>,
        retention: Retention,
        blocks: Arc<Blocks>,
        nodes: Nodes,
    ) -> Self {
        let attachments = Attachments::open(&folder.join("attachments"), own, retention).unwrap();
        let (tips, heights) = watch::channel(0);
        let peers = Box::new(nodes.clone());
        let running = tokio::spawn(attachments.clone().run(blocks.clone(), heights, peers));
        Self {
            attachments,
            blocks,
            nodes,
            tips,
            running,
        }
    }

    fn commit(&self, height: u64, numbers: impl IntoIterator<Item = u64>) {
        self.blocks.naming(height, numbers);
        self.tips.send_replace(height);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_names_is_fetched_from_its_author_first() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    for code in [AUTHOR, OTHER] {
        world.nodes.set(code, Answer::Has(vec![1, 2]));
    }
    world.commit(3, [1, 2]);
    world
        .until("fetched", |world| world.has(1) && world.has(2))
        .await;
    let asked = world.nodes.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, organisation(AUTHOR));
    assert_eq!(world.attachments.missing().unwrap(), 0);
    assert_eq!(world.attachments.get(&hash(3)).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_asked_for_in_several_questions() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    world.nodes.set(AUTHOR, Answer::Has((0..1_000).collect()));
    world.commit(1, 0..1_000);
    world
        .until("fetched", |world| {
            (0..1_000).all(|number| world.has(number))
        })
        .await;
    let longest = world
        .nodes
        .asked()
        .iter()
        .map(|(_, asked)| asked.len())
        .max();
    assert_eq!(longest, Some(super::fetch::ASKED_AT_ONCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_another_hash_is_not_kept_and_others_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    let said = vec![
        attachment(7),
        Bytes::from_static(b"attachment 1?"),
        Bytes::new(),
    ];
    world.nodes.set(AUTHOR, Answer::Says(said));
    world.nodes.set(OTHER, Answer::Has(vec![1]));
    world.commit(1, [1]);
    world.until("fetched", |world| world.has(1)).await;
    assert!(!world.has(7), "nobody named it");
    assert_eq!(world.nodes.asked()[0].0, organisation(AUTHOR));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_had_is_fetched_once_somebody_does() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    world.nodes.set(OTHER, Answer::Has(vec![2]));
    world.commit(1, [1, 2]);
    world.until("the one", |world| world.has(2)).await;
    world
        .until("asked again", |world| world.nodes.asked().len() > 2)
        .await;
    assert_eq!(world.attachments.missing().unwrap(), 1);
    world.nodes.set(OTHER, Answer::Has(vec![1]));
    world.until("the other", |world| world.has(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    world.commit(1, [1]);
    world.commit(2, [2]);
    world
        .until("noted", |world| world.attachments.missing().unwrap() == 2)
        .await;
    let (blocks, nodes) = world.stop().await;
    let read = blocks.read.load(Ordering::Relaxed);

    let world = World::over(folder.path(), None, Retention::ForEver, blocks, nodes);
    world.nodes.set(AUTHOR, Answer::Has(vec![1, 2, 3]));
    world.commit(3, [3]);
    world
        .until("fetched", |world| (1..=3).all(|number| world.has(number)))
        .await;
    assert_eq!(world.blocks.read.load(Ordering::Relaxed), read + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_attachments_are_here_before_the_chain_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let own: Own = Box::new(|asked| Ok((*asked == hash(1)).then(|| attachment(1))));
    let world = World::with(folder.path(), Some(own), Retention::ForEver);
    world.nodes.set(AUTHOR, Answer::Has(vec![]));
    world.attachments.keep_own(hash(2), attachment(2)).unwrap();
    assert!(world.has(1) && world.has(2));
    world.commit(1, [1, 2, 3]);
    world
        .until("noted", |world| world.attachments.missing().unwrap() == 1)
        .await;
    world
        .until("asked", |world| !world.nodes.asked().is_empty())
        .await;
    let asked = world.nodes.asked();
    assert!(asked.iter().all(|(_, asked)| *asked == [hash(3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_age_goes_and_is_found_again_with_peers() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(folder.path(), None, Retention::Days(1));
    world.nodes.set(AUTHOR, Answer::Has(vec![1, 2]));
    let old = clock::now().as_ms() - 2 * super::DAY_MS;
    // Past its age when it is named: never fetched by itself.
    world.blocks.naming_at(1, old, [1]);
    world.commit(2, [2]);
    world.until("fetched", |world| world.has(2)).await;
    assert!(!world.has(1));
    assert_eq!(world.attachments.missing().unwrap(), 0);

    let now = clock::now().as_ms();
    assert_eq!(world.attachments.store.prune(now - 60_000).unwrap(), 0);
    assert_eq!(world.attachments.store.prune(now + 60_000).unwrap(), 1);
    assert!(!world.has(2));
    let author = organisation(AUTHOR);
    for number in [1, 2] {
        let found = world.attachments.find(hash(number), author).await.unwrap();
        assert_eq!(found, Some(attachment(number)));
        assert!(world.has(number), "kept again");
    }
    assert_eq!(world.attachments.find(hash(3), author).await.unwrap(), None);
}

#[test]
fn a_retention_of_days_begins_so_many_days_ago() {
    let now = 100 * super::DAY_MS;
    assert_eq!(Retention::ForEver.begins_ms(now), 0);
    assert_eq!(Retention::Days(30).begins_ms(now), 70 * super::DAY_MS);
    assert_eq!(Retention::Days(200).begins_ms(now), 0);
}
