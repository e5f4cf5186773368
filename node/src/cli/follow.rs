//! `piaolian chain follow`: a light client over nodes that it need not trust.
//!
//! ```text
//!   founding document, or HEIGHT:HASH ─► LightClient ◄─ headers of --node
//!                                            ▲
//!                                            └── the same heights from each --also: compared
//! ```

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::Args;
use piaolian_client::Client;
use piaolian_contracts::chain::{Hash, Header};
use piaolian_genesis::Genesis;
use piaolian_proto::v1::{CertifiedHeader, GetHeaderRequest, GetStatusRequest};
use piaolian_verifier::{Fork, LightClient, LightError, Trust, light::KEPT_HEADERS_MAX};
use prost::Message as _;
use serde_json::json;
use tokio::time::sleep;

use super::{
    Failure,
    connection::NodeArguments,
    output::Output,
    text::moment,
    verb::{Verb, wait_for},
};

/// Wait for a new block before asking again.
const POLL: Duration = Duration::from_millis(500);

/// Number of times that a node that is behind is asked at the end: for ten seconds.
const PATIENCE_POLLS: usize = 20;

#[derive(Debug, Args)]
struct Arguments {
    /// The chain's founding document: the only thing that is trusted to begin with.
    #[arg(long, default_value = "genesis.json")]
    genesis: PathBuf,
    /// Begin after this block instead of at the founding: HEIGHT:HASH, known from elsewhere.
    #[arg(long)]
    trust: Option<Block>,
    /// Another node that must show the same chain: URL=TOKENFILE. May be repeated.
    #[arg(long)]
    also: Vec<OtherNode>,
    /// End after this height; otherwise go on until interrupted.
    #[arg(long)]
    until: Option<u64>,
    #[command(flatten)]
    node: NodeArguments,
}

/// A block by height and hash.
#[derive(Clone, Copy, Debug)]
struct Block {
    height: u64,
    hash: Hash,
}

impl FromStr for Block {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "must be HEIGHT:HASH, the hash in hexadecimal".to_owned();
        let (height, hash) = text.split_once(':').ok_or_else(form)?;
        Ok(Self {
            height: height.parse().map_err(|_| form())?,
            hash: hash.parse().map_err(|_| form())?,
        })
    }
}

/// A node with the token for it.
#[derive(Clone, Debug)]
struct OtherNode(NodeArguments);

impl FromStr for OtherNode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (node, token_file) = text.split_once('=').ok_or("must be URL=TOKENFILE")?;
        Ok(Self(NodeArguments::new(node, token_file)))
    }
}

/// Another node, and the height from which on it is compared.
struct Other {
    name: String,
    node: Client,
    next: u64,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "chain follow",
        "Follows the chain's headers as a light client, and compares the nodes. Exits with 9 when two certified blocks \
         of one height were shown.",
        &[
            "piaolian chain follow --genesis genesis.json --until 100",
            "piaolian chain follow --also http://127.0.0.1:26710=tokens/read",
        ],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let genesis = Genesis::read(&arguments.genesis)?;
    let node = arguments.node.connect().await?;
    let trust = Trust {
        chain_id: genesis.chain_id().clone(),
        validators_hash: genesis.validators().hash(),
    };
    let mut client = match arguments.trust {
        None => LightClient::new(trust),
        Some(block) => begin_at(&node, block).await?,
    };
    let mut next = client.height().get() + 1;
    let mut others = Vec::new();
    for OtherNode(other) in &arguments.also {
        others.push(Other {
            name: other.address().to_owned(),
            node: other.connect().await?,
            next,
        });
    }
    while arguments.until.is_none_or(|until| next <= until) {
        let Some(certified) = header_of(&node, next).await? else {
            compare_all(&mut client, &mut others, output).await?;
            sleep(POLL).await;
            continue;
        };
        let header = take(&mut client, &certified, output)?;
        show(&header, &certified, output)?;
        next += 1;
        compare_all(&mut client, &mut others, output).await?;
    }
    wait_for_others(&mut client, &mut others, output).await
}

/// Compares the followed headers with those that the others show by now; one that is behind is compared later.
async fn compare_all(
    client: &mut LightClient,
    others: &mut [Other],
    output: &Output,
) -> Result<(), Failure> {
    let height = client.height().get();
    for other in others {
        // Older headers are not kept to compare with.
        let oldest = height.saturating_sub(KEPT_HEADERS_MAX as u64) + 1;
        other.next = other.next.max(oldest);
        while other.next <= height {
            let Some(theirs) = header_of(&other.node, other.next).await? else {
                break;
            };
            take(client, &theirs, output).map_err(|failure| match failure {
                Failure::NotProven(why) => Failure::NotProven(format!("{}: {why}", other.name)),
                failure => failure,
            })?;
            other.next += 1;
        }
    }
    Ok(())
}

