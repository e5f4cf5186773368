//! Claims, one and all of an insurer.

use piaolian_contracts::{
    claims::{self, CLAIMS, Claim, ClaimKey, ListedClaim},
    malformed::Malformed,
    types::{BeijingDate, BlockTime, ClaimNumber, OrganisationId},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    self, ClaimStatus, ClaimView, GetClaimRequest, GetClaimResponse, ListClaimsRequest,
    ListClaimsResponse,
};

use super::Queries;
use crate::{
    error::{ServiceError, ServiceFault},
    pagination::{Page, malformed_token},
};

/// Bytes of a page's key before the claim number: the date.
const DATE_BYTES: usize = 4;

impl Queries {
    /// Returns a claim with every step of its computation.
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
            claim: Some(view(&state, &claim)?),
            height: tip.height.get(),
            block_time_ms: tip.time.as_ms(),
        })
    }

    /// Returns a page of an insurer's claims, newest first.
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
}

fn view_of(state: &StateView<'_>, listed: &ListedClaim) -> Result<ClaimView, ServiceError> {
    let key = ClaimKey {
        insurer: listed.insurer,
        number: listed.number.clone(),
    };
    let lost = || ServiceFault::Damaged(format!("claim {} of {}", key.number, key.insurer));
    let claim = CLAIMS.get(state, &key)?.ok_or_else(lost)?;
    view(state, &claim)
}

/// Returns a claim with its status as of a state.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn view(state: &StateView<'_>, claim: &Claim) -> Result<ClaimView, ServiceError> {
    Ok(ClaimView {
        record: Some(v1::ClaimRecord::from(claim)),
        status: status_of(claims::status(claim, state.tip().time)).into(),
        to_be_recomputed: claims::is_outdated(state, claim)?,
    })
}

const fn status_of(status: claims::ClaimStatus) -> ClaimStatus {
    match status {
        claims::ClaimStatus::Filed => ClaimStatus::Filed,
        claims::ClaimStatus::Expired => ClaimStatus::Expired,
        claims::ClaimStatus::Decided => ClaimStatus::Decided,
        claims::ClaimStatus::PayoutFailed => ClaimStatus::PayoutFailed,
        claims::ClaimStatus::Paid => ClaimStatus::Paid,
        claims::ClaimStatus::PaidLate => ClaimStatus::PaidLate,
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
