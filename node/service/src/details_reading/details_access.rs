//! Details of a receipt, opened for this organisation while it may read them.
//!
//! ```text
//!   kept here? ─────────────────────────────────────────────► opened ─┐
//!   purpose named ─► live authorisation ─► its shared key ┐           │ commitment, fields
//!   none ─► encrypted for this organisation? ─────────────┴► opened ──┤ in clear: the same?
//!                encrypted details: here, or from peers               ▼
//!                                             access log, on disk ─► answered
//! ```

use std::sync::Arc;

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::{
    chain::Hash,
    disclosure::{Grant, GrantKey, Purpose, live},
    receipts::Receipt,
    types::{Operator, OrganisationId, ReceiptId},
};
use piaolian_custody::{
    access_log::{Access, AccessLog, ForHolder, Ground},
    attachments::Attachments,
    details_store::DetailsStore,
    vault::{DecryptionError, Vault},
};
use piaolian_details::Details;
use piaolian_encryption::EncryptedDetails;
use piaolian_ledger::{Ledger, StateView};
use piaolian_proto::v1::{
    GetReceiptDetailsRequest, GetReceiptDetailsResponse, OpeningGround, WrappedKey,
};
use piaolian_verifier::details as verified;
use prost::Message;
use tokio::task::block_in_place;

use crate::{
    api_error::{ApiError, Kind},
    calling_client::CallingClient,
    error::{Refusal, ServiceError, detail_of_rule},
    query::{notices::notice_of, receipts},
};

/// Opens details of receipts, and records each opening in the access log.
pub struct DetailsAccess {
    pub(super) ledger: Ledger,
    organisation: OrganisationId,
    vault: Arc<Vault>,
    attachments: Arc<Attachments>,
    /// Details that this node issued; `None` where it issues none.
    own: Option<Arc<DetailsStore>>,
    log: Arc<AccessLog>,
}

/// Opened details, and the ground on which this organisation may read them.
struct Opened {
    details: Details,
    ground: Ground,
    is_of_a_notice: bool,
}

/// The reader of details, for the access log.
pub(crate) struct ReadBy<'a> {
    /// Name of the client's token.
    pub(crate) client: &'a str,
    /// The person at the client, as the client says.
    pub(crate) operator: Option<&'a Operator>,
}

