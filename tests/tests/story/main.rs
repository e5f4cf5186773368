//! The stories as `scripts/demo` plays them, with everything that leaves an organisation
//! written down: nothing of what is private may be found in it (docs/PRIVACY.md).

#![allow(clippy::unwrap_used)] // tests

mod needles;
mod places;

use std::{
    fs,
    path::{Path, PathBuf},
};

use piaolian_tests::story::{Stage, Story, Tap, Who};

use self::{needles::Needles, places::Found};

/// What is searched for, and where it may be.
struct Search {
    story: Story,
    founders: [Who; 4],
    /// Whose own system knows it.
    owner: Who,
    /// Each is in clear in the owner's own hands, or the search is blind: so many names,
    /// identity numbers and names of fee lines were written at least.
    needles_min: usize,
    /// Between whom it passes in clear: the owner and those who may read, each with its own
    /// clients, and in which direction.
    passes: &'static [(Who, &'static str)],
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_story_goes_as_told_and_leaves_nothing_private_outside_the_hospital() {
    let search = Search {
        story: Story::Main,
        founders: Who::FOUNDERS,
        owner: Who::Hospital,
        needles_min: 2_000,
        passes: &[(Who::Hospital, "to-node")],
    };
    search.play().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_medical_reimbursement_goes_as_told_and_leaves_nothing_private_outside_the_hospital()
 {
    let search = Search {
        story: Story::Medical,
        founders: Who::MEDICAL,
        owner: Who::Hospital,
        needles_min: 100,
        passes: &[
            (Who::Hospital, "to-node"),
            (Who::Insurer, "from-node"),
            (Who::Finance, "to-node"),
            (Who::Finance, "from-node"),
        ],
    };
    search.play().await;
}

/// The police's door also tells it: to the payer who picks the receipt up.
#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_traffic_fines_goes_as_told_and_leaves_nothing_private_outside_the_police() {
    let search = Search {
        story: Story::Fines,
        founders: Who::FINES,
        owner: Who::Police,
        needles_min: 2_000,
        passes: &[(Who::Police, "to-node"), (Who::Police, "from-node")],
    };
    search.play().await;
}

impl Search {
    /// Plays the story with a tap before every door and searches all that it left.
    async fn play(&self) {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("network");
        let traffic = folder.path().join("traffic");
        fs::create_dir_all(&network).unwrap();
        fs::create_dir_all(&traffic).unwrap();

        let mut stage = Stage::new(program(), &network, Some(Tap::new(&traffic)));
        if let Err(failed) = stage.play(self.story).await {
            panic!("{failed}\n{}", stage.report);
        }
        // The search is for what lies on the disk, so it waits for the nodes to have written.
        assert_eq!(stage.network.stop(), []);

        let receipts = network.join(self.owner.folder()).join("receipts");
        let needles = Needles::private(&receipts);
        assert!(needles.count() > self.needles_min, "{}", needles.count());
        let found = places::search(folder.path(), &needles);
        let own = self.own_places(&network, &traffic);
        let elsewhere: Vec<&Found> = found
            .iter()
            .filter(|found| !own.iter().any(|own| own.is(&found.path)))
            .collect();
        assert!(elsewhere.is_empty(), "in clear: {elsewhere:#?}");
        for own in own {
            let there = found.iter().any(|found| own.is(&found.path));
            assert!(there, "the search did not find what is in {own:?}");
        }
        self.everyone_was_overheard(&traffic);
        let homes = stage.network.homes().map(|home| home.folder.as_path());
        everyone_was_searched(homes, &receipts);
    }

    /// Where private details belong: what the owner's own system wrote, and what passed
    /// between nodes and the clients of those who may read. No node keeps them in clear.
    fn own_places(&self, network: &Path, traffic: &Path) -> Vec<Own> {
        let passed = self
            .passes
            .iter()
            .map(|(who, direction)| traffic.join(format!("{}-rpc-{direction}", who.folder())));
        let written = network.join(self.owner.folder()).join("receipts");
        std::iter::once(written)
            .chain(passed)
            .map(|path| Own(path.display().to_string()))
            .collect()
    }

    /// A tap that recorded nothing would have found nothing. Clients come to each node; of two
    /// nodes the one with the lower key dials, so that a pair is heard at one of their doors.
    fn everyone_was_overheard(&self, traffic: &Path) {
        for direction in ["to-node", "from-node"] {
            for who in self.founders {
                let prefix = format!("{}-rpc-{direction}", who.folder());
                assert!(overheard(traffic, &prefix) > 0, "{prefix}");
            }
            let doors = self
                .founders
                .map(|who| format!("{}-peers-{direction}", who.folder()));
            let pairs = doors
                .iter()
                .map(|door| overheard(traffic, door))
                .sum::<usize>();
            let count = self.founders.len();
            assert!(pairs >= count * (count - 1) / 2, "{pairs} {direction}");
        }
    }
}

/// How many connections of a door left something behind.
fn overheard(traffic: &Path, prefix: &str) -> usize {
    let files = fs::read_dir(traffic).unwrap().map(Result::unwrap);
    files
        .filter(|file| file.file_name().to_string_lossy().starts_with(prefix))
        .filter(|file| file.metadata().unwrap().len() > 0)
        .count()
}

/// The program under test: built beside the story's.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_story")).with_file_name("piaolian");
    assert!(program.exists(), "cargo build --release comes first");
    program
}

/// A place of the owner's.
#[derive(Debug)]
struct Own(String);

impl Own {
    fn is(&self, path: &Path) -> bool {
        path.display().to_string().starts_with(&self.0)
    }
}

/// A search that finds nothing in compressed files would find nothing private either: what
/// is public is found in the store of each.
fn everyone_was_searched<'network>(homes: impl Iterator<Item = &'network Path>, receipts: &Path) {
    let public = Needles::public(receipts);
    for home in homes {
        let store = home.join("data/store");
        let found = places::search(&store, &public);
        assert!(
            !found.is_empty(),
            "nothing was readable in {}",
            store.display()
        );
    }
}
