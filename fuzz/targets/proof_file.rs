//! Decodes and verifies a proof file, as anybody hands it over.
//!
//! Properties: a proof file has one encoding, and verification ends with a verdict for every file.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use piaolian_contracts::chain::{ChainId, Hash};
use piaolian_verifier::{ProofFile, Trust};

/// The validators that sign `verifier/tests/golden/proofs.txt`.
const VALIDATORS: &str = "d863126175bcac9aeeaab3df9fbb3649153c4c08e7caa31cd0758c15f0a57a7e";

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    let Ok(file) = ProofFile::decode(bytes.clone()) else {
        return;
    };
    assert_eq!(file.encode(), bytes);
    let trust = Trust {
        chain_id: ChainId::parse("chain_id", "piaolian-test")
            .expect("the golden chain's name is valid"),
        validators_hash: VALIDATORS.parse::<Hash>().expect("64 hexadecimal digits"),
    };
    let _ = file.verify(&trust);
});
