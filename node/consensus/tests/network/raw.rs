//! A peer that follows no rules: the bare transport, with streams negotiated by hand.

use std::{
    collections::HashMap,
    future::poll_fn,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures::{AsyncRead, AsyncReadExt, AsyncWriteExt, StreamExt, channel::mpsc};
use libp2p::{
    Multiaddr, PeerId, Transport,
    core::{
        Endpoint,
        muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox},
        transport::{Boxed, DialOpts, ListenerId, PortUse, TransportEvent},
    },
    identity::Keypair,
};
pub(crate) use piaolian_test_kit::peer::{CLASSES, frames::frame, protocol};
use piaolian_test_kit::peer::{
    frames::split,
    multistream::{self, Agreement, propose},
    transport,
};
use tokio::time::timeout;

use crate::engine::SOON;

/// A connection with only Noise and Yamux negotiated.
pub(crate) struct Raw {
    opens: mpsc::UnboundedSender<()>,
    opened: mpsc::UnboundedReceiver<SubstreamBox>,
    /// Streams that the other side opened.
    pub(crate) incoming: mpsc::UnboundedReceiver<SubstreamBox>,
    /// Completes when the connection ends.
    pub(crate) ended: tokio::task::JoinHandle<()>,
}

impl Raw {
    pub(crate) async fn dial(key: &Keypair, address: &Multiaddr) -> Option<Self> {
        let options = DialOpts {
            role: Endpoint::Dialer,
            port_use: PortUse::New,
        };
        let dial = transport(key)
            .unwrap()
            .dial(address.clone(), options)
            .unwrap();
        let (_, muxer) = timeout(SOON, dial).await.expect("in time").ok()?;
        Some(Self::over(muxer))
    }

    pub(crate) fn over(muxer: StreamMuxerBox) -> Self {
        let (opens, to_open) = mpsc::unbounded();
        let (tell_opened, opened) = mpsc::unbounded();
        let (tell_incoming, incoming) = mpsc::unbounded();
        let mut driver = Driver {
            muxer,
            to_open,
            opening: 0,
            opened: tell_opened,
            incoming: tell_incoming,
        };
        let ended = tokio::spawn(async move { poll_fn(|cx| driver.poll(cx)).await });
        Self {
            opens,
            opened,
            incoming,
            ended,
        }
    }

    /// Opens a stream of a protocol. `None` when the protocol is refused or the connection ends.
    pub(crate) async fn open(&mut self, protocol: &str) -> Option<SubstreamBox> {
        self.opens.unbounded_send(()).ok()?;
        let mut stream = timeout(SOON, self.opened.next()).await.expect("in time")?;
        let proposing = propose(&mut stream, protocol, &[]);
        let agreement = timeout(SOON, proposing).await.expect("in time");
        matches!(agreement, Agreement::Agreed).then_some(stream)
    }
}

