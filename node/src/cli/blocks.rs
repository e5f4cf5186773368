//! `piaolian block show`: a block, page after page.

use clap::Args;
use piaolian_proto::v1::{GetBlockRequest, get_block_request::By};

use super::{
    Failure,
    connection::NodeArguments,
    output::Output,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    /// A height, or a hash in hexadecimal; the latest block unless given.
    #[arg(default_value = "0", hide_default_value = true)]
    block: String,
    /// Show the transactions themselves too.
    #[arg(long)]
    with_transactions: bool,
    #[command(flatten)]
    node: NodeArguments,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "block show",
        "Shows a block with its transactions and their outcomes.",
        &[
            "piaolian block show",
            "piaolian block show 17 --with-transactions",
        ],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let with_transactions = arguments.with_transactions;
    let request = GetBlockRequest {
        by: Some(by(&arguments.block)?),
        with_transactions,
        ..Default::default()
    };
    let mut ledger = arguments.node.connect().await?.ledger();
    let mut page = ledger.get_block(request).await?.into_inner();
    output.show(&page)?;
    while !page.next_page_token.is_empty() {
        // The request names the block, because a newer one may be committed before the next page is read.
        let request = GetBlockRequest {
            by: Some(By::BlockHash(page.block_hash)),
            with_transactions,
            page_size: 0,
            page_token: page.next_page_token,
        };
        page = ledger.get_block(request).await?.into_inner();
        page.transactions
            .iter()
            .try_for_each(|transaction| output.show(transaction))?;
    }
    Ok(())
}

fn by(block: &str) -> Result<By, Failure> {
    if let Ok(height) = block.parse() {
        return Ok(By::Height(height));
    }
    let hash = hex::decode(block);
    let hash = hash.map_err(|_| {
        Failure::Usage(format!(
            "{block}: must be a height, or a hash in hexadecimal"
        ))
    })?;
    Ok(By::BlockHash(hash.into()))
}
