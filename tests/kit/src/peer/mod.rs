//! A peer that speaks libp2p by hand: with any key, without identify, on raw streams.
//!
//! ```text
//!   TCP ──► Noise (any key) ──► Yamux ──► streams, each opened and read byte by byte
//!                                             └──► Heard: everything received, and the end
//! ```
//!
//! With an unknown key it is a stranger, who may only perform libp2p's own handshakes. With a member's key it can send
//! everything that a member could send.

pub mod frames;
pub mod multistream;

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt, io::WriteHalf};
use libp2p::{
    Multiaddr, PeerId, Transport,
    core::{
        Endpoint,
        muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox},
        transport::{Boxed, DialOpts, ListenerId, PortUse, TransportEvent},
        upgrade::Version,
    },
    identity::Keypair,
    noise, tcp, yamux,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use self::multistream::Agreement;

/// Time limit for operations that should complete immediately.
const PATIENCE: Duration = Duration::from_secs(20);

/// Streams that may wait to be opened.
const OPENING_MAX: usize = 64;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Most bytes kept of each stream; all are counted.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// The classes of the node's protocols.
pub const CLASSES: [&str; 5] = ["consensus", "parts", "sync", "transactions", "attachments"];

/// Returns the protocol name of a class on a chain.
pub fn protocol(genesis_hash: &[u8; 32], class: &str) -> String {
    format!("/piaolian/1/{}/{class}", hex::encode(&genesis_hash[..16]))
}

/// Everything that was received on a connection.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Streams that the other side opened.
    pub streams_opened: usize,
    /// Protocols that the other side accepted.
    pub agreed: Vec<String>,
    /// Bytes on streams. Those of a successful protocol negotiation do not count.
    pub bytes: usize,
    /// The beginning of each stream: its protocol and bytes.
    pub streams: Vec<(String, Vec<u8>)>,
    /// Whether the connection has ended.
    pub closed: bool,
}

type Shared = Arc<Mutex<Heard>>;

fn lock(heard: &Shared) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection made by hand.
#[derive(Debug)]
pub struct RawPeer {
    /// The other side's peer id.
    pub remote: PeerId,
    open: mpsc::Sender<oneshot::Sender<SubstreamBox>>,
    heard: Shared,
    closed: watch::Receiver<bool>,
    driver: JoinHandle<()>,
}

/// A stream that this side opened, for writing.
#[derive(Debug)]
pub struct RawStream(WriteHalf<SubstreamBox>);

impl RawPeer {
    /// Dials `address` with `key`.
    ///
    /// # Errors
    /// When the connection, up to Yamux, is not established.
    pub async fn dial(key: &Keypair, address: &Multiaddr) -> io::Result<Self> {
        let options = DialOpts {
            role: Endpoint::Dialer,
            port_use: PortUse::New,
        };
        let dial = transport(key)?
            .dial(address.clone(), options)
            .map_err(io::Error::other)?;
        let connected = timeout(PATIENCE, dial).await?;
        let (remote, muxer) = connected.map_err(io::Error::other)?;
        Ok(Self::over(remote, muxer))
    }

    fn over(remote: PeerId, muxer: StreamMuxerBox) -> Self {
        let (open, to_open) = mpsc::channel(OPENING_MAX);
        let (ended, closed) = watch::channel(false);
        let heard = Shared::default();
        let driver = tokio::spawn(drive(muxer, to_open, heard.clone(), ended));
        Self {
            remote,
            open,
            heard,
            closed,
            driver,
        }
    }

    /// Opens a stream of a protocol. `None` when the other side refuses.
    pub async fn open(&self, protocol: &str) -> Option<RawStream> {
        self.push(protocol, &[]).await
    }