/// Drives a connection until it ends.
struct Driver {
    muxer: StreamMuxerBox,
    to_open: mpsc::UnboundedReceiver<()>,
    opening: usize,
    opened: mpsc::UnboundedSender<SubstreamBox>,
    incoming: mpsc::UnboundedSender<SubstreamBox>,
}

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Poll::Ready(Some(())) = self.to_open.poll_next_unpin(cx) {
            self.opening += 1;
        }
        while self.opening > 0 {
            match self.muxer.poll_outbound_unpin(cx) {
                Poll::Ready(Ok(stream)) => {
                    self.opening -= 1;
                    let _ = self.opened.unbounded_send(stream);
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        loop {
            match self.muxer.poll_inbound_unpin(cx) {
                Poll::Ready(Ok(stream)) => drop(self.incoming.unbounded_send(stream)),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        match self.muxer.poll_unpin(cx) {
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

/// A peer with a member's key that the test controls: it has connected as a member and can send any bytes.
pub(crate) struct Rogue {
    /// Streams to the node, by class.
    pub(crate) streams: HashMap<&'static str, SubstreamBox>,
    /// Frames that the node has sent, by class.
    received: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    pub(crate) raw: Raw,
}

impl Rogue {
    /// Connects, opens a stream of every class, and accepts those of the node.
    pub(crate) async fn join(key: &Keypair, address: &Multiaddr, genesis: &[u8; 32]) -> Self {
        Self::enter(key, address, genesis, true).await
    }

    /// Connects like [`join`](Self::join), and then never reads from the node's streams.
    pub(crate) async fn join_deaf(key: &Keypair, address: &Multiaddr, genesis: &[u8; 32]) -> Self {
        Self::enter(key, address, genesis, false).await
    }

    async fn enter(key: &Keypair, address: &Multiaddr, genesis: &[u8; 32], reads: bool) -> Self {
        let mut raw = Raw::dial(key, address).await.expect("a member may connect");
        let received = Arc::new(Mutex::new(HashMap::new()));
        let (_, nothing) = mpsc::unbounded();
        let incoming = std::mem::replace(&mut raw.incoming, nothing);
        tokio::spawn(accept(incoming, received.clone(), reads));
        let mut streams = HashMap::new();
        for class in CLASSES {
            let stream = raw.open(&protocol(genesis, class)).await;
            streams.insert(class, stream.expect("the node speaks our protocols"));
        }
        Self {
            streams,
            received,
            raw,
        }
    }

    pub(crate) async fn send(&mut self, class: &str, bytes: &[u8]) -> io::Result<()> {
        let stream = self.streams.get_mut(class).unwrap();
        stream.write_all(bytes).await?;
        stream.flush().await
    }

    /// Sends a frame of a kind.
    pub(crate) async fn frame(&mut self, class: &str, kind: u8, body: &[u8]) -> io::Result<()> {
        self.send(class, &frame(kind, body)).await
    }

    /// Waits for a frame of a kind from the node and returns its body.
    pub(crate) async fn receive(&self, class: &str, kind: u8) -> Vec<u8> {
        let find = async {
            loop {
                let frames = frames(self.received.lock().unwrap().get(class));
                if let Some((_, body)) = frames.into_iter().find(|(of, _)| *of == kind) {
                    return body;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, find).await.expect("in time")
    }

    /// Returns the number of frames of a kind that the node has sent.
    pub(crate) fn received(&self, class: &str, kind: u8) -> usize {
        let frames = frames(self.received.lock().unwrap().get(class));
        frames.iter().filter(|(of, _)| *of == kind).count()
    }
}

/// The kinds and bodies of the complete frames in a stream's bytes.
fn frames(bytes: Option<&Vec<u8>>) -> Vec<(u8, Vec<u8>)> {
    let frames = split(bytes.map_or(&[], Vec::as_slice));
    let kinds = frames.iter().map(|frame| (frame[4], frame[5..].to_vec()));
    kinds.collect()
}

async fn accept(
    mut incoming: mpsc::UnboundedReceiver<SubstreamBox>,
    received: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    reads: bool,
) {
    while let Some(stream) = incoming.next().await {
        let received = received.clone();
        tokio::spawn(async move {
            let mut stream = stream;
            let protocol = multistream::accept(&mut stream, |_| true).await?;
            let class = protocol.rsplit('/').next().unwrap_or_default().to_owned();
            if !reads {
                std::future::pending::<()>().await;
            }
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let bytes = stream.read(&mut buffer).await?;
                if bytes == 0 {
                    return io::Result::Ok(());
                }
                let mut received = received.lock().unwrap();
                let of_class = received.entry(class.clone()).or_default();
                of_class.extend_from_slice(&buffer[..bytes]);
            }
        });
    }
}

/// Whether a stream ends without any bytes.
pub(crate) async fn gives_nothing(mut stream: impl AsyncRead + Unpin) -> bool {
    let read = timeout(SOON, stream.read(&mut [0; 1])).await;
    matches!(read.expect("in time"), Ok(0) | Err(_))
}

/// Listens with the given key and returns incoming connections.
pub(crate) struct RawListener {
    transport: Boxed<(PeerId, StreamMuxerBox)>,
    pub(crate) address: Multiaddr,
}

impl RawListener {
    pub(crate) async fn start(key: &Keypair) -> Self {
        let mut transport = transport(key).unwrap();
        let any = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
        transport.listen_on(ListenerId::next(), any).unwrap();
        loop {
            let event = poll_fn(|cx| Pin::new(&mut transport).poll(cx)).await;
            if let TransportEvent::NewAddress { listen_addr, .. } = event {
                return Self {
                    transport,
                    address: listen_addr,
                };
            }
        }
    }

    /// Returns the next connection with Noise and Yamux negotiated; `None` when that fails.
    pub(crate) async fn accept(&mut self) -> Option<Raw> {
        loop {
            let event = poll_fn(|cx| Pin::new(&mut self.transport).poll(cx));
            let event = timeout(SOON, event).await.expect("in time");
            if let TransportEvent::Incoming { upgrade, .. } = event {
                let (_, muxer) = timeout(SOON, upgrade).await.expect("in time").ok()?;
                return Some(Raw::over(muxer));
            }
        }
    }
}
