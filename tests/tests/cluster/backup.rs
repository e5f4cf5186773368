//! A validator whose data is older than its last signed state.

use std::{fs, thread, time::Duration};

use piaolian_consensus::double_sign::{LastSignState, Position, Step};
use piaolian_tests::{
    cluster::{Checked, Cluster, PATIENCE},
    load::Load,
};

use crate::{NODE, VALIDATORS};

/// Place of the restored validator.
const RESTORED: usize = 3;

/// Time for which a validator that must not sign is observed: several rounds.
const SILENCE: Duration = Duration::from_secs(8);

/// Number of heights by which the last signed state is ahead of the chain.
const AHEAD: u64 = 6;

/// The chain is halted so that one more vote would continue it. The restored validator has that vote and must not give
/// it.
#[test]
fn a_validator_restored_from_an_old_backup_does_not_sign_until_the_chain_passes_its_last_signed_state()
 {
    let mut cluster = Cluster::start_all(NODE, "old-backup", VALIDATORS);
    let mut load = Load::start(&cluster);
    cluster.wait_for_progress(3, PATIENCE);
    let backups = tempfile::tempdir().unwrap();
    cluster.stop(RESTORED);
    cluster.back_up(RESTORED, backups.path()).unwrap();
    cluster.start(RESTORED);
    cluster.wait_for_progress(20, PATIENCE);

    cluster.kill(RESTORED);
    cluster.kill(2);
    thread::sleep(Duration::from_secs(2));
    let halted = cluster.highest();
    cluster.restore(RESTORED, backups.path()).unwrap();
    let last_signed = sign_ahead(&cluster, halted + AHEAD);

    cluster.start(RESTORED);
    cluster.wait_for_height(RESTORED, halted, PATIENCE);
    let before = fs::read(cluster.last_signed_state(RESTORED)).unwrap();
    thread::sleep(SILENCE);
    assert_eq!(cluster.highest(), halted, "the restored validator voted");
    assert_eq!(
        fs::read(cluster.last_signed_state(RESTORED)).unwrap(),
        before
    );
    assert_eq!(cluster.connection(RESTORED).runs(), 1);

    // The three others pass its last signed state; then it validates again.
    cluster.start(2);
    cluster.until("the restored validator to restart", PATIENCE, |cluster| {
        (cluster.connection(RESTORED).runs() == 2).then_some(())
    });
    assert!(cluster.height(RESTORED) >= last_signed);
    cluster.wait_for_progress(2, PATIENCE);
    cluster.kill(2);
    cluster.wait_for_progress(5, PATIENCE);
    cluster.start(2);
    cluster.wait_for_progress(1, PATIENCE);
    load.stop();
    cluster.assert_one_chain(&mut Checked::default());
    load.assert_nothing_lost(&mut cluster);
}

/// Sets the last signed state to `height`, as a validator restored from a backup of an earlier height finds it.
fn sign_ahead(cluster: &Cluster, height: u64) -> u64 {
    let mut last_signed = LastSignState::open(&cluster.last_signed_state(RESTORED))
        .unwrap()
        .unwrap();
    let position = Position {
        height,
        round: 0,
        step: Step::Precommit,
    };
    last_signed
        .sign(
            position,
            None,
            b"a vote of the time after the backup",
            |_| [1; 64],
        )
        .unwrap();
    last_signed.height()
}

#[test]
fn a_validator_without_its_last_signed_state_does_not_start() {
    let mut cluster = Cluster::start_all(NODE, "no-state", VALIDATORS);
    cluster.wait_for_progress(2, PATIENCE);
    cluster.stop(RESTORED);
    fs::remove_file(cluster.last_signed_state(RESTORED)).unwrap();
    cluster.launch(RESTORED, None);
    let status = cluster.wait_for_end(RESTORED, PATIENCE);
    assert_eq!(status.code(), Some(1));
    assert!(!cluster.last_signed_state(RESTORED).exists());
    let told = cluster.log(RESTORED);
    assert!(told.contains("the last signed state"), "{told}");
    assert!(told.contains("is missing"), "{told}");
    cluster.wait_for_progress(2, PATIENCE);
}
