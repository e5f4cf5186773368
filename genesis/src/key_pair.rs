//! A secret key with its purpose, in memory.

use std::fmt;

use curve25519_dalek::MontgomeryPoint;
use ed25519_dalek::{Signer, SigningKey};
use piaolian_contracts::{
    chain::{ChainId, KeyAlgorithm, PublicKey, Signature},
    organisations::{KeyPurpose, possession_sign_bytes},
    types::OrganisationId,
};
use piaolian_proto::v1 as proto;
use zeroize::Zeroizing;

/// An encryption key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key for the purpose `{0}` cannot sign")]
pub struct CannotSign(pub KeyPurpose);

/// A secret key with its purpose. It is wiped when dropped and never shown.
pub struct KeyPair {
    purpose: KeyPurpose,
    public_key: PublicKey,
    secret: Secret,
}

enum Secret {
    /// Wipes itself when dropped.
    Ed25519(SigningKey),
    X25519(Zeroizing<[u8; KeyPair::SECRET_BYTES]>),
}

impl KeyPair {
    /// Length of a secret in bytes, for both algorithms.
    pub const SECRET_BYTES: usize = 32;

    /// Makes the key of a secret: 32 random bytes.
    pub fn from_secret(purpose: KeyPurpose, secret: Zeroizing<[u8; Self::SECRET_BYTES]>) -> Self {
        let algorithm = purpose.algorithm();
        let (public_key, secret) = match algorithm {
            KeyAlgorithm::Ed25519 => {
                let signing = SigningKey::from_bytes(&secret);
                (signing.verifying_key().to_bytes(), Secret::Ed25519(signing))
            }
            KeyAlgorithm::X25519 => (
                MontgomeryPoint::mul_base_clamped(*secret).to_bytes(),
                Secret::X25519(secret),
            ),
        };
        Self {
            purpose,
            public_key: PublicKey::new(algorithm, public_key),
            secret,
        }
    }

    /// Returns the purpose.
    pub const fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// Returns the public half.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Returns the secret half, for the key file.
    pub fn secret(&self) -> Zeroizing<[u8; Self::SECRET_BYTES]> {
        match &self.secret {
            Secret::Ed25519(signing) => Zeroizing::new(signing.to_bytes()),
            Secret::X25519(secret) => secret.clone(),
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    /// When this is an encryption key.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, CannotSign> {
        match &self.secret {
            Secret::Ed25519(signing) => Ok(Signature::new(signing.sign(message).to_bytes())),
            Secret::X25519(_) => Err(CannotSign(self.purpose)),
        }
    }

    /// Returns the message that registers the key, with a proof of possession if the key can sign.
    pub fn registration(&self, chain_id: &ChainId, organisation: &OrganisationId) -> proto::NewKey {
        let message = possession_sign_bytes(chain_id, organisation, self.purpose, &self.public_key);
        let proof = self.sign(&message).map(Into::into).unwrap_or_default();
        proto::NewKey {
            purpose: self.purpose.number().into(),
            algorithm: self.public_key.algorithm().number().into(),
            public_key: self.public_key.as_bytes().to_vec().into(),
            proof_of_possession: proof,
            last_height: 0,
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("purpose", &self.purpose)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(purpose: KeyPurpose) -> KeyPair {
        KeyPair::from_secret(purpose, Zeroizing::new([0xab; 32]))
    }

    #[test]
    fn a_key_proves_its_possession() {
        let (chain, organisation) = ("c".parse().unwrap(), "91350100M000100Y43".parse().unwrap());
        let pair = pair(KeyPurpose::Sign);
        let key = pair.registration(&chain, &organisation);
        let proof = Signature::parse("proof", &key.proof_of_possession).unwrap();
        let message =
            possession_sign_bytes(&chain, &organisation, KeyPurpose::Sign, pair.public_key());
        assert_eq!(pair.public_key().verify(&message, &proof), Ok(()));
    }

    #[test]
    fn an_encryption_key_has_the_public_key_of_rfc_7748_and_signs_nothing() {
        // RFC 7748, section 6.1: Bob.
        let mut secret = [0; 32];
        hex::decode_to_slice(
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            &mut secret,
        )
        .unwrap();
        let pair = KeyPair::from_secret(KeyPurpose::Encrypt, Zeroizing::new(secret));
        assert_eq!(
            hex::encode(pair.public_key().as_bytes()),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
        );
        assert_eq!(pair.sign(b"message"), Err(CannotSign(KeyPurpose::Encrypt)));
        let key = pair.registration(
            &"c".parse().unwrap(),
            &"91350100M000100Y43".parse().unwrap(),
        );
        assert!(key.proof_of_possession.is_empty());
    }

    #[test]
    fn a_secret_is_never_shown() {
        for purpose in [KeyPurpose::Admin, KeyPurpose::Encrypt] {
            let shown = format!("{:?}", pair(purpose));
            assert!(
                !shown.contains("abab") && !shown.contains("171, 171"),
                "{shown}"
            );
        }
    }
}
