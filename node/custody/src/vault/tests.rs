use piaolian_contracts::{
    chain::ChainId,
    organisations::{KeyId, KeyPurpose},
    types::OrganisationId,
};
use piaolian_details::{Details, generate::Kind, issue::Draft};
use piaolian_encryption::{EncryptedDetails, EncryptionError, Secret};
use piaolian_genesis::KeyPair;
use zeroize::Zeroizing;

use crate::samples::{HOSPITAL, generated, hospital_rules, rng};
use crate::vault::{DecryptionError, EncryptionKey, Vault};

/// An organisation's encryption key.
pub(crate) struct Owner {
    organisation: OrganisationId,
    key_id: KeyId,
    pair: KeyPair,
}

impl Owner {
    fn new(organisation: &str, number: u8) -> Self {
        let secret = Zeroizing::new([number; 32]);
        Self {
            organisation: organisation.parse().unwrap(),
            key_id: KeyId::parse("key_id", number.into()).unwrap(),
            pair: KeyPair::from_secret(KeyPurpose::Encrypt, secret),
        }
    }

    pub(crate) fn public(&self) -> EncryptionKey {
        EncryptionKey {
            organisation: self.organisation,
            key_id: self.key_id,
            public_key: *self.pair.public_key(),
        }
    }
}

pub(crate) fn hospital(number: u8) -> Owner {
    Owner::new(HOSPITAL, number)
}

pub(crate) fn finance() -> Owner {
    Owner::new("91440300708461136T", 7)
}

fn insurer() -> Owner {
    Owner::new("91350100M000100Y43", 8)
}

pub(crate) fn vault<'a>(owners: impl IntoIterator<Item = &'a Owner>) -> Vault {
    let chain_id: ChainId = "piaolian-test".parse().unwrap();
    let secrets = owners
        .into_iter()
        .map(|owner| Secret::new(owner.organisation, owner.key_id, owner.pair.secret()));
    Vault::new(chain_id, secrets.collect())
}

fn details(seed: u64) -> Details {
    let document = generated(Kind::Outpatient, seed).document;
    let draft = Draft::of_document(&document, &hospital_rules()).unwrap();
    draft.prepare(&mut rng()).details
}

fn encrypted(details: &Details) -> EncryptedDetails {
    let readers = [hospital(1).public(), finance().public()];
    vault([&hospital(1)]).encrypt(details, &readers).unwrap()
}

#[test]
fn each_reader_decrypts_with_any_of_its_keys() {
    let details = details(1);
    let (commitment, encrypted) = (details.commitment(), encrypted(&details));
    for owners in [
        vec![hospital(1)],
        vec![hospital(3), hospital(1)],
        vec![finance()],
    ] {
        assert_eq!(
            vault(&owners).decrypt(&commitment, &encrypted).as_ref(),
            Ok(&details)
        );
    }
}

#[test]
fn only_readers_decrypt() {
    let details = details(1);
    let (commitment, encrypted) = (details.commitment(), encrypted(&details));
    for owners in [vec![], vec![hospital(2)], vec![insurer()]] {
        assert_eq!(
            vault(&owners).decrypt(&commitment, &encrypted),
            Err(DecryptionError::NoKey)
        );
    }
    // Another secret under the same number.
    let thief = Owner {
        key_id: hospital(1).key_id,
        ..hospital(9)
    };
    assert_eq!(
        vault([&thief]).decrypt(&commitment, &encrypted),
        Err(DecryptionError::Encryption(EncryptionError::WrongKey))
    );
}

#[test]
fn a_key_is_shared_and_shared_again() {
    let details = details(1);
    let (commitment, encrypted) = (details.commitment(), encrypted(&details));
    let insurer = insurer();
    let granted = vault([&hospital(1)])
        .share_key(&commitment, encrypted.keys(), &insurer.public())
        .unwrap();
    let reads = vault([&insurer]).decrypt_granted(&commitment, &encrypted, &granted);
    assert_eq!(reads.as_ref(), Ok(&details));

    let unit = Owner::new("12320900E875065319", 4);
    let again = vault([&insurer])
        .share_key(&commitment, &[granted.clone()], &unit.public())
        .unwrap();
    let reads = vault([&unit]).decrypt_granted(&commitment, &encrypted, &again);
    assert_eq!(reads.as_ref(), Ok(&details));
    // A key that was shared with one organisation does not serve another.
    assert_eq!(
        vault([&unit]).decrypt_granted(&commitment, &encrypted, &granted),
        Err(DecryptionError::NoKey)
    );
}

#[test]
fn swapped_details_and_keys_are_not_decrypted() {
    let (first, second) = (details(1), details(2));
    let (one, other) = (encrypted(&first), encrypted(&second));
    let vault = vault([&hospital(1)]);
    let swapped = vault.decrypt(&first.commitment(), &other);
    assert_eq!(
        swapped,
        Err(DecryptionError::Encryption(EncryptionError::WrongKey))
    );
    let granted = vault
        .share_key(&second.commitment(), other.keys(), &hospital(1).public())
        .unwrap();
    let swapped = vault.decrypt_granted(&first.commitment(), &one, &granted);
    assert_eq!(
        swapped,
        Err(DecryptionError::Encryption(EncryptionError::WrongKey))
    );
    let right = vault
        .share_key(&first.commitment(), one.keys(), &hospital(1).public())
        .unwrap();
    let swapped = vault.decrypt_granted(&first.commitment(), &other, &right);
    assert_eq!(
        swapped,
        Err(DecryptionError::Encryption(EncryptionError::Tampered))
    );
}

#[test]
fn details_that_do_not_match_the_commitment_are_rejected() {
    // The issuer encrypts other details for this commitment.
    let (said, other) = (details(1), details(2));
    let hospital = hospital(1);
    let chain_id: ChainId = "piaolian-test".parse().unwrap();
    let context = piaolian_encryption::Context {
        chain_id: &chain_id,
        commitment: said.commitment(),
    };
    let public = hospital.public();
    let reader = piaolian_encryption::Reader {
        organisation: public.organisation,
        key_id: public.key_id,
        public_key: &public.public_key,
    };
    let encrypted =
        EncryptedDetails::new(&context, other.encoded(), &[reader], &mut rng()).unwrap();
    assert_eq!(
        vault([&hospital]).decrypt(&said.commitment(), &encrypted),
        Err(DecryptionError::OtherCommitment)
    );
}

#[test]
fn a_destroyed_key_decrypts_nothing() {
    let details = details(1);
    let (commitment, encrypted) = (details.commitment(), encrypted(&details));
    let vault = vault([&hospital(1), &hospital(3)]);
    vault.forget(hospital(3).public().key_id);
    assert!(vault.decrypt(&commitment, &encrypted).is_ok());
    vault.forget(hospital(1).public().key_id);
    assert_eq!(
        vault.decrypt(&commitment, &encrypted),
        Err(DecryptionError::NoKey)
    );
}
