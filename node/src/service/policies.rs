//! Reimbursement policies: published, shown.

use piaolian_contracts::{
    policies::{POLICIES, Policy, PolicyKey, in_force},
    storage::Key as _,
    types::{BeijingDate, OrganisationId, PolicyCode},
};
use piaolian_proto::v1::{
    GetPolicyRequest, GetPolicyResponse, ListPoliciesRequest, ListPoliciesResponse,
    PublishPolicyRequest, PublishPolicyResponse, get_policy_request::Which,
    transaction_body::Action,
};

use super::{
    Service,
    claims::required,
    error::ServiceError,
    pages::{self, Page},
};
use crate::store::StateView;

/// Bytes of a policy's key after the insurer: code, version.
const KEY_BYTES: usize = PolicyCode::BYTES_MAX + size_of::<u32>();

impl Service {
    /// Publishes the next version of a policy.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn publish_policy(
        &self,
        request: PublishPolicyRequest,
    ) -> Result<PublishPolicyResponse, ServiceError> {
        let policy = required("policy", request.policy)?;
        let acted = self
            .act(Action::PublishPolicy(policy), request.options)
            .await?;
        Ok(PublishPolicyResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// A version of a policy.
    ///
    /// # Errors
    /// When the request is malformed, there is none, or the store cannot be read.
    pub fn policy(&self, request: GetPolicyRequest) -> Result<GetPolicyResponse, ServiceError> {
        let insurer = self.insurer(&request.insurer)?;
        let code = PolicyCode::parse("policy_code", request.policy_code)?;
        let state = self.state();
        let on_date = match request.which {
            Some(Which::Version(version)) => {
                let key = PolicyKey {
                    insurer,
                    code,
                    version,
                };
                let found = POLICIES.get(&state, &key)?;
                let none = || {
                    let PolicyKey { code, version, .. } = &key;
                    ServiceError::not_found(format!("version {version} of policy {code}"))
                };
                return Ok(answer(&found.ok_or_else(none)?));
            }
            Some(Which::OnDate(date)) => BeijingDate::parse("on_date", date)?,
            None => BeijingDate::at(state.tip().time),
        };
        match in_force(&state, insurer, &code, on_date)? {
            Ok(policy) => Ok(answer(&policy)),
            Err(error) => Err(ServiceError::not_found(format!("policy in force: {error}"))),
        }
    }

    /// A page of an insurer's policies.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn policies(
        &self,
        request: &ListPoliciesRequest,
    ) -> Result<ListPoliciesResponse, ServiceError> {
        let insurer = self.insurer(&request.insurer)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let last = page.after_array::<KEY_BYTES>()?;
        let mut below = match last {
            Some(last) => pages::below(&[&insurer.as_bytes()[..], &last].concat()),
            None => Some([&insurer.as_bytes()[..], &[u8::MAX; KEY_BYTES]].concat()),
        };
        let state = self.state();
        let mut found = Vec::new();
        while found.len() <= page.size
            && let Some(policy) = at_or_below(&state, below.take(), insurer)?
        {
            below = pages::below(&key_of(&policy).bytes());
            found.push(policy);
        }
        let is_more = found.len() > page.size;
        found.truncate(page.size);
        let next = found.last().filter(|_| is_more).map(|last| {
            let key = key_of(last).bytes();
            pages::token(&key[OrganisationId::BYTES..])
        });
        Ok(ListPoliciesResponse {
            policies: found.iter().map(Into::into).collect(),
            next_page_token: next.unwrap_or_default(),
        })
    }
}

fn answer(policy: &Policy) -> GetPolicyResponse {
    GetPolicyResponse {
        policy: Some(policy.into()),
    }
}

fn key_of(policy: &Policy) -> PolicyKey {
    PolicyKey {
        insurer: policy.insurer,
        code: policy.code.clone(),
        version: policy.version,
    }
}

fn at_or_below(
    state: &StateView<'_>,
    key: Option<Vec<u8>>,
    insurer: OrganisationId,
) -> Result<Option<Policy>, ServiceError> {
    let Some(key) = key else { return Ok(None) };
    let found = POLICIES.floor(state, &key)?.map(|(_, policy)| policy);
    Ok(found.filter(|policy| policy.insurer == insurer))
}
