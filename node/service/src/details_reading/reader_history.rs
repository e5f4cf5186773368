//! Readers of a receipt's details: the members that could read them, when, and on which ground.
//!
//! ```text
//!   encrypted details ─► wrapped keys ─► the members they were encrypted for, without an end
//!   history ─► GrantAccess ─► a time begins ── its end, RevokeAccess, the next ─► it ends
//! ```

use piaolian_contracts::{
    receipts::Receipt,
    types::{OrganisationId, ReceiptId},
};
use piaolian_ledger::ChainView;
use piaolian_proto::v1::{
    Event, GrantAccess, ListReadersRequest, ListReadersResponse, OpeningGround, ReaderEnd,
    ReadingPeriod, RevokeAccess, transaction_body::Action,
};
use tokio::task::block_in_place;

use super::details_access::DetailsAccess;
use crate::{
    api_error::ApiError,
    error::{ServiceError, ServiceFault},
    query::{chain::block_time, history::first_events, receipts::name_of},
};

/// Actions on one receipt that an answer looks at.
const ACTIONS_MAX: usize = 1_000;

impl DetailsAccess {
    /// Returns the members that could read a receipt's details.
    ///
    /// # Errors
    /// When the request is malformed, there is no such receipt, or a store cannot be read.
    pub async fn list_readers(
        &self,
        request: ListReadersRequest,
    ) -> Result<ListReadersResponse, ServiceError> {
        let id = ReceiptId::parse("receipt", request.receipt)?;
        let receipt = block_in_place(|| self.receipt_at_tip(&id))?;
        let encrypted = match self.encrypted(&receipt).await {
            Ok(encrypted) => Some(encrypted),
            Err(ServiceError::Api(
                ApiError::NothingAttached { .. }
                | ApiError::AttachmentMissing { .. }
                | ApiError::DoNotOpen { .. },
            )) => None,
            Err(error) => return Err(error),
        };
        block_in_place(|| {
            let encrypted_for_unknown = encrypted.is_none();
            let keys = encrypted.iter().flat_map(|encrypted| encrypted.keys());
            let owners = keys.map(|key| key.organisation.clone()).collect();
            let chain = self.ledger.view();
            let mut readers = readers_from_issuance(chain, &receipt, owners)?;
            let (events, more) = first_events(chain, &id, ACTIONS_MAX)?;
            readers.extend(authorised(&events));
            let state = chain.state();
            for reader in &mut readers {
                let organisation: OrganisationId = reader
                    .organisation
                    .parse()
                    .map_err(|_| ServiceFault::Damaged(format!("who may read receipt {id}")))?;
                reader.name = name_of(&state, &organisation)?;
            }
            Ok(ListReadersResponse {
                readers,
                encrypted_for_unknown,
                more,
            })
        })
    }
}

/// Returns the members that could read from the issuance on, each once.
fn readers_from_issuance(
    chain: &ChainView,
    receipt: &Receipt,
    mut owners: Vec<String>,
) -> Result<Vec<ReadingPeriod>, ServiceError> {
    let from_ms = block_time(chain, receipt.issued_height)?.as_ms();
    owners.dedup(); // they ascend
    let issuer = receipt.issuer.to_string();
    let readers = owners.into_iter().map(|organisation| ReadingPeriod {
        ground: if organisation == issuer {
            OpeningGround::Issuer
        } else {
            OpeningGround::Supervision
        }
        .into(),
        organisation,
        from_ms,
        with_details: true,
        ..ReadingPeriod::default()
    });
    Ok(readers.collect())
}

/// Returns the periods of a receipt's authorisations, from all actions on it, oldest first.
fn authorised(events: &[Event]) -> Vec<ReadingPeriod> {
    let mut readers = Vec::new();
    for event in events.iter().filter(|event| event.rejection.is_none()) {
        match event.requested() {
            Some(Action::GrantAccess(grant)) => {
                let replaced = (grant.grantee.as_str(), grant.purpose);
                end(&mut readers, replaced, event, ReaderEnd::Replacement);
                readers.push(granted(grant, event));
            }
            Some(Action::RevokeAccess(RevokeAccess {
                grantee, purpose, ..
            })) => {
                let ended = (grantee.as_str(), *purpose);
                end(&mut readers, ended, event, ReaderEnd::Revocation);
            }
            _ => {}
        }
    }
    readers
}

