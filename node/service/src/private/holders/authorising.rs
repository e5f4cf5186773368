//! A holder authorises an organisation to use several receipts.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream};
use piaolian_contracts::{chain::Hash, malformed::Malformed, receipts::Receipt, types::ReceiptId};
use piaolian_custody::access_log::ForHolder;
use piaolian_proto::v1::{
    self, AuthorisePayerRequest, AuthorisePayerResponse, AuthorisedReceipt, CallOptions,
    GrantAccess, GrantAccessRequest, Submitted,
};
use tokio::{task::block_in_place, time::Instant};

use crate::{
    access_log::ForHolder,
    private::holders::{AskedBy, FETCHED_WITHIN, Holder, OPENED_AT_ONCE, Whose, parse_operator},
    service::{
        Service,
        api_error::ApiError,
        error::ServiceError,
        request::{Client, required},
    },
};

/// Receipts of one call.
const RECEIPTS_MAX: usize = 100;

/// Keeps client ids of the receipts of one call apart from all others.
const CLIENT_ID_DOMAIN: &str = "piaolian/authorise-payer/v1";

/// Bytes of a client id.
const CLIENT_ID_BYTES: usize = 16;

impl Service {
    /// Authorises an organisation for a purpose, receipt by receipt.
    ///
    /// # Errors
    /// When the request is malformed, this node serves no holders, the client guessed too
    /// often, or this machine is in trouble. Of a single receipt, the answer says why not.
    pub async fn authorise_payer(
        &self,
        client: &Client,
        mut request: AuthorisePayerRequest,
    ) -> Result<AuthorisePayerResponse, ServiceError> {
        let holder = Holder::parse(request.holder.take())?;
        let options = required("options", request.options.take())?;
        let asked_by = AskedBy {
            client: &client.name,
            operator: parse_operator("options.operator", options.operator.clone())?,
        };
        let receipts = parse_receipts(std::mem::take(&mut request.receipts))?;
        let person = self.ask_about(&client.name, &holder)?;
        let until = Instant::now() + FETCHED_WITHIN;
        let whose = stream::iter(receipts.iter().copied());
        let whose = whose.map(|id: ReceiptId| self.whose_at_tip(id, &holder, until));
        let whose: Vec<_> = whose.buffered(OPENED_AT_ONCE).collect().await;
        if whose
            .iter()
            .any(|whose| matches!(whose, Ok((_, Whose::Holders(_)))))
        {
            self.was_right(&client.name, &person);
        }
        let asked = receipts.iter().zip(whose).map(|(id, whose)| {
            let options = options_of(&options, id);
            self.authorise(*id, whose, &request, options, &asked_by)
        });
        let results = join_all(asked).await;
        let answers = receipts.iter().zip(results);
        let answers = answers.map(|(receipt, result)| answer(*receipt, result));
        Ok(AuthorisePayerResponse {
            receipts: answers.collect::<Result<_, _>>()?,
        })
    }

    async fn whose_at_tip(
        &self,
        id: ReceiptId,
        holder: &Holder,
        until: Instant,
    ) -> Result<(Receipt, Whose), ServiceError> {
        let receipt = block_in_place(|| self.receipt_at_tip(&id))?;
        let whose = self.whose(&receipt, holder, until).await?;
        Ok((receipt, whose))
    }

    /// Authorises the use of one receipt, if it is the holder's. Of one that is not there and
    /// one that is another's the answer says the same.
    async fn authorise(
        &self,
        id: ReceiptId,
        whose: Result<(Receipt, Whose), ServiceError>,
        request: &AuthorisePayerRequest,
        options: CallOptions,
        asked_by: &AskedBy<'_>,
    ) -> Result<Submitted, ServiceError> {
        let not_theirs = || ServiceError::not_found(format!("receipt {id} of this holder"));
        match whose {
            Ok((receipt, Whose::Holders(ground))) => {
                self.write_down_for_holder(&receipt, asked_by, ground, ForHolder::Authorising)?;
            }
            Ok((_, Whose::Anothers)) | Err(ServiceError::Api(ApiError::NotFound(_))) => {
                return Err(not_theirs());
            }
            Ok((_, Whose::Unknown)) => return Err(ApiError::AttachmentMissing(id).into()),
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
        let granted = self.grant_access(GrantAccessRequest {
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

/// The call's options for one receipt, whose client id follows from the call's.
fn options_of(options: &CallOptions, receipt: &ReceiptId) -> CallOptions {
    let mut options = options.clone();
    // What has another length is refused as it is.
    if options.client_id.len() == CLIENT_ID_BYTES {
        let parts = [&options.client_id[..], &receipt.key()];
        let hash = Hash::tagged(CLIENT_ID_DOMAIN, &parts);
        options.client_id = Bytes::copy_from_slice(&hash.as_bytes()[..CLIENT_ID_BYTES]);
    }
    options
}

/// The answer about one receipt; this machine's trouble ends the call.
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