/// Gives the nodes that are behind a while to show the rest.
async fn wait_for_others(
    client: &mut LightClient,
    others: &mut [Other],
    output: &Output,
) -> Result<(), Failure> {
    let height = client.height().get();
    for _ in 0..PATIENCE_POLLS {
        compare_all(client, others, output).await?;
        if others.iter().all(|other| other.next > height) {
            return Ok(());
        }
        sleep(POLL).await;
    }
    let behind = others.iter().find(|other| other.next <= height);
    let name = behind.map(|other| other.name.as_str()).unwrap_or_default();
    Err(Failure::Later(format!(
        "{name} has not shown block {height} yet"
    )))
}

/// Begins at a block whose hash is known from elsewhere.
async fn begin_at(node: &Client, block: Block) -> Result<LightClient, Failure> {
    let certified = header_of(node, block.height).await?;
    let certified =
        certified.ok_or_else(|| Failure::NotFound(format!("no block {}", block.height)))?;
    let header = Header::decode(&certified.header);
    let header = header.map_err(|error| Failure::NotProven(error.to_string()))?;
    if header.hash() != block.hash || header.height.get() != block.height {
        let shown = header.hash();
        return Err(Failure::NotProven(format!(
            "block {} is shown as {shown}",
            block.height
        )));
    }
    Ok(LightClient::from_header(header))
}

/// Returns the header of a height, once the node has it.
async fn header_of(node: &Client, height: u64) -> Result<Option<CertifiedHeader>, Failure> {
    let status = node.ledger().get_status(GetStatusRequest {}).await?;
    if status.into_inner().height < height {
        return Ok(None);
    }
    let answer = node
        .ledger()
        .get_header(GetHeaderRequest { height })
        .await?;
    Ok(answer.into_inner().header)
}

fn take(
    client: &mut LightClient,
    certified: &CertifiedHeader,
    output: &Output,
) -> Result<Header, Failure> {
    client.take(certified).map_err(|error| match error {
        LightError::Fork(fork) => show_fork(&fork, output),
        other => Failure::NotProven(other.to_string()),
    })
}

/// Shows a line for each header that is followed.
fn show(header: &Header, certified: &CertifiedHeader, output: &Output) -> Result<(), Failure> {
    let (height, hash) = (header.height.get(), header.hash());
    let certificate = certified.certificate.as_ref();
    let signatures = certificate.map_or(0, |certificate| certificate.signatures.len());
    let validators = certified
        .validators
        .as_ref()
        .map_or(0, |set| set.validators.len());
    let hands_over = header.next_validators_hash != header.validators_hash;
    let json = json!({
        "height": height.to_string(),
        "blockHash": hash.to_string(),
        "blockTimeMs": header.time.as_ms().to_string(),
        "signatures": signatures,
        "validators": validators,
        "handsOver": hands_over,
    });
    let time = moment(header.time.as_ms());
    let change = if hands_over {
        ", the next has other validators"
    } else {
        ""
    };
    let text =
        format!("block {height} of {time}, {hash}, signed by {signatures} of {validators}{change}");
    output.say(&json, &text)
}

/// Shows the validators that signed two blocks of one height, with the headers that prove it.
fn show_fork(fork: &Fork, output: &Output) -> Failure {
    let names = fork
        .signers
        .iter()
        .map(|signer| signer.organisation.to_string());
    let names: Vec<String> = names.collect();
    let rounds = if fork.same_round {
        "in one round"
    } else {
        "over two rounds"
    };
    let (height, power, total) = (fork.height, fork.power(), fork.total_power);
    let json = json!({
        "height": height.get().to_string(),
        "sameRound": fork.same_round,
        "signersOfBoth": names,
        "power": power.to_string(),
        "totalPower": total.to_string(),
        "first": hex::encode(fork.first.encode_to_vec()),
        "second": hex::encode(fork.second.encode_to_vec()),
    });
    let text = format!(
        "two blocks of height {height} are certified {rounds}, by {}",
        names.join(" ")
    );
    match output.say(&json, &text) {
        Ok(()) => Failure::Forked(format!(
            "power {power} of {total} signed two blocks of height {height}"
        )),
        Err(failure) => failure,
    }
}

#[cfg(test)]
mod tests {
    use piaolian_contracts::chain::Height;

    use super::*;

    #[test]
    fn a_trusted_block_is_a_height_and_a_hash() {
        let hash = "ab".repeat(32);
        let block: Block = format!("7:{hash}").parse().unwrap();
        assert_eq!((block.height, block.hash.to_string()), (7, hash));
        for bad in ["", "7", "7:", "x:00", ":", "7:zz"] {
            assert!(bad.parse::<Block>().is_err(), "{bad}");
        }
        assert!("http://127.0.0.1:1".parse::<OtherNode>().is_err());
    }

    #[test]
    fn a_fork_has_its_own_exit_code() {
        let fork = Fork {
            height: Height::new(7),
            first: CertifiedHeader::default(),
            second: CertifiedHeader::default(),
            same_round: true,
            signers: Vec::new(),
            total_power: 4,
        };
        let failure = show_fork(&fork, &Output::new(true));
        assert_eq!(failure.code(), 9);
    }
}
