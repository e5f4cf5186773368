//! Authorisations of a receipt's holder, and anchors of access logs.

use piaolian_contracts::{
    disclosure::{ACCESS_LOGS, AccessLogKey, GRANTS, Grant, GrantKey, LogNumber, live},
    storage::Key as _,
    types::{OrganisationId, ReceiptId},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    GetAccessLogAnchorRequest, GetAccessLogAnchorResponse, GrantView, ListGrantsRequest,
    ListGrantsResponse,
};

use super::Queries;
use crate::{
    error::ServiceError,
    pagination::{self, Page},
    workers::newest_anchor,
};

/// Bytes of an authorisation's key after the receipt: grantee, purpose.
const KEY_BYTES: usize = OrganisationId::BYTES + 1;

impl Queries {
    /// Returns a page of a receipt's authorisations, live or ended, by grantee descending.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_grants(
        &self,
        request: &ListGrantsRequest,
    ) -> Result<ListGrantsResponse, ServiceError> {
        let receipt = ReceiptId::parse("receipt", request.receipt.clone())?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let prefix = receipt.key();
        let from = match page.after_array::<KEY_BYTES>()? {
            Some(last) => pagination::below(&[&prefix[..], &last].concat()),
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

    /// Returns an anchor of an organisation's access log: of a log that is named, or of its last.
    ///
    /// # Errors
    /// When the request is malformed, nothing of it is anchored, or the store cannot be read.
    pub fn get_access_log_anchor(
        &self,
        request: &GetAccessLogAnchorRequest,
    ) -> Result<GetAccessLogAnchorResponse, ServiceError> {
        let organisation = self.named_or_own("organisation", &request.organisation)?;
        let state = self.state();
        let found = match request.log {
            0 => newest_anchor(&state, &organisation)?,
            log => {
                let log = LogNumber::parse("log", log)?;
                ACCESS_LOGS.get(&state, &AccessLogKey { organisation, log })?
            }
        };
        let none = || ServiceError::not_found("anchor of that access log");
        Ok(GetAccessLogAnchorResponse {
            anchor: Some((&found.ok_or_else(none)?).into()),
            chain_id: self.ledger.chain_id().to_string(),
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
