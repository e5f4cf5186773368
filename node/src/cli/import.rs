//! `piaolian receipt import`: receipts from national XML, in batches, resumable at any time.
//!
//! ```text
//!   files, folders ──► *.xml in order ──► batches ──► node: checked, kept, issued
//!                                                       └─► one line a file: stdout
//!                                                           progress, summary: stderr
//! ```
//!
//! The node recognises issued receipts by their business numbers, so an interrupted import can simply be run again.
//! While the node cannot be reached, the import waits for it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use piaolian_client::{Client, describe};
use piaolian_proto::v1::{
    CallOptions, ErrorDetail, ImportFile, ImportOutcome, ImportReceiptsRequest, ImportResult,
};
use tokio::time::sleep;

use super::{
    Failure,
    connection::NodeArguments,
    files,
    output::{Output, note},
    text,
    verb::{Verb, wait_for},
};

/// Bytes of one batch, well below the 9 MiB that the node takes, unless one file is larger.
const BATCH_BYTES: usize = 4 << 20;
/// Wait between attempts while the node cannot be reached.
const RETRY: Duration = Duration::from_secs(1);
/// Most folders within folders.
const DEPTH_MAX: usize = 16;

#[derive(Debug, Args)]
struct Arguments {
    /// Files, and folders whose *.xml files are taken, also from folders within.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Files of one batch, 1 to 1,000: one signature covers them.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    batch: u16,
    /// 经办: the operator's login or staff number, never an identity number. It goes on chain.
    #[arg(long, default_value = "")]
    operator: String,
    /// Reason of issue dates that lie further back than the governed number of days, such as a weekend without network.
    /// It goes on chain and to finance.
    #[arg(long, default_value = "", hide_default_value = true)]
    late_reason: String,
    /// Seconds to wait for a node that is away.
    #[arg(long, default_value_t = 60)]
    patience_s: u64,
    #[command(flatten)]
    node: NodeArguments,
}

/// Number of files by result.
#[derive(Default)]
struct Counts {
    issued: u64,
    known: u64,
    refused: u64,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "receipt import",
        "Issues receipts from national `EInvoice` XML files. Repeatable at any time: nothing is issued twice. Exits \
         with 1 when a file was refused.",
        &["piaolian receipt import einvoices/ --operator clerk-7"],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let files = collect(&arguments.paths)?;
    let mut importer = Importer {
        node: None,
        patience: Duration::from_secs(arguments.patience_s),
        progress: progress(files.len() as u64),
        counts: Counts::default(),
        arguments,
    };
    let mut batch = Vec::new();
    let mut bytes = 0;
    for path in &files {
        let xml = files::read(path)?;
        let is_full =
            batch.len() == usize::from(importer.arguments.batch) || bytes + xml.len() > BATCH_BYTES;
        if is_full && !batch.is_empty() {
            importer.send(std::mem::take(&mut batch), output).await?;
            bytes = 0;
        }
        bytes += xml.len();
        batch.push(ImportFile {
            name: name_of(path),
            xml: xml.into(),
        });
    }
    if !batch.is_empty() {
        importer.send(batch, output).await?;
    }
    importer.finish()
}

struct Importer {
    arguments: Arguments,
    node: Option<Client>,
    patience: Duration,
    progress: ProgressBar,
    counts: Counts,
}

impl Importer {
    async fn send(&mut self, files: Vec<ImportFile>, output: &Output) -> Result<(), Failure> {
        let options = CallOptions {
            operator: self.arguments.operator.clone(),
            ..Default::default()
        };
        let request = ImportReceiptsRequest {
            files,
            options: Some(options),
            late_reason: self.arguments.late_reason.clone(),
        };
        for outcome in self.ask(request).await? {
            self.progress.inc(1);
            self.count(&outcome);
            let shown = self.progress.suspend(|| show(&outcome, output));
            shown?;
        }
        Ok(())
    }

