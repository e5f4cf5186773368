//! Bounds on the frames that one peer may send, and on those that may wait for it.
//!
//! ```text
//!   peer ──► stream ──► Meter: within its allowance ──► keep reading
//!                              above                ──► stop reading until it has refilled
//! ```
//!
//! The engine's mailboxes are unbounded, so the flow must be limited before them. Pausing a read loses nothing: the
//! stream's flow control slows down the one peer that sends too much. Other peers' votes are not delayed, because each
//! peer has its own meter.

use std::time::Duration;

use tokio::time::Instant;

use super::frame::Class;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Bounds on one class of frames, for one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassLimits {
    /// Bytes that may wait to be sent to the peer.
    pub queue_bytes_max: usize,
    /// Frames accepted from the peer per second, in the long run.
    pub frames_per_second: u32,
    /// Bytes accepted from the peer per second, in the long run.
    pub bytes_per_second: usize,
}

/// Bounds of the network. The defaults suit validators on a good link; tests use lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Votes, proposals, certificates.
    pub consensus: ClassLimits,
    /// Parts of proposed blocks.
    pub parts: ClassLimits,
    /// Statuses, requests, responses and pushed blocks.
    pub sync: ClassLimits,
    /// Relayed transactions.
    pub transactions: ClassLimits,
    /// Requests for attachments, and responses.
    pub attachments: ClassLimits,
    /// A connection without any incoming byte for this long is dead. Pings keep the silence of a healthy connection far
    /// below it.
    pub silence_max: Duration,
    /// Time between two pings.
    pub ping_interval: Duration,
    /// Time limit for a connection from the first byte to Yamux, and again for negotiating our protocols.
    pub handshake_max: Duration,
    /// Time limit for a peer's answer to a request.
    pub request_max: Duration,
    /// Unauthenticated incoming connections. When there are more, the oldest is closed.
    pub pending_incoming_max: usize,
    /// Established connections in all.
    pub connections_max: u32,
}

impl Limits {
    pub(super) const fn class(&self, class: Class) -> &ClassLimits {
        match class {
            Class::Consensus => &self.consensus,
            Class::Parts => &self.parts,
            Class::Sync => &self.sync,
            Class::Transactions => &self.transactions,
            Class::Attachments => &self.attachments,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A validator sends three or four frames a height, and the fastest heights take a few ms.
            consensus: ClassLimits {
                queue_bytes_max: 4 * MIB,
                frames_per_second: 4_000,
                bytes_per_second: 8 * MIB,
            },
            // Four blocks of 4 MiB: the proposed block and the one repeated to a new peer, with room to spare.
            parts: ClassLimits {
                queue_bytes_max: 16 * MIB,
                frames_per_second: 4_000,
                bytes_per_second: 256 * MIB,
            },
            // One response of 8 MiB and a pushed block beside it.
            sync: ClassLimits {
                queue_bytes_max: 16 * MIB,
                frames_per_second: 1_000,
                bytes_per_second: 256 * MIB,
            },
            transactions: ClassLimits {
                queue_bytes_max: 16 * MIB,
                frames_per_second: 4_000,
                bytes_per_second: 64 * MIB,
            },
            // One response of 9 MiB and our own requests. One frame carries many small attachments, and they are not
            // urgent.
            attachments: ClassLimits {
                queue_bytes_max: 16 * MIB,
                frames_per_second: 200,
                bytes_per_second: 64 * MIB,
            },
            silence_max: Duration::from_secs(15),
            ping_interval: Duration::from_secs(4),
            handshake_max: Duration::from_secs(10),
            request_max: Duration::from_secs(10),
            pending_incoming_max: 64,
            connections_max: 4_096,
        }
    }
}

/// One peer's allowance in one class. It refills with time and holds at most one second's worth. A frame is charged
/// after it was read, so the balance may be negative by one frame.
#[derive(Debug)]
pub(super) struct Meter {
    frames_per_second: f64,
    bytes_per_second: f64,
    frames: f64,
    bytes: f64,
    at: Instant,
}

impl Meter {
    #[allow(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
    pub(super) fn new(limits: &ClassLimits, now: Instant) -> Self {
        let frames_per_second = f64::from(limits.frames_per_second.max(1));
        let bytes_per_second = limits.bytes_per_second.max(1) as f64;
        Self {
            frames_per_second,
            bytes_per_second,
            frames: frames_per_second,
            bytes: bytes_per_second,
            at: now,
        }
    }

    /// Charges a frame. Returns the wait before the next read, if any.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a frame is far below 2^52 bytes"
    )]
    pub(super) fn charge(&mut self, bytes: usize, now: Instant) -> Option<Duration> {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.frames = refill(self.frames, self.frames_per_second, elapsed) - 1.0;
        self.bytes = refill(self.bytes, self.bytes_per_second, elapsed) - bytes as f64;

        let wait = f64::max(
            -self.frames / self.frames_per_second,
            -self.bytes / self.bytes_per_second,
        );
        (wait > 0.0).then(|| Duration::from_secs_f64(wait))
    }
}

fn refill(balance: f64, per_second: f64, seconds: f64) -> f64 {
    (balance + per_second * seconds).min(per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ClassLimits = ClassLimits {
        queue_bytes_max: 0,
        frames_per_second: 10,
        bytes_per_second: 1_000,
    };

    #[test]
    fn one_seconds_worth_passes_immediately_and_the_next_frame_waits() {
        let now = Instant::now();
        let mut meter = Meter::new(&LIMITS, now);
        for _ in 0..10 {
            assert_eq!(meter.charge(1, now), None);
        }
        let wait = meter.charge(1, now).unwrap();
        assert_eq!(wait.as_millis(), 100);
        assert_eq!(meter.charge(1, now + wait + wait), None);
    }

    #[test]
    fn bytes_and_frames_are_metered_separately() {
        let now = Instant::now();
        let mut meter = Meter::new(&LIMITS, now);
        assert_eq!(meter.charge(1_000, now), None);
        assert_eq!(meter.charge(500, now).unwrap().as_millis(), 500);
    }

    #[test]
    fn an_idle_peer_saves_up_at_most_one_second() {
        let now = Instant::now();
        let mut meter = Meter::new(&LIMITS, now);
        let later = now + Duration::from_secs(3_600);
        assert_eq!(meter.charge(1_000, later), None);
        assert!(meter.charge(1, later).is_some());
    }
}
