//! `piaolian admin`: acts of an administrator, signed here with the offline admin key.
//!
//! ```text
//!   act ──admin key, chain of genesis.json──► signed transaction ──► a node, or a file for `submit`
//! ```
//!
//! The admin key never lies on a node. With `--out` nothing is sent: sign on a machine
//! that has no network, carry the file, and `piaolian submit` it elsewhere.

mod governance;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand};
use piaolian_base::clock;
use piaolian_contracts::{
    chain::ChainId,
    organisations::{KeyId, KeyPurpose},
    types::OrganisationId,
};
use piaolian_custody::keys::{self, Author, HeldKey, Intent, Signed, random_client_id};
use piaolian_genesis::Entry;
use piaolian_proto::v1::{
    AddKey, AdmitOrganisation, Endpoint, GetOrganisationRequest, GetParametersRequest, Parameters,
    ResumeOrganisation, RevokeKey, SetParameters, SuspendOrganisation, UpdateEndpoints,
    transaction_body::Action,
};
use serde_json::json;

use super::{
    Failure,
    client::{Node, NodeArguments},
    files,
    keys::PurposeArgument,
    output::{Output, note},
    parameters::ParametersFile,
    submit,
};

const MS_PER_MINUTE: u64 = 60_000;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    #[command(flatten)]
    signer: Signer,
    #[command(subcommand)]
    act: Act,
}

