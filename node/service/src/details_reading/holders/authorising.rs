//! Authorisation of an organisation to use several receipts of a holder.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream};
use piaolian_contracts::{chain::Hash, malformed::Malformed, receipts::Receipt, types::ReceiptId};
use piaolian_custody::access_log::ForHolder;
use piaolian_proto::v1::{
    self, AuthoriseGranteeRequest, AuthoriseGranteeResponse, AuthorisedReceipt, CallOptions,
    GrantAccess, GrantAccessRequest, Submitted,
};
use tokio::{task::block_in_place, time::Instant};

use super::{AskedBy, FETCHED_WITHIN, Holder, HolderAccess, OPENED_AT_ONCE, Owner, parse_operator};
use crate::{
    api_error::ApiError, calling_client::CallingClient, error::ServiceError, parse::required,
};

/// Receipts of one call.
const RECEIPTS_MAX: usize = 100;

/// Hash domain of the client ids that are derived for the receipts of one call.
const CLIENT_ID_DOMAIN: &str = "piaolian/authorise-payer/v1";

/// Bytes of a client id.
const CLIENT_ID_BYTES: usize = 16;

impl HolderAccess {
    /// Authorises an organisation for a purpose, receipt by receipt.
    ///
    /// # Errors
    /// When the request is malformed, this node serves no holders, the client was wrong too
    /// often, or this machine has a fault. The answer says of each receipt why it was not authorised.
    pub async fn authorise_grantee(
        &self,
        client: &CallingClient,
        mut request: AuthoriseGranteeRequest,
    ) -> Result<AuthoriseGranteeResponse, ServiceError> {
        let holder = Holder::parse(request.holder.take())?;
        let options = required("options", request.options.take())?;
        let asked_by = AskedBy {
            client: &client.name,
            operator: parse_operator("options.operator", options.operator.clone())?,
        };
        let receipts = parse_receipts(std::mem::take(&mut request.receipts))?;
        let person = self.begin_attempt(&client.name, &holder)?;
        let until = Instant::now() + FETCHED_WITHIN;
        let owners = stream::iter(receipts.iter().copied());
        let owners = owners.map(|id: ReceiptId| self.owner_at_tip(id, &holder, until));
        let owners: Vec<_> = owners.buffered(OPENED_AT_ONCE).collect().await;
        let is_holder = |owner: &Result<_, _>| matches!(owner, Ok((_, Owner::Holder(_))));
        if owners.iter().any(is_holder) {
            self.succeeded(&client.name, &person);
        }
        let asked = receipts.iter().zip(owners).map(|(id, owner)| {
            let options = options_of(&options, id);
            self.authorise(*id, owner, &request, options, &asked_by)
        });
        let results = join_all(asked).await;
        let answers = receipts.iter().zip(results);
        let answers = answers.map(|(receipt, result)| answer(*receipt, result));
        Ok(AuthoriseGranteeResponse {
            receipts: answers.collect::<Result<_, _>>()?,
        })
    }

    async fn owner_at_tip(
        &self,
        id: ReceiptId,
        holder: &Holder,
        until: Instant,
    ) -> Result<(Receipt, Owner), ServiceError> {
        let receipt = block_in_place(|| self.details.receipt_at_tip(&id))?;
        let owner = self.owner_of(&receipt, holder, until).await?;
        Ok((receipt, owner))
    }

    /// Authorises the use of one receipt, if it is the holder's. The answer is the same for a receipt that does not exist
    /// and for one of another person.
    async fn authorise(
        &self,
        id: ReceiptId,
        owner: Result<(Receipt, Owner), ServiceError>,
        request: &AuthoriseGranteeRequest,
        options: CallOptions,
        asked_by: &AskedBy<'_>,
    ) -> Result<Submitted, ServiceError> {
        let not_theirs = || ServiceError::not_found(format!("receipt {id} of this holder"));
        match owner {
            Ok((receipt, Owner::Holder(ground))) => {
                self.record(&receipt, asked_by, ground, ForHolder::Authorising)?;
            }
            Ok((_, Owner::Another)) | Err(ServiceError::Api(ApiError::NotFound { .. })) => {
                return Err(not_theirs());
            }
            Ok((_, Owner::Unknown)) => {
                return Err(ApiError::AttachmentMissing { receipt: id }.into());
            }
            Err(error) => return Err(error),
        }
        let grant = GrantAccess {
            receipt: Some(id.into()),
            grantee: request.grantee.clone(),
            purpose: request.purpose,
            expires_ms: request.expires_ms,
            consent_hash: request.consent_hash.clone(),
            wrapped_key_hash: Bytes::new(),
            onward: request.onward,
        };
        let granted = self.keys.grant_access(GrantAccessRequest {
            grant_access: Some(grant),
            options: Some(options),
            without_details: request.without_details,
        });
        Ok(granted.await?.submitted.unwrap_or_default())
    }
}

fn parse_receipts(receipts: Vec<v1::ReceiptId>) -> Result<Vec<ReceiptId>, Malformed> {
    if receipts.is_empty() || receipts.len() > RECEIPTS_MAX {
        let problem = format!("must be 1 to {RECEIPTS_MAX}");
        return Err(Malformed::new("receipts", problem));
    }
    let mut seen = BTreeSet::new();
    let parsed = receipts.into_iter().enumerate().map(|(at, receipt)| {
        let field = format!("receipts[{at}]");
        let receipt = ReceiptId::parse(&field, Some(receipt))?;
        if seen.insert(receipt) {
            Ok(receipt)
        } else {
            Err(Malformed::new(field, "must stand there once"))
        }
    });
    parsed.collect()
}

/// Returns the call's options for one receipt, with a client id that is derived from the call's.
fn options_of(options: &CallOptions, receipt: &ReceiptId) -> CallOptions {
    let mut options = options.clone();
    // A client id of another length is passed on unchanged and refused there.
    if options.client_id.len() == CLIENT_ID_BYTES {
        let parts = [&options.client_id[..], &receipt.key()];
        let hash = Hash::tagged(CLIENT_ID_DOMAIN, &parts);
        options.client_id = Bytes::copy_from_slice(&hash.as_bytes()[..CLIENT_ID_BYTES]);
    }
    options
}

/// Returns the answer about one receipt. A fault of this machine ends the call.
fn answer(
    receipt: ReceiptId,
    result: Result<Submitted, ServiceError>,
) -> Result<AuthorisedReceipt, ServiceError> {
    let (submitted, refusal) = match result {
        Ok(submitted) => (Some(submitted), None),
        Err(error @ ServiceError::Fault(_)) => return Err(error),
        Err(error) => (None, error.details().into_iter().next()),
    };
    Ok(AuthorisedReceipt {
        receipt: Some(receipt.into()),
        submitted,
        refusal,
    })
}
