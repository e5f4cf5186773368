//! The main scenario ends: the history of one receipt is read, and every node has the same state.

use piaolian_contracts::types::Fen;
use piaolian_proto::v1::{Event, GetReceiptHistoryRequest};

use super::{issuing::Issued, reimbursement::Case};
use crate::demo::{
    DemoError, Harness, Member,
    client::Client,
    common::{agreement, commands},
    display::{self, receipt},
    instructions::{self, Commands},
};

/// Most pages of a receipt's history that are read.
const PAGES_MAX: usize = 20;

/// Attempts on the receipt that the scenario follows, in order; true if accepted.
const HISTORY: [(&str, bool); 16] = [
    ("IssueReceipts", true),
    ("LockReceipt", true),
    ("BookReceipt", false), // by the employer, while it was locked
    ("BookReceipt", true),
    ("BookReceipt", true),
    ("LockReceipt", false), // each again
    ("BookReceipt", false),
    ("LockReceipt", false),
    ("BookReceipt", false),
    ("LockReceipt", false),
    ("BookReceipt", false),
    ("ReverseReceipt", false), // while it was booked
    ("UnbookReceipt", true),
    ("UnbookReceipt", true),
    ("ReverseReceipt", true),
    ("BookReceipt", false), // after the reversal
];

pub(in crate::demo) async fn run(
    harness: &mut Harness,
    case: &Case,
    issued: &Issued,
) -> Result<(), DemoError> {
    harness.report.chapter("What is left · 全程留痕");
    let follower = harness.network.client(Member::SecondInsurer)?;
    let title = format!(
        "The second insurer's node tells the whole history of {}",
        receipt(&case.presented.receipt)
    );
    harness.report.begin(title);
    let events = history(&follower, case).await?;
    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.action.as_str(), event.rejection.is_none()))
        .collect();
    let lines: Vec<String> = events.iter().map(display::event).collect();
    harness.report.check(
        "every action, accepted or rejected, with actor, height and time",
        lines,
        seen == HISTORY,
    )?;
    agreement::run(harness).await?;
    let commands = commands_to_try(harness, case, issued).await?;
    commands::run(harness, commands)
}

async fn history(client: &Client, case: &Case) -> Result<Vec<Event>, DemoError> {
    let mut events = Vec::new();
    let mut page_token = String::new();
    for _ in 0..PAGES_MAX {
        let request = GetReceiptHistoryRequest {
            receipt: Some(case.presented.receipt.clone()),
            page_size: 0,
            page_token,
        };
        let answer = client.receipts().get_receipt_history(request).await;
        let page = answer
            .map_err(DemoError::no_answer("a receipt's history"))?
            .into_inner();
        events.extend(page.events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(events)
}

/// Commands for a user who keeps the network running.
async fn commands_to_try(
    harness: &Harness,
    case: &Case,
    issued: &Issued,
) -> Result<Vec<Commands>, DemoError> {
    let told = receipt(&case.presented.receipt);
    let insurer = harness.network.client(Member::Insurer)?;
    let record = insurer.receipt(&issued.outpatient).await?.record;
    let total = Fen::new(record.unwrap_or_default().total_fen);
    let open = receipt(&issued.outpatient);
    let genesis = instructions::quoted(&harness.network.genesis());
    let operator = Member::Insurer.operator();
    let insurers = vec![
        "piaolian node status".to_owned(),
        format!("piaolian receipt history {told}"),
        format!("piaolian receipt show {open}"),
        format!("piaolian receipt proof {open} | piaolian proof verify - --genesis {genesis}"),
        format!(
            "piaolian receipt lock {open} --presented-total {total} --claim-number YB-CLAIM-3 --lease 24h --operator {operator}"
        ),
    ];
    let hospitals = vec![format!("piaolian receipt show {open}")];
    Ok(vec![
        Commands::of(&harness.network, Member::Insurer, insurers)?,
        Commands::of(&harness.network, Member::Hospital, hospitals)?,
    ])
}
