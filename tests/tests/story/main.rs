//! The stories as `scripts/demo` plays them; the main one with everything that leaves an organisation
//! written down: nothing of what is private may be found in it (DESIGN §8).

#![allow(clippy::unwrap_used)] // tests

mod needles;
mod places;

use std::{
    fs,
    path::{Path, PathBuf},
};

use piaolian_tests::story::{Stage, Story, Tap, Who};

use self::{needles::Needles, places::Found};

/// Each of these is in clear in the hospital's own hands, or the search is blind: so many
/// patients, identity numbers and names of fee lines were written at least.
const NEEDLES_MIN: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_story_goes_as_told_and_leaves_nothing_private_outside_the_issuers_own_store() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("network");
    let traffic = folder.path().join("traffic");
    fs::create_dir_all(&network).unwrap();
    fs::create_dir_all(&traffic).unwrap();

    let mut stage = Stage::new(program(), &network, Some(Tap::new(&traffic)));
    if let Err(failed) = stage.play(Story::Main).await {
        panic!("{failed}\n{}", stage.report);
    }
    // The search is for what lies on the disk, so it waits for the nodes to have written.
    assert_eq!(stage.network.stop(), []);

    let hospital = network.join(Who::Hospital.folder());
    let needles = Needles::private(&hospital.join("receipts"));
    assert!(needles.count() > NEEDLES_MIN, "{}", needles.count());
    let found = places::search(folder.path(), &needles);
    let own = own_places(&hospital, &traffic);
    let elsewhere: Vec<&Found> = found
        .iter()
        .filter(|found| !own.iter().any(|own| own.is(&found.path)))
        .collect();
    assert!(elsewhere.is_empty(), "in clear: {elsewhere:#?}");
    for own in own {
        let there = found.iter().any(|found| own.is(&found.path));
        assert!(there, "the search did not find what is in {own:?}");
    }
    everyone_was_overheard(&traffic);
    everyone_was_searched(&network, &hospital.join("receipts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_medical_reimbursement_goes_as_told() {
    goes_as_told(Story::Medical).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_traffic_fines_goes_as_told() {
    goes_as_told(Story::Fines).await;
}

async fn goes_as_told(story: Story) {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::new(program(), folder.path(), None);
    if let Err(failed) = stage.play(story).await {
        panic!("{failed}\n{}", stage.report);
    }
    assert_eq!(stage.network.stop(), []);
}

/// The program under test: built beside the story's.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_story")).with_file_name("piaolian");
    assert!(program.exists(), "cargo build --release comes first");
    program
}

/// Where private details belong: with the issuer.
#[derive(Debug)]
struct Own(String);

impl Own {
    fn is(&self, path: &Path) -> bool {
        path.display().to_string().starts_with(&self.0)
    }
}

/// What its own system wrote, what that system handed to its own node's door, and the
/// store in which the node keeps it.
fn own_places(hospital: &Path, traffic: &Path) -> [Own; 3] {
    [
        hospital.join("receipts"),
        hospital.join("data/details"),
        traffic.join("hospital-rpc-to-node"),
    ]
    .map(|path| Own(path.display().to_string()))
}

/// A search that finds nothing in compressed files would find nothing private either: what
/// is public is found in the store of each.
fn everyone_was_searched(network: &Path, receipts: &Path) {
    let public = Needles::public(receipts);
    for who in Who::FOUNDERS.into_iter().chain([Who::SecondInsurer]) {
        let store = network.join(who.folder()).join("data/store");
        let found = places::search(&store, &public);
        assert!(
            !found.is_empty(),
            "nothing was readable in {}",
            store.display()
        );
    }
}

/// A tap that recorded nothing would have found nothing.
fn everyone_was_overheard(traffic: &Path) {
    for who in Who::FOUNDERS {
        for door in ["peers", "rpc"] {
            for direction in ["to-node", "from-node"] {
                let prefix = format!("{}-{door}-{direction}", who.folder());
                let bytes: u64 = fs::read_dir(traffic)
                    .unwrap()
                    .map(Result::unwrap)
                    .filter(|file| file.file_name().to_string_lossy().starts_with(&prefix))
                    .map(|file| file.metadata().unwrap().len())
                    .sum();
                assert!(bytes > 0, "{prefix}");
            }
        }
    }
}
