//! Runs the scenarios of `scripts/demo` and records everything that leaves an organisation; no private text may be found
//! in it (docs/PRIVACY.md).

#![allow(clippy::unwrap_used, reason = "tests")]

mod needles;
mod places;

use std::{
    fs,
    path::{Path, PathBuf},
};

use piaolian_tests::demo::{Harness, Member, Scenario, TrafficRecorder};

use self::{needles::Needles, places::Found};

/// A scenario, and where its private texts may be found.
struct Search {
    scenario: Scenario,
    founders: [Member; 4],
    /// The member whose business system has the private texts.
    owner: Member,
    /// Least number of different private texts (names, identity numbers, names of fee lines) that the owner's system
    /// writes; each must be found there, or the search does not work.
    needles_min: usize,
    /// Connections on which the texts pass in clear: between the owner or an authorised reader and its own clients, with
    /// the direction.
    passes: &'static [(Member, &'static str)],
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_scenario_completes_and_exposes_nothing_private_outside_the_hospital() {
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
async fn the_medical_scenario_completes_and_exposes_nothing_private_outside_the_hospital() {
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

/// The police's node also sends the texts, to the payer who picks up the receipt.
#[tokio::test(flavor = "multi_thread")]
async fn the_fines_scenario_completes_and_exposes_nothing_private_outside_the_police() {
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
    /// Runs the scenario with a traffic recorder in front of every port and searches everything that it left.
    async fn run(&self) {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("network");
        let traffic = folder.path().join("traffic");
        fs::create_dir_all(&network).unwrap();
        fs::create_dir_all(&traffic).unwrap();

        let mut harness = Harness::new(program(), &network, Some(TrafficRecorder::new(&traffic)));
        if let Err(error) = harness.run(self.scenario).await {
            panic!("{error}\n{}", harness.report);
        }
        // The files are searched, so the nodes must have written everything.
        assert_eq!(harness.network.stop(), []);

        let receipts = network.join(self.owner.folder()).join("receipts");
        let needles = Needles::private(&receipts);
        assert!(needles.count() > self.needles_min, "{}", needles.count());
        let found = places::search(folder.path(), &needles);
        let allowed = self.allowed_places(&network, &traffic);
        let elsewhere: Vec<&Found> = found
            .iter()
            .filter(|found| !allowed.iter().any(|allowed| allowed.contains(&found.path)))
            .collect();
        assert!(elsewhere.is_empty(), "in clear: {elsewhere:#?}");
        for allowed in allowed {
            let is_found = found.iter().any(|found| allowed.contains(&found.path));
            assert!(is_found, "no private text found in {allowed:?}");
        }
        self.assert_every_member_was_recorded(&traffic);
        let homes = harness.network.homes().map(|home| home.folder.as_path());
        assert_every_store_was_searched(homes, &receipts);
    }

    /// Paths where private texts may be found: the files of the owner's business system and the traffic between the nodes
    /// and clients of authorised readers. No node stores them in clear.
    fn allowed_places(&self, network: &Path, traffic: &Path) -> Vec<AllowedPlace> {
        let passed = self.passes.iter().map(|(member, direction)| {
            traffic.join(format!("{}-rpc-{direction}", member.folder()))
        });
        let written = network.join(self.owner.folder()).join("receipts");
        std::iter::once(written)
            .chain(passed)
            .map(|path| AllowedPlace(path.display().to_string()))
            .collect()
    }

    /// Checks that traffic was recorded, without which nothing could be found. Clients connect to each node; of two nodes
    /// the one with the lower key dials, so that a pair is recorded at one of their ports.
    fn assert_every_member_was_recorded(&self, traffic: &Path) {
        for direction in ["to-node", "from-node"] {
            for member in self.founders {
                let prefix = format!("{}-rpc-{direction}", member.folder());
                assert!(recorded_connections(traffic, &prefix) > 0, "{prefix}");
            }
            let ports = self
                .founders
                .map(|member| format!("{}-peers-{direction}", member.folder()));
            let pairs = ports
                .iter()
                .map(|port| recorded_connections(traffic, port))
                .sum::<usize>();
            let count = self.founders.len();
            assert!(pairs >= count * (count - 1) / 2, "{pairs} {direction}");
        }
    }
}

/// Number of connections to a port with recorded bytes.
fn recorded_connections(traffic: &Path, prefix: &str) -> usize {
    let files = fs::read_dir(traffic).unwrap().map(Result::unwrap);
    files
        .filter(|file| file.file_name().to_string_lossy().starts_with(prefix))
        .filter(|file| file.metadata().unwrap().len() > 0)
        .count()
}

/// Path of the program under test, built beside the demo.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_demo")).with_file_name("piaolian");
    assert!(program.exists(), "cargo build --release comes first");
    program
}

/// A path prefix below which private texts may be found.
#[derive(Debug)]
struct AllowedPlace(String);

impl AllowedPlace {
    fn contains(&self, path: &Path) -> bool {
        path.display().to_string().starts_with(&self.0)
    }
}

/// Checks that public texts are found in the store of every node: a search that cannot read compressed files would not
/// find private texts either.
fn assert_every_store_was_searched<'network>(
    homes: impl Iterator<Item = &'network Path>,
    receipts: &Path,
) {
    let public = Needles::public(receipts);
    for home in homes {
        let store = home.join("data/store");
        let found = places::search(&store, &public);
        assert!(
            !found.is_empty(),
            "no public text found in {}",
            store.display()
        );
    }
}
