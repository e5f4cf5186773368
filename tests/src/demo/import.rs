//! Imports a folder of files, about a hundred a call.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressStyle};
use piaolian_proto::v1::{
    ErrorDetail, ImportOutcome, ImportReceiptsRequest, ImportResult, Place, ReceiptId,
};
use tonic::{Response, Status};

use super::{DemoError, client::Client, receipts};

/// Number of files that were answered, shared with a task that watches the import.
pub(super) type Done = Arc<AtomicUsize>;

/// Result of an import.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Receipts issued by this import, with their business numbers.
    pub(super) issued: Vec<(String, ReceiptId)>,
    /// Number of receipts that were on the ledger already.
    pub(super) known: usize,
    /// First reason of each refused file.
    pub(super) refused: Vec<ErrorDetail>,
    /// Number of transactions.
    pub(super) transactions: usize,
    /// Place of the last transaction.
    pub(super) place: Option<Place>,
}

/// Reason why an import broke off.
#[derive(Debug)]
pub(super) enum Broken {
    /// A call failed.
    Call(Status),
    /// A file cannot be read.
    File(DemoError),
}

/// Imports `files`, `at_once` of them in a call, and shows a progress bar.
///
/// # Errors
/// When a call fails or a file cannot be read. Earlier calls stay in effect.
pub(super) async fn import(
    client: Client,
    files: Vec<PathBuf>,
    at_once: usize,
    done: Done,
) -> Result<Imported, Broken> {
    let bar = bar(files.len());
    let mut imported = Imported::default();
    for files in files.chunks(at_once) {
        let files: Result<Vec<_>, DemoError> = files.iter().map(receipts::read).collect();
        let request = ImportReceiptsRequest {
            files: files.map_err(Broken::File)?,
            options: client.options(),
            late_reason: String::new(),
        };
        let answer = client.receipts().import_receipts(request).await;
        let answer = answer.map(Response::into_inner).map_err(Broken::Call)?;
        bar.inc(answer.outcomes.len() as u64);
        done.fetch_add(answer.outcomes.len(), Ordering::Relaxed);
        if let Some(submitted) = answer.submitted {
            imported.transactions += 1;
            imported.place = submitted.place;
        }
        for outcome in answer.outcomes {
            imported.take(outcome).map_err(Broken::File)?;
        }
    }
    bar.finish_and_clear();
    Ok(imported)
}

impl Imported {
    fn take(&mut self, outcome: ImportOutcome) -> Result<(), DemoError> {
        match outcome.result() {
            ImportResult::Issued => {
                let receipt = outcome
                    .receipt
                    .ok_or_else(|| DemoError::missing("receipt"))?;
                self.issued.push((outcome.business_number, receipt));
            }
            ImportResult::AlreadyIssued => self.known += 1,
            ImportResult::Refused => {
                let problem = outcome.problems.into_iter().next();
                self.refused
                    .push(problem.ok_or_else(|| DemoError::missing("problem"))?);
            }
            ImportResult::Unspecified => return Err(DemoError::missing("result of a file")),
        }
        Ok(())
    }

    /// Formats the counts.
    pub(super) fn counts(&self) -> String {
        let refused = match self.refused.first() {
            None => "0".to_owned(),
            Some(first) => format!(
                "{} (the first by rule {}: {})",
                self.refused.len(),
                first.code,
                first.message_en
            ),
        };
        format!(
            "issued {}, issued before {}, refused {refused}, in {} transactions",
            self.issued.len(),
            self.known,
            self.transactions
        )
    }
}

impl From<Broken> for DemoError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Call(status) => Self::no_answer("an import")(status),
            Broken::File(failed) => failed,
        }
    }
}

/// Creates the progress bar, drawn on stderr if that is a terminal.
fn bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("    {bar:40} {pos}/{len} files, {per_sec}");
    ProgressBar::new(files as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
