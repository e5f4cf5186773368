//! Server for Prometheus: plain HTTP/1.1, one path, no token.
//!
//! ```text
//!   connection ──► few at once ──► head: bytes, lines and time bounded ──► GET /metrics ──► text
//!                                    │ no HTTP, too much, too slow           │ other path, method
//!                                    └──► 400, 431, 408 or closed            └──► 404, 405
//! ```

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::BoxFuture;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{self, JoinSet},
    time::{sleep, timeout},
};

use piaolian_base::metrics::Exposition;

/// The one path.
const PATH: &str = "/metrics";
/// `OpenMetrics`, as the text is written.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Connections at once: a few Prometheus servers. Others wait to be accepted.
const CONNECTIONS_MAX: usize = 16;
/// Bytes and lines of a request's head, far above what Prometheus sends.
const HEAD_BYTES_MAX: usize = 16 << 10;
const HEAD_LINES_MAX: usize = 64;
/// Longest time of a request's head, and of a connection in all.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(15);
/// Pause after a connection that could not be accepted, as when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Reason why the server does not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for metrics: {source}")]
pub struct MetricsServerError {
    address: SocketAddr,
    source: io::Error,
}

/// A server that listens. Nothing is answered before [`MetricsServer::serve`].
#[derive(Debug)]
pub struct MetricsServer {
    listener: TcpListener,
    address: SocketAddr,
}

impl MetricsServer {
    /// Listens on `address`; port 0 takes any free one.
    ///
    /// # Errors
    /// When it cannot be listened on.
    pub async fn listen(address: SocketAddr) -> Result<Self, MetricsServerError> {
        let trouble = |source| MetricsServerError { address, source };
        let listener = TcpListener::bind(address).await.map_err(trouble)?;
        let address = listener.local_addr().map_err(trouble)?;
        Ok(Self { listener, address })
    }

    /// Returns the address that it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the future is dropped, which also drops answers in progress.
    pub fn serve(self, exposition: Exposition) -> BoxFuture<'static, Infallible> {
        Box::pin(self.answer_all(exposition))
    }

    async fn answer_all(self, exposition: Exposition) -> Infallible {
        let router = Router::new()
            .route(PATH, get(metrics))
            .with_state(Arc::new(exposition));
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        loop {
            let place = room.clone().acquire_owned().await;
            let place = place.expect("the semaphore is never closed");
            while connections.try_join_next().is_some() {}
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let answered = answer(stream, router.clone());
                    connections.spawn(async move {
                        let _ = timeout(CONNECTION_TIME_MAX, answered).await; // too slow: closed
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "metrics connection not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn answer(stream: TcpStream, router: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_headers(HEAD_LINES_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = served.await {
        tracing::debug!(%error, "metrics connection ended early");
    }
}

async fn metrics(State(exposition): State<Arc<Exposition>>) -> Response {
    match task::spawn_blocking(move || exposition.render()).await {
        Ok(Some(text)) => ([(CONTENT_TYPE, TEXT)], text).into_response(),
        // It is stopping.
        Ok(None) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
