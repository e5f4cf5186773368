//! Importing a folder of files, a hundred or so a call.

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

use super::{Failed, client::Client, receipts};

/// How far an import has come: files that were answered. Shared with who watches.
pub(super) type Done = Arc<AtomicUsize>;

/// What became of an import.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Issued by it, with their business numbers.
    pub(super) issued: Vec<(String, ReceiptId)>,
    /// On the ledger before it.
    pub(super) known: usize,
    /// Refused, and why first.
    pub(super) refused: Vec<ErrorDetail>,
    /// Transactions that it made.
    pub(super) transactions: usize,
    /// Where the last of them is.
    pub(super) place: Option<Place>,
}

/// Why an import broke off.
#[derive(Debug)]
pub(super) enum Broken {
    /// A call failed.
    Call(Status),
    /// A file cannot be read.
    File(Failed),
}

/// Imports `files`, `at_once` of them a call, and shows how far it is.
///
/// # Errors
/// When a call fails or a file cannot be read; what was answered before stays done.
pub(super) async fn import(
    client: Client,
    files: Vec<PathBuf>,
    at_once: usize,
    done: Done,
) -> Result<Imported, Broken> {
    let bar = bar(files.len());
    let mut imported = Imported::default();
    for files in files.chunks(at_once) {
        let files: Result<Vec<_>, Failed> = files.iter().map(receipts::read).collect();
        let request = ImportReceiptsRequest {
            files: files.map_err(Broken::File)?,
            options: client.options(),
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
    fn take(&mut self, outcome: ImportOutcome) -> Result<(), Failed> {
        match outcome.result() {
            ImportResult::Issued => {
                let receipt = outcome.receipt.ok_or_else(|| Failed::absent("receipt"))?;
                self.issued.push((outcome.business_number, receipt));
            }
            ImportResult::AlreadyIssued => self.known += 1,
            ImportResult::Refused => {
                let problem = outcome.problems.into_iter().next();
                self.refused
                    .push(problem.ok_or_else(|| Failed::absent("problem"))?);
            }
            ImportResult::Unspecified => return Err(Failed::absent("result of a file")),
        }
        Ok(())
    }

    /// How many of each.
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

impl From<Broken> for Failed {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Call(status) => Self::unanswered("an import")(status),
            Broken::File(failed) => failed,
        }
    }
}

/// Drawn on stderr where that is a terminal.
fn bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("    {bar:40} {pos}/{len} files, {per_sec}");
    ProgressBar::new(files as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
