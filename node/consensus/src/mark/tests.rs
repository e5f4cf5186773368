//! The mark on its own: what it lets be signed again, and what a damaged end of it means.

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

fn mark() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mark");
    (folder, path)
}

#[test]
fn the_same_message_gets_the_same_signature_and_another_is_refused() {
    let (_folder, path) = mark();
    let mut mark = Mark::create(&path).unwrap();
    let position = at(7, 0, Step::Precommit);
    let first = mark.sign(position, None, b"a", signature).unwrap();
    assert_eq!(
        mark.sign(position, None, b"a", |_| unreachable!()).unwrap(),
        first
    );
    assert!(matches!(
        mark.sign(position, None, b"b", signature),
        Err(MarkError::Conflict { .. })
    ));
}

#[test]
fn a_prevote_that_was_given_is_given_again_whatever_is_asked() {
    let (_folder, path) = mark();
    let mut mark = Mark::create(&path).unwrap();
    let position = at(7, 0, Step::Prevote);
    let block = Some([5; 32]);
    let given = mark.sign(position, block, b"block", signature).unwrap();
    drop(mark);
    let mut mark = Mark::open(&path).unwrap().unwrap();
    let again = mark.sign(position, None, b"nil", |_| unreachable!());
    assert_eq!(again.unwrap(), given);
    assert_eq!(given.value, block);
    assert!(!mark.is_closed());
}

#[test]
fn a_conflict_closes_the_mark_for_its_height_and_no_longer() {
    let (_folder, path) = mark();
    let mut mark = Mark::create(&path).unwrap();
    let position = at(7, 0, Step::Precommit);
    mark.sign(position, None, b"nil", signature).unwrap();
    let block = Some([5; 32]);
    let conflict = mark.sign(position, block, b"block", signature);
    assert!(matches!(conflict, Err(MarkError::Conflict { .. })));
    drop(mark);
    let mut mark = Mark::open(&path).unwrap().unwrap();
    assert!(mark.is_closed() && mark.height() == 7);
    for refused in [position, at(7, 3, Step::Prevote)] {
        mark.sign(refused, None, b"nil", signature).unwrap_err();
    }
    mark.sign(at(8, 0, Step::Prevote), None, b"nil", signature)
        .unwrap();
    assert!(!mark.is_closed());
}

#[test]
fn nothing_earlier_than_the_mark_is_signed() {
    for earlier in [
        at(7, 1, Step::Propose),
        at(7, 0, Step::Precommit),
        at(6, 9, Step::Prevote),
    ] {
        let (_folder, path) = mark();
        let mut mark = Mark::create(&path).unwrap();
        mark.sign(at(7, 1, Step::Prevote), None, b"a", signature)
            .unwrap();
        assert!(matches!(
            mark.sign(earlier, None, b"a", signature),
            Err(MarkError::Conflict { .. })
        ));
    }
}

#[test]
fn a_mark_survives_reopening_and_a_torn_last_record() {
    let (_folder, path) = mark();
    let mut first = Mark::create(&path).unwrap();
    let prevote = at(7, 0, Step::Prevote);
    let given = first.sign(prevote, None, b"a", signature).unwrap();
    first
        .sign(at(7, 0, Step::Precommit), None, b"b", signature)
        .unwrap();
    drop(first);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 3);
    std::fs::write(&path, bytes).unwrap();

    let mut again = Mark::open(&path).unwrap().unwrap();
    assert_eq!(again.height(), 7);
    let marked = again.sign(prevote, None, b"x", |_| unreachable!());
    assert_eq!(marked.unwrap(), given);
    again
        .sign(at(7, 0, Step::Precommit), None, b"b", signature)
        .unwrap();
}

#[test]
fn a_full_file_is_rewritten_and_keeps_the_latest_height() {
    let (_folder, path) = mark();
    let mut mark = Mark::create(&path).unwrap();
    let enough = FILE_BYTES_MAX / RECORD_BYTES as u64 + 10;
    for height in 1..=enough {
        mark.sign(at(height, 0, Step::Prevote), None, b"a", signature)
            .unwrap();
    }
    assert!(std::fs::metadata(&path).unwrap().len() < FILE_BYTES_MAX);
    drop(mark);
    assert_eq!(Mark::open(&path).unwrap().unwrap().height(), enough);
}

#[test]
fn a_missing_mark_is_told_from_an_empty_one() {
    let (_folder, path) = mark();
    assert!(Mark::open(&path).unwrap().is_none());
    Mark::create(&path).unwrap();
    assert_eq!(Mark::open(&path).unwrap().unwrap().height(), 0);
}
