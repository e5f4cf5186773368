//! `piaolian member admit`: an organisation's entry as an admission.

use std::path::{Path, PathBuf};

use clap::Args;
use piaolian_contracts::chain::ChainId;
use piaolian_genesis::Entry;
use piaolian_proto::v1::{AdmitOrganisation, transaction_body::Action};

use super::{
    Failure, files,
    offline::Offline,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Admit {
    /// The entry.json that the organisation made.
    entry: PathBuf,
    #[command(flatten)]
    offline: Offline,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "member admit",
        "Admits an organisation by the entry.json that it made. By finance, without a vote.",
        &["piaolian member admit hospital/entry.json --as 11320000014000199X"],
        |Admit { entry, offline }: Admit, output| {
            let admission = admission(&entry, &offline.signer.chain_id()?)?;
            wait_for(offline.run(Action::AdmitOrganisation(admission), output))
        },
    )
}

/// Returns the admission of an organisation by the entry that it signed for this chain.
pub(super) fn admission(path: &Path, chain_id: &ChainId) -> Result<AdmitOrganisation, Failure> {
    let wrong = |problem: String| Failure::Usage(format!("{}: {problem}", path.display()));
    let entry =
        Entry::from_json(&files::read_text(path)?).map_err(|error| wrong(error.to_string()))?;
    if entry.chain_id() != chain_id {
        return Err(wrong(format!("made for chain {}", entry.chain_id())));
    }
    if entry.power() > 0 {
        let problem = "asks for voting power, which admission does not give";
        return Err(wrong(problem.to_owned()));
    }
    let message = entry.message().entry.clone();
    message
        .and_then(|entry| entry.organisation)
        .ok_or_else(|| wrong("no organisation".to_owned()))
}
