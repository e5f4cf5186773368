//! Verifies a receipt as its holder presents it (查验).
//!
//! ```text
//! PIAOLIAN_TOKEN_FILE=tokens/read cargo run --example verify_receipt -- 11010125 42 k7x2m9 15263.14
//! ```

#![allow(clippy::print_stdout, reason = "an example prints its result")]

mod common;

use anyhow::{Context as _, Result};
use piaolian_proto::v1::{ReceiptId, ReceiptStatus, VerifyReceiptRequest, VerifyResult};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [code, number, check_code, total] = arguments.as_slice() else {
        anyhow::bail!("usage: verify_receipt CODE NUMBER CHECK-CODE TOTAL-IN-YUAN");
    };
    let request = VerifyReceiptRequest {
        receipt: Some(ReceiptId {
            code: code.clone(),
            number: number.parse().context("NUMBER")?,
        }),
        check_code: check_code.clone(),
        total_fen: Some(common::fen(total).context("TOTAL-IN-YUAN")?),
        ..VerifyReceiptRequest::default()
    };
    let client = common::connect().await?;
    let verify = async || client.receipts().verify_receipt(request.clone()).await;
    let answer = client.repeat(verify).await?;

    let result = answer.check.as_ref().map(|check| check.result());
    if result == Some(VerifyResult::Matched) {
        let status: ReceiptStatus = answer.status();
        println!(
            "{} issued it; its status is {status:?}, as of block {}",
            answer.issuer_name, answer.height
        );
    } else {
        println!("there is no such receipt, or something that was given is wrong");
    }
    Ok(())
}
