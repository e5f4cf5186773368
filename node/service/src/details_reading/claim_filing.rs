//! Filing of claims: the node derives the tag that stands for the holder, so that no client can name another.
//!
//! ```text
//!   receipts ─► details, by the authorisation to claim ─► payer's number ─ MAC by the kept key ─► holder tag
//! ```

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    claims::{FileClaim, HolderTag},
    malformed::Malformed,
    types::{Operator, ReceiptId},
};
use piaolian_encryption::IndexKey;
use piaolian_proto::v1::{
    ActionResponse, FileClaimRequest, FileClaimResponse, SetOpeningSumsRequest,
    transaction_body::Action,
};
use tokio::task::block_in_place;
use zeroize::Zeroizing;

use super::details_access::{DetailsAccess, ReadBy};
use crate::{
    api_error::ApiError, calling_client::CallingClient, error::ServiceError, parse::required,
    submit::Submitter,
};

/// Files claims and sets opening sums, each with the holder's tag.
pub struct ClaimFiling {
    details: Arc<DetailsAccess>,
    submitter: Arc<Submitter>,
    key: IndexKey,
}

impl ClaimFiling {
    /// Returns the object that keys holders' tags with `key`.
    pub(crate) const fn new(
        details: Arc<DetailsAccess>,
        submitter: Arc<Submitter>,
        key: IndexKey,
    ) -> Self {
        Self {
            details,
            submitter,
            key,
        }
    }

    /// Files a claim.
    ///
    /// # Errors
    /// When the request is malformed or names a tag, the details of a receipt cannot be opened or are of another person,
    /// or the action is refused or rejected.
    pub async fn file_claim(
        &self,
        client: &CallingClient,
        request: FileClaimRequest,
    ) -> Result<FileClaimResponse, ServiceError> {
        let mut claim = required("file_claim", request.file_claim)?;
        require_unnamed("file_claim.holder_tag", &claim.holder_tag)?;
        // The form is checked before anything is opened.
        claim.holder_tag = Bytes::from_static(&[0; HolderTag::BYTES]);
        let parsed = FileClaim::try_from(claim.clone());
        let parsed = parsed.map_err(|error| error.within("file_claim"))?;
        let receipts: Vec<ReceiptId> = parsed.presented().map(|(receipt, _)| receipt).collect();
        let operator = request
            .options
            .as_ref()
            .map(|options| options.operator.as_str());
        let person = self.payer(client, operator, &receipts).await?;
        // Without an authorisation to any receipt nobody knows the person. The ledger rejects such a claim and keeps it as
        // evidence; its tag stands for nobody else.
        let person = person.unwrap_or_else(|| Zeroizing::new(format!("claim {}", parsed.number())));
        claim.holder_tag = self.tag(&person);
        let request = FileClaimRequest {
            file_claim: Some(claim),
            options: request.options,
        };
        self.submitter.file_claim(request).await
    }

    /// Sets the sums with which a person's year of a plan begins.
    ///
    /// # Errors
    /// When the request is malformed or names a tag, the details of the receipt cannot be opened, or the action is
    /// refused or rejected.
    pub async fn set_opening_sums(
        &self,
        client: &CallingClient,
        request: SetOpeningSumsRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let mut opening = required("set_opening_sums", request.set_opening_sums)?;
        require_unnamed("set_opening_sums.holder_tag", &opening.holder_tag)?;
        let receipt = ReceiptId::parse("receipt", request.receipt)?;
        let operator = request
            .options
            .as_ref()
            .map(|options| options.operator.as_str());
        let person = self.payer(client, operator, &[receipt]).await?;
        let unknown = || Malformed::new("receipt", "must be one that may be claimed");
        opening.holder_tag = self.tag(&person.ok_or_else(unknown)?);
        let action = Some(Action::SetOpeningSums(opening));
        self.submitter
            .submit_action("set_opening_sums", action, request.options)
            .await
    }

    fn tag(&self, person: &str) -> Bytes {
        Bytes::copy_from_slice(self.key.tag(person).as_bytes())
    }

    /// Returns the number of the person who paid all of these receipts; `None` if no authorisation to any of them is
    /// live.
    async fn payer(
        &self,
        client: &CallingClient,
        operator: Option<&str>,
        receipts: &[ReceiptId],
    ) -> Result<Option<Zeroizing<String>>, ServiceError> {
        let operator = operator.filter(|operator| !operator.is_empty());
        let operator = operator
            .map(|operator| Operator::parse("options.operator", operator.to_owned()))
            .transpose()?;
        let read_by = ReadBy {
            client: &client.name,
            operator: operator.as_ref(),
        };
        let mut person: Option<Zeroizing<String>> = None;
        for id in receipts {
            let receipt = match block_in_place(|| self.details.receipt_at_tip(id)) {
                // The ledger rejects it, and raises an alert.
                Err(ServiceError::Api(ApiError::NotFound { .. })) => continue,
                found => found?,
            };
            let details = match self.details.open_to_claim(&receipt, &read_by).await {
                // The same: there is no live authorisation.
                Err(ServiceError::Refused(_)) => continue,
                opened => opened?,
            };
            let payer = details.message().payer_party.as_ref();
            let number = payer.map_or("", |payer| payer.code.as_str());
            let number = Zeroizing::new(number.to_ascii_uppercase());
            if number.is_empty() {
                return Err(Malformed::new("receipts", "must name their payers").into());
            }
            if person.as_ref().is_some_and(|person| **person != *number) {
                return Err(Malformed::new("receipts", "must be of one person").into());
            }
            person = Some(number);
        }
        Ok(person)
    }
}

/// Refuses a client's own tag.
fn require_unnamed(field: &str, tag: &Bytes) -> Result<(), Malformed> {
    if tag.is_empty() {
        return Ok(());
    }
    Err(Malformed::new(field, "must be empty: the node derives it"))
}
