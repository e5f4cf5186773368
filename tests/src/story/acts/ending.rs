//! What can be read at the end: the history of one receipt, and one state everywhere.

use std::time::Duration;

use piaolian_proto::v1::{Event, EventKind, GetReceiptHistoryRequest, GetStatusResponse};

use super::{issuing::Issued, reimbursement::Case};
use crate::story::{
    Failed, Stage, Who,
    client::{Client, Presented},
    display::{self, receipt},
    farewell::{self, Subjects},
    wait::until,
};

/// How long it may take until all nodes are seen at one height.
const AGREEMENT_TIMEOUT: Duration = Duration::from_secs(60);
/// Pages of a receipt's history that are read.
const PAGES_MAX: usize = 20;

/// What was done to the receipt that the story followed, in order; true: accepted.
const HISTORY: [(EventKind, bool); 16] = [
    (EventKind::IssueReceipt, true),
    (EventKind::LockReceipt, true),
    (EventKind::BookReceipt, false), // by the employer, while it was locked
    (EventKind::BookReceipt, true),
    (EventKind::BookReceipt, true),
    (EventKind::LockReceipt, false), // each again
    (EventKind::BookReceipt, false),
    (EventKind::LockReceipt, false),
    (EventKind::BookReceipt, false),
    (EventKind::LockReceipt, false),
    (EventKind::BookReceipt, false),
    (EventKind::ReverseReceipt, false), // while it was booked
    (EventKind::UnbookReceipt, true),
    (EventKind::UnbookReceipt, true),
    (EventKind::ReverseReceipt, true),
    (EventKind::BookReceipt, false), // after the reversal
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
        .map(|event| (event.kind(), event.refusal.is_none()))
        .collect();
    let lines: Vec<String> = events.iter().map(display::event).collect();
    stage.report.seen(
        "every act, done or refused, with actor, height and time",
        lines,
        seen == HISTORY,
    )?;
    one_state(stage).await?;
    commands_to_try(stage, case, issued).await
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

async fn one_state(stage: &mut Stage) -> Result<(), Failed> {
    stage.report.begin("All five nodes hold the same state");
    let clients = [
        stage.network.client(Who::Finance)?,
        stage.network.client(Who::Hospital)?,
        stage.network.client(Who::Insurer)?,
        stage.network.client(Who::Employer)?,
        stage.network.client(Who::SecondInsurer)?,
    ];
    let statuses = until(
        "all nodes to be at one height",
        AGREEMENT_TIMEOUT,
        async || {
            let mut statuses: Vec<GetStatusResponse> = Vec::new();
            for client in &clients {
                statuses.push(
                    client
                        .status()
                        .await
                        .map_err(Failed::unanswered("a node"))?,
                );
            }
            let height = statuses[0].height;
            Ok(statuses
                .iter()
                .all(|status| status.height == height)
                .then_some(statuses))
        },
    )
    .await?;
    let first = &statuses[0];
    let equal = statuses.iter().all(|status| {
        status.state_root == first.state_root && status.block_hash == first.block_hash
    });
    let lines: Vec<String> = statuses
        .iter()
        .map(|status| {
            let who = Who::of(&status.organisation).map_or("", Who::title);
            let root = hex::encode(&status.state_root);
            format!("{who:20} height {}  state root {root}", status.height)
        })
        .collect();
    stage
        .report
        .seen("equal state roots at one height", lines, equal)
}

/// Whoever keeps the network up is told commands to try: they work.
async fn commands_to_try(stage: &mut Stage, case: &Case, issued: &Issued) -> Result<(), Failed> {
    stage
        .report
        .begin("Each command that is shown for trying does what it says");
    let insurer = stage.network.client(Who::Insurer)?;
    let open = insurer.receipt(&issued.outpatient).await?.record;
    let subjects = stage.subjects.insert(Subjects {
        told: case.presented.receipt.clone(),
        open: Presented {
            receipt: issued.outpatient.clone(),
            total_fen: open.unwrap_or_default().total_fen,
        },
    });
    let mut outcomes = Vec::new();
    for commands in farewell::commands(&stage.network, subjects)? {
        outcomes.extend(farewell::run(&commands)?);
    }
    let all = outcomes.iter().all(Result::is_ok);
    let lines: Vec<String> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|failed| failed))
        .collect();
    stage.report.seen("all of them", lines, all)
}
