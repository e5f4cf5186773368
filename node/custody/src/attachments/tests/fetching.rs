use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn attachments_are_fetched_from_their_author_first() {
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
    world
        .until("no longer missing", |world| world.missing() == 0)
        .await;
    assert_eq!(world.attachments.get(&hash(3)).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_attachments_are_asked_for_in_several_requests() {
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
    assert_eq!(longest, Some(crate::attachments::fetch::ASKED_AT_ONCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_another_hash_is_dropped_and_other_peers_are_asked() {
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
async fn an_attachment_is_fetched_once_a_peer_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    world.nodes.set(OTHER, Answer::Has(vec![2]));
    world.commit(1, [1, 2]);
    world.until("the one", |world| world.has(2)).await;
    world
        .until("asked again", |world| world.nodes.asked().len() > 2)
        .await;
    assert_eq!(world.missing(), 1);
    world.nodes.set(OTHER, Answer::Has(vec![1]));
    world.until("the other", |world| world.has(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_resumes_at_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    world.commit(1, [1]);
    world.commit(2, [2]);
    world.until("noted", |world| world.missing() == 2).await;
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
async fn own_attachments_are_never_missing() {
    let folder = tempfile::tempdir().unwrap();
    let own: OwnAttachments = Box::new(|asked| Ok((*asked == hash(1)).then(|| attachment(1))));
    let world = World::with(folder.path(), Some(own), Retention::ForEver);
    world.nodes.set(AUTHOR, Answer::Has(vec![]));
    world.attachments.keep_own(hash(2), attachment(2)).unwrap();
    assert!(world.has(1) && world.has(2));
    world.commit(1, [1, 2, 3]);
    world.until("noted", |world| world.missing() == 1).await;
    world
        .until("asked", |world| !world.nodes.asked().is_empty())
        .await;
    let asked = world.nodes.asked();
    assert!(asked.iter().all(|(_, asked)| *asked == [hash(3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pruned_attachments_are_fetched_again_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(folder.path(), None, Retention::Days(1));
    world.nodes.set(AUTHOR, Answer::Has(vec![1, 2]));
    let old = clock::now().as_ms() - 2 * crate::attachments::limits::DAY_MS;
    // Past its age when it is named: the fetcher skips it.
    world.blocks.naming_at(1, old, &[(AUTHOR, &[1])]);
    world.commit(2, [2]);
    world.until("fetched", |world| world.has(2)).await;
    assert!(!world.has(1));
    world
        .until("no longer missing", |world| world.missing() == 0)
        .await;

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
