//! The stories as `scripts/demo` plays them, with everything that leaves an organisation
//! written down: nothing of what is private may be found in it (docs/PRIVACY.md).

#![allow(clippy::unwrap_used)] // tests

mod needles;
mod places;

use std::{
    fs,
    path::{Path, PathBuf},
};

use piaolian_tests::demo::{Harness, Member, Scenario, TrafficRecorder};

use self::{needles::Needles, places::Found};

/// What is searched for, and where it may be.
struct Search {
    scenario: Scenario,
    founders: [Member; 4],
    /// Whose own system knows it.
    owner: Member,
    /// Each is in clear in the owner's own hands, or the search is blind: so many names,
    /// identity numbers and names of fee lines were written at least.
    needles_min: usize,
    /// Between whom it passes in clear: the owner and those who may read, each with its own
    /// clients, and in which direction.
    passes: &'static [(Member, &'static str)],
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_story_goes_as_told_and_leaves_nothing_private_outside_the_hospital() {
    let search = Search {
        scenario: Scenario::Main,
        founders: Member::FOUNDERS,
        owner: Member::Hospital,
        needles_min: 2_000,
        passes: &[(Member::Hospital, "to-node")],
    };
    search.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_medical_reimbursement_goes_as_told_and_leaves_nothing_private_outside_the_hospital()
 {
    let search = Search {
        scenario: Scenario::Medical,
        founders: Member::MEDICAL,
        owner: Member::Hospital,
        needles_min: 100,
        passes: &[
            (Member::Hospital, "to-node"),
            (Member::Insurer, "from-node"),
            (Member::Finance, "to-node"),
            (Member::Finance, "from-node"),
        ],
    };
    search.run().await;
}

/// The police's door also tells it: to the payer who picks the receipt up.
#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_traffic_fines_goes_as_told_and_leaves_nothing_private_outside_the_police() {
    let search = Search {
        scenario: Scenario::Fines,
        founders: Member::FINES,
        owner: Member::Police,
        needles_min: 2_000,
        passes: &[(Member::Police, "to-node"), (Member::Police, "from-node")],
    };
    search.run().await;
}

impl Search {
    /// Plays the story with a tap before every door and searches all that it left.
    async fn run(&self) {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("network");
        let traffic = folder.path().join("traffic");
        fs::create_dir_all(&network).unwrap();
        fs::create_dir_all(&traffic).unwrap();

        let mut harness = Harness::new(program(), &network, Some(TrafficRecorder::new(&traffic)));
        if let Err(failed) = harness.run(self.scenario).await {
            panic!("{failed}\n{}", harness.report);
        }
        // The search is for what lies on the disk, so it waits for the nodes to have written.
        assert_eq!(harness.network.stop(), []);

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
        let homes = harness.network.homes().map(|home| home.folder.as_path());
        everyone_was_searched(homes, &receipts);
    }

    /// Where private details belong: what the owner's own system wrote, and what passed
    /// between nodes and the clients of those who may read. No node keeps them in clear.
    fn own_places(&self, network: &Path, traffic: &Path) -> Vec<Own> {
        let passed = self.passes.iter().map(|(member, direction)| {
            traffic.join(format!("{}-rpc-{direction}", member.folder()))
        });
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
            for member in self.founders {
                let prefix = format!("{}-rpc-{direction}", member.folder());
                assert!(overheard(traffic, &prefix) > 0, "{prefix}");
            }
            let doors = self
                .founders
                .map(|member| format!("{}-peers-{direction}", member.folder()));
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
    let program = Path::new(env!("CARGO_BIN_EXE_demo")).with_file_name("piaolian");
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
