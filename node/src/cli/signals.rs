//! Signals that stop a node.

use tokio::signal::unix::{SignalKind, signal};

/// Completes at SIGINT or SIGTERM.
///
/// # Errors
/// When the system refuses the handlers.
pub(super) fn stop_asked() -> std::io::Result<impl Future<Output = &'static str>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    })
}
