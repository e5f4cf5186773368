//! Organisations, one and all.

use piaolian_contracts::{
    organisations::{ORGANISATIONS, Organisation},
    storage::Key as _,
    types::OrganisationId,
};
use piaolian_proto::v1::{
    GetOrganisationRequest, GetOrganisationResponse, ListOrganisationsRequest,
    ListOrganisationsResponse,
};

use super::{
    Service,
    error::ServiceError,
    pages::{self, Page},
};
use crate::store::StateView;

impl Service {
    /// An organisation; this node's own where none is named.
    ///
    /// # Errors
    /// When the request is malformed, there is none, or the store cannot be read.
    pub fn organisation(
        &self,
        request: &GetOrganisationRequest,
    ) -> Result<GetOrganisationResponse, ServiceError> {
        let id = if request.organisation.is_empty() {
            self.organisation
        } else {
            OrganisationId::parse("organisation", &request.organisation)?
        };
        let found = ORGANISATIONS.get(&self.state(), &id)?;
        let found = found.ok_or_else(|| ServiceError::not_found(format!("organisation {id}")))?;
        Ok(GetOrganisationResponse {
            organisation: Some((&found).into()),
        })
    }

    /// A page of all organisations, in descending order of their codes.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn organisations(
        &self,
        request: &ListOrganisationsRequest,
    ) -> Result<ListOrganisationsResponse, ServiceError> {
        let page = Page::parse(request.page_size, &request.page_token)?;
        let state = self.state();
        let mut below = match page.after_array::<{ OrganisationId::BYTES }>()? {
            Some(after) => pages::below(&after),
            None => Some(vec![u8::MAX; OrganisationId::BYTES]),
        };
        let mut found = Vec::new();
        while found.len() <= page.size
            && let Some(organisation) = at_or_below(&state, below.take())?
        {
            below = pages::below(&organisation.id.bytes());
            found.push(organisation);
        }
        let is_more = found.len() > page.size;
        found.truncate(page.size);
        let next = found
            .last()
            .filter(|_| is_more)
            .map(|last| pages::token(&last.id.bytes()));
        Ok(ListOrganisationsResponse {
            organisations: found.iter().map(Into::into).collect(),
            next_page_token: next.unwrap_or_default(),
        })
    }
}

fn at_or_below(
    state: &StateView<'_>,
    key: Option<Vec<u8>>,
) -> Result<Option<Organisation>, ServiceError> {
    let Some(key) = key else { return Ok(None) };
    Ok(ORGANISATIONS
        .floor(state, &key)?
        .map(|(_, organisation)| organisation))
}
