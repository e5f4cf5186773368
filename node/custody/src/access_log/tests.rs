//! Alterations of the log are found, with their line.

pub(super) mod place;

use std::{
    fs::{self, File},
    os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _},
};

use self::place::{Place, access, header};
use super::*;

#[test]
fn lines_have_a_hash_and_canonical_json() {
    let place = Place::with_three();
    let (mut text, mut before) = (String::new(), Hash::ZERO);
    for json in [
        r#"{"chain":"piaolian-test","organisation":"12320900E875065319","log":1}"#,
        r#"{"number":1,"time_ms":1001,"receipt":"99060126-0000000001","details_commitment":"0707070707070707070707070707070707070707070707070707070707070707","client":"claims","operator":"张三","ground":"issuer","for_holder":"collecting"}"#,
        r#"{"number":2,"time_ms":1002,"receipt":"99060126-0000000002","details_commitment":"0707070707070707070707070707070707070707070707070707070707070707","client":"claims","operator":"张三","ground":"supervision","for_holder":"authorising"}"#,
        r#"{"number":3,"time_ms":1003,"receipt":"99060126-0000000003","details_commitment":"0707070707070707070707070707070707070707070707070707070707070707","client":"claims","operator":"张三","ground":"grant","purpose":"claim","grantor":"12320900E875065319","life":2}"#,
    ] {
        before = Hash::sha256(&[
            b"piaolian/access-log/v1",
            before.as_bytes(),
            json.as_bytes(),
        ]);
        text.push_str(&format!("{before} {json}\n"));
    }
    assert_eq!(String::from_utf8(place.bytes()).unwrap(), text);
    let pinned = "5f0c86667570e15538b7e7027d0cfbff6d9b959903a14912fd31ef67be2241ae";
    assert_eq!(before.to_string(), pinned);
}

#[test]
fn entries_are_read_and_continued_after_each_restart() {
    let place = Place::new();
    for number in 1..=6 {
        let log = place.open().unwrap();
        assert_eq!(log.head().entries, number - 1);
        log.record(&access(number), number).unwrap();
    }
    let head = place.open().unwrap().head();
    let mut lines = read(&place.path()).unwrap();
    for number in 1..=6 {
        let line = lines.next().unwrap().unwrap();
        let entry = Entry {
            number,
            time_ms: number,
            access: access(number),
        };
        assert_eq!((line.entry, line.hash), (entry, lines.head().hash));
    }
    assert!(lines.next().is_none());
    assert_eq!((lines.head(), head.entries), (head, 6));
}

#[test]
fn a_new_log_is_empty_and_private() {
    let place = Place::new();
    let log = place.open().unwrap();
    assert_eq!((log.header(), log.head().entries), (&header(), 0));
    assert_eq!(fs::metadata(place.path()).unwrap().mode() & 0o777, 0o600);
    assert_eq!(place.check(), (0, None));
}

#[test]
fn each_changed_bit_is_found() {
    let place = Place::with_three();
    let whole = place.bytes();
    let ends: Vec<_> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    let file = File::options().write(true).open(place.path()).unwrap();
    let put = |at: usize, byte: u8| file.write_all_at(&[byte], at as u64).unwrap();
    for (at, byte) in whole.iter().enumerate() {
        for bit in 0..8 {
            put(at, byte ^ (1 << bit));
            let (line, _) = place.is_broken();
            let within = 1 + ends.iter().filter(|end| **end < at).count() as u64;
            assert_eq!(line, within, "byte {at}, bit {bit}");
        }
        put(at, *byte);
    }
    assert_eq!(place.check(), (3, None));
}

#[test]
fn an_entry_with_a_changed_line_end_is_not_cut_off() {
    let place = Place::with_three();
    let mut bytes = place.bytes();
    *bytes.last_mut().unwrap() = b' ';
    place.write(&bytes);
    assert_eq!(place.is_broken(), (4, Flaw::BadEnd));
}

