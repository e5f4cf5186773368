//! Issues receipts from national `EInvoice` XML files, on the node of their issuer.
//!
//! Running it twice issues nothing twice: the node knows each file by its business number.
//!
//! ```text
//! PIAOLIAN_TOKEN_FILE=tokens/submit cargo run --example issue_receipts -- clerk-7 samples/receipts/*.xml
//! ```

#![allow(clippy::print_stdout, reason = "an example prints its result")]

mod common;

use anyhow::{Context as _, Result};
use piaolian_client::describe;
use piaolian_proto::v1::{CallOptions, ImportFile, ImportReceiptsRequest, ImportResult};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let operator = arguments
        .next()
        .context("usage: issue_receipts OPERATOR FILE…")?;
    let mut files = Vec::new();
    for path in arguments {
        let xml = std::fs::read(&path).with_context(|| path.clone())?;
        files.push(ImportFile {
            name: path,
            xml: xml.into(),
        });
    }
    let request = ImportReceiptsRequest {
        files,
        options: Some(CallOptions {
            operator,
            ..CallOptions::default()
        }),
        late_reason: String::new(),
    };
    let client = common::connect().await?;
    // The business numbers make this call safe to repeat.
    let import = async || client.receipts().import_receipts(request.clone()).await;
    for outcome in client.repeat(import).await?.outcomes {
        let receipt = outcome.receipt.clone().unwrap_or_default();
        match outcome.result() {
            ImportResult::Issued | ImportResult::AlreadyIssued => {
                println!("{}: {}-{:010}", outcome.name, receipt.code, receipt.number);
            }
            ImportResult::Refused | ImportResult::Unspecified => {
                let problems: Vec<String> = outcome.problems.iter().map(describe).collect();
                println!("{}: refused: {}", outcome.name, problems.join("; "));
            }
        }
    }
    Ok(())
}
