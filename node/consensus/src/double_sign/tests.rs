//! Tests of the last signed state: repeated signatures, conflicts, damaged files.

use super::*;

fn at(height: u64, round: u32, step: Step) -> Position {
    Position {
        height,
        round,
        step,
    }
}

fn signature(message: &[u8]) -> [u8; 64] {
    [message[0]; 64]
}

fn state_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signer.mark");
    (folder, path)
}

#[test]
fn the_same_message_gets_the_same_signature_and_another_is_refused() {
    let (_folder, path) = state_path();
    let mut state = LastSignState::create(&path).unwrap();
    let position = at(7, 0, Step::Precommit);
    let first = state.sign(position, None, b"a", signature).unwrap();
    assert_eq!(
        state
            .sign(position, None, b"a", |_| unreachable!())
            .unwrap(),
        first
    );
    assert!(matches!(
        state.sign(position, None, b"b", signature),
        Err(DoubleSignError::Conflict { .. })
    ));
}

#[test]
fn an_earlier_prevote_is_returned_whatever_is_requested() {
    let (_folder, path) = state_path();
    let mut state = LastSignState::create(&path).unwrap();
    let position = at(7, 0, Step::Prevote);
    let block = Some([5; 32]);
    let given = state.sign(position, block, b"block", signature).unwrap();
    drop(state);
    let mut state = LastSignState::open(&path).unwrap().unwrap();
    let again = state.sign(position, None, b"nil", |_| unreachable!());
    assert_eq!(again.unwrap(), given);
    assert_eq!(given.value, block);
    assert!(!state.is_closed());
}

#[test]
fn a_conflict_closes_the_state_for_its_height_only() {
    let (_folder, path) = state_path();
    let mut state = LastSignState::create(&path).unwrap();
    let position = at(7, 0, Step::Precommit);
    state.sign(position, None, b"nil", signature).unwrap();
    let block = Some([5; 32]);
    let conflict = state.sign(position, block, b"block", signature);
    assert!(matches!(conflict, Err(DoubleSignError::Conflict { .. })));
    drop(state);
    let mut state = LastSignState::open(&path).unwrap().unwrap();
    assert!(state.is_closed() && state.height() == 7);
    for refused in [position, at(7, 3, Step::Prevote)] {
        state.sign(refused, None, b"nil", signature).unwrap_err();
    }
    state
        .sign(at(8, 0, Step::Prevote), None, b"nil", signature)
        .unwrap();
    assert!(!state.is_closed());
}

#[test]
fn nothing_earlier_than_the_last_position_is_signed() {
    for earlier in [
        at(7, 1, Step::Propose),
        at(7, 0, Step::Precommit),
        at(6, 9, Step::Prevote),
    ] {
        let (_folder, path) = state_path();
        let mut state = LastSignState::create(&path).unwrap();
        state
            .sign(at(7, 1, Step::Prevote), None, b"a", signature)
            .unwrap();
        assert!(matches!(
            state.sign(earlier, None, b"a", signature),
            Err(DoubleSignError::Conflict { .. })
        ));
    }
}

#[test]
fn the_state_survives_reopening_and_a_torn_last_record() {
    let (_folder, path) = state_path();
    let mut first = LastSignState::create(&path).unwrap();
    let prevote = at(7, 0, Step::Prevote);
    let given = first.sign(prevote, None, b"a", signature).unwrap();
    first
        .sign(at(7, 0, Step::Precommit), None, b"b", signature)
        .unwrap();
    drop(first);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 3);
    std::fs::write(&path, bytes).unwrap();

    let mut again = LastSignState::open(&path).unwrap().unwrap();
    assert_eq!(again.height(), 7);
    let repeated = again.sign(prevote, None, b"x", |_| unreachable!());
    assert_eq!(repeated.unwrap(), given);
    again
        .sign(at(7, 0, Step::Precommit), None, b"b", signature)
        .unwrap();
}

#[test]
fn a_full_file_is_rewritten_and_keeps_the_latest_height() {
    let (_folder, path) = state_path();
    let mut state = LastSignState::create(&path).unwrap();
    let enough = FILE_BYTES_MAX / RECORD_BYTES as u64 + 10;
    for height in 1..=enough {
        state
            .sign(at(height, 0, Step::Prevote), None, b"a", signature)
            .unwrap();
    }
    assert!(std::fs::metadata(&path).unwrap().len() < FILE_BYTES_MAX);
    drop(state);
    assert_eq!(
        LastSignState::open(&path).unwrap().unwrap().height(),
        enough
    );
}

#[test]
fn a_missing_state_differs_from_an_empty_one() {
    let (_folder, path) = state_path();
    assert!(LastSignState::open(&path).unwrap().is_none());
    LastSignState::create(&path).unwrap();
    assert_eq!(LastSignState::open(&path).unwrap().unwrap().height(), 0);
}
