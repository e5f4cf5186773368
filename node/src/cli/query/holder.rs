//! `piaolian query holder`.

use std::path::PathBuf;

use clap::Args;
use piaolian_proto::v1::{CollectReceiptsRequest, Holder};

use super::pages::show_all;
use crate::cli::{
    Failure,
    client::Node,
    output::{Output, note},
    requests,
};

#[derive(Debug, Args)]
pub(super) struct Question {
    /// JSON of a `Holder` message, number and name; `-` for stdin. Not on the command line,
    /// where other users of the machine would read it.
    holder: PathBuf,
    /// 经办: who asks, a login or staff number; it goes into the access log.
    #[arg(long)]
    operator: String,
    /// Also the claims that each receipt is or was part of.
    #[arg(long)]
    claims: bool,
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    let holder: Holder = requests::read_one(&question.holder)?;
    let (mut unreadable, mut more, mut behind) = (0, false, 0);
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = CollectReceiptsRequest {
                holder: Some(holder.clone()),
                operator: question.operator.clone(),
                with_claims: question.claims,
                page_size: 0,
                page_token,
            };
            let page = node.holders().collect_receipts(request).await?.into_inner();
            unreadable += page.unreadable;
            more |= page.more;
            behind = page.height.saturating_sub(page.indexed_height);
            Ok((page.receipts, page.next_page_token))
        },
    )
    .await?;
    if unreadable > 0 {
        note(&format!(
            "the details of {unreadable} more cannot be opened now"
        ));
    }
    if behind > 0 {
        note(&format!("the newest {behind} blocks are not looked at yet"));
    }
    if more {
        note("the number has more receipts than are looked at");
    }
    Ok(())
}