    /// Opens a stream of a protocol and writes `bytes` before the other side has accepted, as libp2p's lazy dialler may.
    /// `None` when the other side refuses.
    pub async fn push(&self, protocol: &str, bytes: &[u8]) -> Option<RawStream> {
        let (sender, stream) = oneshot::channel();
        self.open.send(sender).await.ok()?;
        let mut stream = timeout(PATIENCE, stream).await.ok()?.ok()?;
        let proposing = multistream::propose(&mut stream, protocol, bytes);
        match timeout(PATIENCE, proposing).await.ok()? {
            Agreement::Agreed => lock(&self.heard).agreed.push(protocol.to_owned()),
            Agreement::Refused => return None,
            Agreement::Ended(bytes) => {
                lock(&self.heard).bytes += bytes;
                return None;
            }
        }
        let (reader, writer) = stream.split();
        tokio::spawn(listen_to(reader, protocol.to_owned(), self.heard.clone()));
        Some(RawStream(writer))
    }

    /// Opens a stream of every class.
    ///
    /// # Errors
    /// When the other side refuses one of them.
    pub async fn open_all(&self, genesis_hash: &[u8; 32]) -> io::Result<Vec<RawStream>> {
        let mut streams = Vec::new();
        for class in CLASSES {
            let stream = self.open(&protocol(genesis_hash, class)).await;
            streams.push(stream.ok_or(io::ErrorKind::ConnectionRefused)?);
        }
        Ok(streams)
    }

    /// Returns everything received until now.
    pub fn heard(&self) -> Heard {
        lock(&self.heard).clone()
    }

    /// Waits until the other side closes the connection. Returns `false` when it does not in time.
    pub async fn closes(&self) -> bool {
        let mut closed = self.closed.clone();
        let closes = closed.wait_for(|closed| *closed);
        timeout(PATIENCE, closes).await.is_ok()
    }
}

impl Drop for RawPeer {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl RawStream {
    /// Writes raw bytes.
    ///
    /// # Errors
    /// When the other side accepts no more.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = async {
            self.0.write_all(bytes).await?;
            self.0.flush().await
        };
        timeout(PATIENCE, sent).await?
    }

    /// Closes the stream for writing.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn end(&mut self) -> io::Result<()> {
        timeout(PATIENCE, self.0.close()).await?
    }
}

/// A listener that answers with a given key.
#[derive(Debug)]
pub struct RawListener {
    connections: Arc<Mutex<Vec<Arc<RawPeer>>>>,
    driver: JoinHandle<()>,
    attempts: watch::Receiver<usize>,
}

impl RawListener {
    /// Listens at `address` with `key`. On each connection it opens a stream for every protocol in `says` and writes the
    /// bytes there.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn listen(
        key: &Keypair,
        address: &Multiaddr,
        says: Vec<(String, Vec<u8>)>,
    ) -> io::Result<Self> {
        let mut transport = transport(key)?;
        transport
            .listen_on(ListenerId::next(), address.clone())
            .map_err(io::Error::other)?;
        let listening = timeout(PATIENCE, transport.next()).await?;
        if !matches!(listening, Some(TransportEvent::NewAddress { .. })) {
            return Err(io::Error::other("not listening"));
        }
        let connections = Arc::<Mutex<Vec<Arc<RawPeer>>>>::default();
        let (attempted, attempts) = watch::channel(0);
        let driver = tokio::spawn({
            let connections = connections.clone();
            async move {
                while let Some(event) = transport.next().await {
                    let TransportEvent::Incoming { upgrade, .. } = event else {
                        continue;
                    };
                    attempted.send_modify(|attempts| *attempts += 1);
                    let (connections, says) = (connections.clone(), says.clone());
                    tokio::spawn(async move {
                        if let Ok((remote, muxer)) = upgrade.await {
                            let peer = Arc::new(RawPeer::over(remote, muxer));
                            connections
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .push(peer.clone());
                            for (protocol, bytes) in &says {
                                peer.push(protocol, bytes).await; // the result is in `Heard`
                            }
                        }
                    });
                }
            }
        });
        Ok(Self {
            connections,
            driver,
            attempts,
        })
    }

    /// Waits for this number of incoming connections, successful or not. Returns `false` when they do not come in time.
    pub async fn dialled(&self, times: usize, patience: Duration) -> bool {
        let mut attempts = self.attempts.clone();
        let dialled = attempts.wait_for(|attempts| *attempts >= times);
        timeout(patience, dialled).await.is_ok()
    }

    /// Returns everything received on each connection that reached Yamux.
    pub fn heard(&self) -> Vec<Heard> {
        let all = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|peer| peer.heard()).collect()
    }
}

