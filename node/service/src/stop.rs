//! Asks servers and workers to stop: the switch asks once, and every signal hears it.

use tokio::sync::watch;

/// Asks for the stop. All clones are one switch.
#[derive(Clone, Debug)]
pub struct StopSwitch(watch::Sender<bool>);

/// Hears that the stop is asked for.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<bool>);

impl StopSwitch {
    /// Returns a switch that nobody has used yet.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Asks for the stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Returns what hears this switch.
    #[must_use]
    pub fn signal(&self) -> StopSignal {
        StopSignal(self.0.subscribe())
    }
}

impl Default for StopSwitch {
    fn default() -> Self {
        Self::new()
    }
}

impl StopSignal {
    /// Completes when the stop is asked for, or when nobody is left who could ask for it.
    pub async fn asked(mut self) {
        let _ = self.0.wait_for(|is_asked| *is_asked).await;
    }

    /// Runs `work` until it fails or the stop is asked for. Work that is cut off is dropped.
    ///
    /// # Errors
    /// When the work fails.
    pub async fn until<E>(self, work: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        tokio::select! {
            () = self.asked() => Ok(()),
            ended = work => ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn endless() -> Result<(), &'static str> {
        std::future::pending().await
    }

    #[tokio::test]
    async fn a_stop_ends_work_well_whenever_it_was_asked_for() {
        let switch = StopSwitch::new();
        let before = switch.signal();
        switch.stop();
        assert_eq!(before.until(endless()).await, Ok(()));
        assert_eq!(switch.signal().until(endless()).await, Ok(()));
    }

    #[tokio::test]
    async fn work_that_fails_ends_with_its_error() {
        let switch = StopSwitch::new();
        let failing = async { Err("disk") };
        assert_eq!(switch.signal().until(failing).await, Err("disk"));
    }
}
