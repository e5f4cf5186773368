//! `piaolian holder receipts`: the receipts of a person, who is named in a file.

use std::path::PathBuf;

use clap::Args;
use piaolian_proto::v1::{CollectReceiptsRequest, CollectReceiptsResponse, Holder};

use super::{
    Failure,
    connection::NodeArguments,
    output::{Output, note},
    request_files,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    /// JSON of a `Holder` message, number and name; `-` for stdin. Never on the command line, where other users of the
    /// machine could read it.
    holder: PathBuf,
    /// 经办: the login or staff number of the person who asks; it goes into the access log.
    #[arg(long)]
    operator: String,
    /// Show the claims too that each receipt is or was part of.
    #[arg(long)]
    with_claims: bool,
    #[command(flatten)]
    node: NodeArguments,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "holder receipts",
        "Shows a holder's receipts, newest first, each with its authorisations. The holder is read from a file.",
        &["piaolian holder receipts holder.json --operator clerk-7"],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let holder: Holder = request_files::read_one(&arguments.holder)?;
    let mut request = CollectReceiptsRequest {
        holder: Some(holder),
        operator: arguments.operator,
        with_claims: arguments.with_claims,
        ..Default::default()
    };
    let mut holders = arguments.node.connect().await?.holders();
    let (mut unreadable, mut more) = (0, false);
    loop {
        let page = holders
            .collect_receipts(request.clone())
            .await?
            .into_inner();
        page.receipts
            .iter()
            .try_for_each(|receipt| output.show(receipt))?;
        unreadable += page.unreadable;
        more |= page.more;
        if page.next_page_token.is_empty() {
            say_incomplete(&page, unreadable, more);
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

/// Reports why receipts may be missing.
fn say_incomplete(last: &CollectReceiptsResponse, unreadable: u32, more: bool) {
    if unreadable > 0 {
        note(&format!(
            "the details of {unreadable} more cannot be opened now"
        ));
    }
    let behind = last.height.saturating_sub(last.indexed_height);
    if behind > 0 {
        note(&format!("the newest {behind} blocks are not indexed yet"));
    }
    if more {
        note("the number has more receipts than were looked at");
    }
}
