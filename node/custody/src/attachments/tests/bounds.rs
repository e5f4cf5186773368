//! Bounds on the cost of one author for the others.

use super::*;
use crate::attachments::{
    days::{Day, Sum},
    fetch::GIVEN_UP_AFTER_MS,
    limits::DAY_MS,
};

/// Midnight UTC of some day.
const DAY: u64 = 20_000 * DAY_MS;

/// Bytes of the attachments from 10 to 99, each.
const BYTES: u64 = 13;

/// The fourth of them reaches it.
const BOUND: StorageLimits = StorageLimits {
    retention: Retention::ForEver,
    member_bytes_a_day: 3 * BYTES + 1,
};

/// Returns how many of these are here.
fn here(world: &World, numbers: impl IntoIterator<Item = u64>) -> usize {
    let here = numbers.into_iter().filter(|number| world.has(*number));
    here.count()
}

fn sum(world: &World, author: &str, time_ms: u64) -> Sum {
    let day = Day::of(organisation(author), time_ms);
    world.attachments.store.sum(&day).unwrap()
}

fn was_asked_for(nodes: &Nodes, number: u64) -> bool {
    let asked = nodes.asked();
    asked.iter().any(|(_, asked)| asked.contains(&hash(number)))
}

/// A node that fetched four of the attachments 10 to 29, which AUTHOR named on one day.
async fn flooded(folder: &Path) -> World {
    let world = World::with(folder, None, BOUND);
    let all = (10..100).collect();
    world.nodes.set(AUTHOR, Answer::HasOneByOne(all));
    let flood: Vec<u64> = (10..30).collect();
    world.commit_at(1, DAY, &[(AUTHOR, &flood)]);
    world
        .until("left out", |world| world.attachments.left_out() == 16)
        .await;
    assert_eq!(here(&world, 10..30), 4);
    let bytes = 4 * BYTES;
    let left_out = 16;
    assert_eq!(sum(&world, AUTHOR, DAY), Sum { bytes, left_out });
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_fetched_up_to_the_bound_and_then_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let world = flooded(folder.path()).await;
    assert_eq!(world.missing(), 0);

    // Attachments named later that day are left out at once.
    world.commit_at(2, DAY + DAY_MS - 1, &[(AUTHOR, &[30, 31])]);
    world
        .until("left out", |world| world.attachments.left_out() == 18)
        .await;
    assert_eq!((here(&world, 30..32), world.missing()), (0, 0));
    assert!(!was_asked_for(&world.nodes, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_affects_no_other_author_and_no_other_day() {
    let folder = tempfile::tempdir().unwrap();
    let world = flooded(folder.path()).await;
    world.nodes.set(OTHER, Answer::Has((50..60).collect()));
    world.commit_at(2, DAY + 1, &[(AUTHOR, &[40]), (OTHER, &[50, 51])]);
    world.commit_at(3, DAY + DAY_MS, &[(AUTHOR, &[41])]);
    world.commit_at(4, DAY + 2 * DAY_MS, &[(AUTHOR, &[42, 43])]);
    world
        .until("fetched", |world| {
            here(world, [50, 51, 41, 42, 43]) == 5 && world.missing() == 0
        })
        .await;
    assert!(!world.has(40));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_gets_attachments_over_the_bound_which_are_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let world = flooded(folder.path()).await;
    let before = sum(&world, AUTHOR, DAY);
    for number in 10..30 {
        let author = organisation(AUTHOR);
        let found = world.attachments.find(hash(number), author).await.unwrap();
        assert_eq!(found, Some(attachment(number)));
    }
    assert_eq!(sum(&world, AUTHOR, DAY), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sum_of_a_day_survives_a_restart_and_is_removed_after_the_day() {
    let folder = tempfile::tempdir().unwrap();
    let (blocks, nodes) = flooded(folder.path()).await.stop().await;

    let world = World::over(folder.path(), None, BOUND, blocks, nodes);
    world.commit_at(2, DAY + 1, &[(AUTHOR, &[30])]);
    world
        .until("left out", |world| world.attachments.left_out() == 1)
        .await;
    world.attachments.store.forget_days().unwrap();
    assert_ne!(sum(&world, AUTHOR, DAY), Sum::default());

    // The next day begins while an attachment of the day before is still missing.
    world.commit_at(3, DAY + 2, &[(OTHER, &[200])]);
    world.commit_at(4, DAY + DAY_MS, &[(AUTHOR, &[31])]);
    world.until("fetched", |world| world.has(31)).await;
    world
        .until("no longer missing", |world| world.missing() == 1)
        .await;
    world.attachments.store.forget_days().unwrap();
    assert_eq!(sum(&world, AUTHOR, DAY), Sum::default());
    assert_eq!(sum(&world, AUTHOR, DAY + DAY_MS).bytes, BYTES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_stays_while_an_attachment_of_its_day_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(folder.path(), None, BOUND);
    world.nodes.set(OTHER, Answer::Has(vec![10]));
    world.commit_at(1, DAY, &[(AUTHOR, &[10, 11])]);
    world.commit_at(2, DAY + DAY_MS, &[]);
    world
        .until("the one", |world| world.has(10) && world.missing() == 1)
        .await;
    world.attachments.store.forget_days().unwrap();
    assert_eq!(sum(&world, AUTHOR, DAY).bytes, BYTES);
    world.nodes.set(OTHER, Answer::Has(vec![11]));
    world.until("the other", |world| world.missing() == 0).await;
    world.attachments.store.forget_days().unwrap();
    assert_eq!(sum(&world, AUTHOR, DAY), Sum::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_over_its_bound_does_not_remove_the_same_attachment_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(folder.path(), None, BOUND);
    let flood: Vec<u64> = (10..30).collect();
    // Both are noted before a peer is connected.
    world.commit_at(1, DAY, &[(OTHER, &[29])]);
    world.commit_at(2, DAY + 1, &[(AUTHOR, &flood)]);
    world.until("noted", |world| world.missing() == 21).await;
    world
        .nodes
        .set(AUTHOR, Answer::HasOneByOne((10..29).collect()));
    world
        .until("left out", |world| world.attachments.left_out() > 0)
        .await;
    world
        .until("the other's", |world| world.missing() == 1)
        .await;
    world.nodes.set(OTHER, Answer::Has(vec![29]));
    world.until("fetched", |world| world.has(29)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_answer_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(folder.path(), None, BOUND);
    world
        .nodes
        .set(AUTHOR, Answer::Says(vec![attachment(10); 64]));
    world.nodes.set(OTHER, Answer::Has(vec![10, 11]));
    world.commit_at(1, DAY, &[(AUTHOR, &[10, 11])]);
    world
        .until("fetched", |world| here(world, 10..12) == 2)
        .await;
    assert_eq!(sum(&world, AUTHOR, DAY).bytes, 2 * BYTES);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_attachments_are_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let own: OwnAttachments = Box::new(|asked| Ok((*asked == hash(10)).then(|| attachment(10))));
    let world = World::with(folder.path(), Some(own), BOUND);
    world
        .attachments
        .keep_own(hash(11), attachment(11))
        .unwrap();
    world.nodes.set(OTHER, Answer::Has(vec![12]));
    world.commit_at(1, DAY, &[(AUTHOR, &[10, 11]), (OTHER, &[12])]);
    world.until("fetched", |world| world.has(12)).await;
    assert_eq!(sum(&world, AUTHOR, DAY), Sum::default());
    assert_eq!(sum(&world, OTHER, DAY).bytes, BYTES);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_that_never_answers_does_not_delay_others() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path());
    world.nodes.set(AUTHOR, Answer::Never);
    world.commit(1, 1_000..2_000);
    world
        .until("asked", |world| !world.nodes.asked().is_empty())
        .await;
    world.nodes.set(OTHER, Answer::Has(vec![1]));
    world.commit_at(2, clock::now().as_ms(), &[(OTHER, &[1])]);
    world.until("fetched", |world| world.has(1)).await;
    let waiting = world.nodes.asked();
    let waiting = waiting.iter().filter(|it| it.0 == organisation(AUTHOR));
    assert_eq!(waiting.count(), 1, "it is asked once at a time");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_given_up_after_30_days_once_a_peer_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Retention::ForEver;
    let attachments = Attachments::open(&folder.path().join("attachments"), None, limits).unwrap();
    let now = clock::now().as_ms();
    let author = organisation(AUTHOR);
    // They were named long before: the age counts from when this node lacked them.
    for (height, days, number) in [(1, 31, 10), (2, 29, 11)] {
        let named = NamedAttachments {
            time_ms: DAY + height,
            attachments: vec![(hash(number), author)],
        };
        let since = now - GIVEN_UP_AFTER_MS / 30 * days;
        let noted = attachments.store.note(height, &named, since, |_| Ok(false));
        noted.unwrap();
    }

    let world = World::run(attachments, Arc::default(), Nodes::default());
    world
        .until("looked", |world| world.nodes.0.lock().unwrap().looked > 3)
        .await;
    assert_eq!(world.missing(), 2, "nobody is connected");

    world.nodes.set(OTHER, Answer::Has(vec![]));
    world.until("given up", |world| world.missing() == 1).await;
    assert!(was_asked_for(&world.nodes, 10));
    world.nodes.set(OTHER, Answer::Has(vec![10, 11]));
    world.until("the other", |world| world.has(11)).await;
    assert!(!world.has(10));
    let found = world.attachments.find(hash(10), author).await.unwrap();
    assert_eq!(found, Some(attachment(10)));
}
