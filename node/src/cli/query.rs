//! `piaolian query` and `piaolian status`: questions to a node.

mod alert;
mod claims;
mod governance;
mod holder;
mod lists;
mod pages;
mod payments;
mod receipt;

use std::str::FromStr;

use clap::{Args, Subcommand};
use piaolian_contracts::types::ReceiptId;
use piaolian_proto::v1::{
    Cursor, GetBlockRequest, GetHeaderRequest, GetOrganisationRequest, GetParametersRequest,
    GetRangeRequest, GetStatusRequest, GetTransactionRequest, ListOrganisationsRequest,
    ListRangesRequest, SubscribeRequest, get_block_request, subscribe_request::Start,
    subscribe_response::Message as Told,
};

use self::pages::show_all;
pub(super) use self::receipt::ReceiptArgument;
use super::{
    Failure,
    client::{Node, NodeArguments},
    output::{Output, note},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    #[command(flatten)]
    OfReceipt(receipt::Question),
    #[command(flatten)]
    OfMany(lists::Question),
    #[command(flatten)]
    OfClaims(claims::Question),
    /// A holder's receipts, newest first, each with its authorisations.
    Holder(holder::Question),
    #[command(flatten)]
    OfPayments(payments::Question),
    #[command(flatten)]
    OfAlert(alert::Question),
    #[command(flatten)]
    OfGovernance(governance::Question),
    /// An organisation; the node's own where none is named.
    Organisation {
        /// Unified social credit code.
        #[arg(default_value = "")]
        organisation: String,
    },
    /// All organisations.
    Organisations,
    /// The number range that holds a number.
    Range {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
    },
    /// The number ranges of an issuer.
    Ranges {
        /// Unified social credit code.
        issuer: String,
        /// Of one receipt code alone.
        #[arg(long, default_value = "")]
        code: String,
    },
    /// A block with its transactions and outcomes; the latest where none is named.
    Block {
        /// A height, or a hash in hexadecimal.
        #[arg(default_value = "0")]
        block: String,
        /// Also the transactions themselves.
        #[arg(long)]
        full: bool,
    },
    /// A header with what certifies it.
    Header {
        /// 0: the latest.
        #[arg(default_value_t = 0)]
        height: u64,
    },
    /// A transaction and what became of it.
    Transaction {
        /// In hexadecimal.
        id: String,
    },
    /// The governed parameters in force.
    Parameters,
    /// Events, one a line, until interrupted.
    Events(EventArguments),
}

#[derive(Debug, Args)]
struct EventArguments {
    /// Begin after this place: HEIGHT.TRANSACTION.ITEM; the beginning of the chain unless given.
    #[arg(long, conflicts_with = "from_now")]
    after: Option<CursorArgument>,
    /// Only what is decided from now on.
    #[arg(long)]
    from_now: bool,
    /// Only acts of this organisation.
    #[arg(long, default_value = "")]
    organisation: String,
    /// Leave refused acts out.
    #[arg(long)]
    accepted_only: bool,
    /// End once everything up to now was told.
    #[arg(long)]
    until_now: bool,
}

/// A cursor as events show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CursorArgument(Cursor);

impl FromStr for CursorArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "must be HEIGHT.TRANSACTION.ITEM, such as 17.0.2".to_owned();
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().ok_or_else(form);
        let (height, transaction, item) = (next()?, next()?, next()?);
        Ok(Self(Cursor {
            height: height.parse().map_err(|_| form())?,
            transaction: transaction.parse().map_err(|_| form())?,
            item: item.parse().map_err(|_| form())?,
        }))
    }
}

pub(super) async fn status(node: NodeArguments, output: &Output) -> Result<(), Failure> {
    let node = node.connect().await?;
    output.show(
        &node
            .ledger()
            .get_status(GetStatusRequest {})
            .await?
            .into_inner(),
    )
}

