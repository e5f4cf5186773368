//! The report of a scenario: what was expected, and what happened.
//!
//! ```text
//!   begin ──► accepted │ rejected │ check ──► Step, shown on stderr
//!     └────── a failure before that ───────► failed Step
//!   Display: all steps, numbered
//! ```

use std::{
    fmt,
    io::Write as _,
    time::{Duration, Instant},
};

use piaolian_proto::v1::{
    self, ActionResponse, ConfirmPayoutResponse, DecideClaimResponse, ErrorDetail,
    FileClaimResponse, LockReceiptResponse, Place, ReverseReceiptResponse, Submitted,
};
use tonic::Status;

use super::{
    DemoError,
    client::{Client, reasons},
    display,
    rules::Rule,
};

/// A step of the scenario.
#[derive(Debug)]
struct Step {
    title: String,
    told: String,
    happened: Vec<String>,
    place: Option<Place>,
    took: Duration,
    as_told: bool,
}

/// The steps so far.
#[derive(Debug)]
pub struct Report {
    began: Instant,
    took: Option<Duration>,
    chapters: Vec<(usize, String)>,
    steps: Vec<Step>,
    open: Option<(String, Instant)>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            took: None,
            chapters: Vec::new(),
            steps: Vec::new(),
            open: None,
        }
    }
}

/// The response to a call that changes the ledger.
pub(super) trait Answer {
    /// Returns the transaction's place in the chain.
    fn place(&self) -> Option<Place>;
    /// Returns the ledger's rejection, if the response contains one.
    fn refusal(&self) -> Option<&ErrorDetail> {
        None
    }
}

fn placed(submitted: Option<&Submitted>) -> Option<Place> {
    submitted.and_then(|submitted| submitted.place)
}

macro_rules! answers {
    ($($response:ident)*) => {
        $(impl Answer for $response {
            fn place(&self) -> Option<Place> {
                placed(self.submitted.as_ref())
            }
        })*
    };
}

answers! {
    ActionResponse LockReceiptResponse ReverseReceiptResponse FileClaimResponse
    DecideClaimResponse ConfirmPayoutResponse
}

impl Answer for v1::SubmitAndWaitResponse {
    fn place(&self) -> Option<Place> {
        self.transaction
            .as_ref()
            .and_then(|transaction| transaction.place)
    }

    fn refusal(&self) -> Option<&ErrorDetail> {
        let transaction = self.transaction.as_ref()?;
        transaction.outcome.as_ref()?.rejection.as_ref()
    }
}

impl Report {
    /// Begins a chapter.
    pub(super) fn chapter(&mut self, title: &str) {
        note(&format!("\n{title}"));
        self.chapters.push((self.steps.len(), title.to_owned()));
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, title: impl Into<String>) {
        self.open = Some((title.into(), Instant::now()));
    }

    /// Ends the step: expects that the ledger accepted the call.
    pub(super) fn accepted<T: Answer>(
        &mut self,
        answer: Result<T, Status>,
    ) -> Result<T, DemoError> {
        let told = "accepted".to_owned();
        match answer {
            Ok(answer) => {
                let (place, refusal) = (answer.place(), answer.refusal());
                let happened = refusal.map_or_else(|| vec!["accepted".to_owned()], rejected_with);
                let as_told = refusal.is_none() && place.is_some();
                self.close(told, happened, place, as_told)?;
                Ok(answer)
            }
            Err(status) => {
                self.close(told, describe(&status), None, false)?;
                Err(DemoError::Unexpected(status.message().to_owned()))
            }
        }
    }

    /// Ends the step: expects that `rule` rejected the call, in a block, and that the rejection names all of `naming`.
    pub(super) async fn rejected<T>(
        &mut self,
        client: &Client,
        rule: Rule,
        naming: &[String],
        answer: Result<T, Status>,
    ) -> Result<(), DemoError> {
        match answer {
            Ok(_) => self.rejected_by(None, None, rule, naming),
            Err(status) => match reasons(&status).into_iter().next() {
                Some(reason) => {
                    let place = client.place(&reason.transaction_id).await;
                    self.rejected_by(Some(reason), place, rule, naming)
                }
                None => self.close(told_rejection(rule, naming), describe(&status), None, false),
            },
        }
    }

