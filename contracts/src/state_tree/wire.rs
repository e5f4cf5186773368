//! A proof as bytes: `piaolian.v1.StateProof`.

use bytes::Bytes;
use piaolian_proto::v1 as proto;
use prost::Message;

use super::{Entry, ProofError, StateProof};

/// Longest encoded proof, in bytes: 256 siblings of 34 and 8 entries of 70, with the depth.
pub const PROOF_BYTES_MAX: usize = 9267;

impl StateProof {
    /// Reads a proof from canonical bytes: fields in order of number, defaults left out, nothing unknown.
    ///
    /// # Errors
    /// When the bytes are anything else, or no tree and no key have such a proof.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(ProofError::Malformed);
        }
        let message = proto::StateProof::decode(bytes).map_err(|_| ProofError::Malformed)?;
        if message.encode_to_vec() != bytes {
            return Err(ProofError::Malformed);
        }
        Self::try_from(message)
    }

    /// The proof's canonical bytes, at most [`PROOF_BYTES_MAX`]; about 1 KB at a million keys.
    pub fn encode(&self) -> Vec<u8> {
        proto::StateProof::from(self).encode_to_vec()
    }
}

impl TryFrom<proto::StateProof> for StateProof {
    type Error = ProofError;

    fn try_from(message: proto::StateProof) -> Result<Self, ProofError> {
        if usize::try_from(message.depth) != Ok(message.siblings.len()) {
            return Err(ProofError::SiblingCount {
                depth: message.depth,
                siblings: message.siblings.len(),
            });
        }
        let siblings = message
            .siblings
            .iter()
            .map(hash)
            .collect::<Result<_, _>>()?;
        let bucket = message.bucket.iter().map(entry).collect::<Result<_, _>>()?;
        Self::new(siblings, bucket)
    }
}

impl From<&StateProof> for proto::StateProof {
    fn from(proof: &StateProof) -> Self {
        Self {
            depth: u32::from(proof.depth()),
            siblings: proof.siblings().iter().map(bytes).collect(),
            bucket: proof.bucket().iter().map(bucket_entry).collect(),
        }
    }
}

fn hash(bytes: &Bytes) -> Result<[u8; 32], ProofError> {
    bytes
        .as_ref()
        .try_into()
        .map_err(|_| ProofError::HashLength(bytes.len()))
}

fn entry(message: &proto::BucketEntry) -> Result<Entry, ProofError> {
    Ok(Entry {
        key_hash: hash(&message.key_hash)?,
        value_hash: hash(&message.value_hash)?,
    })
}

fn bucket_entry(entry: &Entry) -> proto::BucketEntry {
    proto::BucketEntry {
        key_hash: bytes(&entry.key_hash),
        value_hash: bytes(&entry.value_hash),
    }
}

fn bytes(hash: &[u8; 32]) -> Bytes {
    Bytes::copy_from_slice(hash)
}
