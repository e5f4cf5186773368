//! Organisations, one and all.

use piaolian_contracts::{organisations::ORGANISATIONS, storage::Key as _, types::OrganisationId};
use piaolian_proto::v1::{
    GetOrganisationRequest, GetOrganisationResponse, ListOrganisationsRequest,
    ListOrganisationsResponse,
};

use super::Queries;
use crate::{
    error::ServiceError,
    pagination::{self, Page},
};

impl Queries {
    /// Returns an organisation; this node's own where none is named.
    ///
    /// # Errors
    /// When the request is malformed, there is none, or the store cannot be read.
    pub fn get_organisation(
        &self,
        request: &GetOrganisationRequest,
    ) -> Result<GetOrganisationResponse, ServiceError> {
        let id = self.named_or_own("organisation", &request.organisation)?;
        let found = ORGANISATIONS.get(&self.state(), &id)?;
        let found = found.ok_or_else(|| ServiceError::not_found(format!("organisation {id}")))?;
        Ok(GetOrganisationResponse {
            organisation: Some((&found).into()),
        })
    }

    /// Returns a page of all organisations, in descending order of their codes.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_organisations(
        &self,
        request: &ListOrganisationsRequest,
    ) -> Result<ListOrganisationsResponse, ServiceError> {
        let page = Page::parse(request.page_size, &request.page_token)?;
        let state = self.state();
        let from = match page.after_array::<{ OrganisationId::BYTES }>()? {
            Some(after) => pagination::below(&after),
            None => Some(vec![u8::MAX; OrganisationId::BYTES]),
        };
        let mut found = match from {
            Some(from) => ORGANISATIONS.descend(&state, &[], from, page.size + 1)?,
            None => Vec::new(),
        };
        let next_page_token = page.cut(&mut found, |last| last.id.bytes().to_vec());
        Ok(ListOrganisationsResponse {
            organisations: found.iter().map(Into::into).collect(),
            next_page_token,
        })
    }
}