pub(super) async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let node = arguments.node.connect().await?;
    match arguments.question {
        Question::OfReceipt(question) => receipt::ask(&node, question, output).await,
        Question::OfGovernance(question) => governance::ask(&node, question, output).await,
        Question::OfMany(question) => lists::ask(&node, question, output).await,
        Question::OfClaims(question) => claims::ask(&node, question, output).await,
        Question::Holder(question) => holder::ask(&node, question, output).await,
        Question::OfPayments(question) => payments::ask(&node, question, output).await,
        Question::OfAlert(question) => alert::ask(&node, question, output).await,
        Question::Organisation { organisation } => {
            let request = GetOrganisationRequest { organisation };
            output.show(
                &node
                    .organisations()
                    .get_organisation(request)
                    .await?
                    .into_inner(),
            )
        }
        Question::Organisations => organisations(&node, output).await,
        Question::Range { receipt } => {
            let ReceiptId { code, number } = receipt.0;
            let request = GetRangeRequest {
                receipt_code: code.to_string(),
                number: number.get(),
            };
            output.show(&node.allotments().get_range(request).await?.into_inner())
        }
        Question::Ranges { issuer, code } => ranges(&node, issuer, code, output).await,
        Question::Block { block, full } => self::block(&node, &block, full, output).await,
        Question::Header { height } => {
            let request = GetHeaderRequest { height };
            output.show(&node.ledger().get_header(request).await?.into_inner())
        }
        Question::Transaction { id } => {
            let request = GetTransactionRequest {
                transaction_id: from_hex("transaction id", &id)?.into(),
                with_transaction: true,
            };
            output.show(
                &node
                    .transactions()
                    .get_transaction(request)
                    .await?
                    .into_inner(),
            )
        }
        Question::Parameters => {
            let request = GetParametersRequest {};
            output.show(&node.ledger().get_parameters(request).await?.into_inner())
        }
        Question::Events(wanted) => events(&node, wanted, output).await,
    }
}

async fn organisations(node: &Node, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListOrganisationsRequest {
                page_size: 0,
                page_token,
            };
            let page = node
                .organisations()
                .list_organisations(request)
                .await?
                .into_inner();
            Ok((page.organisations, page.next_page_token))
        },
    )
    .await
}

async fn ranges(
    node: &Node,
    issuer: String,
    receipt_code: String,
    output: &Output,
) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListRangesRequest {
                issuer: issuer.clone(),
                receipt_code: receipt_code.clone(),
                page_size: 0,
                page_token,
            };
            let page = node.allotments().list_ranges(request).await?.into_inner();
            Ok((page.ranges, page.next_page_token))
        },
    )
    .await
}

async fn block(node: &Node, block: &str, full: bool, output: &Output) -> Result<(), Failure> {
    let by = match block.parse() {
        Ok(height) => get_block_request::By::Height(height),
        Err(_) => get_block_request::By::BlockHash(from_hex("block hash", block)?.into()),
    };
    let request = GetBlockRequest {
        by: Some(by),
        with_transactions: full,
        ..Default::default()
    };
    let mut ledger = node.ledger();
    let mut page = ledger.get_block(request).await?.into_inner();
    output.show(&page)?;
    while !page.next_page_token.is_empty() {
        // The tip may have moved: the pages are of the block whose first page was shown.
        let request = GetBlockRequest {
            by: Some(get_block_request::By::BlockHash(page.block_hash)),
            with_transactions: full,
            page_size: 0,
            page_token: page.next_page_token,
        };
        page = ledger.get_block(request).await?.into_inner();
        page.transactions
            .iter()
            .try_for_each(|transaction| output.show(transaction))?;
    }
    Ok(())
}

async fn events(node: &Node, wanted: EventArguments, output: &Output) -> Result<(), Failure> {
    let start = match wanted.after {
        Some(cursor) => Some(Start::After(cursor.0)),
        None if wanted.from_now => Some(Start::FromNow(true)),
        None => None,
    };
    let request = SubscribeRequest {
        start,
        organisation: wanted.organisation,
        accepted_only: wanted.accepted_only,
        ..Default::default()
    };
    let mut stream = node.events().subscribe(request).await?.into_inner();
    while let Some(response) = stream.message().await? {
        match response.message {
            Some(Told::Event(event)) => output.event(&event)?,
            Some(Told::Heartbeat(beat)) => {
                let height = beat.cursor.unwrap_or_default().height;
                note(&format!("everything up to height {height} is told"));
                if wanted.until_now {
                    return Ok(());
                }
            }
            None => {}
        }
    }
    Ok(())
}

fn from_hex(what: &str, text: &str) -> Result<Vec<u8>, Failure> {
    hex::decode(text).map_err(|_| Failure::Usage(format!("{what} must be hexadecimal: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_written_as_events_show_it() {
        let cursor: CursorArgument = "17.0.2".parse().unwrap();
        assert_eq!(
            cursor.0,
            Cursor {
                height: 17,
                transaction: 0,
                item: 2
            }
        );
        for bad in ["", "17", "17.0", "17.0.2.1", "a.b.c"] {
            assert!(bad.parse::<CursorArgument>().is_err(), "{bad}");
        }
    }
}
