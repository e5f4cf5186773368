//! Measures four validators on this machine: see `scripts/bench`.
//!
//! The table goes to stdout, the report to the given file.

use std::{env, error::Error, fs, io::Write as _, path::PathBuf};

use clap::Parser;
use piaolian_tests::bench::{self, Size};

/// Founds four validators on loopback, loads them and reports the measurements.
#[derive(Debug, Parser)]
struct Arguments {
    /// Limit the run to five minutes on two cores.
    #[arg(long)]
    quick: bool,
    /// Path of the report.
    #[arg(long)]
    report: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let program = env::current_exe()?.with_file_name("piaolian");
    let size = if arguments.quick {
        Size::QUICK
    } else {
        Size::FULL
    };
    let report = bench::run(program, size).await?;
    if let Some(folder) = arguments.report.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&arguments.report, serde_json::to_string_pretty(&report)?)?;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
