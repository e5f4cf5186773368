//! Shared by the examples: the connection named by the environment, and amounts.

use anyhow::{Context as _, Result};
use piaolian_client::{Client, Token};

/// Connects to the node at `PIAOLIAN_NODE` with the token in the file `PIAOLIAN_TOKEN_FILE`.
pub(crate) async fn connect() -> Result<Client> {
    let address = std::env::var("PIAOLIAN_NODE");
    let address = address.unwrap_or_else(|_| "http://127.0.0.1:26700".to_owned());
    let file = std::env::var("PIAOLIAN_TOKEN_FILE").context("PIAOLIAN_TOKEN_FILE is not set")?;
    let token = std::fs::read_to_string(&file).with_context(|| file.clone())?;
    Ok(Client::connect(&address, Some(Token::parse(&token)?)).await?)
}

/// Reads an amount such as `12.34` yuan as fen.
#[allow(dead_code, reason = "not every example has an amount")]
pub(crate) fn fen(yuan: &str) -> Result<i64> {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, "00"));
    anyhow::ensure!(part.len() == 2, "must have two decimals, such as 12.34");
    format!("{whole}{part}")
        .parse()
        .context("must be such as 12.34")
}