impl Drop for RawListener {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Makes a transport of TCP, Noise with `key`, and Yamux.
///
/// # Errors
/// When the key cannot sign.
pub fn transport(key: &Keypair) -> io::Result<Boxed<(PeerId, StreamMuxerBox)>> {
    Ok(
        tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
            .upgrade(Version::V1)
            .authenticate(noise::Config::new(key).map_err(io::Error::other)?)
            .multiplex(yamux::Config::default())
            .boxed(),
    )
}

enum Event {
    Inbound(SubstreamBox),
    Outbound(SubstreamBox),
    Ended,
}

/// Runs a connection until it ends: accepts every stream and opens the requested ones.
async fn drive(
    mut muxer: StreamMuxerBox,
    mut to_open: mpsc::Receiver<oneshot::Sender<SubstreamBox>>,
    heard: Shared,
    ended: watch::Sender<bool>,
) {
    let mut opening = VecDeque::new();
    loop {
        let event = poll_fn(|cx| {
            while let Poll::Ready(Some(opener)) = to_open.poll_recv(cx) {
                opening.push_back(opener);
            }
            if let Poll::Ready(Err(_)) = muxer.poll_unpin(cx) {
                return Poll::Ready(Event::Ended);
            }
            match muxer.poll_inbound_unpin(cx) {
                Poll::Ready(Ok(stream)) => return Poll::Ready(Event::Inbound(stream)),
                Poll::Ready(Err(_)) => return Poll::Ready(Event::Ended),
                Poll::Pending => {}
            }
            if !opening.is_empty() {
                match muxer.poll_outbound_unpin(cx) {
                    Poll::Ready(Ok(stream)) => return Poll::Ready(Event::Outbound(stream)),
                    Poll::Ready(Err(_)) => return Poll::Ready(Event::Ended),
                    Poll::Pending => {}
                }
            }
            Poll::Pending
        })
        .await;
        match event {
            Event::Inbound(stream) => {
                lock(&heard).streams_opened += 1;
                tokio::spawn(accept(stream, heard.clone()));
            }
            Event::Outbound(stream) => {
                if let Some(opener) = opening.pop_front() {
                    let _ = opener.send(stream); // the requester may have stopped waiting
                }
            }
            Event::Ended => break,
        }
    }
    lock(&heard).closed = true;
    ended.send_replace(true);
}

/// Accepts a stream of any protocol of the node, and keeps its bytes.
async fn accept(mut stream: SubstreamBox, heard: Shared) {
    let ours = |name: &str| name.starts_with("/piaolian/");
    if let Ok(protocol) = multistream::accept(&mut stream, ours).await {
        let (reader, _writer) = stream.split();
        listen_to(reader, protocol, heard).await;
    }
}

async fn listen_to(
    mut reader: futures::io::ReadHalf<SubstreamBox>,
    protocol: String,
    heard: Shared,
) {
    let place = {
        let mut heard = lock(&heard);
        heard.streams.push((protocol, Vec::new()));
        heard.streams.len() - 1
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(bytes @ 1..) = reader.read(&mut chunk).await {
        let mut heard = lock(&heard);
        heard.bytes += bytes;
        let kept = &mut heard.streams[place].1;
        let room = KEPT_BYTES_MAX.saturating_sub(kept.len()).min(bytes);
        kept.extend_from_slice(&chunk[..room]);
    }
}