    /// Repeats the call until the node answers. That is safe, because a business number is issued only once.
    async fn ask(&mut self, request: ImportReceiptsRequest) -> Result<Vec<ImportOutcome>, Failure> {
        let begun = Instant::now();
        loop {
            let failure = match self.try_once(request.clone()).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(failure) => failure,
            };
            let may_pass = matches!(failure, Failure::Unreachable(_) | Failure::Later(_));
            if !may_pass || begun.elapsed() >= self.patience {
                self.progress.abandon();
                return Err(failure);
            }
            self.node = None;
            self.progress.set_message(format!("waiting: {failure}"));
            sleep(RETRY).await;
        }
    }

    async fn try_once(
        &mut self,
        request: ImportReceiptsRequest,
    ) -> Result<Vec<ImportOutcome>, Failure> {
        let node = match &self.node {
            Some(node) => node.clone(),
            None => self.arguments.node.connect().await?,
        };
        let answer = node.receipts().import_receipts(request).await?.into_inner();
        self.node = Some(node);
        self.progress.set_message("");
        Ok(answer.outcomes)
    }

    fn count(&mut self, outcome: &ImportOutcome) {
        let count = match outcome.result() {
            ImportResult::Issued => &mut self.counts.issued,
            ImportResult::AlreadyIssued => &mut self.counts.known,
            ImportResult::Refused | ImportResult::Unspecified => &mut self.counts.refused,
        };
        *count += 1;
    }

    fn finish(self) -> Result<(), Failure> {
        self.progress.finish_and_clear();
        let Counts {
            issued,
            known,
            refused,
        } = self.counts;
        note(&format!(
            "{issued} issued, {known} issued before, {refused} refused"
        ));
        if refused == 0 {
            Ok(())
        } else {
            Err(Failure::Refused(format!("{refused} files were not issued")))
        }
    }
}

fn show(outcome: &ImportOutcome, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.show(outcome);
    }
    let receipt = outcome.receipt.as_ref();
    let receipt = receipt.map(text::receipt).unwrap_or_default();
    let word = match outcome.result() {
        ImportResult::Issued => "issued",
        ImportResult::AlreadyIssued => "known",
        ImportResult::Refused | ImportResult::Unspecified => "REFUSED",
    };
    let problems: Vec<String> = outcome.problems.iter().map(problem).collect();
    let line = format!(
        "{word:7}  {receipt:19}  {}  {}",
        outcome.name,
        problems.join("; ")
    );
    output.text(line.trim_end())
}

fn problem(detail: &ErrorDetail) -> String {
    describe(&ErrorDetail {
        height: 0,
        ..detail.clone()
    })
}

/// Collects files in the order of their paths, so that two runs take them alike.
fn collect(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            collect_folder(path, DEPTH_MAX, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Err(Failure::Usage("there are no *.xml files".to_owned()));
    }
    Ok(found)
}

fn collect_folder(
    folder: &Path,
    depth_left: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let depth_left = depth_left
        .checked_sub(1)
        .ok_or_else(|| Failure::Usage(format!("{}: folders too deep", folder.display())))?;
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| unreadable(folder, &error))?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect_folder(&path, depth_left, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
        {
            found.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("{}: {error}", path.display()))
}

/// Returns the file's name without its folder. That is enough to find the file, and reveals no path of this machine.
fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Makes a progress bar on stderr; none where that is no terminal.
fn progress(files: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {msg}");
    let bar = ProgressBar::new(files);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_xml_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("b");
        fs::create_dir(&inner).unwrap();
        for file in ["c.xml", "a.XML", "notes.txt", "b/d.xml"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let found = collect(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> = found.iter().map(|path| name_of(path)).collect();
        assert_eq!(names, ["a.XML", "d.xml", "c.xml"]);
    }

    #[test]
    fn a_folder_without_files_and_a_missing_one_are_wrong_usage() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(collect(&[folder.path().to_owned()]).unwrap_err().code(), 2);
        assert_eq!(collect(&[folder.path().join("x")]).unwrap_err().code(), 2);
    }
}
