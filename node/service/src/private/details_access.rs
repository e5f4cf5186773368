//! Opening a receipt's details for this organisation, while it may read them.
//!
//! ```text
//!   kept here? ─────────────────────────────────────────────► opened ─┐
//!   purpose named ─► live authorisation ─► key handed on ─┐           │ commitment, fields
//!   none ─► sealed for this organisation? ────────────────┴► opened ──┤ in clear: the same?
//!                sealed details: here, or from peers                  ▼
//!                                             access log, on disk ─► answered
//! ```

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::{
    chain::Hash,
    disclosure::{GRANTS, Grant, GrantKey, Purpose, live},
    payments::{NOTICES, Notice},
    receipts::{RECEIPTS, Receipt},
    types::{DecisionNumber, Operator, OrganisationId, ReceiptId},
};
use piaolian_custody::{
    access_log::{ForHolder, Ground, Opening},
    vault::OpenError,
};
use piaolian_details::Details;
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    GetReceiptDetailsRequest, GetReceiptDetailsResponse, OpeningGround, WrappedKey,
};
use piaolian_sealing::Sealed;
use piaolian_verifier::details as verified;
use prost::Message;
use tokio::task::block_in_place;

use crate::{
    Service,
    api_error::{ApiError, Kind},
    error::{Refusal, ServiceError, detail_of_rule},
    parse::Client,
};

/// Opened details, and what allowed it.
struct Opened {
    details: Details,
    ground: Ground,
    is_of_a_notice: bool,
}

/// Who reads.
pub(crate) struct ReadBy<'a> {
    /// The name of the client's token.
    pub(crate) client: &'a str,
    /// Which person, as the client says.
    pub(crate) operator: Option<&'a Operator>,
}

impl Service {
    /// A receipt's details, opened for `client` of this organisation.
    ///
    /// # Errors
    /// When the request is malformed, the organisation may not read them now, they are
    /// nowhere to be had, or they are not what the issuer committed to.
    pub async fn get_receipt_details(
        &self,
        client: &Client,
        request: GetReceiptDetailsRequest,
    ) -> Result<GetReceiptDetailsResponse, ServiceError> {
        let id = ReceiptId::parse("receipt", request.receipt.clone())?;
        let purpose = match request.purpose {
            0 => None,
            number => Some(Purpose::parse("purpose", number)?),
        };
        let operator = parse_operator(&request.operator)?;
        let receipt = block_in_place(|| self.receipt_at_tip(&id))?;
        let opened = self.open(&receipt, purpose).await?;
        block_in_place(|| {
            let read_by = ReadBy {
                client: &client.name,
                operator: operator.as_ref(),
            };
            self.write_down(&receipt, &read_by, opened.ground.clone(), None)?;
            Ok(answer(opened, &receipt, request.with_xml))
        })
    }

    /// Opens what this organisation may read by itself, and says why it may.
    ///
    /// # Errors
    /// As [`Self::receipt_details`].
    pub(crate) async fn open_own(
        &self,
        receipt: &Receipt,
    ) -> Result<(Details, Ground), ServiceError> {
        let opened = self.open(receipt, None).await?;
        Ok((opened.details, opened.ground))
    }

    /// Opens a receipt's details, and holds them against the ledger.
    async fn open(
        &self,
        receipt: &Receipt,
        purpose: Option<Purpose>,
    ) -> Result<Opened, ServiceError> {
        let (details, ground) = match block_in_place(|| self.kept_details(receipt))? {
            Some(details) => (details, Ground::Issuer),
            None => self.open_sealed(receipt, purpose).await?,
        };
        let is_of_a_notice = block_in_place(|| self.hold_against_ledger(&details, receipt))?;
        Ok(Opened {
            details,
            ground,
            is_of_a_notice,
        })
    }

