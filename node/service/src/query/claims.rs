//! Claims from filing to feedback.
//!
//! ```text
//!   insurer's node   FileClaim ─► DecideClaim ─► CorrectClaim       WithdrawClaim
//!   bank's node                        └─► ConfirmPayout ─► booked
//! ```

use piaolian_contracts::{
    chain::BlockTime,
    claims::{self, CLAIMS, Claim, ClaimKey, ListedClaim},
    malformed::Malformed,
    types::{BeijingDate, ClaimNumber, OrganisationId},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    self, ClaimStatus, ClaimView, ConfirmPayoutRequest, ConfirmPayoutResponse, DecideClaimRequest,
    DecideClaimResponse, FileClaimRequest, FileClaimResponse, GetClaimRequest, GetClaimResponse,
    ListClaimsRequest, ListClaimsResponse, transaction_body::Action,
};
use tokio::task::block_in_place;

use crate::{
    Service,
    error::{ServiceError, ServiceFault},
    pagination::{Page, malformed_token},
    parse::required,
    submit::SubmittedAction,
};

/// Bytes of a page's key before the claim number: the date.
const DATE_BYTES: usize = 4;

impl Service {
    /// Files a claim, which locks all of its receipts or none.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn file_claim(
        &self,
        request: FileClaimRequest,
    ) -> Result<FileClaimResponse, ServiceError> {
        let claim = required("file_claim", request.file_claim)?;
        let number = claim.claim_number.clone();
        let acted = self.act(Action::FileClaim(claim), request.options).await?;
        Ok(FileClaimResponse {
            claim: self.acted_on(&acted, self.organisation, number)?,
            submitted: Some(acted.submitted),
        })
    }

    /// Decides a claim; the ledger computes.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn decide_claim(
        &self,
        request: DecideClaimRequest,
    ) -> Result<DecideClaimResponse, ServiceError> {
        let decision = required("decide_claim", request.decide_claim)?;
        let number = decision.claim_number.clone();
        let acted = self
            .act(Action::DecideClaim(decision), request.options)
            .await?;
        Ok(DecideClaimResponse {
            claim: self.acted_on(&acted, self.organisation, number)?,
            submitted: Some(acted.submitted),
        })
    }

    /// Says what became of a payout.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn confirm_payout(
        &self,
        request: ConfirmPayoutRequest,
    ) -> Result<ConfirmPayoutResponse, ServiceError> {
        let confirmation = required("confirm_payout", request.confirm_payout)?;
        let insurer = OrganisationId::parse("confirm_payout.insurer", &confirmation.insurer)?;
        let number = confirmation.claim_number.clone();
        let acted = self
            .act(Action::ConfirmPayout(confirmation), request.options)
            .await?;
        Ok(ConfirmPayoutResponse {
            claim: self.acted_on(&acted, insurer, number)?,
            submitted: Some(acted.submitted),
        })
    }

    /// A claim with every step of its computation.
    ///
    /// # Errors
    /// When the request is malformed, there is none, or the store cannot be read.
    pub fn get_claim(&self, request: &GetClaimRequest) -> Result<GetClaimResponse, ServiceError> {
        let key = ClaimKey {
            insurer: self.named_or_own("insurer", &request.insurer)?,
            number: ClaimNumber::parse("claim_number", request.claim_number.clone())?,
        };
        let state = self.state();
        let none = || ServiceError::not_found(format!("claim {} of {}", key.number, key.insurer));
        let claim = CLAIMS.get(&state, &key)?.ok_or_else(none)?;
        let tip = state.tip();
        Ok(GetClaimResponse {
            claim: Some(view(&claim, tip.time)),
            height: tip.height.get(),
            block_time_ms: tip.time.as_ms(),
        })
    }

    /// A page of an insurer's claims, newest first.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_claims(
        &self,
        request: &ListClaimsRequest,
    ) -> Result<ListClaimsResponse, ServiceError> {
        let insurer = self.named_or_own("insurer", &request.insurer)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let after = page.after.as_deref().map(|key| listed(insurer, key));
        let after = after.transpose()?;
        let state = self.state();
        let last = match request.to_date {
            0 => BeijingDate::at(BlockTime::from_ms(u64::MAX)),
            date => BeijingDate::parse("to_date", date)?,
        };
        let mut found = claims::list(&state, insurer, last, after.as_ref(), page.size + 1)?;
        let next_page_token = page.cut(&mut found, page_key);
        let views = found.iter().map(|listed| view_of(&state, listed));
        Ok(ListClaimsResponse {
            claims: views.collect::<Result<_, _>>()?,
            next_page_token,
        })
    }

    /// The claim after an act on it; `None` while no block has decided the act.
    fn acted_on(
        &self,
        acted: &SubmittedAction,
        insurer: OrganisationId,
        number: String,
    ) -> Result<Option<ClaimView>, ServiceError> {
        if acted.settled.is_none() {
            return Ok(None);
        }
        let number = ClaimNumber::parse("claim_number", number)?;
        let key = ClaimKey { insurer, number };
        block_in_place(|| {
            let state = self.state();
            let claim = CLAIMS.get(&state, &key)?;
            Ok(claim.map(|claim| view(&claim, state.tip().time)))
        })
    }
}

fn view_of(state: &StateView<'_>, listed: &ListedClaim) -> Result<ClaimView, ServiceError> {
    let key = ClaimKey {
        insurer: listed.insurer,
        number: listed.number.clone(),
    };
    let lost = || ServiceFault::Damaged(format!("claim {} of {}", key.number, key.insurer));
    let claim = CLAIMS.get(state, &key)?.ok_or_else(lost)?;
    Ok(view(&claim, state.tip().time))
}

pub(crate) fn view(claim: &Claim, now: BlockTime) -> ClaimView {
    ClaimView {
        record: Some(v1::ClaimRecord::from(claim)),
        status: status_of(claims::status(claim, now)).into(),
    }
}

const fn status_of(status: claims::ClaimStatus) -> ClaimStatus {
    match status {
        claims::ClaimStatus::Filed => ClaimStatus::Filed,
        claims::ClaimStatus::Expired => ClaimStatus::Expired,
        claims::ClaimStatus::Decided => ClaimStatus::Decided,
        claims::ClaimStatus::PayoutFailed => ClaimStatus::PayoutFailed,
        claims::ClaimStatus::Paid => ClaimStatus::Paid,
        claims::ClaimStatus::SettledAtZero => ClaimStatus::SettledAtZero,
        claims::ClaimStatus::Rejected => ClaimStatus::Rejected,
        claims::ClaimStatus::Withdrawn => ClaimStatus::Withdrawn,
        claims::ClaimStatus::Corrected => ClaimStatus::Corrected,
        claims::ClaimStatus::Released => ClaimStatus::Released,
    }
}

fn page_key(listed: &ListedClaim) -> Vec<u8> {
    let date = listed.date.get().to_be_bytes();
    [&date[..], listed.number.as_str().as_bytes()].concat()
}

fn listed(insurer: OrganisationId, key: &[u8]) -> Result<ListedClaim, Malformed> {
    let (date, number) = key
        .split_first_chunk::<DATE_BYTES>()
        .ok_or_else(malformed_token)?;
    let number = str::from_utf8(number).map_err(|_| malformed_token())?;
    Ok(ListedClaim {
        insurer,
        date: BeijingDate::parse("page_token", u32::from_be_bytes(*date))?,
        number: ClaimNumber::parse("page_token", number.to_owned())?,
    })
}