fn granted(grant: &GrantAccess, event: &Event) -> ReadingPeriod {
    ReadingPeriod {
        organisation: grant.grantee.clone(),
        name: String::new(),
        ground: OpeningGround::Grant.into(),
        purpose: grant.purpose,
        grantor: event.organisation.clone(),
        consent_hash: grant.consent_hash.clone(),
        from_ms: event.block_time_ms,
        until_ms: grant.expires_ms,
        end: ReaderEnd::Expiry.into(),
        with_details: !grant.wrapped_key_hash.is_empty(),
    }
}

/// Ends the last period of a grantee for a purpose, unless it had ended before.
fn end(
    readers: &mut [ReadingPeriod],
    (grantee, purpose): (&str, i32),
    event: &Event,
    how: ReaderEnd,
) {
    let is_it =
        |reader: &&mut ReadingPeriod| reader.organisation == grantee && reader.purpose == purpose;
    let last = readers.iter_mut().rev().find(is_it);
    if let Some(last) = last.filter(|last| event.block_time_ms < last.until_ms) {
        last.until_ms = event.block_time_ms;
        last.end = how.into();
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{ErrorDetail, GrantPurpose};

    use super::*;

    const INSURER: &str = "91440300708461136T";

    fn event(time_ms: u64, action: Action) -> Event {
        Event {
            block_time_ms: time_ms,
            organisation: "91350100M000100Y43".to_owned(),
            request: Some(action.into()),
            ..Event::default()
        }
    }

    fn grant(time_ms: u64, expires_ms: u64) -> Event {
        let grant = GrantAccess {
            grantee: INSURER.to_owned(),
            purpose: GrantPurpose::Claim.into(),
            expires_ms,
            wrapped_key_hash: vec![1; 32].into(),
            ..GrantAccess::default()
        };
        event(time_ms, Action::GrantAccess(grant))
    }

    fn revocation(time_ms: u64) -> Event {
        let revocation = RevokeAccess {
            grantee: INSURER.to_owned(),
            purpose: GrantPurpose::Claim.into(),
            ..RevokeAccess::default()
        };
        event(time_ms, Action::RevokeAccess(revocation))
    }

    fn times(events: &[Event]) -> Vec<(u64, u64, ReaderEnd)> {
        let readers = authorised(events);
        let times = readers
            .iter()
            .map(|reader| (reader.from_ms, reader.until_ms, reader.end()));
        times.collect()
    }

    #[test]
    fn a_time_ends_by_itself_by_revocation_or_by_the_next() {
        let events = [grant(10, 50), grant(20, 60), revocation(30), grant(40, 50)];
        let expected = [
            (10, 20, ReaderEnd::Replacement),
            (20, 30, ReaderEnd::Revocation),
            (40, 50, ReaderEnd::Expiry),
        ];
        assert_eq!(times(&events), expected);
        // One that was over is not ended again.
        let expected = [(10, 50, ReaderEnd::Expiry), (70, 90, ReaderEnd::Expiry)];
        assert_eq!(times(&[grant(10, 50), grant(70, 90)]), expected);
    }

    #[test]
    fn what_was_rejected_gave_nothing_and_other_purposes_are_apart() {
        let mut refused = grant(10, 50);
        refused.rejection = Some(ErrorDetail::default());
        assert_eq!(times(&[refused]), []);
        let mut other = grant(20, 60);
        let asked = other.request.as_mut().and_then(|body| body.action.as_mut());
        if let Some(Action::GrantAccess(grant)) = asked {
            grant.purpose = GrantPurpose::Audit.into();
        }
        let expected = [(10, 50, ReaderEnd::Expiry), (20, 60, ReaderEnd::Expiry)];
        assert_eq!(times(&[grant(10, 50), other]), expected);
    }
}
