//! The way to a peer: TCP, then Noise (who is it), then Yamux (many streams), and nothing else.
//!
//! ```text
//!   TCP ──► door ──► Watched ──► Noise ──► Yamux ──► substreams
//!                    dead when silent for too long
//! ```
//!
//! `Watched` sits below everything, because a frozen or half-open peer holds up
//! everything above it: even closing a connection waits for Yamux to say goodbye. A
//! healthy peer is never silent for long, as both sides ping.

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
    door::{Door, Guest, Stage},
    limits::Limits,
};

/// Builds the transport of a node.
///
/// # Errors
/// When the peer key cannot make a Noise identity.
pub(super) fn build(
    key: &identity::Keypair,
    limits: &Limits,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, noise::Error> {
    let door = Door::new(limits.pending_incoming_max);
    let watch = {
        let (door, silence_max) = (door.clone(), limits.silence_max);
        move |stream, point: ConnectedPoint| {
            let guest = incoming(point).map(|from| door.enter(from));
            Watched::new(stream, silence_max, guest)
        }
    };
    let tcp = || tcp::tokio::Transport::new(tcp::Config::new().nodelay(true));
    // Endpoints may be names. A machine without resolver settings still reaches addresses.
    let streams = match dns::tokio::Transport::system(tcp()) {
        Ok(named) => named.map(watch).boxed(),
        Err(error) => {
            tracing::warn!(%error, "no resolver: only numeric endpoints can be dialled");
            tcp().map(watch).boxed()
        }
    };
    let admit = move |(peer, muxer), point| {
        if let Some(from) = incoming(point) {
            door.admit(&from);
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

/// Where an incoming connection comes from.
fn incoming(point: ConnectedPoint) -> Option<Multiaddr> {
    match point {
        ConnectedPoint::Listener { send_back_addr, .. } => Some(send_back_addr),
        ConnectedPoint::Dialer { .. } => None,
    }
}

/// A stream that fails once nothing was read from it for too long, or the door turned it
/// away.
pub(super) struct Watched<S> {
    stream: S,
    silence_max: Duration,
    heard: Instant,
    alarm: Pin<Box<Sleep>>,
    guest: Option<Arc<Guest>>,
}

impl<S> Watched<S> {
    fn new(stream: S, silence_max: Duration, guest: Option<Arc<Guest>>) -> Self {
        let heard = Instant::now();
        Self {
            stream,
            silence_max,
            heard,
            alarm: Box::pin(sleep_until(heard + silence_max)),
            guest,
        }
    }

    /// Called whenever the stream makes its user wait. Also by writes: while a
    /// connection closes, nobody reads any more.
    fn check<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if let Some(guest) = &self.guest {
            match guest.stage(cx.waker()) {
                Stage::Waiting => {}
                Stage::Admitted => self.guest = None,
                Stage::TurnedAway => {
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
