//! The text of all metrics.

use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use prometheus_client::encoding::text::{encode_eof, encode_registry};

use super::{Metrics, Reading, disk::Disk, reading};

/// Reads the node's current values; `None` once it stops.
type Source = Box<dyn Fn() -> Option<Reading> + Send + Sync>;

/// Renders the answer to a scrape.
pub struct Exposition {
    metrics: Metrics,
    source: Source,
    data: PathBuf,
    start_time_ms: u64,
    /// Held while a scrape reads the disk, so that scrapes run one at a time.
    turn: Mutex<()>,
}

impl Exposition {
    /// Combines `metrics` with the values from `source`, for a node with its data in `data` that started at
    /// `start_time_ms`, Unix ms. The source must not keep any store of the node open.
    pub fn new(metrics: Metrics, source: Source, data: PathBuf, start_time_ms: u64) -> Self {
        Self {
            metrics,
            source,
            data,
            start_time_ms,
            turn: Mutex::new(()),
        }
    }

    /// Returns the `OpenMetrics` text; `None` once the node stops. Reads directories, so call it where blocking is
    /// allowed.
    pub fn render(&self) -> Option<String> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = (self.source)()?;
        let disk = Disk::look(&self.data);
        let read = reading::registry(&reading, &disk, self.start_time_ms);
        let mut text = String::new();
        encode_registry(&mut text, self.metrics.registry())
            .and_then(|()| encode_registry(&mut text, &read))
            .and_then(|()| encode_eof(&mut text))
            .expect("writing to a string does not fail");
        Some(text)
    }
}

impl fmt::Debug for Exposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exposition")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}
