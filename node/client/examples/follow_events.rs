//! Follows the events of the ledger from a stored place on, and stores the place after each.
//!
//! ```text
//! PIAOLIAN_TOKEN_FILE=tokens/read cargo run --example follow_events -- cursor.txt
//! ```

#![allow(clippy::print_stdout, reason = "an example prints its result")]

mod common;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use piaolian_client::Followed;
use piaolian_proto::v1::{Cursor, SubscribeRequest, subscribe_request::Start};

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args()
        .nth(1)
        .context("usage: follow_events FILE")?;
    let request = SubscribeRequest {
        start: stored(Path::new(&path))?.map(Start::After),
        ..SubscribeRequest::default()
    };
    let mut events = common::connect().await?.follow(request);
    loop {
        let cursor = match events.next().await? {
            Followed::Event(event) => {
                println!("{} did {}", event.organisation, event.action);
                event.cursor
            }
            Followed::UpTo(cursor) => Some(cursor),
        };
        // Only now is the event finished: a program that is stopped before this reads it again.
        if let Some(cursor) = cursor {
            let text = format!("{} {} {}", cursor.height, cursor.transaction, cursor.item);
            fs::write(&path, text)?;
        }
    }
}

/// Reads the place of the last event that was finished; `None` at the first run.
fn stored(path: &Path) -> Result<Option<Cursor>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path)?;
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [height, transaction, item] = numbers.as_slice() else {
        anyhow::bail!("{}: not a place", path.display());
    };
    Ok(Some(Cursor {
        height: *height,
        transaction: u32::try_from(*transaction)?,
        item: u32::try_from(*item)?,
    }))
}
