//! All metrics as text.

use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use prometheus_client::encoding::text::{encode_eof, encode_registry};

use super::{Metrics, Reading, disk::Disk, reading};

/// How the node is; `None` once it stops.
type Source = Box<dyn Fn() -> Option<Reading> + Send + Sync>;

/// What a scrape is answered from.
pub struct Exposition {
    metrics: Metrics,
    source: Source,
    data: PathBuf,
    start_time_ms: u64,
    /// One scrape at a time looks at the disk.
    turn: Mutex<()>,
}

impl Exposition {
    /// Tells `metrics` and what `source` reads, of a node with its data in `data` that
    /// started at `start_time_ms`, Unix ms. The source holds nothing of the node open.
    #[must_use]
    pub fn new(metrics: Metrics, source: Source, data: PathBuf, start_time_ms: u64) -> Self {
        Self {
            metrics,
            source,
            data,
            start_time_ms,
            turn: Mutex::new(()),
        }
    }

    /// The `OpenMetrics` text; `None` once the node stops. Reads directories, so call it
    /// where blocking is allowed.
    #[must_use]
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
