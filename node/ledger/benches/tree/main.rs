//! Measures the cost of the state tree beside `jmt` 0.12 on the same disk.
//!
//! ```text
//!   fill with `keys` keys ─► `batches` × `batch` new keys, each batch prepared and synced
//!                                       │
//!                     CPU of all threads (compaction too), bytes written, proof sizes
//! ```
//!
//! `cargo bench --package piaolian-ledger --bench tree -- [--keys N] [--batch N] [--batches N] [--only ours|jmt] [--folder PATH]`
//!
//! CPU time is that of the process, so that background work is counted and a shared machine does not matter.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a report of rounded figures"
)]

mod meter;
mod ours;
mod reference;
/// The ledger's module, compiled into this program: only the ledger crate can write a store.
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a benchmark uses a part of it"
)]
#[path = "../../src/store/mod.rs"]
mod store;

use std::{error::Error, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use meter::{Meter, Series};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Bytes of a value, about the size of a receipt's record.
const VALUE_BYTES: usize = 256;

/// Keys per batch while filling.
const FILL_BATCH: u64 = 10_000;

/// Time for background work to end after filling.
const SETTLE: Duration = Duration::from_secs(5);

/// Number of proofs made and measured.
const PROOFS: u64 = 1000;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Ours,
    Jmt,
}

/// Measures the state tree beside `jmt`.
#[derive(Parser)]
struct Arguments {
    /// Number of keys before measuring.
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,
    /// Number of new keys per batch.
    #[arg(long, default_value_t = 1_000)]
    batch: u64,
    /// Number of measured batches.
    #[arg(long, default_value_t = 100)]
    batches: u64,
    /// Measure only one of the two.
    #[arg(long)]
    only: Option<Only>,
    /// Folder to write to [default: a temporary folder].
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// A tree under test.
trait Tree {
    /// Name in the report.
    const NAME: &'static str;
    /// Computes one batch and writes it synced; returns the CPU time of computing it, in µs.
    fn batch(&mut self, pairs: Vec<([u8; 19], Vec<u8>)>) -> Result<f64, Box<dyn Error>>;
    /// Size of the proof of a key, in bytes.
    fn proof_bytes(&self, key: &[u8; 19]) -> Result<usize, Box<dyn Error>>;
    /// Further remarks for the report.
    fn remark(&self) -> String;
}

/// The key of a receipt. Real keys are not scattered like these, but only their hash matters to a tree.
fn key(number: u64) -> [u8; 19] {
    let mut key = [0; 19];
    key[0] = 0x05;
    key[11..].copy_from_slice(&number.to_be_bytes());
    key
}

/// A value that does not compress.
fn value(number: u64) -> Vec<u8> {
    let seed = Sha256::digest(number.to_be_bytes());
    (0..VALUE_BYTES / 32)
        .flat_map(|part: usize| Sha256::digest([&seed[..], &part.to_be_bytes()].concat()))
        .collect()
}

fn pairs(from: u64, count: u64) -> Vec<([u8; 19], Vec<u8>)> {
    (from..from + count)
        .map(|number| (key(number), value(number)))
        .collect()
}

fn measure<T: Tree>(
    mut tree: T,
    arguments: &Arguments,
    folder: &TempDir,
) -> Result<(f64, f64), Box<dyn Error>> {
    let mut next = 0;
    while next < arguments.keys {
        let count = FILL_BATCH.min(arguments.keys - next);
        tree.batch(pairs(next, count))?;
        next += count;
    }
    let (mut work, mut whole) = (Series::default(), Series::default());
    // The compaction left over from filling must not be measured.
    std::thread::sleep(SETTLE);
    let written = meter::written_bytes()?;
    let batch = arguments.batch as f64;
    for _ in 0..arguments.batches {
        let pairs = pairs(next, arguments.batch);
        next += arguments.batch;
        let meter = Meter::start()?;
        work.push(tree.batch(pairs)? / batch);
        whole.push(meter.all_us()? / batch);
    }
    let measured = batch * arguments.batches as f64;
    let written = (meter::written_bytes()? - written) as f64 / measured;
    let mut proofs = Series::default();
    for number in 0..PROOFS {
        proofs.push(tree.proof_bytes(&key(number * 7919 % next))? as f64);
    }
    let disk = meter::folder_bytes(folder.path())? as f64 / next as f64;
    println!(
        "{} over {} keys, {} batches of {}",
        T::NAME,
        arguments.keys,
        arguments.batches,
        arguments.batch
    );
    println!("  root           {work} µs CPU a key");
    println!("  root + commit  {whole} µs CPU a key, compaction included");
    println!("  written        {written:.0} bytes a key, log and compaction included");
    println!("  on disk        {disk:.0} bytes a key, of which the value is {VALUE_BYTES}");
    println!("  proof          {proofs} bytes");
    println!("  {}", tree.remark());
    Ok((work.mean(), whole.mean()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let folder = || match &arguments.folder {
        Some(folder) => TempDir::new_in(folder),
        None => TempDir::new(),
    };
    let mut means = Vec::new();
    if arguments.only != Some(Only::Jmt) {
        let folder = folder()?;
        means.push(measure(
            ours::Ours::create(folder.path())?,
            &arguments,
            &folder,
        )?);
    }
    if arguments.only != Some(Only::Ours) {
        let folder = folder()?;
        means.push(measure(
            reference::Jmt::create(folder.path())?,
            &arguments,
            &folder,
        )?);
    }
    if let [ours, jmt] = means.as_slice() {
        println!(
            "CPU, ours / jmt: root {:.3}, root + commit {:.3}",
            ours.0 / jmt.0,
            ours.1 / jmt.1
        );
    }
    Ok(())
}
