//! The substreams of one connection, on the connection's own task.
//!
//! ```text
//!   established ──► open our five streams ──► Ready ──► (the swarm registers the peer)
//!                        │ peer speaks no such protocol,      │ Start(link)
//!                        │ or not in time                     ▼
//!                        ▼                        outbox ──► writers ──► peer
//!                      Failed ◄── any Cut ──────  inbox  ◄── readers ◄── peer
//! ```
//!
//! Frames go to the inbox on this task. Each peer's frames are therefore decoded on that peer's own task, nothing is
//! queued on the way, and a flood occupies only the flooder's task. `docs/adr/0001-own-connection-handler.md` gives
//! the reasons for a handler of our own.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use libp2p::{
    Stream, StreamProtocol,
    core::upgrade::ReadyUpgrade,
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, StreamUpgradeError, SubstreamProtocol,
        handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::{
    frame::{self, Class, Kind},
    framing::{FrameReader, FrameWriter},
    limits::{Limits, Meter},
    outbox::{Cut, Outbox},
    protocol::Protocols,
};

/// Frames read from one class before the others get their turn.
const FRAMES_PER_TURN: usize = 32;

/// Wait before a frame that could not be taken is offered again.
const BUSY_RETRY: Duration = Duration::from_millis(5);

/// Result of offering a frame to an [`Inbox`].
#[derive(Debug)]
pub(super) enum FrameOutcome {
    /// It was taken, or dropped because it contains nothing new.
    Taken,
    /// It cannot be taken now. Nothing else of its class is read until it is.
    Busy,
    /// The peer broke the protocol.
    Misbehaved(&'static str),
}

/// Receives one peer's frames, in order within each class.
pub(super) trait Inbox: Send + 'static {
    /// Takes a frame. Never blocks.
    fn take(&mut self, kind: Kind, body: Bytes) -> FrameOutcome;
}

/// The queues of a registered peer, between which and the streams its connection moves frames.
pub(super) struct Link {
    pub(super) outbox: Arc<Outbox>,
    pub(super) inbox: Box<dyn Inbox>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// Report of a connection to the swarm.
#[derive(Debug)]
pub(super) enum Report {
    /// The peer accepted a stream of every class: it belongs to our chain.
    Ready {
        /// Whether this side dialled.
        dialled: bool,
    },
    /// The connection must be closed.
    Failed(Cut),
}

/// Opens the streams of a connection and moves frames between them and its [`Link`].
pub(super) struct Handler {
    protocols: Protocols,
    limits: Limits,
    dialled: bool,
    stage: Stage,
    to_open: Vec<Class>,
    writers: [Option<FrameWriter<Stream>>; Class::ALL.len()],
    readers: [Option<Reader>; Class::ALL.len()],
    link: Option<Link>,
    deadline: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Opening,
    Open,
    Failing(Cut),
    Failed,
}

/// One inbound stream with the peer's remaining allowance.
struct Reader {
    frames: FrameReader<Stream>,
    meter: Meter,
    pause: Option<Pin<Box<Sleep>>>,
    refused: Option<(Kind, Bytes)>,
}

impl Handler {
    pub(super) fn new(protocols: Protocols, limits: Limits, dialled: bool) -> Self {
        let mut to_open = Class::ALL.to_vec();
        to_open.reverse();
        Self {
            protocols,
            limits,
            dialled,
            stage: Stage::Opening,
            to_open,
            writers: Default::default(),
            readers: Default::default(),
            link: None,
            deadline: Box::pin(sleep(limits.handshake_max)),
        }
    }

    fn fail(&mut self, cut: Cut) {
        if matches!(self.stage, Stage::Opening | Stage::Open) {
            self.stage = Stage::Failing(cut);
            self.writers = Default::default();
            self.readers = Default::default();
        }
    }

    fn accepted(&mut self, class: Class, stream: Stream) {
        let place = &mut self.readers[class.index()];
        if place.is_some() {
            return self.fail(Cut::SecondStream);
        }
        *place = Some(Reader {
            frames: FrameReader::new(stream, class.frame_bytes_max()),
            meter: Meter::new(self.limits.class(class), Instant::now()),
            pause: None,
            refused: None,
        });
    }

    fn opened(&mut self, class: Class, stream: Stream) {
        self.writers[class.index()] = Some(FrameWriter::new(stream));
    }

