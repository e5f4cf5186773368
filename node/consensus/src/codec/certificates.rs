//! Certificates: the signatures of a quorum.

use arc_malachitebft_app_channel::app::{
    consensus::LivenessMsg,
    types::core::{
        CommitCertificate, CommitSignature, Height as _, PolkaCertificate, PolkaSignature,
        RoundCertificate, RoundCertificateType, RoundSignature, SignedVote, VoteType,
    },
};
use piaolian_contracts::chain::{self, Signature};
use piaolian_proto::v1;

use super::{Malformed, Wire, fields};
use crate::{
    context::EngineTypes,
    types::{Address, Height, round_number},
};

/// Most signatures in a certificate: more than any validator set will have.
const SIGNATURES_MAX: usize = 1_000;

/// Refuses more entries than a certificate can have.
pub(super) fn bounded<T>(entries: Vec<T>) -> Result<Vec<T>, Malformed> {
    if entries.len() > SIGNATURES_MAX {
        return Err(Malformed::TooMany("signatures"));
    }
    Ok(entries)
}

/// Decodes the signatures of a certificate for one block. `new` makes the engine's type of each.
fn signatures_of<S>(
    signatures: Vec<v1::CommitSignature>,
    new: impl Fn(Address, Signature) -> S,
) -> Result<Vec<S>, Malformed> {
    bounded(signatures)?
        .iter()
        .map(|signed| {
            Ok(new(
                fields::address(&signed.address)?,
                fields::signature(&signed.signature)?,
            ))
        })
        .collect()
}

/// Converts the engine's commit certificate into the chain's form, sorted by address as proofs require.
pub fn committed(certificate: &CommitCertificate<EngineTypes>) -> chain::CommitCertificate {
    let mut signatures: Vec<_> = certificate
        .commit_signatures
        .iter()
        .map(|signed| (signed.address.0, signed.signature))
        .collect();
    signatures.sort_by_key(|(address, _)| *address);
    signatures.dedup_by_key(|(address, _)| *address);
    chain::CommitCertificate {
        height: chain::Height::new(certificate.height.as_u64()),
        round: round_number(certificate.round),
        block_hash: certificate.value_id.0,
        signatures,
    }
}

impl Wire for CommitCertificate<EngineTypes> {
    type Message = v1::CommitCertificate;

    fn to_message(&self) -> v1::CommitCertificate {
        (&committed(self)).into()
    }

    fn from_message(message: v1::CommitCertificate) -> Result<Self, Malformed> {
        Ok(Self {
            commit_signatures: signatures_of(message.signatures, CommitSignature::new)?,
            height: Height::new(message.height),
            round: fields::round(message.round),
            value_id: fields::block_id(&message.block_hash)?,
        })
    }
}

impl Wire for PolkaCertificate<EngineTypes> {
    type Message = v1::PolkaCertificate;

    fn to_message(&self) -> v1::PolkaCertificate {
        v1::PolkaCertificate {
            height: self.height.as_u64(),
            round: round_number(self.round),
            block_hash: fields::block_id_bytes(&self.value_id),
            signatures: self
                .polka_signatures
                .iter()
                .map(|signed| v1::CommitSignature {
                    address: fields::address_bytes(&signed.address),
                    signature: fields::signature_bytes(&signed.signature),
                })
                .collect(),
        }
    }

    fn from_message(message: v1::PolkaCertificate) -> Result<Self, Malformed> {
        Ok(Self {
            polka_signatures: signatures_of(message.signatures, PolkaSignature::new)?,
            height: Height::new(message.height),
            round: fields::round(message.round),
            value_id: fields::block_id(&message.block_hash)?,
        })
    }
}

impl Wire for RoundCertificate<EngineTypes> {
    type Message = v1::RoundCertificate;

    fn to_message(&self) -> v1::RoundCertificate {
        let kind = match self.cert_type {
            RoundCertificateType::Precommit => fields::vote_type_number(VoteType::Precommit),
            RoundCertificateType::Skip => v1::VoteType::Unspecified.into(),
        };
        v1::RoundCertificate {
            height: self.height.as_u64(),
            round: round_number(self.round),
            r#type: kind,
            signatures: self
                .round_signatures
                .iter()
                .map(|signed| v1::RoundSignature {
                    r#type: fields::vote_type_number(signed.vote_type),
                    block_hash: fields::target_bytes(&signed.value_id),
                    address: fields::address_bytes(&signed.address),
                    signature: fields::signature_bytes(&signed.signature),
                })
                .collect(),
        }
    }

    fn from_message(message: v1::RoundCertificate) -> Result<Self, Malformed> {
        let cert_type = match v1::VoteType::try_from(message.r#type) {
            Ok(v1::VoteType::Precommit) => RoundCertificateType::Precommit,
            Ok(v1::VoteType::Unspecified) => RoundCertificateType::Skip,
            Ok(v1::VoteType::Prevote) | Err(_) => return Err(Malformed::Field("type")),
        };
        let round_signatures = bounded(message.signatures)?
            .into_iter()
            .map(|signed| {
                Ok(RoundSignature::new(
                    fields::vote_type(signed.r#type)?,
                    fields::target(&signed.block_hash)?,
                    fields::address(&signed.address)?,
                    fields::signature(&signed.signature)?,
                ))
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(Self {
            height: Height::new(message.height),
            round: fields::round(message.round),
            cert_type,
            round_signatures,
        })
    }
}

impl Wire for LivenessMsg<EngineTypes> {
    type Message = v1::LivenessMessage;

    fn to_message(&self) -> v1::LivenessMessage {
        use v1::liveness_message::Message;
        let message = match self {
            Self::Vote(vote) => Message::Vote(vote.to_message()),
            Self::PolkaCertificate(polka) => Message::Polka(polka.to_message()),
            Self::SkipRoundCertificate(round) => Message::Round(round.to_message()),
        };
        v1::LivenessMessage {
            message: Some(message),
        }
    }

    fn from_message(message: v1::LivenessMessage) -> Result<Self, Malformed> {
        use v1::liveness_message::Message;
        match message.message.ok_or(Malformed::Field("message"))? {
            Message::Vote(vote) => SignedVote::from_message(vote).map(Self::Vote),
            Message::Polka(polka) => {
                PolkaCertificate::from_message(polka).map(Self::PolkaCertificate)
            }
            Message::Round(round) => {
                RoundCertificate::from_message(round).map(Self::SkipRoundCertificate)
            }
        }
    }
}
