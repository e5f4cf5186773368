//! The record of an authorisation.

use piaolian_proto::v1 as proto;

use super::{errors::DisclosureError, purpose::Purpose};
use crate::{
    chain::{Hash, Height},
    fields::as_message,
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

as_message! {
    Grant: proto::GrantRecord {
        receipt, grantee, purpose, grantor, consent_hash, wrapped_key_hash, onward, generation,
        height, revocation;
        shared_from: shared_from_generation,
        expires: expires_ms,
        time: time_ms,
    }
}

as_message! {
    Revocation: proto::Revocation {
        organisation, reason, height;
        time: time_ms,
    }
}
