//! `piaolian sample generate`: receipts of invented persons, from a seed.
//!
//! ```text
//!   seed, kinds, issuer, date ──generator──► INTO/<business number>.xml …
//! ```

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use piaolian_base::{clock, private_files};
use piaolian_contracts::types::{BeijingDate, OrganisationId, Region};
use piaolian_details::generate::{Kind, Plan, receipts};
use serde_json::json;

use super::{Failure, files, output::Output, verb::Verb};

/// Most files of one run: as many as one folder bears.
const COUNT_MAX: u32 = 100_000;

#[derive(Debug, Args)]
struct Arguments {
    /// Number of receipts, 1 to 100,000.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(COUNT_MAX)))]
    count: u32,
    /// The same seed gives the same receipts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder for the files; made when it is new. No file is overwritten.
    #[arg(long)]
    into: PathBuf,
    /// Kinds, taken in turn; several, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "outpatient,inpatient")]
    kinds: Vec<KindArgument>,
    /// The issuer's unified social credit code; the hospital of the samples unless given.
    #[arg(long, default_value = "12990100MA0000002Q")]
    issuer: OrganisationId,
    /// The issuer's name.
    #[arg(long, default_value = "样例市第一医院")]
    issuer_name: String,
    /// The issuer's administrative division code; its first two digits begin the receipt codes.
    #[arg(long, default_value = "990100")]
    region: Region,
    /// Beijing date, yyyymmdd; today unless given. A chain takes receipts of about today.
    #[arg(long)]
    issue_date: Option<u32>,
    /// The serial in the first business number. A chain takes a business number once.
    #[arg(long, default_value_t = 1)]
    first_serial: u32,
}

/// Kind of receipt.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArgument {
    /// 门诊
    Outpatient,
    /// 住院
    Inpatient,
    /// 交通罚款
    TrafficFine,
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Outpatient => Self::Outpatient,
            KindArgument::Inpatient => Self::Inpatient,
            KindArgument::TrafficFine => Self::TrafficFine,
        }
    }
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "sample generate",
        "Writes receipts of invented persons as national XML, to try `piaolian receipt import` with.",
        &["piaolian sample generate --count 100 --into samples"],
        run,
    )
}

fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let plan = plan(&arguments)?;
    let Arguments {
        count, seed, into, ..
    } = arguments;
    let codes: Vec<String> = plan
        .kinds
        .iter()
        .map(|kind| plan.receipt_code(*kind))
        .collect();
    files::make_folder(&into)?;
    // They name persons, although invented ones, so the files are private like real ones.
    for receipt in receipts(plan, seed).take(count as usize) {
        let path = into.join(format!("{}.xml", receipt.business_number));
        files::write_new(&path, receipt.to_xml().as_bytes(), private_files::FILE_MODE)?;
    }
    let data = json!({ "folder": into, "files": count, "receiptCodes": codes });
    let text = format!(
        "{count} files in {}, of receipt codes {}",
        into.display(),
        codes.join(", ")
    );
    output.say(&data, &text)
}

fn plan(arguments: &Arguments) -> Result<Plan, Failure> {
    let today = BeijingDate::at(clock::now()).get();
    let date = arguments.issue_date.unwrap_or(today);
    let date = BeijingDate::parse("--issue-date", date).map_err(|error| Failure::usage(&error))?;
    Ok(Plan {
        issuer: arguments.issuer,
        issuer_name: arguments.issuer_name.clone(),
        area: arguments.region.to_string(),
        issue_date: date.get(),
        kinds: arguments.kinds.iter().map(|kind| (*kind).into()).collect(),
        first_number: None,
        first_serial: arguments.first_serial.into(),
    })
}
