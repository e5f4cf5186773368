//! The transport to a peer: TCP, Noise for authentication and encryption, Yamux for multiplexing.
//!
//! ```text
//!   TCP ──► pending connections ──► Watched ──► Noise ──► Yamux ──► substreams
//!                                   fails after too long a silence
//! ```
//!
//! `Watched` is the lowest layer, because a frozen or half-open peer blocks every layer above it. Even closing the
//! connection would wait for Yamux's last message. A healthy peer is never silent for long, because both sides ping.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{AsyncRead, AsyncWrite};
use libp2p::{
    Multiaddr, PeerId, Transport,
    core::{ConnectedPoint, muxing::StreamMuxerBox, transport::Boxed, upgrade::Version},
    dns, identity, noise, tcp, yamux,
};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    limits::Limits,
    pending_connections::{PendingConnection, PendingConnections, Stage},
};

/// Builds the transport of a node.
///
/// # Errors
/// When the peer key cannot make a Noise identity.
pub(super) fn build(
    key: &identity::Keypair,
    limits: &Limits,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, noise::Error> {
    let pending = PendingConnections::new(limits.pending_incoming_max);
    let watch = {
        let (pending, silence_max) = (pending.clone(), limits.silence_max);
        move |stream, point: ConnectedPoint| {
            let connection = incoming(point).map(|from| pending.enter(from));
            Watched::new(stream, silence_max, connection)
        }
    };
    let tcp = || tcp::tokio::Transport::new(tcp::Config::new().nodelay(true));
    // Endpoints may be host names. Without resolver settings, numeric addresses still work.
    let streams = match dns::tokio::Transport::system(tcp()) {
        Ok(named) => named.map(watch).boxed(),
        Err(error) => {
            tracing::warn!(%error, "no DNS resolver; only numeric endpoints can be dialled");
            tcp().map(watch).boxed()
        }
    };
    let admit = move |(peer, muxer), point| {
        if let Some(from) = incoming(point) {
            pending.admit(&from);
        }
        (peer, StreamMuxerBox::new(muxer))
    };
    Ok(streams
        .upgrade(Version::V1)
        .authenticate(noise::Config::new(key)?)
        .multiplex(yamux::Config::default())
        .timeout(limits.handshake_max)
        .map(admit)
        .boxed())
}

/// Returns the remote address of an incoming connection.
fn incoming(point: ConnectedPoint) -> Option<Multiaddr> {
    match point {
        ConnectedPoint::Listener { send_back_addr, .. } => Some(send_back_addr),
        ConnectedPoint::Dialer { .. } => None,
    }
}

/// A stream that fails when nothing was read from it for too long, or when it was displaced.
pub(super) struct Watched<S> {
    stream: S,
    silence_max: Duration,
    heard: Instant,
    alarm: Pin<Box<Sleep>>,
    connection: Option<Arc<PendingConnection>>,
}

impl<S> Watched<S> {
    fn new(stream: S, silence_max: Duration, connection: Option<Arc<PendingConnection>>) -> Self {
        let heard = Instant::now();
        Self {
            stream,
            silence_max,
            heard,
            alarm: Box::pin(sleep_until(heard + silence_max)),
            connection,
        }
    }

    /// Checks both conditions whenever the stream is pending. Writes check too: while a connection closes, nothing is
    /// read any more.
    fn check<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if let Some(connection) = &self.connection {
            match connection.stage(cx.waker()) {
                Stage::Waiting => {}
                Stage::Admitted => self.connection = None,
                Stage::Displaced => {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
                }
            }
        }
        while self.alarm.as_mut().poll(cx).is_ready() {
            let until = self.heard + self.silence_max;
            if until <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(until);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => self.check(cx),
            Poll::Ready(read) => {
                self.heard = Instant::now();
                Poll::Ready(read)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Pending => self.check(cx),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Pending => self.check(cx),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_close(cx) {
            Poll::Pending => self.check(cx),
            ready @ Poll::Ready(_) => ready,
        }
    }
}
