//! Cost of encryption, relative to one verified signature (V) of the same run.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::time::{Duration, Instant};

use ed25519_dalek::{Signer, SigningKey};
use piaolian_contracts::{
    chain::{ChainId, Hash},
    organisations::{KeyId, KeyPurpose},
};
use piaolian_encryption::{Context, EncryptedDetails, Reader, Secret};
use piaolian_test_kit::sample::{self, Founder};

/// Bytes of details: a receipt with some thirty fee lines (docs/DOMAIN.md §7).
const DETAILS_BYTES: usize = 3_000;
const RUNS: usize = 5;
const TIMES: u32 = 2_000;

fn main() {
    let chain_id: ChainId = "piaolian-bench".parse().unwrap();
    let context = Context {
        chain_id: &chain_id,
        commitment: Hash::new([1; 32]),
    };
    let founders = [0, 1].map(|place| sample::founder(place, 1));
    let readers: Vec<Reader<'_>> = founders.iter().map(reader).collect();
    let secret = secret(&founders[1]);
    let details = vec![7; DETAILS_BYTES];
    let mut rng = rand::rng();
    let encrypted = EncryptedDetails::new(&context, &details, &readers, &mut rng).unwrap();
    let signing = SigningKey::from_bytes(&[5; 32]);
    let message = [6; 400];
    let signature = signing.sign(&message);
    let key = signing.verifying_key();
    println!(
        "{DETAILS_BYTES} bytes of details, {} encrypted; {RUNS} runs of {TIMES}",
        encrypted.encode().len()
    );
    println!("V, µs   encrypt for one   encrypt for two   let another read   open");
    for _ in 0..RUNS {
        let v = time(|| key.verify_strict(&message, &signature).unwrap());
        let one = time(|| {
            drop(EncryptedDetails::new(&context, &details, &readers[..1], &mut rng).unwrap())
        });
        let two =
            time(|| drop(EncryptedDetails::new(&context, &details, &readers, &mut rng).unwrap()));
        let details_key = encrypted.key_for(&context, &secret).unwrap();
        let grant = time(|| drop(details_key.wrap(&context, &readers[0], &mut rng).unwrap()));
        let open = time(|| {
            let key = encrypted.key_for(&context, &secret).unwrap();
            drop(encrypted.decrypt(&context, &key).unwrap());
        });
        let in_v = |time: Duration| time.as_secs_f64() / v.as_secs_f64();
        println!(
            "{:.1}    {:.2} V            {:.2} V            {:.2} V             {:.2} V",
            v.as_secs_f64() * 1e6,
            in_v(one),
            in_v(two),
            in_v(grant),
            in_v(open)
        );
    }
}

fn time(mut work: impl FnMut()) -> Duration {
    let begun = Instant::now();
    for _ in 0..TIMES {
        work();
    }
    begun.elapsed() / TIMES
}

fn reader(founder: &Founder) -> Reader<'_> {
    let (key_id, key) = founder.key(KeyPurpose::Encrypt).unwrap();
    Reader {
        organisation: founder.presentation.organisation,
        key_id: KeyId::parse("key_id", key_id).unwrap(),
        public_key: key.public_key(),
    }
}

fn secret(founder: &Founder) -> Secret {
    let (key_id, key) = founder.key(KeyPurpose::Encrypt).unwrap();
    let key_id = KeyId::parse("key_id", key_id).unwrap();
    Secret::new(founder.presentation.organisation, key_id, key.secret())
}
