//! `piaolian genesis`: the founding ceremony.
//!
//! ```text
//!   each organisation:  new-entry ──► its folder, entry.json
//!   anyone:             assemble entry.json … ──► genesis.json
//!   each organisation:  check genesis.json ──► the hash, compared by voice
//! ```

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use piaolian_base::clock;
use piaolian_contracts::{
    chain::ChainId, governance::Governors, organisations::Role, parameters::Parameters,
    types::OrganisationId,
};
use piaolian_genesis::{Entry, Genesis, Presentation};
use serde_json::json;

use super::{
    Failure, files,
    onboarding::{self, Listen},
    output::Output,
    parameters::ParametersFile,
    verb::Verb,
};

#[derive(Debug, Args)]
struct Assemble {
    /// The chain's name: 1 to 64 of [a-z0-9-]; as in every entry.
    #[arg(long)]
    chain: ChainId,
    /// The file for the document.
    #[arg(long, default_value = "genesis.json", value_name = "FILE")]
    out: PathBuf,
    /// Governed parameters, TOML or JSON; the defaults hold for the others.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// The governors' credit codes, separated by commas; otherwise the organisations that run validators.
    #[arg(long, value_delimiter = ',')]
    governors: Vec<OrganisationId>,
    /// Number of governors that must agree: more than half; otherwise more than two thirds.
    #[arg(long, requires = "governors")]
    threshold: Option<u32>,
    /// Each organisation's entry.json.
    #[arg(required = true)]
    entries: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct Document {
    /// The founding document.
    genesis: PathBuf,
}

#[derive(Debug, Args)]
struct NewEntry {
    /// The organisation's folder; made when it is new.
    #[arg(long)]
    folder: PathBuf,
    /// The chain's name.
    #[arg(long)]
    chain: ChainId,
    /// Unified social credit code, 18 characters.
    #[arg(long)]
    organisation: OrganisationId,
    /// Legal name.
    #[arg(long)]
    name: String,
    /// Its roles, separated by commas.
    #[arg(long, required = true, value_delimiter = ',')]
    roles: Vec<RoleArgument>,
    /// Administrative division code, 6 digits.
    #[arg(long)]
    region: String,
    /// Addresses where peers reach its node: multiaddresses, separated by commas.
    #[arg(long, value_delimiter = ',')]
    endpoints: Vec<String>,
    /// Voting power; 0: a follower, or an organisation that finance is asked to admit.
    #[arg(long, default_value_t = 0)]
    power: u64,
    /// Address on which its node listens for peers.
    #[arg(long, default_value = "/ip4/0.0.0.0/tcp/26600")]
    listen: String,
    /// Address on which its node listens for clients: a loopback address.
    #[arg(long, default_value = "127.0.0.1:26700")]
    rpc_listen: String,
}

/// Role of an organisation.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArgument {
    /// 财政
    Finance,
    /// 开票单位
    Issuer,
    /// 医保
    MedicalInsurer,
    /// 报销单位
    ReimbursingUnit,
    /// 执收单位
    CollectingAgency,
    /// 代理银行
    AgentBank,
    /// 商保
    CommercialInsurer,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Finance => Self::Finance,
            RoleArgument::Issuer => Self::Issuer,
            RoleArgument::MedicalInsurer => Self::MedicalInsurer,
            RoleArgument::ReimbursingUnit => Self::ReimbursingUnit,
            RoleArgument::CollectingAgency => Self::CollectingAgency,
            RoleArgument::AgentBank => Self::AgentBank,
            RoleArgument::CommercialInsurer => Self::CommercialInsurer,
        }
    }
}