impl DetailsAccess {
    /// Returns access for `organisation`, whose keys are in `vault`.
    pub(crate) const fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        vault: Arc<Vault>,
        attachments: Arc<Attachments>,
        own: Option<Arc<DetailsStore>>,
        log: Arc<AccessLog>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            vault,
            attachments,
            own,
            log,
        }
    }

    /// Returns a receipt's details, opened for `client` of this organisation.
    ///
    /// # Errors
    /// When the request is malformed, the organisation has no right to read the details now, neither this node nor a
    /// peer has them, or they are not those that the issuer committed to.
    pub async fn get_receipt_details(
        &self,
        client: &CallingClient,
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
            self.record(&receipt, &read_by, opened.ground.clone(), None)?;
            Ok(answer(opened, &receipt, request.with_xml))
        })
    }

    /// Opens details that this organisation may read by itself. Returns the ground on which it may.
    ///
    /// # Errors
    /// As [`Self::get_receipt_details`].
    pub(crate) async fn open_own(
        &self,
        receipt: &Receipt,
    ) -> Result<(Details, Ground), ServiceError> {
        let opened = self.open(receipt, None).await?;
        Ok((opened.details, opened.ground))
    }

    /// Opens details to claim the receipt, for `read_by`.
    ///
    /// # Errors
    /// As [`Self::get_receipt_details`].
    pub(crate) async fn open_to_claim(
        &self,
        receipt: &Receipt,
        read_by: &ReadBy<'_>,
    ) -> Result<Details, ServiceError> {
        let opened = self.open(receipt, Some(Purpose::Claim)).await?;
        block_in_place(|| self.record(receipt, read_by, opened.ground, None))?;
        Ok(opened.details)
    }

    /// Opens a receipt's details, and checks them against the ledger.
    async fn open(
        &self,
        receipt: &Receipt,
        purpose: Option<Purpose>,
    ) -> Result<Opened, ServiceError> {
        let (details, ground) = match block_in_place(|| self.kept_details(receipt))? {
            Some(details) => (details, Ground::Issuer),
            None => self.open_encrypted(receipt, purpose).await?,
        };
        let is_of_a_notice =
            block_in_place(|| check_against_ledger(&self.state(), &details, receipt))?;
        Ok(Opened {
            details,
            ground,
            is_of_a_notice,
        })
    }

    /// Returns a receipt as the tip has it.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    pub(crate) fn receipt_at_tip(&self, id: &ReceiptId) -> Result<Receipt, ServiceError> {
        receipts::find(&self.state(), id)
    }

    /// Returns the state at the tip, as one version.
    pub(super) fn state(&self) -> StateView<'_> {
        self.ledger.view().state()
    }

    /// Returns details that this node issued, where it keeps them itself.
    pub(crate) fn kept_details(&self, receipt: &Receipt) -> Result<Option<Details>, ServiceError> {
        let Some(own) = &self.own else {
            return Ok(None);
        };
        let kept = own.by_commitment(&receipt.details_commitment)?;
        Ok(kept.map(|kept| kept.details))
    }

    async fn open_encrypted(
        &self,
        receipt: &Receipt,
        purpose: Option<Purpose>,
    ) -> Result<(Details, Ground), ServiceError> {
        let commitment = receipt.details_commitment;
        let Some(purpose) = purpose else {
            let encrypted = self.encrypted(receipt).await?;
            let details = self.vault.decrypt(&commitment, &encrypted);
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
        let encrypted = self.encrypted(receipt).await?;
        let details = self
            .vault
            .decrypt_granted(&commitment, &encrypted, &granted);
        let details = details.map_err(|error| refused(receipt, error))?;
        // Fetching took time, so the authorisation may have ended in the meantime.
        let grant = block_in_place(|| self.live_grant(receipt.id, purpose))?;
        let ground = Ground::Grant {
            purpose: grant.purpose.to_string(),
            grantor: grant.grantor.to_string(),
            life: grant.generation,
        };
        Ok((details, ground))
    }

    /// Returns this organisation's authorisation for a purpose, live at the tip.
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

    /// Returns the encrypted details of a receipt, fetched from peers where they are not here.
    pub(crate) async fn encrypted(
        &self,
        receipt: &Receipt,
    ) -> Result<EncryptedDetails, ServiceError> {
        let hash = receipt.attachment_hash.ok_or(ApiError::NothingAttached {
            receipt: receipt.id,
        })?;
        let bytes = self.attachment(receipt, hash, receipt.issuer).await?;
        let encrypted = EncryptedDetails::decode(bytes);
        Ok(encrypted.map_err(|malformed| do_not_open(receipt, &malformed))?)
    }

    /// Returns the key that an authorisation shared.
    pub(crate) async fn granted_key(
        &self,
        receipt: &Receipt,
        grant: &Grant,
    ) -> Result<WrappedKey, ServiceError> {
        let hash = grant.wrapped_key_hash.ok_or(ApiError::NothingShared {
            receipt: receipt.id,
        })?;
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
        Ok(found.ok_or(ApiError::AttachmentMissing {
            receipt: receipt.id,
        })?)
    }

    /// Records a decryption in the access log, on disk before the node answers.
    ///
    /// # Errors
    /// When the log cannot be written: then nothing may be shown.
    pub(crate) fn record(
        &self,
        receipt: &Receipt,
        read_by: &ReadBy<'_>,
        ground: Ground,
        for_holder: Option<ForHolder>,
    ) -> Result<(), ServiceError> {
        let access = Access {
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
        Ok(self.log.record(&access, clock::now().as_ms())?)
    }
}

/// Checks details against the ledger. Returns whether they are those of a notice.
///
/// The fields in clear on the ledger must agree with the details, even if the issuer itself wrote both.
///
/// # Errors
/// When they are not this receipt's, or the store cannot be read.
pub(crate) fn check_against_ledger(
    state: &StateView<'_>,
    details: &Details,
    receipt: &Receipt,
) -> Result<bool, ServiceError> {
    let notice = notice_of(state, receipt)?;
    let opened = verified::open(details.encoded().clone(), receipt, notice.as_ref());
    opened.map_err(|error| do_not_open(receipt, &error))?;
    Ok(notice.is_some())
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

/// Returns the error for details that could not be decrypted. This is never a fault of this machine.
pub(super) fn refused(receipt: &Receipt, error: DecryptionError) -> ApiError {
    match error {
        DecryptionError::NoKey => ApiError::NotEncryptedForUs {
            receipt: receipt.id,
        },
        error => do_not_open(receipt, &error),
    }
}

fn do_not_open(receipt: &Receipt, why: &impl ToString) -> ApiError {
    ApiError::DoNotOpen {
        receipt: receipt.id,
        reason: why.to_string(),
    }
}

fn parse_operator(operator: &str) -> Result<Option<Operator>, ServiceError> {
    let named = (!operator.is_empty()).then(|| Operator::parse("operator", operator.to_owned()));
    Ok(named.transpose()?)
}