    /// Holds details against the ledger; says whether they are a notice's.
    ///
    /// # Errors
    /// When they are not this receipt's, or the store cannot be read.
    pub(crate) fn hold_against_ledger(
        &self,
        details: &Details,
        receipt: &Receipt,
    ) -> Result<bool, ServiceError> {
        let notice = self.notice_of(receipt)?;
        check(details, receipt, notice.as_ref())?;
        Ok(notice.is_some())
    }

    pub(crate) fn receipt_at_tip(&self, id: &ReceiptId) -> Result<Receipt, ServiceError> {
        let receipt = RECEIPTS.get(&self.state(), id)?;
        receipt.ok_or_else(|| ServiceError::not_found(format!("receipt {id}")))
    }

    /// What an issuer's node keeps itself.
    pub(crate) fn kept_details(&self, receipt: &Receipt) -> Result<Option<Details>, ServiceError> {
        let Some(issuing) = &self.issuing else {
            return Ok(None);
        };
        let kept = issuing.details.by_commitment(&receipt.details_commitment)?;
        Ok(kept.map(|kept| kept.details))
    }

    async fn open_sealed(
        &self,
        receipt: &Receipt,
        purpose: Option<Purpose>,
    ) -> Result<(Details, Ground), ServiceError> {
        let commitment = receipt.details_commitment;
        let Some(purpose) = purpose else {
            let sealed = self.sealed_details(receipt).await?;
            let details = self.vault.open(&commitment, &sealed);
            let details = details.map_err(|error| refused(receipt, error))?;
            let ground = if receipt.issuer == self.organisation {
                Ground::Issuer
            } else {
                Ground::Supervision
            };
            return Ok((details, ground));
        };
        let grant = block_in_place(|| self.live_grant(receipt.id, purpose))?;
        let granted = self.granted_key(receipt, &grant).await?;
        let sealed = self.sealed_details(receipt).await?;
        let details = self.vault.open_granted(&commitment, &sealed, &granted);
        let details = details.map_err(|error| refused(receipt, error))?;
        // Fetching took time: it may have ended meanwhile.
        let grant = block_in_place(|| self.live_grant(receipt.id, purpose))?;
        let ground = Ground::Grant {
            purpose: grant.purpose.to_string(),
            grantor: grant.grantor.to_string(),
            life: grant.life,
        };
        Ok((details, ground))
    }

    /// This organisation's authorisation for a purpose, as it holds at the tip.
    fn live_grant(&self, receipt: ReceiptId, purpose: Purpose) -> Result<Grant, ServiceError> {
        let state = self.state();
        let key = GrantKey {
            receipt,
            grantee: self.organisation,
            purpose,
        };
        match live(&state, &key, state.tip().time)? {
            Ok(live) => Ok(Grant::clone(&live.grant)),
            Err(ended) => Err(ServiceError::Refused(Refusal {
                kind: Kind::Refused,
                detail: detail_of_rule(ended.code(), &ended.arguments()),
            })),
        }
    }

    /// The sealed details of a receipt, fetched where they are not here.
    pub(crate) async fn sealed_details(&self, receipt: &Receipt) -> Result<Sealed, ServiceError> {
        let hash = receipt
            .attachment_hash
            .ok_or(ApiError::NothingAttached(receipt.id))?;
        let bytes = self.attachment(receipt, hash, receipt.issuer).await?;
        let sealed = Sealed::decode(bytes);
        Ok(sealed.map_err(|malformed| do_not_open(receipt, &malformed))?)
    }

    /// The key that an authorisation handed on.
    pub(crate) async fn granted_key(
        &self,
        receipt: &Receipt,
        grant: &Grant,
    ) -> Result<WrappedKey, ServiceError> {
        let hash = grant
            .wrapped_key_hash
            .ok_or(ApiError::NothingHandedOn(receipt.id))?;
        let bytes = self.attachment(receipt, hash, grant.grantor).await?;
        let key = WrappedKey::decode(bytes);
        Ok(key.map_err(|error| do_not_open(receipt, &error))?)
    }