    /// Moves frames in both directions until none can be moved.
    fn pump(&mut self, cx: &mut Context<'_>) -> Result<(), Cut> {
        let Some(Link { outbox, inbox }) = &mut self.link else {
            return Ok(());
        };
        if let Some(cut) = outbox.attend(cx.waker()) {
            return Err(cut);
        }
        for class in Class::ALL {
            if let Some(writer) = &mut self.writers[class.index()] {
                writer.poll_write(cx, || outbox.take(class))?;
            }
        }
        for class in Class::ALL {
            if let Some(reader) = &mut self.readers[class.index()] {
                reader.pump(cx, class, inbox.as_mut())?;
            }
        }
        Ok(())
    }
}

impl Reader {
    fn pump(
        &mut self,
        cx: &mut Context<'_>,
        class: Class,
        inbox: &mut dyn Inbox,
    ) -> Result<(), Cut> {
        for _ in 0..FRAMES_PER_TURN {
            if let Some(pause) = &mut self.pause {
                if pause.as_mut().poll(cx).is_pending() {
                    return Ok(());
                }
                self.pause = None;
            }
            let (kind, body) = match self.refused.take() {
                Some(again) => again,
                None => match self.frames.poll_frame(cx) {
                    Poll::Pending => return Ok(()),
                    Poll::Ready(content) => self.charge(class, content?)?,
                },
            };
            match inbox.take(kind, body.clone()) {
                FrameOutcome::Taken => {}
                FrameOutcome::Busy => {
                    self.refused = Some((kind, body));
                    self.pause_until(Instant::now() + BUSY_RETRY);
                }
                FrameOutcome::Misbehaved(how) => return Err(Cut::Malformed(how)),
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn charge(&mut self, class: Class, content: Bytes) -> Result<(Kind, Bytes), Cut> {
        let now = Instant::now();
        if let Some(wait) = self.meter.charge(content.len(), now) {
            self.pause_until(now + wait);
        }
        frame::parse(class, content).ok_or(Cut::Malformed("kind of frame"))
    }

    /// Pauses reading until `until`, unless it is paused for longer already.
    fn pause_until(&mut self, until: Instant) {
        match &mut self.pause {
            Some(pause) if pause.deadline() >= until => {}
            Some(pause) => pause.as_mut().reset(until),
            none => *none = Some(Box::pin(sleep_until(until))),
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Link;
    type ToBehaviour = Report;
    type InboundProtocol = Protocols;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Class;

    fn listen_protocol(&self) -> SubstreamProtocol<Protocols> {
        SubstreamProtocol::new(self.protocols.clone(), ()).with_timeout(self.limits.handshake_max)
    }

    fn connection_keep_alive(&self) -> bool {
        self.stage != Stage::Failed
    }

    fn on_behaviour_event(&mut self, link: Link) {
        self.link = Some(link);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Class, Report>> {
        if let Some(class) = self.to_open.pop() {
            let protocol = SubstreamProtocol::new(self.protocols.dial(class), class)
                .with_timeout(self.limits.handshake_max);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        if self.stage == Stage::Opening {
            if self.writers.iter().all(Option::is_some) {
                self.stage = Stage::Open;
                let dialled = self.dialled;
                let ready = Report::Ready { dialled };
                return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(ready));
            }
            if self.deadline.as_mut().poll(cx).is_ready() {
                self.fail(Cut::Handshake);
            }
        }
        if self.stage == Stage::Open
            && let Err(cut) = self.pump(cx)
        {
            self.fail(cut);
        }
        if let Stage::Failing(cut) = self.stage {
            self.stage = Stage::Failed;
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(Report::Failed(cut)));
        }
        Poll::Pending
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<Protocols, Self::OutboundProtocol, (), Class>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (class, stream),
                ..
            }) => self.accepted(class, stream),
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                info: class,
            }) => self.opened(class, stream),
            ConnectionEvent::DialUpgradeError(failed) => self.fail(refusal(&failed.error)),
            // The peer's own failures to open streams, and its addresses, are not used.
            _ => {}
        }
    }
}

fn refusal(error: &StreamUpgradeError<Infallible>) -> Cut {
    match error {
        StreamUpgradeError::NegotiationFailed => Cut::OtherChain,
        StreamUpgradeError::Timeout => Cut::Handshake,
        StreamUpgradeError::Io(error) => Cut::Stream(error.kind()),
        StreamUpgradeError::Apply(never) => match *never {},
    }
}
