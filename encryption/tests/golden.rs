//! Encrypted details, pinned byte by byte, with the secrets that open them.

use expect_test::expect_file;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_test_kit::sample;

use crate::people::{chain, context, encrypted, hospital, rng};

#[test]
fn encrypted_details() {
    let chain = chain("piaolian-test");
    let details = "样例".as_bytes();
    let encrypted = encrypted(&chain, details);
    let context = context(&chain, 1);
    let hospital = hospital();
    let founder = sample::founder(1, 7);
    let (_, key) = founder.key(KeyPurpose::Encrypt).unwrap();
    let granted = encrypted
        .key_for(&context, &hospital.secret())
        .unwrap()
        .wrap(&context, &sample_insurer().reader(), &mut rng(2))
        .unwrap();
    let lines = [
        format!("chain id = {chain}"),
        format!("commitment = {}", context.commitment),
        format!("organisation = {}", hospital.organisation),
        format!("key id = {}", hospital.key_id),
        format!("secret encryption key = {}", hex::encode(*key.secret())),
        format!("details = {}", hex::encode(details)),
        format!("encrypted = {}", hex::encode(encrypted.encode())),
        format!("attachment hash = {}", encrypted.hash()),
        format!(
            "wrapped for a grantee = {}",
            hex::encode(prost::Message::encode_to_vec(&granted))
        ),
    ];
    expect_file!["golden/encrypted.txt"].assert_eq(&(lines.join("\n") + "\n"));
}

fn sample_insurer() -> crate::people::Person {
    crate::people::insurer()
}
