//! Serves holders: their receipts and authorisations, on a node that can decrypt the details.
//!
//! ```text
//!   number, name ─► tag ─► the person's rows ─► each receipt's details: the same number and name?
//!                                                  ├─ no, or not to be had ─► not shown
//!                                                  └─ yes ─► access log, on disk ─► shown, or
//!                                                                             GrantAccess for it
//! ```
//!
//! The index only narrows the search. The details decide whether a receipt is the holder's.

mod authorising;
mod collecting;

use std::{sync::Arc, time::Duration};

use piaolian_contracts::{malformed::Malformed, receipts::Receipt, types::Operator};
use piaolian_custody::{
    access_log::{ForHolder, Ground},
    details_store::StoreError,
    holders::Holders,
};
use piaolian_details::Details;
use piaolian_encryption::PersonTag;
use piaolian_ledger::Ledger;
use piaolian_proto::v1;
use tokio::{
    task::block_in_place,
    time::{Instant, timeout_at},
};
use zeroize::Zeroizing;

use super::{
    details_access::{DetailsAccess, ReadBy},
    key_sharing::KeySharing,
};
use crate::{
    api_error::ApiError,
    attempt_limiter::AttemptLimiter,
    error::{ServiceError, ServiceFault},
    query::Queries,
};

/// Longest number of an identity document, and longest name, in bytes: as in details.
const TEXT_BYTES_MAX: usize = 256;

/// Receipts that are opened at a time: as many as one peer is asked for.
const OPENED_AT_ONCE: usize = 4;

/// Longest time in which a call waits for details that peers may have.
const FETCHED_WITHIN: Duration = Duration::from_secs(20);

/// A holder, as the request names them. Wiped when dropped.
struct Holder {
    identity_number: Zeroizing<String>,
    name: Zeroizing<String>,
}

/// The client that asks on the holder's behalf.
struct AskedBy<'a> {
    /// The name of the client's token.
    client: &'a str,
    operator: Operator,
}

/// The owner of a receipt.
enum Owner {
    /// The holder; this node may open the details on this ground.
    Holder(Ground),
    /// Somebody else.
    Another,
    /// The details cannot be had now.
    Unknown,
}

impl Holder {
    fn parse(holder: Option<v1::Holder>) -> Result<Self, Malformed> {
        let v1::Holder {
            identity_number,
            name,
        } = holder.ok_or_else(|| Malformed::new("holder", "must be present"))?;
        Ok(Self {
            identity_number: text("holder.identity_number", identity_number)?,
            name: text("holder.name", name)?,
        })
    }

    fn is_payer_of(&self, details: &Details) -> bool {
        let payer = details.message().payer_party.as_ref();
        payer.is_some_and(|payer| {
            payer.code.eq_ignore_ascii_case(&self.identity_number) && payer.name == *self.name
        })
    }
}

fn text(field: &str, text: String) -> Result<Zeroizing<String>, Malformed> {
    let text = Zeroizing::new(text);
    let is_fit = !text.is_empty()
        && text.len() <= TEXT_BYTES_MAX
        && text.trim() == text.as_str()
        && !text.chars().any(char::is_control);
    if is_fit {
        return Ok(text);
    }
    let problem = format!("must be 1 to {TEXT_BYTES_MAX} bytes of text without spaces around it");
    Err(Malformed::new(field, problem))
}

fn parse_operator(field: &str, operator: String) -> Result<Operator, Malformed> {
    if operator.is_empty() {
        return Err(Malformed::new(field, "must say who asks"));
    }
    Operator::parse(field, operator)
}

/// Serves the holders of receipts (交款人), where this node keeps an index of them.
pub struct HolderAccess {
    ledger: Ledger,
    index: Option<Arc<Holders>>,
    details: Arc<DetailsAccess>,
    keys: Arc<KeySharing>,
    queries: Arc<Queries>,
    /// Wrong names for a person's number.
    attempts: AttemptLimiter<PersonTag>,
}

impl HolderAccess {
    /// Returns access to the receipts of the persons in `index`.
    pub(crate) fn new(
        ledger: Ledger,
        index: Option<Arc<Holders>>,
        details: Arc<DetailsAccess>,
        keys: Arc<KeySharing>,
        queries: Arc<Queries>,
    ) -> Self {
        Self {
            ledger,
            index,
            details,
            keys,
            queries,
            attempts: AttemptLimiter::default(),
        }
    }

    fn index(&self) -> Result<&Holders, ApiError> {
        self.index.as_deref().ok_or(ApiError::NoHoldersHere)
    }

    /// Begins a client's attempt to name a holder, unless too many were wrong. The attempt counts as wrong until it
    /// [succeeds](Self::succeeded).
    fn begin_attempt(&self, client: &str, holder: &Holder) -> Result<PersonTag, ServiceError> {
        let person = self.index()?.tag(&holder.identity_number);
        self.attempts
            .begin(client, person, Instant::now().into_std())?;
        Ok(person)
    }

    fn succeeded(&self, client: &str, person: &PersonTag) {
        self.attempts.succeeded(client, person);
    }

    /// Returns the owner of a receipt, according to its details. The owner is unknown if this node does not get the
    /// details before `until`.
    async fn owner_of(
        &self,
        receipt: &Receipt,
        holder: &Holder,
        until: Instant,
    ) -> Result<Owner, ServiceError> {
        let Ok(opened) = timeout_at(until, self.details.open_own(receipt)).await else {
            return Ok(Owner::Unknown);
        };
        match opened {
            Ok((details, ground)) if holder.is_payer_of(&details) => Ok(Owner::Holder(ground)),
            Ok(_) => Ok(Owner::Another),
            Err(
                ServiceError::Api(
                    ApiError::NothingAttached { .. }
                    | ApiError::AttachmentMissing { .. }
                    | ApiError::NotEncryptedForUs { .. }
                    | ApiError::DoNotOpen { .. },
                )
                // The details in this node's own store are encrypted for a key that it no longer has.
                | ServiceError::Fault(ServiceFault::Details(StoreError::Encrypted { .. })),
            ) => Ok(Owner::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Records that a holder's receipt is shown or authorised.
    fn record(
        &self,
        receipt: &Receipt,
        asked_by: &AskedBy<'_>,
        ground: Ground,
        reason: ForHolder,
    ) -> Result<(), ServiceError> {
        let read_by = ReadBy {
            client: asked_by.client,
            operator: Some(&asked_by.operator),
        };
        block_in_place(|| self.details.record(receipt, &read_by, ground, Some(reason)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(identity_number: &str, name: &str) -> Result<Holder, Malformed> {
        Holder::parse(Some(v1::Holder {
            identity_number: identity_number.to_owned(),
            name: name.to_owned(),
        }))
    }

    #[test]
    fn a_holder_has_a_number_and_a_name() {
        assert!(holder("35010219800101123X", "王小明").is_ok());
        assert!(holder(&"1".repeat(256), &"n".repeat(256)).is_ok());
        for (number, name, field) in [
            ("", "王小明", "holder.identity_number"),
            (" 35010219800101123X", "王小明", "holder.identity_number"),
            ("35010219800101\n23X", "王小明", "holder.identity_number"),
            ("35010219800101123X", "", "holder.name"),
            ("35010219800101123X", "王小明 ", "holder.name"),
        ] {
            let malformed = holder(number, name).err().unwrap();
            assert_eq!(malformed.field(), field);
            assert!(!malformed.to_string().contains("35010219800101"));
        }
        assert!(holder(&"1".repeat(257), "n").is_err());
        assert!(holder("1", &"n".repeat(257)).is_err());
        assert!(Holder::parse(None).is_err());
    }
}
