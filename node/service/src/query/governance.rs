//! Proposals, governors, and the validators of each height.

use piaolian_contracts::{
    chain::Height,
    governance::{
        GOVERNORS, OPEN_PROPOSALS, PROPOSALS, ProposalId, ProposalRecord, proposals_below,
    },
    upgrades::{PENDING_MAX, upgrades_below, validators_at, version_at},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    self, GetGovernorsRequest, GetGovernorsResponse, GetProposalRequest, GetProposalResponse,
    GetValidatorsRequest, GetValidatorsResponse, ListProposalsRequest, ListProposalsResponse,
    ListUpgradesRequest, ListUpgradesResponse,
};

use super::Queries;
use crate::{
    error::{ServiceError, ServiceFault},
    pagination::Page,
};

impl Queries {
    /// Returns a proposal with its votes.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    pub fn get_proposal(
        &self,
        request: &GetProposalRequest,
    ) -> Result<GetProposalResponse, ServiceError> {
        let id = ProposalId::new(request.proposal_id);
        let found = PROPOSALS.get(&self.state(), &id)?;
        let found = found.ok_or_else(|| ServiceError::not_found(format!("proposal {id}")))?;
        Ok(GetProposalResponse {
            proposal: Some((&found).into()),
        })
    }

    /// Returns a page of proposals, the latest first.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_proposals(
        &self,
        request: &ListProposalsRequest,
    ) -> Result<ListProposalsResponse, ServiceError> {
        let page = Page::parse(request.page_size, &request.page_token)?;
        let last = match page.after_array::<8>()?.map(u64::from_be_bytes) {
            Some(after) => after.saturating_sub(1), // there is no number 0
            None => u64::MAX,
        };
        let (state, last) = (self.state(), ProposalId::new(last));
        let wanted = page.size + 1;
        let mut found = if request.open_only {
            open_below(&state, last, wanted)?
        } else {
            proposals_below(&state, last, wanted)?
        };
        let next_page_token = page.cut(&mut found, |last| last.id.get().to_be_bytes().into());
        Ok(ListProposalsResponse {
            proposals: found.iter().map(Into::into).collect(),
            next_page_token,
        })
    }

    /// Returns the governors.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get_governors(
        &self,
        _: &GetGovernorsRequest,
    ) -> Result<GetGovernorsResponse, ServiceError> {
        let damaged = || ServiceFault::Damaged("the governors".to_owned());
        let governors = GOVERNORS.get(&self.state(), &())?.ok_or_else(damaged)?;
        Ok(GetGovernorsResponse {
            governors: Some((&governors).into()),
        })
    }

    /// Returns the validators of a height, up to the one above the last block.
    ///
    /// # Errors
    /// When the height is not decided on yet, or the store cannot be read.
    pub fn get_validators(
        &self,
        request: &GetValidatorsRequest,
    ) -> Result<GetValidatorsResponse, ServiceError> {
        let state = self.state();
        let next = state.tip().height.next();
        let height = match request.height {
            0 => next,
            height => Height::new(height),
        };
        if height > next {
            let what = format!("validator set of height {height} yet");
            return Err(ServiceError::not_found(what));
        }
        let validators = validators_at(&state, height)?;
        Ok(GetValidatorsResponse {
            height: height.get(),
            validators: v1::ValidatorSetRecord::from(&validators).validators,
            validators_hash: validators.hash().into(),
            protocol_version: version_at(&state, height)?,
        })
    }

    /// Returns the upgrades of heights to come, ascending.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list_upgrades(
        &self,
        _: &ListUpgradesRequest,
    ) -> Result<ListUpgradesResponse, ServiceError> {
        let state = self.state();
        let next = state.tip().height.next();
        let set = upgrades_below(&state, Height::new(u64::MAX), PENDING_MAX)?;
        let set = set.iter().filter(|upgrade| upgrade.height > next).rev();
        Ok(ListUpgradesResponse {
            upgrades: set.map(Into::into).collect(),
        })
    }
}

/// Returns the open proposals up to `last`, the latest first. There are at most a few for each governor.
fn open_below(
    state: &StateView<'_>,
    last: ProposalId,
    wanted: usize,
) -> Result<Vec<ProposalRecord>, ServiceError> {
    let open = OPEN_PROPOSALS.get(state, &())?.unwrap_or_default();
    let mut ids: Vec<_> = open.as_slice().iter().map(|open| open.id).collect();
    ids.retain(|id| *id <= last);
    ids.sort_unstable();
    let damaged = || ServiceFault::Damaged("an open proposal".to_owned());
    let latest = ids.into_iter().rev().take(wanted);
    latest
        .map(|id| Ok(PROPOSALS.get(state, &id)?.ok_or_else(damaged)?))
        .collect()
}
