//! What can be read at the end: the history of one receipt, and one state everywhere.

use piaolian_proto::v1::{Event, GetReceiptHistoryRequest};

use super::{issuing::Issued, reimbursement::Case};
use crate::story::{
    Failed, Stage, Who,
    client::Client,
    common::{agreement, trying},
    display::{self, receipt},
    farewell::{self, Commands},
};

/// Pages of a receipt's history that are read.
const PAGES_MAX: usize = 20;

/// What was done to the receipt that the story followed, in order; true: accepted.
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

pub(in crate::story) async fn play(
    stage: &mut Stage,
    case: &Case,
    issued: &Issued,
) -> Result<(), Failed> {
    stage.report.chapter("What is left · 全程留痕");
    let follower = stage.network.client(Who::SecondInsurer)?;
    let title = format!(
        "The second insurer's node tells the whole history of {}",
        receipt(&case.presented.receipt)
    );
    stage.report.begin(title);
    let events = history(&follower, case).await?;
    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.action.as_str(), event.refusal.is_none()))
        .collect();
    let lines: Vec<String> = events.iter().map(display::event).collect();
    stage.report.seen(
        "every act, done or refused, with actor, height and time",
        lines,
        seen == HISTORY,
    )?;
    agreement::play(stage).await?;
    let commands = commands_to_try(stage, case, issued).await?;
    trying::play(stage, commands)
}

async fn history(client: &Client, case: &Case) -> Result<Vec<Event>, Failed> {
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
            .map_err(Failed::unanswered("a receipt's history"))?
            .into_inner();
        events.extend(page.events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(events)
}

/// What whoever keeps the network up may try.
async fn commands_to_try(
    stage: &Stage,
    case: &Case,
    issued: &Issued,
) -> Result<Vec<Commands>, Failed> {
    let told = receipt(&case.presented.receipt);
    let insurer = stage.network.client(Who::Insurer)?;
    let record = insurer.receipt(&issued.outpatient).await?.record;
    let total_fen = record.unwrap_or_default().total_fen;
    let open = receipt(&issued.outpatient);
    let genesis = farewell::quoted(&stage.network.genesis());
    let operator = Who::Insurer.operator();
    let insurers = vec![
        "piaolian status".to_owned(),
        format!("piaolian query history {told}"),
        format!("piaolian query receipt {open}"),
        format!("piaolian proof {open} | piaolian verify - --genesis {genesis}"),
        format!(
            "piaolian act --operator {operator} lock {open} --total-fen {total_fen} --claim YB-CLAIM-3"
        ),
    ];
    let hospitals = vec![format!("piaolian query receipt {open}")];
    Ok(vec![
        Commands::of(&stage.network, Who::Insurer, insurers)?,
        Commands::of(&stage.network, Who::Hospital, hospitals)?,
    ])
}
