//! The gRPC server. It checks a call's token, decodes its request, and hands it to [`Services`].
//!
//! ```text
//!   client ──► limits ──► token, role ──► tonic service ──► Services
//!                │            │                               │
//!                └────────────┴──── status with ErrorDetail ◄─┘
//! ```
//!
//! The services are generated, see `services`, and so is the role that each method needs. Health and reflection need no
//! token; every other call does. The node does not support TLS yet, so it listens on loopback only. To serve other
//! machines, put a TLS proxy in front of it.

mod authenticate;
mod blocking;
mod health;
mod methods;
mod services;
mod status;
pub mod tokens;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tonic::{
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::ServingStatus;

use self::{authenticate::Authenticator, services::Api, tokens::Tokens};
use crate::{Services, query::proof::ANSWER_BYTES_MAX as PROOF_BYTES_MAX};

/// Longest request, bytes: the files of one import and its framing.
pub const REQUEST_BYTES_MAX: usize = 10 << 20;
/// Longest answer, bytes: pages end far below it, and a proof does after the most changes of
/// the most validators.
pub const ANSWER_BYTES_MAX: usize = 32 << 20;

const _: () = assert!(PROOF_BYTES_MAX <= ANSWER_BYTES_MAX);
/// Most calls in progress on one connection, subscriptions included.
const CALLS_OF_A_CONNECTION_MAX: u32 = 256;
/// Longest call: longer than the longest wait for an outcome.
const CALL_TIMEOUT: Duration = Duration::from_secs(65);
/// Silence after which a connection is probed.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Longest time that calls in progress get to finish once the node stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Reasons why the server does not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum GrpcServerError {
    /// Without TLS, only loopback is served.
    #[error("{0} is no loopback address, and this node speaks no TLS: put a TLS proxy in front")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// The reflection service cannot be built.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Serving failed.
    #[error("gRPC: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// A server that listens. Nothing is answered before [`GrpcServer::serve`].
#[derive(Debug)]
pub struct GrpcServer {
    listener: TcpListener,
    address: SocketAddr,
}

impl GrpcServer {
    /// Listens on `address`, a loopback address; port 0 takes any free one.
    ///
    /// # Errors
    /// When the address is not loopback or cannot be listened on.
    pub async fn listen(address: SocketAddr) -> Result<Self, GrpcServerError> {
        if !address.ip().is_loopback() {
            return Err(GrpcServerError::NotLoopback(address));
        }
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| GrpcServerError::Bind(address, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| GrpcServerError::Bind(address, error))?;
        Ok(Self { listener, address })
    }

    /// Returns the address that it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers calls until the services stop. Calls in progress then get a few seconds to finish.
    ///
    /// # Errors
    /// When serving fails.
    #[must_use]
    pub fn serve(
        self,
        services: Arc<Services>,
        tokens: Tokens,
    ) -> BoxFuture<'static, Result<(), GrpcServerError>> {
        Box::pin(self.answer(services, tokens))
    }

    async fn answer(self, services: Arc<Services>, tokens: Tokens) -> Result<(), GrpcServerError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        health::report(&health, ServingStatus::Serving).await;
        let (stop, drain) = (services.stop_signal(), services.stop_signal());
        let routes = routes(Routes::new(health_service), services, tokens)?;
        // Sends small answers without delay. The server's own setting does not apply to a listener that it did not
        // open.
        let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
        let server = Server::builder()
            .timeout(CALL_TIMEOUT)
            .max_concurrent_streams(CALLS_OF_A_CONNECTION_MAX)
            .http2_keepalive_interval(Some(KEEPALIVE))
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, async move {
                stop.asked().await;
                health::report(&health, ServingStatus::NotServing).await;
            });
        let drained = async move {
            drain.asked().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            served = server => Ok(served?),
            () = drained => Ok(()),
        }
    }
}

/// Adds every service to those that are `open`, all behind the authenticator.
fn routes(
    open: Routes,
    services: Arc<Services>,
    tokens: Tokens,
) -> Result<Routes, GrpcServerError> {
    let routes = open
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    let routes = services::add_services(routes, &Arc::new(Api::new(services)));
    let authenticator = Arc::new(Authenticator::new(tokens));
    let router = routes
        .into_axum_router()
        .layer(axum::middleware::from_fn_with_state(
            authenticator,
            authenticate::pass,
        ));
    Ok(router.into())
}

/// Describes the services for one version of the reflection service.
///
/// A function, because two calls of a closure would be miscompiled (docs/adr/0020-one-compiler.md).
fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(piaolian_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wider_bind_than_loopback_is_refused() {
        for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
            let error = GrpcServer::listen(address.parse().unwrap())
                .await
                .unwrap_err();
            assert!(
                matches!(error, GrpcServerError::NotLoopback(_)),
                "{address}: {error}"
            );
        }
        assert!(
            GrpcServer::listen("127.0.0.1:0".parse().unwrap())
                .await
                .is_ok()
        );
    }
}
