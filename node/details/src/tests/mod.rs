//! Specification of receipt details.

mod channels;
mod codes;
mod commitment;
mod generate;
mod item;
mod reversal;
mod rules;
mod samples;
mod sums;
mod xml;

use std::{fs, path::PathBuf};

use rand::{SeedableRng, rngs::StdRng};

use super::{
    Rules,
    generate::{Generated, Kind, Plan, receipts},
    xml::Document,
};

/// The hospital and the traffic police of the samples.
const HOSPITAL: &str = "12990100MA0000002Q";
const POLICE: &str = "11990100MA00000068";

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn hospital_rules() -> Rules {
    Rules::of(HOSPITAL.parse().unwrap())
}

fn plan(kinds: &[Kind]) -> Plan {
    Plan {
        issuer: HOSPITAL.parse().unwrap(),
        issuer_name: "样例市第一医院".into(),
        area: "990100".into(),
        issue_date: 20_261_121,
        kinds: kinds.to_vec(),
        first_number: Some(1),
        first_serial: 1,
    }
}

fn generated(kind: Kind, seed: u64) -> Generated {
    receipts(plan(&[kind]), seed).next().unwrap()
}

fn outpatient() -> Document {
    generated(Kind::Outpatient, 3).document
}

/// Returns every sample with its file name.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples/receipts");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut samples: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    samples.sort();
    samples
}

fn sample(name: &str) -> Vec<u8> {
    samples()
        .into_iter()
        .find(|(found, _)| found == name)
        .unwrap()
        .1
}