#[test]
fn removed_moved_inserted_and_repeated_lines_are_found() {
    let place = Place::with_three();
    let [header, one, two, three] = place.lines().try_into().unwrap();
    let other = Place::new();
    other.open().unwrap().record(&access(9), 9).unwrap();
    let stranger = other.lines().remove(1);
    for (altered, line) in [
        (vec![&one, &two, &three], 1),
        (vec![&header, &header, &one, &two, &three], 2),
        (vec![&header, &two, &three], 2),
        (vec![&header, &one, &three], 3),
        (vec![&header, &two, &one, &three], 2),
        (vec![&header, &one, &three, &two], 3),
        (vec![&header, &stranger, &one, &two, &three], 3),
        (vec![&header, &one, &stranger, &two, &three], 3),
        (vec![&header, &one, &two, &three, &three], 5),
    ] {
        let altered: Vec<u8> = altered.into_iter().flatten().copied().collect();
        place.write(&altered);
        assert_eq!(place.is_broken(), (line, Flaw::OtherHash));
    }
}

#[test]
fn entries_with_a_valid_hash_need_the_form_and_the_next_number() {
    let place = Place::with_three();
    let lines = place.lines();
    let (header, line) = (&lines[0], &lines[1]);
    let json = std::str::from_utf8(&line[65..line.len() - 1]).unwrap();
    for (json, flaw) in [
        (
            json.replace(r#""number":1"#, r#""number":2"#),
            Flaw::OtherNumber,
        ),
        (json.replace('{', "{ "), Flaw::BadEntry),
        (json.replace('}', r#","name":"李四"}"#), Flaw::BadEntry),
        (json.replace(r#","operator":"张三""#, ""), Flaw::BadEntry),
        (json.replace("issuer", "curiosity"), Flaw::BadEntry),
    ] {
        let before: Hash = str::from_utf8(&header[..64]).unwrap().parse().unwrap();
        place.write(&[header.clone(), line::as_line(&before, json.as_bytes(), 1).0].concat());
        assert_eq!(place.is_broken(), (2, flaw), "{json}");
    }
    place.write(&[&header[..], b"\n"].concat());
    assert_eq!(place.is_broken(), (2, Flaw::BadLine));
}

#[test]
fn only_an_earlier_head_reveals_entries_cut_off_at_the_end() {
    let place = Place::with_three();
    let noted = place.open().unwrap().head();
    let lines = place.lines();
    place.write(&lines[..3].concat());
    assert_eq!(place.check(), (2, None));
    let log = place.open().unwrap();
    assert_eq!(log.hash_at(noted.entries).unwrap(), None);
    log.record(&access(9), 9).unwrap();
    assert_ne!(log.hash_at(noted.entries).unwrap(), Some(noted.hash));
    let mut hashes = read(&place.path()).unwrap().map(|line| line.unwrap().hash);
    assert!(hashes.all(|hash| hash != noted.hash));
}

#[test]
fn a_line_torn_at_any_byte_is_cut_off() {
    let place = Place::with_three();
    let whole = place.bytes();
    let lines = place.lines();
    let two = lines[..3].concat();
    for kept in two.len() + 1..whole.len() {
        place.write(&whole[..kept]);
        assert_eq!(place.check(), (2, None));
        let log = place.open().unwrap();
        assert_eq!(log.head().entries, 2);
        assert_eq!(place.bytes(), two);
        log.record(&access(3), 1_003).unwrap();
        assert_eq!(place.bytes(), whole);
    }
}

#[test]
fn a_concurrent_reader_sees_complete_lines() {
    let place = Place::with_three();
    let _running = place.open().unwrap();
    let mut lines = read(&place.path()).unwrap();
    assert_eq!(lines.by_ref().map(Result::unwrap).count(), 3);
    assert_eq!(lines.unfinished_bytes(), 0);
    let mut bytes = place.bytes();
    bytes.extend_from_slice(b"12ab");
    place.write(&bytes);
    let mut lines = read(&place.path()).unwrap();
    assert_eq!(lines.by_ref().map(Result::unwrap).count(), 3);
    assert_eq!(lines.unfinished_bytes(), 4);
}

#[test]
fn a_log_that_is_open_to_others_is_rejected() {
    for mode in [0o640, 0o604, 0o622, 0o666] {
        let place = Place::with_three();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = place.open().unwrap_err();
        assert!(matches!(error, AccessLogError::OpenToOthers(open) if open.mode == mode));
        // Reading accepts it: an inspector's copy may have any mode.
        assert_eq!(place.check(), (3, None));
    }
}

#[test]
fn a_log_has_one_writer() {
    let place = Place::new();
    let first = place.open().unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, AccessLogError::InUse(_)), "{error}");
    drop(first);
    place.open().unwrap();
}

#[test]
fn an_entry_that_is_too_long_is_rejected() {
    let place = Place::new();
    let log = place.open().unwrap();
    let begun = place.bytes();
    let bare = log.head().append(&access(1), 1).0.len();
    let with_bytes = |more: usize| Access {
        client: format!("claims{}", "x".repeat(more)),
        ..access(1)
    };
    let longest = with_bytes(LINE_BYTES_MAX - bare);
    let error = log
        .record(&with_bytes(LINE_BYTES_MAX - bare + 1), 1)
        .unwrap_err();
    assert!(matches!(error, AccessLogError::TooLong { bytes, .. } if bytes == LINE_BYTES_MAX + 1));
    assert_eq!(place.bytes(), begun);
    log.record(&longest, 1).unwrap();
    assert_eq!(place.bytes().len(), begun.len() + LINE_BYTES_MAX);
    log.record(&access(2), 2).unwrap();
    drop(log);
    assert_eq!(place.open().unwrap().head().entries, 2);
    // The longest entry that callers accept.
    let worst = Access {
        client: "\u{1}".repeat(64),
        operator: "\u{1}".repeat(128),
        ..access(3)
    };
    place.open().unwrap().record(&worst, u64::MAX).unwrap();
}

#[test]
fn a_line_without_end_is_read_up_to_the_bound() {
    let place = Place::with_three();
    let mut bytes = place.bytes();
    bytes.extend(vec![b'x'; LINE_BYTES_MAX - 1]);
    place.write(&bytes);
    assert_eq!(place.check(), (3, None));
    bytes.push(b'x');
    place.write(&bytes);
    assert_eq!(place.is_broken(), (5, Flaw::TooLong));
}

#[test]
fn a_log_changed_by_another_program_accepts_no_more_entries() {
    let changes: [&dyn Fn(&Place); 4] = [
        &|place| fs::remove_file(place.path()).unwrap(),
        &|place| fs::rename(place.path(), place.path().with_extension("1")).unwrap(),
        &|place| place.write(b""),
        &|place| place.write(&[place.bytes(), b"x".to_vec()].concat()),
    ];
    for change in changes {
        let place = Place::with_three();
        let log = place.open().unwrap();
        let head = log.head();
        change(&place);
        let before = fs::read(place.path()).ok();
        let error = log.record(&access(4), 4).unwrap_err();
        assert!(matches!(error, AccessLogError::Touched(_)), "{error}");
        let error = log.record(&access(4), 4).unwrap_err();
        assert!(matches!(error, AccessLogError::Failed(_)), "{error}");
        assert_eq!(log.head(), head);
        assert_eq!(fs::read(place.path()).ok(), before);
    }
}

#[test]
fn concurrent_entries_form_one_chain() {
    let place = Place::new();
    let log = place.open().unwrap();
    std::thread::scope(|scope| {
        for caller in 0..4 {
            let log = &log;
            scope.spawn(move || {
                for number in 0..10 {
                    log.record(&access(caller), number).unwrap();
                }
            });
        }
    });
    assert_eq!(place.check(), (40, None));
    let head = log.head();
    drop(log);
    assert_eq!(place.open().unwrap().head(), head);
}
