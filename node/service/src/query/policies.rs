//! Reimbursement policies.

use piaolian_contracts::{
    policies::{POLICIES, Policy, PolicyKey, in_force},
    storage::Key as _,
    types::{BeijingDate, OrganisationId, PolicyCode},
};
use piaolian_proto::v1::{
    GetPolicyRequest, GetPolicyResponse, ListPoliciesRequest, ListPoliciesResponse,
    get_policy_request::Which,
};

use super::Queries;
use crate::{
    error::ServiceError,
    pagination::{self, Page},
};

/// Bytes of a policy's key after the insurer: code, version.
const KEY_BYTES: usize = PolicyCode::BYTES_MAX + size_of::<u32>();

impl Queries {
    /// Returns a version of a policy, or the one in force on a date.
    ///
    /// # Errors
    /// When the request is malformed, there is none, or the store cannot be read.
    pub fn get_policy(
        &self,
        request: &GetPolicyRequest,
    ) -> Result<GetPolicyResponse, ServiceError> {
        let insurer = self.named_or_own("insurer", &request.insurer)?;
        let code = PolicyCode::parse("policy_code", request.policy_code.clone())?;
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

    /// Returns a page of an insurer's policies.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_policies(
        &self,
        request: &ListPoliciesRequest,
    ) -> Result<ListPoliciesResponse, ServiceError> {
        let insurer = self.named_or_own("insurer", &request.insurer)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let prefix = insurer.as_bytes();
        let from = match page.after_array::<KEY_BYTES>()? {
            Some(last) => pagination::below(&[&prefix[..], &last].concat()),
            None => Some([&prefix[..], &[u8::MAX; KEY_BYTES]].concat()),
        };
        let state = self.state();
        let mut found = match from {
            Some(from) => POLICIES.descend(&state, &prefix[..], from, page.size + 1)?,
            None => Vec::new(),
        };
        let next_page_token = page.cut(&mut found, |last| {
            let key = key_of(last).bytes();
            key[OrganisationId::BYTES..].to_vec()
        });
        Ok(ListPoliciesResponse {
            policies: found.iter().map(Into::into).collect(),
            next_page_token,
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
