//! The record of an authorisation.

use piaolian_proto::v1 as proto;

use super::{errors::DisclosureError, purpose::Purpose};
use crate::{
    chain::{Hash, Height},
    malformed::Malformed,
    storage::stored_as,
    types::{BlockTime, OrganisationId, Reason, ReceiptId},
};

/// An authorisation (授权).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The receipt that may be used.
    pub receipt: ReceiptId,
    /// The organisation that may use it.
    pub grantee: OrganisationId,
    /// The purpose.
    pub purpose: Purpose,
    /// The organisation that granted it.
    pub grantor: OrganisationId,
    /// The generation of the grantor's own authorisation from which this one was shared; `None`: it was granted for the
    /// holder.
    pub shared_from: Option<u32>,
    /// It ends when block time reaches this.
    pub expires: BlockTime,
    /// The hash of the evidence that the holder consented.
    pub consent_hash: Hash,
    /// Names the attachment with the details' key, wrapped for the grantee.
    pub wrapped_key_hash: Option<Hash>,
    /// Whether the grantee may share it onward.
    pub onward: bool,
    /// 1 at first; one more each time it is granted anew after it ended or lost the right to be shared.
    pub generation: u32,
    /// The last granting: the block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// Set once revoked.
    pub revocation: Option<Revocation>,
}

/// The end of an authorisation before its time (撤销授权).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revocation {
    /// The organisation that revoked it.
    pub organisation: OrganisationId,
    /// The reason.
    pub reason: Reason,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl Grant {
    /// Refuses an authorisation that was revoked or has expired. It does not check the one it was shared from.
    pub(super) fn check_own(&self, now: BlockTime) -> Result<(), DisclosureError> {
        let (receipt, organisation, purpose) = (self.receipt, self.grantee, self.purpose);
        if let Some(revocation) = &self.revocation {
            return Err(DisclosureError::GrantRevoked {
                receipt,
                organisation,
                purpose,
                revoked_by: revocation.organisation,
                height: revocation.height,
                reason: revocation.reason.clone(),
            });
        }
        if now >= self.expires {
            return Err(DisclosureError::GrantExpired {
                receipt,
                organisation,
                purpose,
                until: self.expires.in_beijing(),
            });
        }
        Ok(())
    }
}

stored_as!(Grant: proto::GrantRecord, "grant");

impl From<&Grant> for proto::GrantRecord {
    fn from(grant: &Grant) -> Self {
        Self {
            receipt: Some(grant.receipt.into()),
            grantee: grant.grantee.to_string(),
            purpose: grant.purpose.number().into(),
            grantor: grant.grantor.to_string(),
            shared_from_generation: grant.shared_from.unwrap_or(0),
            expires_ms: grant.expires.as_ms(),
            consent_hash: grant.consent_hash.into(),
            wrapped_key_hash: grant.wrapped_key_hash.map(Into::into).unwrap_or_default(),
            onward: grant.onward,
            generation: grant.generation,
            height: grant.height.get(),
            time_ms: grant.time.as_ms(),
            revocation: grant.revocation.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<proto::GrantRecord> for Grant {
    type Error = Malformed;

    fn try_from(record: proto::GrantRecord) -> Result<Self, Malformed> {
        let shared_from = record.shared_from_generation;
        Ok(Self {
            receipt: ReceiptId::parse("receipt", record.receipt)?,
            grantee: OrganisationId::parse("grantee", &record.grantee)?,
            purpose: Purpose::parse("purpose", record.purpose)?,
            grantor: OrganisationId::parse("grantor", &record.grantor)?,
            shared_from: (shared_from > 0).then_some(shared_from),
            expires: BlockTime::from_ms(record.expires_ms),
            consent_hash: Hash::parse("consent_hash", &record.consent_hash)?,
            wrapped_key_hash: Hash::parse_optional("wrapped_key_hash", &record.wrapped_key_hash)?,
            onward: record.onward,
            generation: record.generation,
            height: Height::new(record.height),
            time: BlockTime::from_ms(record.time_ms),
            revocation: record.revocation.map(Revocation::try_from).transpose()?,
        })
    }
}

impl From<&Revocation> for proto::Revocation {
    fn from(revocation: &Revocation) -> Self {
        Self {
            organisation: revocation.organisation.to_string(),
            reason: revocation.reason.to_string(),
            height: revocation.height.get(),
            time_ms: revocation.time.as_ms(),
        }
    }
}

impl TryFrom<proto::Revocation> for Revocation {
    type Error = Malformed;

    fn try_from(revocation: proto::Revocation) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse(
                "revocation.organisation",
                &revocation.organisation,
            )?,
            reason: Reason::parse("revocation.reason", revocation.reason)?,
            height: Height::new(revocation.height),
            time: BlockTime::from_ms(revocation.time_ms),
        })
    }
}
