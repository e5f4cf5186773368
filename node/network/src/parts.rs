//! Parts of proposed blocks from validators.
//!
//! ```text
//!   part of the started height ────────────────────────────► PartSink ──► engine
//!   part of a later height ──► held here, bounded ── started ──┘
//!   part of an earlier height ──► dropped
//! ```
//!
//! A proposal can be executed only after its parent is committed, and the engine waits for the answer to every part
//! that it gets. If the engine got a part of a later height, it would wait for ever and never commit the parent. The
//! network therefore holds such parts back.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_malachitebft_app_channel::app::{
    engine::network::NetworkEvent, streaming::StreamMessage, types::PeerId, types::core::Context,
};

use super::events::Events;

/// Heights that a part may be ahead. A node that is further behind catches up by sync.
const HEIGHTS_AHEAD_MAX: u64 = 4;

/// Bytes of one peer's parts that may wait: two blocks of 4 MiB with framing.
const WAITING_BYTES_MAX: usize = 9 * 1024 * 1024;

/// Receiver of the parts of the started height.
///
/// The receiver can reassemble a block from its parts and have it validated and stored before the engine gets them. It
/// then passes on the last part, when it can answer the engine immediately.
pub trait PartSink<Ctx: Context>: Send + Sync + 'static {
    /// Receives a part from a validator, in order within its stream. Must not block.
    fn part(&self, from: PeerId, part: StreamMessage<Ctx::ProposalPart>, engine: &ToEngine<Ctx>);
}

/// Passes every part to the engine as it comes.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassOn;

impl<Ctx: Context> PartSink<Ctx> for PassOn {
    fn part(&self, from: PeerId, part: StreamMessage<Ctx::ProposalPart>, engine: &ToEngine<Ctx>) {
        engine.part(from, part);
    }
}

/// Delivers parts to the engine.
pub struct ToEngine<Ctx: Context>(Arc<Events<Ctx>>);

impl<Ctx: Context> ToEngine<Ctx> {
    /// Delivers a part as received from `from`.
    pub fn part(&self, from: PeerId, part: StreamMessage<Ctx::ProposalPart>) {
        // Validators do not relay parts, so the sender is the publisher.
        let event = NetworkEvent::ProposalPart(from, Some(from), part);
        self.0.emit(event);
    }
}

impl<Ctx: Context> Clone for ToEngine<Ctx> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Passes parts on in order of height.
pub(super) struct Parts<Ctx: Context> {
    sink: Arc<dyn PartSink<Ctx>>,
    engine: ToEngine<Ctx>,
    waiting: Mutex<Waiting<Ctx>>,
}

struct Waiting<Ctx: Context> {
    started: u64,
    parts: BTreeMap<u64, Vec<WaitingPart<Ctx>>>,
    bytes: HashMap<PeerId, usize>,
}

struct WaitingPart<Ctx: Context> {
    from: PeerId,
    bytes: usize,
    part: StreamMessage<Ctx::ProposalPart>,
}

impl<Ctx: Context> Parts<Ctx> {
    pub(super) fn new(sink: Arc<dyn PartSink<Ctx>>, events: Arc<Events<Ctx>>) -> Self {
        Self {
            sink,
            engine: ToEngine(events),
            waiting: Mutex::new(Waiting {
                started: 0,
                parts: BTreeMap::new(),
                bytes: HashMap::new(),
            }),
        }
    }

    /// Takes a part of `height`, `bytes` bytes long on the wire. Returns `false` when it is of no use; the rest of its
    /// stream is then useless too.
    pub(super) fn take(
        &self,
        height: u64,
        from: PeerId,
        bytes: usize,
        part: StreamMessage<Ctx::ProposalPart>,
    ) -> bool {
        // The lock is held while passing on, so that no part overtakes an earlier one.
        let mut waiting = self.lock();
        if height == waiting.started {
            self.sink.part(from, part, &self.engine);
            return true;
        }
        height > waiting.started && waiting.hold(height, WaitingPart { from, bytes, part })
    }

    /// Notes the start of a height and passes on the parts that waited for it.
    pub(super) fn started(&self, height: u64) {
        let mut waiting = self.lock();
        waiting.started = height;
        let later = waiting.parts.split_off(&(height + 1));
        let due = std::mem::replace(&mut waiting.parts, later);
        for (of, parts) in due {
            for WaitingPart { from, bytes, part } in parts {
                waiting.release(from, bytes);
                if of == height {
                    self.sink.part(from, part, &self.engine);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<Ctx>> {
        // The state is consistent at every point where a sink could panic.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Ctx: Context> Waiting<Ctx> {
    fn hold(&mut self, height: u64, part: WaitingPart<Ctx>) -> bool {
        let bytes = self.bytes.entry(part.from).or_default();
        let fits =
            height - self.started <= HEIGHTS_AHEAD_MAX && *bytes + part.bytes <= WAITING_BYTES_MAX;
        if fits {
            *bytes += part.bytes;
            self.parts.entry(height).or_default().push(part);
        }
        fits
    }

    fn release(&mut self, from: PeerId, bytes: usize) {
        if let Some(held) = self.bytes.get_mut(&from) {
            *held -= bytes;
            if *held == 0 {
                self.bytes.remove(&from);
            }
        }
    }
}
