//! Waits with a time limit and a name.

use std::time::{Duration, Instant};

use super::DemoError;

/// Interval between two checks of a condition.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Calls `look` until it returns a value.
///
/// # Errors
/// When `limit` has passed, or `look` fails.
pub(super) async fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>, DemoError>,
) -> Result<T, DemoError> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if Instant::now() >= deadline {
            return Err(DemoError::Timeout {
                what: what.to_owned(),
                seconds: limit.as_secs(),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
