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
    claims::required,
    error::ServiceError,
    pages::{self, Page},
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
        let grant = required("grant", request.grant)?;
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
        let last = page.after_array::<KEY_BYTES>()?;
        let mut below = match last {
            Some(last) => pages::below(&[&receipt.key()[..], &last].concat()),
            None => Some([&receipt.key()[..], &[u8::MAX; KEY_BYTES]].concat()),
        };
        let state = self.state();
        let mut found = Vec::new();
        while found.len() <= page.size
            && let Some(grant) = at_or_below(&state, below.take(), receipt)?
        {
            below = pages::below(&key_of(&grant).bytes());
            found.push(grant);
        }
        let is_more = found.len() > page.size;
        found.truncate(page.size);
        let next = found.last().filter(|_| is_more).map(|last| {
            let key = key_of(last).bytes();
            pages::token(&key[ReceiptId::BYTES..])
        });
        let views = found.iter().map(|grant| view(&state, grant));
        Ok(ListGrantsResponse {
            grants: views.collect::<Result<_, _>>()?,
            next_page_token: next.unwrap_or_default(),
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

fn at_or_below(
    state: &StateView<'_>,
    key: Option<Vec<u8>>,
    receipt: ReceiptId,
) -> Result<Option<Grant>, ServiceError> {
    let Some(key) = key else { return Ok(None) };
    let found = GRANTS.floor(state, &key)?.map(|(_, grant)| grant);
    Ok(found.filter(|grant| grant.receipt == receipt))
}