/// Who signs, for which chain.
#[derive(Debug, Args)]
struct Signer {
    /// The acting organisation: unified social credit code.
    #[arg(long = "as", value_name = "ORGANISATION")]
    organisation: OrganisationId,
    /// The folder of its admin key.
    #[arg(long, default_value = "admin")]
    admin_keys: PathBuf,
    /// The chain's founding document.
    #[arg(long, default_value = "genesis.json")]
    genesis: PathBuf,
    /// The administrator: a login or staff number. It goes on chain.
    #[arg(long, default_value = "")]
    operator: String,
    /// For how long the transaction may enter a block, minutes; at most 1,440.
    #[arg(long, default_value_t = 60)]
    valid_minutes: u64,
    /// Write the signed transaction to this file and send nothing.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Admit an organisation by the entry.json that it made (finance).
    Admit {
        /// Its entry.
        entry: PathBuf,
    },
    /// Stop an organisation's business acts (finance).
    Suspend {
        /// Unified social credit code.
        organisation: OrganisationId,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
    /// End a suspension (finance).
    Resume {
        /// Unified social credit code.
        organisation: OrganisationId,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
    /// Make a key and register it.
    AddKey {
        /// What it is for.
        #[arg(long)]
        purpose: PurposeArgument,
        /// A folder for its file, made when it is new. Move the file among the node's keys
        /// once it is registered; an admin key stays offline.
        #[arg(long)]
        into: PathBuf,
        /// Its number: one above the organisation's last. The node is asked unless given.
        #[arg(long)]
        key_id: Option<u32>,
        /// The last height at which it may act; 0: no end.
        #[arg(long, default_value_t = 0)]
        last_height: u64,
    },
    /// End a key.
    RevokeKey {
        /// Its number.
        key_id: u32,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
    /// Replace the endpoints where peers reach the organisation's node.
    Endpoints {
        /// Multiaddresses without a peer id, at most 8.
        #[arg(required = true)]
        addresses: Vec<String>,
    },
    /// Have another validate key of the organisation decide from a height on.
    RotateValidatorKey(governance::Rotate),
    /// Change governed parameters, where one governor's word is enough.
    SetParameters {
        /// A file that names some or all, TOML or JSON. The node is asked for the others.
        #[arg(long)]
        parameters: PathBuf,
    },
    /// Put a decision to the vote of the governors.
    Propose(governance::Propose),
    /// Vote on a proposal, once.
    Vote(governance::Vote),
}

pub(super) async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let Arguments { node, signer, act } = arguments;
    let chain_id = files::read_genesis(&signer.genesis)?.chain_id().clone();
    let action = action(act, &chain_id, &signer.organisation, &node).await?;
    let signed = signer.sign(chain_id, action)?;
    let Some(path) = &signer.out else {
        note(&format!("transaction {}", signed.id));
        return submit::send(&node.connect().await?, signed.encoded.into(), output).await;
    };
    files::write_new(path, &signed.encoded, 0o644)?;
    let id = signed.id.to_string();
    let text = format!("{id}  {}", path.display());
    output.say(&json!({ "transaction_id": id, "file": path }), &text)
}

impl Signer {
    fn sign(&self, chain_id: ChainId, action: Action) -> Result<Signed, Failure> {
        let key = keys::read(&self.admin_keys, KeyPurpose::Admin)
            .map_err(|error| Failure::usage(&error))?;
        let author = Author::new(chain_id, self.organisation, Arc::new(key));
        let valid_ms = self.valid_minutes.saturating_mul(MS_PER_MINUTE);
        let signed = author.sign(Intent {
            action,
            operator: self.operator.clone(),
            valid_until: clock::now().after_ms(valid_ms),
            client_id: random_client_id(),
        });
        signed.map_err(|error| Failure::usage(&error))
    }
}

async fn action(
    act: Act,
    chain_id: &ChainId,
    actor: &OrganisationId,
    node: &NodeArguments,
) -> Result<Action, Failure> {
    Ok(match act {
        Act::Admit { entry } => Action::AdmitOrganisation(admission(&entry, chain_id)?),
        Act::Suspend {
            organisation,
            reason,
        } => Action::SuspendOrganisation(SuspendOrganisation {
            organisation: organisation.to_string(),
            reason,
        }),
        Act::Resume {
            organisation,
            reason,
        } => Action::ResumeOrganisation(ResumeOrganisation {
            organisation: organisation.to_string(),
            reason,
        }),
        Act::AddKey {
            purpose,
            into,
            key_id,
            last_height,
        } => {
            let key_id = match key_id {
                Some(key_id) => key_id,
                None => next_key_id(&node.connect().await?, actor).await?,
            };
            let key = new_key(purpose.into(), key_id, &into)?;
            let mut registration = key.pair().registration(chain_id, actor);
            registration.last_height = last_height;
            Action::AddKey(AddKey {
                key: Some(registration),
            })
        }
        Act::RevokeKey { key_id, reason } => Action::RevokeKey(RevokeKey { key_id, reason }),
        Act::Endpoints { addresses } => {
            let endpoints = addresses
                .into_iter()
                .map(|address| Endpoint { address })
                .collect();
            Action::UpdateEndpoints(UpdateEndpoints { endpoints })
        }
        Act::RotateValidatorKey(rotation) => governance::rotate(&rotation),
        Act::SetParameters { parameters } => {
            Action::SetParameters(parameters_of(&parameters, node).await?)
        }
        Act::Propose(proposal) => governance::propose(proposal, chain_id, node).await?,
        Act::Vote(vote) => governance::vote(&vote),
    })
}

/// The parameters that a file names, over those in force.
async fn parameters_of(file: &Path, node: &NodeArguments) -> Result<SetParameters, Failure> {
    let file = ParametersFile::read(file)?;
    let now = if file.is_whole() {
        Parameters::default()
    } else {
        parameters_in_force(&node.connect().await?).await?
    };
    Ok(SetParameters {
        parameters: Some((&file.over(now)?).into()),
    })
}

/// The admission of an organisation by the entry that it signed for this chain.
fn admission(path: &Path, chain_id: &ChainId) -> Result<AdmitOrganisation, Failure> {
    let wrong = |problem: String| Failure::Usage(format!("{}: {problem}", path.display()));
    let entry =
        Entry::from_json(&files::read_text(path)?).map_err(|error| wrong(error.to_string()))?;
    if entry.chain_id() != chain_id {
        return Err(wrong(format!("made for chain {}", entry.chain_id())));
    }
    if entry.power() > 0 {
        return Err(wrong(
            "asks for voting power, which admission does not give".to_owned(),
        ));
    }
    let message = entry.message().entry.clone();
    message
        .and_then(|entry| entry.organisation)
        .ok_or_else(|| wrong("no organisation".to_owned()))
}

async fn parameters_in_force(node: &Node) -> Result<Parameters, Failure> {
    let request = GetParametersRequest {};
    let answer = node.ledger().get_parameters(request).await?.into_inner();
    Ok(answer.parameters.unwrap_or_default())
}

async fn next_key_id(node: &Node, actor: &OrganisationId) -> Result<u32, Failure> {
    let request = GetOrganisationRequest {
        organisation: actor.to_string(),
    };
    let answer = node
        .organisations()
        .get_organisation(request)
        .await?
        .into_inner();
    let keys = answer.organisation.unwrap_or_default().keys;
    Ok(keys
        .iter()
        .map(|key| key.key_id)
        .max()
        .unwrap_or_default()
        .saturating_add(1))
}

fn new_key(purpose: KeyPurpose, key_id: u32, into: &Path) -> Result<HeldKey, Failure> {
    let key_id = KeyId::parse("key_id", key_id).map_err(|error| Failure::usage(&error))?;
    let key = HeldKey::generate(purpose, key_id).map_err(|error| Failure::trouble(&error))?;
    files::make_folder(into)?;
    let path = keys::write(into, &key).map_err(|error| Failure::usage(&error))?;
    note(&format!("key {key_id} is in {}", path.display()));
    Ok(key)
}
