//! Parts of proposed blocks, on their way in.
//!
//! ```text
//!   part of the started height ─────────────────────────────► PartSink ──► engine
//!   part of a later height ──► waits here, bounded ── started ──┘
//!   part of an earlier height ──► dropped
//! ```
//!
//! A proposal can only be executed once its parent is committed, and the engine's
//! connector waits for the answer to every part that it is given: held there, the part
//! would keep the parent's own commit waiting for ever. So it is held here.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_malachitebft_app_channel::app::{
    engine::network::NetworkEvent, streaming::StreamMessage, types::PeerId, types::core::Context,
};

use super::events::Events;

/// How far ahead a part may be. A node further behind catches up by sync.
const HEIGHTS_AHEAD_MAX: u64 = 4;

/// Bytes of parts that may wait for one peer: two whole blocks of 4 MiB with framing.
const WAITING_BYTES_MAX: usize = 9 * 1024 * 1024;

/// Where the parts of the started height go.
///
/// The ledger may assemble, execute and store a block from its parts before the engine
/// hears of them: it then passes the completing part on when it can answer at once.
pub trait PartSink<Ctx: Context>: Send + Sync + 'static {
    /// Takes a part from a validator, in order within its stream. Must not block.
    fn part(&self, from: PeerId, part: StreamMessage<Ctx::ProposalPart>, engine: &ToEngine<Ctx>);
}

/// Passes every part on as it comes.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassOn;

impl<Ctx: Context> PartSink<Ctx> for PassOn {
    fn part(&self, from: PeerId, part: StreamMessage<Ctx::ProposalPart>, engine: &ToEngine<Ctx>) {
        engine.part(from, part);
    }
}

/// Hands parts to the engine.
pub struct ToEngine<Ctx: Context>(Arc<Events<Ctx>>);

impl<Ctx: Context> ToEngine<Ctx> {
    /// Delivers a part as received from `from`.
    pub fn part(&self, from: PeerId, part: StreamMessage<Ctx::ProposalPart>) {
        // Parts come from their publisher directly: validators relay nothing.
        let event = NetworkEvent::ProposalPart(from, Some(from), part);
        self.0.emit(event);
    }
}

impl<Ctx: Context> Clone for ToEngine<Ctx> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// See the module.
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

    /// Takes a part of `height` that came as `bytes` bytes. `false` when it is of no use,
    /// and with it the rest of its stream.
    pub(super) fn take(
        &self,
        height: u64,
        from: PeerId,
        bytes: usize,
        part: StreamMessage<Ctx::ProposalPart>,
    ) -> bool {
        // Held while passing on, so that no part overtakes those that waited before it.
        let mut waiting = self.lock();
        if height == waiting.started {
            self.sink.part(from, part, &self.engine);
            return true;
        }
        height > waiting.started && waiting.hold(height, WaitingPart { from, bytes, part })
    }

    /// A height has started: passes on what waited for it.
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
        // Its parts are whole at every point where a sink could panic.
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
