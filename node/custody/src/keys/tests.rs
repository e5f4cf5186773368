use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use piaolian_contracts::{
    Transaction,
    chain::{ChainId, KeyAlgorithm},
    organisations::{KeyId, KeyPurpose},
    transaction::ClientId,
    types::{BlockTime, OrganisationId},
};
use piaolian_genesis::{CannotSign, Entry, KeyPair};
use piaolian_proto::v1::{UnlockReceipt, transaction_body::Action};

use super::*;
use piaolian_test_kit::sample;

const ALL: [KeyPurpose; 5] = [
    KeyPurpose::Sign,
    KeyPurpose::Validate,
    KeyPurpose::Peer,
    KeyPurpose::Encrypt,
    KeyPurpose::Supervise,
];

fn chain() -> ChainId {
    "piaolian-test-1".parse().unwrap()
}

fn organisation() -> OrganisationId {
    sample::presentation(0).organisation
}

/// Folders for the keys of an organisation.
struct Folders {
    root: tempfile::TempDir,
}

impl Folders {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn node(&self) -> std::path::PathBuf {
        self.root.path().join("keys")
    }

    fn admin(&self) -> std::path::PathBuf {
        self.root.path().join("admin")
    }

    fn generate(&self) -> Vec<HeldKey> {
        generate(&self.node(), &self.admin(), &ALL).unwrap()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn edit(path: &Path, edit: impl FnOnce(String) -> String) {
    fs::write(path, edit(fs::read_to_string(path).unwrap())).unwrap();
}

#[test]
fn keys_are_written_and_read() {
    let folders = Folders::new();
    let made = folders.generate();
    let ring = KeyRing::open(&folders.node()).unwrap();
    for key in &made[1..] {
        let read = ring.require(key.purpose()).unwrap();
        assert_eq!(read.key_id(), key.key_id());
        assert_eq!(read.pair().public_key(), key.pair().public_key());
        assert_eq!(*read.pair().secret(), *key.pair().secret());
    }
    let admin = read(&folders.admin(), KeyPurpose::Admin).unwrap();
    assert_eq!(admin.key_id().get(), 1);
    assert_eq!(*admin.pair().secret(), *made[0].pair().secret());
    let numbers: Vec<u32> = made.iter().map(|key| key.key_id().get()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn all_generated_keys_differ() {
    let folders = Folders::new();
    let mut secrets: Vec<_> = folders
        .generate()
        .iter()
        .map(|key| *key.pair().secret())
        .collect();
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), 6);
}

#[test]
fn files_and_folders_are_private() {
    let folders = Folders::new();
    folders.generate();
    assert_eq!(
        (mode(&folders.node()), mode(&folders.admin())),
        (0o700, 0o700)
    );
    for purpose in ALL {
        assert_eq!(mode(&folders.node().join(file_name(purpose))), 0o600);
    }
    assert_eq!(mode(&folders.admin().join("admin.toml")), 0o600);
}

#[test]
fn paths_that_are_open_to_others_are_rejected() {
    for open in [0o640, 0o604, 0o660, 0o644] {
        let folders = Folders::new();
        folders.generate();
        let path = folders.node().join("sign.toml");
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let refused = KeyRing::open(&folders.node());
        assert!(matches!(refused, Err(KeyError::OpenToOthers(found)) if found.mode == open));
    }
    let folders = Folders::new();
    folders.generate();
    fs::set_permissions(folders.node(), fs::Permissions::from_mode(0o750)).unwrap();
    assert!(matches!(
        KeyRing::open(&folders.node()),
        Err(KeyError::OpenToOthers(_))
    ));
}

#[test]
fn an_admin_key_among_the_nodes_keys_is_rejected() {
    let folders = Folders::new();
    folders.generate();
    let strayed = folders.node().join("admin.toml");
    fs::copy(folders.admin().join("admin.toml"), &strayed).unwrap();
    let refused = KeyRing::open(&folders.node());
    assert!(matches!(refused, Err(KeyError::AdminAmongNodeKeys(path)) if path == strayed));
}

#[test]
fn keys_are_never_overwritten() {
    let folders = Folders::new();
    let made = folders.generate();
    let again = generate(&folders.node(), &folders.admin(), &ALL);
    assert!(matches!(again, Err(KeyError::Exists(_))));
    assert!(matches!(
        write(&folders.node(), &made[1]),
        Err(KeyError::Exists(_))
    ));
    // If one file exists, none is written.
    let others = Folders::new();
    fs::create_dir(others.node()).unwrap();
    fs::set_permissions(others.node(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(others.node().join(file_name(KeyPurpose::Encrypt)), "").unwrap();
    assert!(generate(&others.node(), &others.admin(), &ALL).is_err());
    assert!(!others.admin().join("admin.toml").exists());
}

#[test]
fn a_repeated_purpose_and_the_admin_purpose_are_rejected() {
    let folders = Folders::new();
    for purposes in [
        [KeyPurpose::Sign, KeyPurpose::Sign],
        [KeyPurpose::Sign, KeyPurpose::Admin],
    ] {
        let refused = generate(&folders.node(), &folders.admin(), &purposes);
        assert!(matches!(refused, Err(KeyError::Purposes)));
    }
}

#[test]
fn a_malformed_key_file_is_rejected_without_repeating_it() {
    let alterations: [fn(String) -> String; 9] = [
        |_| String::new(),
        |text| text + "colour = \"red\"\n",
        |text| text.replace("key_id = 2", "key_id = 0"),
        |text| text.replace("key_id = 2", "key_id = 2\nkey_id = 2"),
        |text| text.replace("\"sign\"", "\"sing\""),
        |text| text.replace("\"sign\"", "\"validate\""),
        |text| text.replace("ed25519", "x25519"),
        |text| text.replace("public_key = \"", "public_key = \"00"),
        |text| text.replace("secret = \"", "secret = \"zz"),
    ];
    for (place, alter) in alterations.into_iter().enumerate() {
        let folders = Folders::new();
        let made = folders.generate();
        let secret = hex::encode(*made[1].pair().secret());
        edit(&folders.node().join("sign.toml"), alter);
        let refused = KeyRing::open(&folders.node()).unwrap_err();
        let said = format!("{refused} {refused:?}");
        assert!(!said.contains(&secret), "{place}: {said}");
    }
}

#[test]
fn large_files_and_folders_are_rejected() {
    let folders = Folders::new();
    folders.generate();
    let path = folders.node().join("sign.toml");
    edit(&path, |text| text + &"#".repeat(5_000));
    assert!(matches!(
        KeyRing::open(&folders.node()),
        Err(KeyError::NotAFile(_))
    ));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(KeyRing::open(&folders.node()).is_err());
}

#[test]
fn a_missing_key_is_named() {
    let folders = Folders::new();
    generate(
        &folders.node(),
        &folders.admin(),
        &[KeyPurpose::Sign, KeyPurpose::Peer],
    )
    .unwrap();
    let ring = KeyRing::open(&folders.node()).unwrap();
    assert!(ring.get(KeyPurpose::Validate).is_none());
    let refused = ring.require(KeyPurpose::Validate).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("there is no validate key in"),
        "{refused}"
    );
    assert!(KeyRing::open(&folders.root.path().join("nowhere")).is_err());
}

#[test]
fn secrets_are_not_shown() {
    let folders = Folders::new();
    for key in folders.generate() {
        let secret = key.pair().secret();
        let shown = format!("{key:?}");
        assert!(!shown.contains(&hex::encode(*secret)));
        assert!(!shown.contains(&format!("{:?}", &secret[..4]).replace(['[', ']'], "")));
    }
}

#[test]
fn generated_keys_make_a_founding_entry() {
    let folders = Folders::new();
    let made = folders.generate();
    let pairs: Vec<&KeyPair> = made.iter().map(HeldKey::pair).collect();
    let entry = Entry::sign(&chain(), &sample::presentation(0), &pairs).unwrap();
    assert_eq!(entry.admission().keys().len(), 6);
    assert_eq!(
        made[4].pair().public_key().algorithm(),
        KeyAlgorithm::X25519
    );
}

fn unsigned() -> UnsignedTransaction {
    UnsignedTransaction {
        action: Action::UnlockReceipt(UnlockReceipt {
            receipt: Some(piaolian_proto::v1::ReceiptId {
                code: "99060126".into(),
                number: 1,
            }),
            reason: "test".into(),
        }),
        operator: "clerk-1".into(),
        valid_until: BlockTime::from_ms(1_795_000_000_000),
        client_id: random_client_id(),
    }
}

fn author(purpose: KeyPurpose) -> Author {
    let founder = sample::founder(0, 1);
    let (number, _) = founder.key(purpose).unwrap();
    let pair = founder
        .keys
        .into_iter()
        .find(|key| key.purpose() == purpose)
        .unwrap();
    let key = HeldKey::new(KeyId::parse("key_id", number).unwrap(), pair);
    Author::new(chain(), organisation(), Arc::new(key))
}

#[test]
fn a_signed_intent_is_a_valid_transaction() {
    let author = author(KeyPurpose::Sign);
    let unsigned = unsigned();
    let signed = author.sign(unsigned.clone()).unwrap();
    let transaction = Transaction::decode(signed.encoded.clone(), &chain()).unwrap();
    assert_eq!(transaction.id(), &signed.id);
    assert_eq!(transaction.client_id(), &unsigned.client_id);
    assert_eq!(transaction.organisation(), author.organisation());
    assert_eq!(transaction.key_id().get(), 2);
    assert!(
        Arc::new(transaction)
            .verify(author.key().pair().public_key())
            .is_ok()
    );
}

#[test]
fn the_same_intent_yields_the_same_transaction() {
    let author = author(KeyPurpose::Sign);
    let unsigned = unsigned();
    let other = UnsignedTransaction {
        client_id: ClientId::new([0; 16]),
        ..unsigned.clone()
    };
    assert_eq!(author.sign(unsigned.clone()), author.sign(unsigned.clone()));
    assert_ne!(
        author.sign(other).unwrap().id,
        author.sign(unsigned).unwrap().id
    );
}

#[test]
fn an_encryption_key_signs_no_transaction() {
    assert_eq!(
        author(KeyPurpose::Encrypt).sign(unsigned()),
        Err(CannotSign(KeyPurpose::Encrypt))
    );
}

#[test]
fn client_ids_are_random() {
    assert_ne!(random_client_id(), random_client_id());
}

#[test]
fn the_next_validate_key_is_read_beside_the_one_in_use() {
    let folders = Folders::new();
    folders.generate();
    let other = Folders::new();
    other.generate();
    let (from, to) = (other.node(), folders.node());
    let numbers = |ring: &KeyRing| -> Vec<_> {
        let keys = ring.validate_keys();
        keys.map(|key| *key.pair().public_key()).collect()
    };
    let first = numbers(&KeyRing::open(&to).unwrap());
    assert_eq!(first.len(), 1);
    fs::copy(from.join("validate.toml"), to.join(NEXT_VALIDATE_FILE)).unwrap();
    let both = numbers(&KeyRing::open(&to).unwrap());
    assert_eq!((both.len(), both[0]), (2, first[0]));
    // The rotation is over: the next key is the one in use.
    fs::rename(to.join(NEXT_VALIDATE_FILE), to.join("validate.toml")).unwrap();
    assert_eq!(numbers(&KeyRing::open(&to).unwrap()), [both[1]]);

    fs::copy(from.join("sign.toml"), to.join(NEXT_VALIDATE_FILE)).unwrap();
    let refused = KeyRing::open(&to);
    assert!(matches!(refused, Err(KeyError::OtherPurpose { .. })));
}