pub(super) fn verbs() -> [Verb; 4] {
    [
        Verb::of(
            "genesis new-entry",
            "Makes an organisation's folder: its keys, its entry, its tokens and its node's configuration.",
            &[
                "piaolian genesis new-entry --folder hospital --chain piaolian-1 --organisation 12320900E875065319 \
                 --name 'First Hospital' --roles issuer --region 990100 --power 1",
            ],
            new_entry,
        ),
        Verb::of(
            "genesis assemble",
            "Puts entries together into a founding document.",
            &[
                "piaolian genesis assemble --chain piaolian-1 finance/entry.json hospital/entry.json",
            ],
            assemble,
        ),
        Verb::of(
            "genesis check",
            "Checks a founding document whole, and shows its organisations.",
            &["piaolian genesis check genesis.json"],
            |Document { genesis }: Document, output| show(&Genesis::read(&genesis)?, output),
        ),
        Verb::of(
            "genesis hash",
            "Shows a founding document's hash, which every organisation compares before it starts.",
            &["piaolian genesis hash genesis.json"],
            |Document { genesis }: Document, output| {
                let hash = Genesis::read(&genesis)?.hash().to_string();
                output.say(&json!({ "genesisHash": hash }), &hash)
            },
        ),
    ]
}

fn new_entry(new: NewEntry, output: &Output) -> Result<(), Failure> {
    let presentation = Presentation {
        organisation: new.organisation,
        name: new.name,
        roles: new.roles.into_iter().map(Into::into).collect(),
        region: new.region,
        endpoints: new.endpoints,
        power: new.power,
    };
    let listen = Listen {
        peers: &new.listen,
        rpc: &new.rpc_listen,
    };
    onboarding::make(&new.folder, &new.chain, &presentation, &listen)?;
    let entry = new.folder.join("entry.json");
    output.say(&json!({ "entry": entry }), &entry.display().to_string())
}

/// Returns the governors that are named; `None`: no one is named.
fn governors_of(
    organisations: Vec<OrganisationId>,
    threshold: Option<u32>,
) -> Result<Option<Governors>, Failure> {
    if organisations.is_empty() {
        return Ok(None);
    }
    let governors = match threshold {
        Some(threshold) => Governors::new(organisations, threshold),
        None => Governors::of_two_thirds(organisations),
    };
    governors.map(Some).map_err(|error| Failure::usage(&error))
}

fn assemble(arguments: Assemble, output: &Output) -> Result<(), Failure> {
    let Assemble {
        chain,
        out,
        parameters,
        governors,
        threshold,
        entries,
    } = arguments;
    let parameters = match parameters {
        Some(path) => ParametersFile::read(&path)?,
        None => ParametersFile::default(),
    };
    let governors = governors_of(governors, threshold)?;
    let read = |path: &PathBuf| {
        Entry::from_json(&files::read_text(path)?)
            .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
    };
    let entries = entries.iter().map(read).collect::<Result<_, _>>()?;
    let parameters = parameters.over(&(&Parameters::default()).into())?;
    let genesis = Genesis::assemble(chain, clock::now(), parameters, governors, entries)
        .map_err(|error| Failure::usage(&error))?;
    files::write_new(&out, genesis.to_json().as_bytes(), files::PUBLIC_MODE)?;
    show(&genesis, output)
}

fn show(genesis: &Genesis, output: &Output) -> Result<(), Failure> {
    let hash = genesis.hash().to_string();
    let mut rows = Vec::new();
    let mut lines = vec![
        format!("chain {}", genesis.chain_id()),
        format!("hash  {hash}"),
    ];
    for entry in genesis.entries() {
        let (id, power) = (entry.organisation(), entry.power());
        rows.push(json!({ "organisation": id.to_string(), "power": power.to_string() }));
        lines.push(format!("{id}  power {power}"));
    }
    let governors = genesis.governors();
    let names: Vec<_> = governors
        .organisations()
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.push(format!(
        "governors {}; {} must agree",
        names.join(", "),
        governors.threshold()
    ));
    let json = json!({
        "chainId": genesis.chain_id().as_str(),
        "genesisHash": hash,
        "organisations": rows,
        "governors": { "organisations": names, "threshold": governors.threshold() },
    });
    output.say(&json, &lines.join("\n"))
}
