//! Backups that are not what was taken: none is restored.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn a_bit_changed_in_any_file_is_found_and_names_the_file() {
    let place = Place::new();
    let manifest = place.back_up();
    for file in manifest.files.iter().filter(|file| file.bytes > 0) {
        let path = place.path("backup").join(&file.path);
        flip(&path);
        let said = place.refused();
        assert!(said.contains(&file.path), "{}: {said}", file.path);
        flip(&path);
    }
    restore(&place.path("backup"), &place.path("restored")).unwrap();
}

#[test]
fn a_file_too_few_too_many_or_of_another_length_is_found() {
    let place = Place::new();
    place.back_up();
    let current = place.path("backup/store/CURRENT");
    let text = fs::read(&current).unwrap();

    fs::remove_file(&current).unwrap();
    assert!(place.refused().contains("store/CURRENT: missing"));
    symlink(place.path("node/data/store/CURRENT"), &current).unwrap();
    assert!(place.refused().contains("store/CURRENT"));
    fs::remove_file(&current).unwrap();
    fs::write(&current, [&text[..], b"x"].concat()).unwrap();
    assert!(place.refused().contains("store/CURRENT"));
    fs::write(&current, &text).unwrap();

    for extra in [
        "store/999999.sst",
        "keys/signer.mark",
        "notes",
        "more/notes",
    ] {
        let path = place.path("backup").join(extra);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        assert!(place.refused().contains("no such file"), "{extra}");
        fs::remove_file(&path).unwrap();
    }
    fs::remove_dir(place.path("backup/more")).unwrap();
    restore(&place.path("backup"), &place.path("restored")).unwrap();
}

#[test]
fn a_manifest_that_names_what_no_backup_holds_is_refused() {
    for name in [
        "keys/signer.mark",
        "keys/admin.toml",
        "consensus.wal",
        "store/../../escape",
        "store/sub/1.sst",
        "/etc/passwd",
        "../piaolian.toml",
        "manifest.json",
        "piaolian.toml", // twice
    ] {
        let place = Place::new();
        place.back_up();
        place.retell(|manifest| {
            let row = FileRow {
                path: name.to_owned(),
                bytes: 0,
                sha256: String::new(),
            };
            manifest.files.push(row);
        });
        let said = place.refused();
        assert!(said.contains("manifest.json: names"), "{name}: {said}");
    }
}

#[test]
fn a_manifest_that_tells_of_another_chain_tip_or_node_is_refused() {
    let other = "0".repeat(64);
    let changes: [(&str, &dyn Fn(&mut Manifest)); 7] = [
        ("chain", &|it| it.chain_id = "another".to_owned()),
        ("genesis hash", &|it| it.genesis_hash = other.clone()),
        ("height", &|it| it.height = 1),
        ("block hash", &|it| it.block_hash = other.clone()),
        ("state root", &|it| it.state_root = other.clone()),
        ("protocol version", &|it| it.protocol_version = 99),
        ("layout", &|it| it.format = 2),
    ];
    for (what, change) in changes {
        let place = Place::new();
        place.back_up();
        place.retell(change);
        let said = place.refused();
        assert!(said.contains("does not fit"), "{what}: {said}");
        assert!(said.contains(what), "{what}: {said}");
    }
    let place = Place::new();
    place.back_up();
    place.retell(|it| it.organisation = "91350100M000100Y43".to_owned());
    assert!(place.refused().contains(HOSPITAL));
}

#[test]
fn what_is_no_manifest_is_refused() {
    let place = Place::new();
    place.back_up();
    let path = place.path("backup/manifest.json");
    for text in ["", "{}", "[1", "{\"format\": 1, \"files\": []}"] {
        fs::write(&path, text).unwrap();
        assert!(place.refused().contains("manifest.json"), "{text}");
    }
    fs::remove_file(&path).unwrap();
    // A backup that was broken off has none.
    assert!(place.refused().contains("manifest.json: missing"));
}
