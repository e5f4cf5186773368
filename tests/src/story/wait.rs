//! Waiting, always with a bound and a name.

use std::time::{Duration, Instant};

use super::Failed;

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until there is something to see.
///
/// # Errors
/// When `limit` has passed, or looking fails.
pub(super) async fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Failed>,
) -> Result<T, Failed> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if Instant::now() >= deadline {
            return Err(Failed::InVain {
                what: what.to_owned(),
                seconds: limit.as_secs(),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
