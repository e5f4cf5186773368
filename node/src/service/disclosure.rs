//! Whom a receipt's holder authorised.

use piaolian_contracts::{
    disclosure::{GRANTS, Grant, GrantKey, live},
    storage::Key as _,
    types::{OrganisationId, ReceiptId},
};
use piaolian_proto::v1::{
    GrantAccessRequest, GrantAccessResponse, GrantView, ListGrantsRequest, ListGrantsResponse,
    RevokeAccessRequest, RevokeAccessResponse, transaction_body::Action,
};

use super::{
    Service,
    error::ServiceError,
    pages::{self, Page},
    request::required,
};
use crate::store::StateView;

/// Bytes of an authorisation's key after the receipt: grantee, purpose.
const KEY_BYTES: usize = OrganisationId::BYTES + 1;

impl Service {
    /// Authorises an organisation for a purpose.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn grant_access(
        &self,
        request: GrantAccessRequest,
    ) -> Result<GrantAccessResponse, ServiceError> {
        let mut grant = required("grant", request.grant)?;
        if grant.wrapped_key_hash.is_empty() && !request.without_details {
            grant = self.hand_on(grant).await?;
        }
        let acted = self
            .act(Action::GrantAccess(grant), request.options)
            .await?;
        Ok(GrantAccessResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Ends an authorisation.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn revoke_access(
        &self,
        request: RevokeAccessRequest,
    ) -> Result<RevokeAccessResponse, ServiceError> {
        let revocation = required("revocation", request.revocation)?;
        let acted = self
            .act(Action::RevokeAccess(revocation), request.options)
            .await?;
        Ok(RevokeAccessResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// A page of a receipt's authorisations, live or ended, by grantee descending.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn grants(&self, request: ListGrantsRequest) -> Result<ListGrantsResponse, ServiceError> {
        let receipt = ReceiptId::parse("receipt", request.receipt)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let prefix = receipt.key();
        let from = match page.after_array::<KEY_BYTES>()? {
            Some(last) => pages::below(&[&prefix[..], &last].concat()),
            None => Some([&prefix[..], &[u8::MAX; KEY_BYTES]].concat()),
        };
        let state = self.state();
        let mut found = match from {
            Some(from) => GRANTS.descend(&state, &prefix[..], from, page.size + 1)?,
            None => Vec::new(),
        };
        let next_page_token = page.cut(&mut found, |last| {
            let key = key_of(last).bytes();
            key[ReceiptId::BYTES..].to_vec()
        });
        let views = found.iter().map(|grant| view(&state, grant));
        Ok(ListGrantsResponse {
            grants: views.collect::<Result<_, _>>()?,
            next_page_token,
        })
    }
}

fn view(state: &StateView<'_>, grant: &Grant) -> Result<GrantView, ServiceError> {
    let live = live(state, &key_of(grant), state.tip().time)?.is_ok();
    Ok(GrantView {
        grant: Some(grant.into()),
        live,
    })
}

const fn key_of(grant: &Grant) -> GrantKey {
    GrantKey {
        receipt: grant.receipt,
        grantee: grant.grantee,
        purpose: grant.purpose,
    }
}
