//! Authentication before any call: checks that the method exists, that the server has capacity, and that the caller has
//! the role.
//!
//! ```text
//!   path ──methods──► open ────────────────────────────► next
//!             │       role ──token known──role enough──► next, with the Caller
//!             └ none: UNIMPLEMENTED
//!   next ──► answer; what tonic says of malformed bytes gets our number
//! ```

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::Semaphore;
use tonic::{Code, Status, metadata::MetadataMap};

use super::{
    REQUEST_BYTES_MAX,
    methods::{Needs, needs},
    status::refuse,
    tokens::{Caller, TokenRole, Tokens},
};
use crate::{ApiError, CallingClient};

/// Most calls in progress, over all connections: each may hold the bytes of a request.
const CALLS_MAX: usize = 512;
/// Scheme that precedes a token.
const SCHEME: &str = "Bearer ";

/// Lets calls pass whose token is known and has the role that the method needs.
pub(super) struct Authenticator {
    tokens: Tokens,
    calls: Semaphore,
}

impl Authenticator {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self {
            tokens,
            calls: Semaphore::new(CALLS_MAX),
        }
    }

    /// Returns the caller, when its role is enough.
    fn caller(&self, metadata: &MetadataMap, role: TokenRole) -> Result<Caller, ApiError> {
        let value = metadata.get("authorization").ok_or(ApiError::NoToken)?;
        let value = value.to_str().map_err(|_| ApiError::UnknownToken)?;
        let token = value.strip_prefix(SCHEME).ok_or(ApiError::NoToken)?;
        let caller = self.tokens.caller(token).ok_or(ApiError::UnknownToken)?;
        if caller.role < role {
            return Err(ApiError::RoleMissing { role: role.word() });
        }
        Ok(caller.clone())
    }
}

/// Returns the client whose call passed.
pub(super) fn client<T>(request: &tonic::Request<T>) -> Result<CallingClient, Status> {
    let caller: Option<&Caller> = request.extensions().get();
    let caller = caller.ok_or_else(|| refuse(&ApiError::NoToken))?;
    Ok(CallingClient {
        name: caller.name.clone(),
        is_administrator: caller.role >= TokenRole::Admin,
    })
}

/// Passes a call on, or answers it with the error that rejects it.
pub(super) async fn pass(
    State(authenticator): State<Arc<Authenticator>>,
    mut request: Request,
    next: Next,
) -> Response {
    let role = match needs(request.uri().path()) {
        Needs::Nothing => return next.run(request).await,
        Needs::NoSuchMethod => return answer(&Status::unimplemented("there is no such method")),
        Needs::Role(role) => role,
    };
    let metadata = MetadataMap::from_headers(request.headers().clone());
    match authenticator.caller(&metadata, role) {
        Ok(caller) => request.extensions_mut().insert(caller),
        Err(error) => return answer(&refuse(&error)),
    };
    let Ok(_permit) = authenticator.calls.try_acquire() else {
        return answer(&refuse(&ApiError::TooManyCalls));
    };
    explain_malformed(next.run(request).await)
}

/// Replaces the status INTERNAL, which tonic returns for malformed bytes, because the client is at fault.
fn explain_malformed(response: Response) -> Response {
    let Some(status) = Status::from_header_map(response.headers()) else {
        return response;
    };
    let is_ours = !status.details().is_empty();
    match status.code() {
        Code::Internal if !is_ours => answer(&refuse(&ApiError::Undecodable)),
        Code::OutOfRange if !is_ours => answer(&refuse(&ApiError::TooLarge {
            bytes_max: REQUEST_BYTES_MAX,
        })),
        _ => response,
    }
}

fn answer(status: &Status) -> Response {
    let (parts, ()) = status.clone().into_http::<()>().into_parts();
    Response::from_parts(parts, Body::empty())
}

#[cfg(test)]
mod tests {
    use piaolian_proto::status_details;

    use super::*;
    use crate::api::tokens;

    fn authenticator() -> (Authenticator, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let token = tokens::add(&path, "reader", TokenRole::Read).unwrap();
        (
            Authenticator::new(Tokens::load(&path).unwrap()),
            token.reveal().to_owned(),
        )
    }

    fn metadata(value: &str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", value.parse().unwrap());
        metadata
    }

    #[test]
    fn a_known_token_passes_up_to_its_role() {
        let (authenticator, token) = authenticator();
        let metadata = metadata(&format!("Bearer {token}"));
        assert_eq!(
            authenticator
                .caller(&metadata, TokenRole::Read)
                .unwrap()
                .name,
            "reader"
        );
        assert_eq!(
            authenticator.caller(&metadata, TokenRole::Submit),
            Err(ApiError::RoleMissing { role: "submit" })
        );
    }

    #[test]
    fn without_a_known_token_nobody_passes() {
        let (authenticator, token) = authenticator();
        let role = TokenRole::Read;
        assert_eq!(
            authenticator.caller(&MetadataMap::new(), role),
            Err(ApiError::NoToken)
        );
        assert_eq!(
            authenticator.caller(&metadata(&token), role),
            Err(ApiError::NoToken)
        );
        for other in ["Bearer ", "Bearer x", &format!("Bearer {token}x")] {
            assert_eq!(
                authenticator.caller(&metadata(other), role),
                Err(ApiError::UnknownToken),
                "{other}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_message_are_the_clients_fault() {
        let answered = explain_malformed(answer(&Status::internal("failed to decode")));
        let status = Status::from_header_map(answered.headers()).unwrap();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status_details::decode(status.details())[0].code, 9502);
    }

    #[test]
    fn a_fault_of_ours_stays_one() {
        let ours = refuse(&ApiError::Fault);
        let status = Status::from_header_map(explain_malformed(answer(&ours)).headers()).unwrap();
        assert_eq!(status.code(), Code::Internal);
    }
}
