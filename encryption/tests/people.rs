//! Organisations with encryption keys, and a receipt.

use piaolian_contracts::{
    chain::{ChainId, Hash},
    organisations::{KeyId, KeyPurpose},
    types::OrganisationId,
};
use piaolian_encryption::{Context, EncryptedDetails, Reader, Secret};
use piaolian_genesis::KeyPair;
use piaolian_test_kit::sample;
use rand::{SeedableRng, rngs::StdRng};

const SEED: u64 = 7;

/// An organisation of the sample network.
pub struct Person {
    pub organisation: OrganisationId,
    pub key_id: KeyId,
    pair: KeyPair,
}

impl Person {
    pub fn at(place: usize) -> Self {
        let founder = sample::founder(place, SEED);
        let (key_id, key) = founder.key(KeyPurpose::Encrypt).unwrap();
        Self {
            organisation: founder.presentation.organisation,
            key_id: KeyId::parse("key_id", key_id).unwrap(),
            pair: KeyPair::from_secret(KeyPurpose::Encrypt, key.secret()),
        }
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader {
            organisation: self.organisation,
            key_id: self.key_id,
            public_key: self.pair.public_key(),
        }
    }

    pub fn secret(&self) -> Secret {
        Secret::new(self.organisation, self.key_id, self.pair.secret())
    }
}

pub fn finance() -> Person {
    Person::at(0)
}

pub fn hospital() -> Person {
    Person::at(1)
}

pub fn insurer() -> Person {
    Person::at(2)
}

pub fn chain(id: &str) -> ChainId {
    id.parse().unwrap()
}

pub fn context(chain_id: &ChainId, receipt: u8) -> Context<'_> {
    Context {
        chain_id,
        commitment: Hash::new([receipt; 32]),
    }
}

/// Returns the same randomness for the same seed.
pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Details of receipt 1, encrypted for the hospital and finance.
pub fn encrypted(chain_id: &ChainId, details: &[u8]) -> EncryptedDetails {
    let (hospital, finance) = (hospital(), finance());
    let readers = [hospital.reader(), finance.reader()];
    EncryptedDetails::new(&context(chain_id, 1), details, &readers, &mut rng(1)).unwrap()
}