    /// Ends the step like [`rejected`](Self::rejected), for a rejection in a response; `None`: the call was accepted.
    pub(super) fn rejected_by(
        &mut self,
        refusal: Option<ErrorDetail>,
        place: Option<Place>,
        rule: Rule,
        naming: &[String],
    ) -> Result<(), DemoError> {
        let told = told_rejection(rule, naming);
        let Some(refusal) = refusal else {
            return self.close(told, vec!["accepted".to_owned()], place, false);
        };
        let names_all = naming.iter().all(|name| refusal.arguments.contains(name));
        let as_told = refusal.code == rule.code && names_all && place.is_some();
        self.close(told, rejected_with(&refusal), place, as_told)
    }

    /// Ends the step with an observation.
    pub(super) fn check(
        &mut self,
        told: &str,
        happened: impl Into<Vec<String>>,
        as_told: bool,
    ) -> Result<(), DemoError> {
        self.close(told.to_owned(), happened.into(), None, as_told)
    }

    /// Ends the step with an observation and its place in the chain.
    pub(super) fn check_at(
        &mut self,
        told: &str,
        happened: impl Into<Vec<String>>,
        place: Option<Place>,
        as_told: bool,
    ) -> Result<(), DemoError> {
        self.close(told.to_owned(), happened.into(), place, as_told)
    }

    fn close(
        &mut self,
        told: String,
        happened: Vec<String>,
        place: Option<Place>,
        as_told: bool,
    ) -> Result<(), DemoError> {
        let (title, began) = self.open.take().unwrap_or((String::new(), Instant::now()));
        let failed = DemoError::Unexpected(format!(
            "{title}: told {told}; happened: {}",
            happened.join("; ")
        ));
        let step = Step {
            title,
            told,
            happened,
            place,
            took: began.elapsed(),
            as_told,
        };
        note(&format!(
            "{:>3} {} {}",
            self.steps.len() + 1,
            step.mark(),
            step.title
        ));
        self.steps.push(step);
        if as_told { Ok(()) } else { Err(failed) }
    }

    /// Notes the error that ended the current step.
    pub(super) fn broke(&mut self, failed: &DemoError) {
        if self.open.is_some() {
            // The caller returns the error itself.
            let _ = self.close(
                "to be played".to_owned(),
                vec![failed.to_string()],
                None,
                false,
            );
        }
        self.end();
    }

    /// Notes the end of the scenario.
    pub(super) fn end(&mut self) {
        self.took = Some(self.began.elapsed());
    }
}

fn told_rejection(rule: Rule, naming: &[String]) -> String {
    let naming = match naming {
        [] => String::new(),
        names => format!(", naming {}", names.join(", ")),
    };
    format!("rejected by rule {} ({}){naming}", rule.code, rule.name)
}

fn rejected_with(refusal: &ErrorDetail) -> Vec<String> {
    display::refusal(refusal).into()
}

fn describe(status: &Status) -> Vec<String> {
    vec![format!("{:?}: {}", status.code(), status.message())]
}

/// Prints a line of progress.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}"); // a closed output must not stop the demo
}

impl Step {
    const fn mark(&self) -> char {
        if self.as_told { '✓' } else { '✗' }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            for (_, chapter) in self.chapters.iter().filter(|(first, _)| *first == place) {
                writeln!(f, "\n{chapter}")?;
            }
            writeln!(f, "{:>3} {} {}", place + 1, step.mark(), step.title)?;
            writeln!(f, "        told      {}", step.told)?;
            let mut label = "happened";
            for line in &step.happened {
                writeln!(f, "        {label:8}  {line}")?;
                label = "";
            }
            if let Some(place) = &step.place {
                writeln!(f, "        at        {}", display::place(place))?;
            } else if step.took >= Duration::from_millis(100) {
                writeln!(f, "        took      {:.1} s", step.took.as_secs_f64())?;
            }
        }
        let as_told = self.steps.iter().filter(|step| step.as_told).count();
        let took = self.took.unwrap_or_else(|| self.began.elapsed());
        writeln!(
            f,
            "\n{as_told} of {} steps went as told, in {:.0} s.",
            self.steps.len(),
            took.as_secs_f64()
        )
    }
}
