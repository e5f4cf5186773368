//! The connection to a node.

use std::{error::Error, time::Duration};

use tonic::{
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

use crate::token::{Bearer, Token};

/// Longest wait for a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for an answer: longer than the 60 s that a node waits for an outcome.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(70);

/// Largest request that a node takes, bytes.
pub const REQUEST_BYTES_MAX: usize = 10 << 20;

/// Largest response that a node sends, bytes: a proof over many validator sets is the largest.
pub const RESPONSE_BYTES_MAX: usize = 32 << 20;

/// A channel that sends the token with each call.
pub type Connection = InterceptedService<Channel, Bearer>;

/// A node's client. A clone shares the connection.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
    bearer: Bearer,
}

/// The node cannot be connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The address is not a URL such as `http://127.0.0.1:26700`.
    #[error("{address}: {problem}")]
    Address {
        /// The address as it was given.
        address: String,
        /// The problem.
        problem: String,
    },
    /// Nothing answers there within [`CONNECT_TIMEOUT`].
    #[error("{address}: {problem}")]
    Unreachable {
        /// The address as it was given.
        address: String,
        /// The innermost cause.
        problem: String,
    },
}

impl Client {
    /// Connects to a node at an address such as `http://127.0.0.1:26700`.
    ///
    /// # Errors
    /// When the address is no URL, or when nothing answers there within [`CONNECT_TIMEOUT`].
    pub async fn connect(address: &str, token: Option<Token>) -> Result<Self, ConnectError> {
        let connected = endpoint(address)?.connect().await;
        let channel = connected.map_err(|error| ConnectError::Unreachable {
            address: address.to_owned(),
            problem: innermost(&error),
        })?;
        Ok(Self::over(channel, token))
    }

    /// Makes a client that connects at its first call, and reconnects after the connection was lost.
    ///
    /// # Errors
    /// When the address is no URL. Must be called within a Tokio runtime.
    pub fn connect_lazy(address: &str, token: Option<Token>) -> Result<Self, ConnectError> {
        Ok(Self::over(endpoint(address)?.connect_lazy(), token))
    }

    /// Makes a client over a channel of the caller's own, such as one with TLS or other timeouts.
    pub const fn over(channel: Channel, token: Option<Token>) -> Self {
        Self {
            channel,
            bearer: Bearer(token),
        }
    }

    /// Returns a client with another token over the same connection.
    #[must_use]
    pub fn with_token(&self, token: Option<Token>) -> Self {
        Self::over(self.channel.clone(), token)
    }

    /// Returns the connection, for a stub that this crate does not name.
    pub fn connection(&self) -> Connection {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }
}

fn endpoint(address: &str) -> Result<Endpoint, ConnectError> {
    let endpoint = Endpoint::from_shared(address.to_owned());
    let endpoint = endpoint.map_err(|error| ConnectError::Address {
        address: address.to_owned(),
        problem: innermost(&error),
    })?;
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT))
}

/// Returns the innermost cause: transport errors say little themselves.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_is_no_url_is_told_from_a_node_that_is_away() {
        let bad = Client::connect("not a url", None).await.unwrap_err();
        assert!(matches!(bad, ConnectError::Address { .. }), "{bad}");
        // Port 1 of this machine: nothing listens there.
        let away = Client::connect("http://127.0.0.1:1", None)
            .await
            .unwrap_err();
        assert!(matches!(away, ConnectError::Unreachable { .. }), "{away}");
    }
}
