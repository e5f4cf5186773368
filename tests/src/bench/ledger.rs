//! Counts receipts in blocks.

use piaolian_proto::v1::{self, get_block_request::By};

use crate::demo::{Client, DemoError};

/// Largest page that a node returns.
const PAGE: u32 = 500;

/// Number of accepted receipts in a block, with the block's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) time_ms: u64,
    pub(super) receipts: u64,
}

/// Counts the receipts issued by a block.
pub(super) async fn count(client: &Client, height: u64) -> Result<Counted, DemoError> {
    let mut ledger = client.ledger();
    let mut counted = Counted {
        time_ms: 0,
        receipts: 0,
    };
    let mut page_token = String::new();
    loop {
        let request = v1::GetBlockRequest {
            by: Some(By::Height(height)),
            with_transactions: false,
            page_size: PAGE,
            page_token,
        };
        let answer = ledger.get_block(request).await;
        let page = answer
            .map_err(DemoError::no_answer("a block"))?
            .into_inner();
        counted.time_ms = page.header.as_ref().map_or(0, |header| header.time_ms);
        counted.receipts += page.transactions.iter().map(issued).sum::<u64>();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(counted);
        }
    }
}

/// Number of accepted items in an accepted transaction.
fn issued(transaction: &v1::TransactionView) -> u64 {
    let outcome = transaction
        .outcome
        .as_ref()
        .and_then(|explained| explained.outcome.as_ref());
    let Some(outcome) = outcome.filter(|outcome| outcome.code == 0) else {
        return 0;
    };
    outcome.items.iter().filter(|item| item.code == 0).count() as u64
}