    async fn attachment(
        &self,
        receipt: &Receipt,
        hash: Hash,
        author: OrganisationId,
    ) -> Result<Bytes, ServiceError> {
        let found = self.attachments.find(hash, author).await?;
        Ok(found.ok_or(ApiError::AttachmentMissing(receipt.id))?)
    }

    /// Writes an opening down, on disk before it is answered.
    pub(crate) fn write_down(
        &self,
        receipt: &Receipt,
        read_by: &ReadBy<'_>,
        ground: Ground,
        for_holder: Option<ForHolder>,
    ) -> Result<(), ServiceError> {
        let opening = Opening {
            receipt: receipt.id.to_string(),
            details_commitment: receipt.details_commitment.to_string(),
            client: read_by.client.to_owned(),
            operator: read_by
                .operator
                .map(ToString::to_string)
                .unwrap_or_default(),
            ground,
            for_holder,
        };
        Ok(self.access_log.record(&opening, clock::now().as_ms())?)
    }

    /// The notice whose payment issued the receipt, if one did: it has its business number.
    pub(crate) fn notice_of(&self, receipt: &Receipt) -> Result<Option<Notice>, ServiceError> {
        let number = receipt.business_number.to_string();
        let Ok(number) = DecisionNumber::parse("decision_number", number) else {
            return Ok(None);
        };
        let issued = |notice: &Notice| {
            let payment = notice.payment.as_ref();
            payment.is_some_and(|payment| payment.receipt == receipt.id)
        };
        Ok(NOTICES.get(&self.state(), &number)?.filter(issued))
    }

    /// This organisation's own authorisation, if it has a key from it.
    pub(crate) fn own_grant(
        &self,
        state: &StateView<'_>,
        receipt: ReceiptId,
        purpose: Purpose,
    ) -> Result<Option<Grant>, ServiceError> {
        let key = GrantKey {
            receipt,
            grantee: self.organisation,
            purpose,
        };
        let grant = GRANTS.get(state, &key)?;
        Ok(grant.filter(|grant| grant.wrapped_key_hash.is_some()))
    }
}

/// Holds details against the ledger: not even their issuer may have written other fields in
/// clear than it committed to.
fn check(
    details: &Details,
    receipt: &Receipt,
    notice: Option<&Notice>,
) -> Result<(), ServiceError> {
    let opened = verified::open(details.encoded().clone(), receipt, notice);
    opened.map_err(|error| do_not_open(receipt, &error))?;
    Ok(())
}

fn answer(opened: Opened, receipt: &Receipt, with_xml: bool) -> GetReceiptDetailsResponse {
    let details = opened.details;
    let xml = match (with_xml, opened.is_of_a_notice) {
        (false, _) => String::new(),
        (true, false) => details.to_xml(),
        (true, true) => details.to_xml_as_issued(
            receipt.id.number.get(),
            receipt.issue_date.get(),
            receipt.issue_time.get(),
        ),
    };
    let ground = match opened.ground {
        Ground::Issuer => OpeningGround::Issuer,
        Ground::Supervision => OpeningGround::Supervision,
        Ground::Grant { .. } => OpeningGround::Grant,
    };
    GetReceiptDetailsResponse {
        details: details.encoded().clone(),
        details_commitment: details.commitment().into(),
        xml,
        ground: ground.into(),
    }
}

/// Why details did not open: none of this is the machine's trouble.
pub(crate) fn refused(receipt: &Receipt, error: OpenError) -> ApiError {
    match error {
        OpenError::NoKey => ApiError::NotSealedForUs(receipt.id),
        error => do_not_open(receipt, &error),
    }
}

fn do_not_open(receipt: &Receipt, why: &impl ToString) -> ApiError {
    ApiError::DoNotOpen(receipt.id, why.to_string())
}

fn parse_operator(operator: &str) -> Result<Option<Operator>, ServiceError> {
    let named = (!operator.is_empty()).then(|| Operator::parse("operator", operator.to_owned()));
    Ok(named.transpose()?)
}
