//! Holders of claims: the node derives the tag that stands for the holder, so that no client can name another.
//!
//! ```text
//!   receipts ─► details, by the authorisation to claim ─► payer's number ─ MAC by the kept key ─► holder tag
//! ```

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    claims::{CLAIMS, ClaimKey, DecideClaim, FileClaim, HolderTag},
    malformed::Malformed,
    types::{ClaimNumber, Operator, OrganisationId, ReceiptId},
};
use piaolian_encryption::IndexKey;
use piaolian_proto::v1::{
    ActionResponse, CallOptions, ClaimApproval, DecideClaimRequest, DecideClaimResponse,
    FileClaimRequest, FileClaimResponse, SetOpeningSumsRequest, decide_claim::Verdict,
    transaction_body::Action,
};
use tokio::task::block_in_place;
use zeroize::Zeroizing;

use super::details_access::{DetailsAccess, ReadBy};
use crate::{
    api_error::ApiError, calling_client::CallingClient, error::ServiceError, parse::required,
    submit::Submitter,
};

/// Files claims and sets opening sums, each with the holder's tag, and checks the holder of settled receipts.
pub struct ClaimHolders {
    organisation: OrganisationId,
    details: Arc<DetailsAccess>,
    submitter: Arc<Submitter>,
    key: IndexKey,
}

impl ClaimHolders {
    /// Returns the object that keys the tags of holders at `organisation` with `key`.
    pub(crate) const fn new(
        organisation: OrganisationId,
        details: Arc<DetailsAccess>,
        submitter: Arc<Submitter>,
        key: IndexKey,
    ) -> Self {
        Self {
            organisation,
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
        claim.holder_tag = Bytes::copy_from_slice(HolderTag::UNKNOWN.as_bytes());
        let parsed = FileClaim::try_from(claim.clone());
        let parsed = parsed.map_err(|error| error.within("file_claim"))?;
        let receipts: Vec<ReceiptId> = parsed.presented().map(|(receipt, _)| receipt).collect();
        let person = self.payer(client, request.options.as_ref(), &receipts);
        let person = person.await?;
        // Without an authorisation to every receipt nobody knows the person. The ledger rejects such a claim, and keeps
        // it as evidence.
        let unknown = Bytes::copy_from_slice(HolderTag::UNKNOWN.as_bytes());
        claim.holder_tag = person.map_or(unknown, |person| self.tag(&person));
        let request = FileClaimRequest {
            file_claim: Some(claim),
            options: request.options,
        };
        self.submitter.file_claim(request).await
    }

    /// Decides a claim. The receipts that it names as settled directly must be of the claim's holder.
    ///
    /// # Errors
    /// When the request is malformed, the details of a settled receipt cannot be opened or are of another person, or the
    /// action is refused or rejected.
    pub async fn decide_claim(
        &self,
        client: &CallingClient,
        request: DecideClaimRequest,
    ) -> Result<DecideClaimResponse, ServiceError> {
        let decision = required("decide_claim", request.decide_claim.as_ref())?;
        // The form is checked before anything is opened.
        let parsed = DecideClaim::try_from(decision.clone());
        parsed.map_err(|error| error.within("decide_claim"))?;
        if let Some(Verdict::Approve(approval)) = &decision.verdict {
            let settled = settled_receipts(approval);
            let settled = settled.map_err(|error| error.within("decide_claim.approve"))?;
            let person = self.payer(client, request.options.as_ref(), &settled);
            // Without an authorisation the ledger rejects the decision.
            if let Some(person) = person.await? {
                self.check_holder(&decision.claim_number, &person)?;
            }
        }
        self.submitter.decide_claim(request).await
    }

    /// Checks that a claim is this person's. The ledger rejects a decision about a claim that was never filed.
    fn check_holder(&self, claim_number: &str, person: &str) -> Result<(), ServiceError> {
        let number = ClaimNumber::parse("claim_number", claim_number.to_owned());
        let key = ClaimKey {
            insurer: self.organisation,
            number: number.map_err(|error| error.within("decide_claim"))?,
        };
        let claim = block_in_place(|| CLAIMS.get(&self.details.state(), &key))?;
        let tag = self.tag(person);
        if claim.is_some_and(|claim| claim.holder_tag.as_bytes()[..] != tag[..]) {
            let field = "decide_claim.approve.settled_receipts";
            return Err(Malformed::new(field, "must be of the claim's holder").into());
        }
        Ok(())
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
        let receipts = [receipt];
        let person = self.payer(client, request.options.as_ref(), &receipts);
        let person = person.await?;
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

    /// Returns the number of the person who paid all of these receipts; `None` if one of them does not exist, or no
    /// authorisation to it is live.
    async fn payer(
        &self,
        client: &CallingClient,
        options: Option<&CallOptions>,
        receipts: &[ReceiptId],
    ) -> Result<Option<Zeroizing<String>>, ServiceError> {
        let operator = options.map(|options| options.operator.clone());
        let operator = operator.filter(|operator| !operator.is_empty());
        let operator = operator.map(|operator| Operator::parse("options.operator", operator));
        let operator = operator.transpose()?;
        let read_by = ReadBy {
            client: &client.name,
            operator: operator.as_ref(),
        };
        let mut person: Option<Zeroizing<String>> = None;
        for id in receipts {
            let receipt = match block_in_place(|| self.details.receipt_at_tip(id)) {
                // The ledger rejects it, and raises an alert.
                Err(ServiceError::Api(ApiError::NotFound { .. })) => return Ok(None),
                found => found?,
            };
            let details = match self.details.open_to_claim(&receipt, &read_by).await {
                // The same: there is no live authorisation.
                Err(ServiceError::Refused(_)) => return Ok(None),
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

/// The receipts that an approval names as settled directly.
fn settled_receipts(approval: &ClaimApproval) -> Result<Vec<ReceiptId>, Malformed> {
    let settled = approval.settled_receipts.iter();
    let ids =
        settled.map(|named| ReceiptId::parse("settled_receipts.receipt", named.receipt.clone()));
    ids.collect()
}

/// Refuses a client's own tag.
fn require_unnamed(field: &str, tag: &Bytes) -> Result<(), Malformed> {
    if tag.is_empty() {
        return Ok(());
    }
    Err(Malformed::new(field, "must be empty: the node derives it"))
}
