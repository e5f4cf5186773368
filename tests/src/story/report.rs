//! What is told, and what happened.
//!
//! ```text
//!   begin ──► accepted │ refused │ seen ──► Step, shown on stderr
//!     └────── a failure before that ──────► Step that did not go as told
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
    Failed,
    client::{Client, reasons},
    display,
    rules::Rule,
};

/// A step of the story.
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

/// The answer to a call that changes the ledger.
pub(super) trait Answer {
    /// Where the block is that took it.
    fn place(&self) -> Option<Place>;
    /// Why the ledger refused it, where that is an answer.
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
        transaction.outcome.as_ref()?.refusal.as_ref()
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

    /// Ends the step: the ledger must have accepted it.
    pub(super) fn accepted<T: Answer>(&mut self, answer: Result<T, Status>) -> Result<T, Failed> {
        let told = "accepted".to_owned();
        match answer {
            Ok(answer) => {
                let (place, refusal) = (answer.place(), answer.refusal());
                let happened = refusal.map_or_else(|| vec!["accepted".to_owned()], refused_with);
                let as_told = refusal.is_none() && place.is_some();
                self.close(told, happened, place, as_told)?;
                Ok(answer)
            }
            Err(status) => {
                self.close(told, describe(&status), None, false)?;
                Err(Failed::Otherwise(status.message().to_owned()))
            }
        }
    }

    /// Ends the step: `rule` must have refused the call, in a block, and name all of `naming`.
    pub(super) async fn refused<T>(
        &mut self,
        client: &Client,
        rule: Rule,
        naming: &[String],
        answer: Result<T, Status>,
    ) -> Result<(), Failed> {
        match answer {
            Ok(_) => self.refused_by(None, None, rule, naming),
            Err(status) => match reasons(&status).into_iter().next() {
                Some(reason) => {
                    let place = client.place(&reason.transaction_id).await;
                    self.refused_by(Some(reason), place, rule, naming)
                }
                None => self.close(told_refusal(rule, naming), describe(&status), None, false),
            },
        }
    }

    /// The same for a refusal that came in an answer; `None`: it was accepted.
    pub(super) fn refused_by(
        &mut self,
        refusal: Option<ErrorDetail>,
        place: Option<Place>,
        rule: Rule,
        naming: &[String],
    ) -> Result<(), Failed> {
        let told = told_refusal(rule, naming);
        let Some(refusal) = refusal else {
            return self.close(told, vec!["accepted".to_owned()], place, false);
        };
        let names_all = naming.iter().all(|name| refusal.arguments.contains(name));
        let as_told = refusal.code == rule.code && names_all && place.is_some();
        self.close(told, refused_with(&refusal), place, as_told)
    }

    /// Ends the step with what was seen.
    pub(super) fn seen(
        &mut self,
        told: &str,
        happened: impl Into<Vec<String>>,
        as_told: bool,
    ) -> Result<(), Failed> {
        self.close(told.to_owned(), happened.into(), None, as_told)
    }

    /// The same, with where in the chain it was.
    pub(super) fn seen_at(
        &mut self,
        told: &str,
        happened: impl Into<Vec<String>>,
        place: Option<Place>,
        as_told: bool,
    ) -> Result<(), Failed> {
        self.close(told.to_owned(), happened.into(), place, as_told)
    }

    fn close(
        &mut self,
        told: String,
        happened: Vec<String>,
        place: Option<Place>,
        as_told: bool,
    ) -> Result<(), Failed> {
        let (title, began) = self.open.take().unwrap_or((String::new(), Instant::now()));
        let failed = Failed::Otherwise(format!(
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

    /// Notes what kept the step that was begun from being played to its end.
    pub(super) fn broke(&mut self, failed: &Failed) {
        if self.open.is_some() {
            // It is the failure itself that is told on.
            let _ = self.close(
                "to be played".to_owned(),
                vec![failed.to_string()],
                None,
                false,
            );
        }
        self.end();
    }

    /// The story is over.
    pub(super) fn end(&mut self) {
        self.took = Some(self.began.elapsed());
    }
}

fn told_refusal(rule: Rule, naming: &[String]) -> String {
    let naming = match naming {
        [] => String::new(),
        names => format!(", naming {}", names.join(", ")),
    };
    format!("refused by rule {} ({}){naming}", rule.code, rule.name)
}

fn refused_with(refusal: &ErrorDetail) -> Vec<String> {
    display::refusal(refusal).into()
}

fn describe(status: &Status) -> Vec<String> {
    vec![format!("{:?}: {}", status.code(), status.message())]
}

/// A line of progress.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}"); // nobody is there to be told
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
