//! The record of an upgrade as the message that is stored and hashed.

use piaolian_proto::v1 as proto;
use prost::Message;

use super::record::{ROTATIONS_MAX, Rotation, Upgrade};
use crate::{
    chain::{Height, KeyAlgorithm, PublicKey, ValidatorSet},
    fields::{Field, nested},
    malformed::Malformed,
    storage::{Record, stored_as},
    types::OrganisationId,
};

stored_as!(Upgrade: proto::UpgradeRecord, "upgrade");

impl Record for ValidatorSet {
    fn encode(&self) -> Vec<u8> {
        Self::encode(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = Message::decode(bytes)
            .map_err(|error| Malformed::new("validator set", error.to_string()))?;
        <Self as TryFrom<proto::ValidatorSetRecord>>::try_from(record)
    }
}

nested!(ValidatorSet: proto::ValidatorSetRecord);

impl From<&Upgrade> for proto::UpgradeRecord {
    fn from(upgrade: &Upgrade) -> Self {
        Self {
            height: upgrade.height.get(),
            validators: upgrade.validators.as_ref().map(Into::into),
            rotations: upgrade.rotations.iter().map(Into::into).collect(),
            protocol_version: upgrade.protocol_version.unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::UpgradeRecord> for Upgrade {
    type Error = Malformed;

    fn try_from(record: proto::UpgradeRecord) -> Result<Self, Malformed> {
        if record.rotations.len() > ROTATIONS_MAX {
            return Err(Malformed::new("rotations", "must be at most 128"));
        }
        Ok(Self {
            height: Height::new(record.height),
            validators: Field::from_message("validators", record.validators)?,
            rotations: Field::from_message("rotations", record.rotations)?,
            protocol_version: Field::from_message("protocol_version", record.protocol_version)?,
        })
    }
}

impl From<&Rotation> for proto::KeyRotation {
    fn from(rotation: &Rotation) -> Self {
        Self {
            organisation: rotation.organisation.to_string(),
            old_public_key: rotation.old_key.as_bytes().to_vec().into(),
            new_public_key: rotation.new_key.as_bytes().to_vec().into(),
        }
    }
}

impl TryFrom<proto::KeyRotation> for Rotation {
    type Error = Malformed;

    fn try_from(rotation: proto::KeyRotation) -> Result<Self, Malformed> {
        let key = |field, bytes: &[u8]| PublicKey::parse(field, KeyAlgorithm::Ed25519, bytes);
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &rotation.organisation)?,
            old_key: key("old_public_key", &rotation.old_public_key)?,
            new_key: key("new_public_key", &rotation.new_public_key)?,
        })
    }
}

nested!(Rotation: proto::KeyRotation);
