//! Repetition of calls that are safe to repeat.

use std::time::Duration;

use piaolian_proto::v1::CallOptions;
use rand::Rng as _;
use tokio::time::sleep;
use tonic::{Response, Status};

use crate::{
    connection::Client,
    error::{CallError, ErrorKind},
};

/// Bytes of a client id.
pub const CLIENT_ID_BYTES: usize = 16;

/// Calls in all, the first included: a node that restarts is back within a few seconds.
const ATTEMPTS_MAX: u32 = 4;

/// Wait before the second call; each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Returns the options with a random client id, unless they name one. A call with a client id is executed once, however
/// often it is sent.
pub fn repeatable(mut options: CallOptions) -> CallOptions {
    if options.client_id.is_empty() {
        let mut client_id = vec![0; CLIENT_ID_BYTES];
        rand::rng().fill_bytes(&mut client_id);
        options.client_id = client_id.into();
    }
    options
}

impl Client {
    /// Makes a call, and repeats it when the node cannot be reached or is overloaded: at most four calls, with less
    /// than two seconds of waiting.
    ///
    /// Give it only a call that is safe to repeat: one that reads, or one whose options name a client id (see
    /// [`repeatable`]).
    ///
    /// # Errors
    /// The last attempt's error.
    pub async fn repeat<T>(
        &self,
        mut call: impl AsyncFnMut() -> Result<Response<T>, Status>,
    ) -> Result<T, CallError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..ATTEMPTS_MAX {
            match call().await.map_err(CallError::from) {
                Err(error) if is_worth_repeating(&error) => sleep(wait).await,
                answer => return answer.map(Response::into_inner),
            }
            wait *= 2;
        }
        Ok(call().await?.into_inner())
    }
}

/// Returns whether an immediate repetition may succeed. For an undecided transaction, query its outcome instead of
/// sending it again.
fn is_worth_repeating(error: &CallError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unreachable | ErrorKind::Exhausted | ErrorKind::Outdated
    )
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn client() -> Client {
        Client::connect_lazy("http://127.0.0.1:1", None).unwrap()
    }

    /// Answers with the codes in turn, then well; returns the result and the number of calls.
    async fn answered(codes: &[Code]) -> (Result<u8, CallError>, usize) {
        let mut calls = 0;
        let call = async || {
            let code = codes.get(calls);
            calls += 1;
            match code {
                Some(code) => Err(Status::new(*code, "")),
                None => Ok(Response::new(7)),
            }
        };
        let answer = client().repeat(call).await;
        (answer, calls)
    }

    #[tokio::test]
    async fn an_outage_is_repeated_until_it_passes() {
        let (answer, calls) = answered(&[Code::Unavailable, Code::ResourceExhausted]).await;
        assert_eq!((answer.unwrap(), calls), (7, 3));
    }

    #[tokio::test]
    async fn an_outage_that_lasts_is_told_after_four_calls() {
        let (answer, calls) = answered(&[Code::Unavailable; 9]).await;
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unreachable);
        assert_eq!(calls, 4);
    }

    #[tokio::test]
    async fn a_refusal_is_told_at_once() {
        let (answer, calls) = answered(&[Code::FailedPrecondition]).await;
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Refused);
        assert_eq!(calls, 1);
    }

    #[test]
    fn a_client_id_is_made_once() {
        let options = repeatable(CallOptions::default());
        assert_eq!(options.client_id.len(), CLIENT_ID_BYTES);
        assert_eq!(repeatable(options.clone()), options);
        assert_ne!(repeatable(CallOptions::default()), options);
    }
}
