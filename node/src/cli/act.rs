//! `piaolian act`: business acts, signed by the node for its organisation.

mod alert;
mod claims;
mod life;
mod payments;
mod requests;

use std::str::FromStr;

use clap::{Args, Subcommand};
use piaolian_contracts::transaction::ClientId;
use piaolian_proto::v1::{CallOptions, ErrorDetail, ReceiptVerdict};

use super::{Failure, client::NodeArguments, failure::refused, output::Output};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// 经办: a login or staff number, never an identity number. It goes on chain.
    #[arg(long, default_value = "")]
    operator: String,
    /// Names the request: sent again with the same one, it is done once. 32 hexadecimal
    /// digits; a random one unless given.
    #[arg(long)]
    client_id: Option<ClientIdArgument>,
    #[command(subcommand)]
    act: Act,
}

/// A client id: 16 bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ClientIdArgument([u8; ClientId::BYTES]);

impl FromStr for ClientIdArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut id = [0; ClientId::BYTES];
        hex::decode_to_slice(text, &mut id)
            .map_err(|_| "must be 32 hexadecimal digits".to_owned())?;
        Ok(Self(id))
    }
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Grant an issuer a range of receipt numbers (finance).
    Grant(requests::Grant),
    /// Take the unused end of a range back (finance).
    Recall(requests::Recall),
    /// Cancel a receipt by a reversal receipt (its issuer).
    Reverse(requests::Reverse),
    /// Mark receipts as delivered to their holders (their issuer or agency).
    Deliver(life::Deliver),
    /// Exchange a receipt for paper (its issuer).
    Exchange(life::Exchange),
    /// Take the paper of a receipt back (its issuer).
    ReturnPaper(life::ReturnPaper),
    /// Audit the use of receipts' numbers, 核销 (finance).
    AuditUse(life::AuditUse),
    /// Archive receipts (their issuer, a payer that booked them, finance).
    Archive(life::Archive),
    /// Note that a receipt was verified (a payer).
    NoteVerification(life::NoteVerification),
    /// Take the claim lock of a receipt (a payer).
    Lock(requests::Lock),
    /// Give the claim lock back (its owner).
    Unlock(requests::Unlock),
    /// Book a reimbursement (a payer).
    Book(requests::Book),
    /// Take a booking back (who booked it).
    Unbook(requests::Unbook),
    #[command(flatten)]
    OfClaims(claims::Act),
    #[command(flatten)]
    OfPayments(payments::Act),
    #[command(flatten)]
    OnAlert(alert::Act),
}

pub(super) async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let client_id = arguments.client_id.map(|id| id.0.to_vec());
    let options = CallOptions {
        client_id: client_id.unwrap_or_default().into(),
        operator: arguments.operator,
        ..Default::default()
    };
    let node = arguments.node.connect().await?;
    let (mut allotments, mut receipts, mut locks) =
        (node.allotments(), node.receipts(), node.claims());
    match arguments.act {
        Act::Grant(grant) => {
            let answer = allotments.grant_range(grant.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::Recall(recall) => {
            let answer = allotments.recall_range(recall.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::Reverse(reverse) => {
            let answer = receipts.reverse_receipt(reverse.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::Deliver(deliver) => {
            let answer = receipts
                .deliver_receipts(deliver.request(options))
                .await?
                .into_inner();
            output.show(&answer)?;
            all_accepted(answer.verdicts)
        }
        Act::Exchange(exchange) => {
            let answer = receipts
                .exchange_for_paper(exchange.request(options))
                .await?;
            output.show(answer.get_ref())
        }
        Act::ReturnPaper(paper) => {
            let answer = receipts.return_paper(paper.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::AuditUse(audit) => {
            let answer = receipts
                .audit_use(audit.request(options))
                .await?
                .into_inner();
            output.show(&answer)?;
            all_accepted(answer.verdicts)
        }
        Act::Archive(archive) => {
            let answer = receipts
                .archive_receipts(archive.request(options))
                .await?
                .into_inner();
            output.show(&answer)?;
            all_accepted(answer.verdicts)
        }
        Act::NoteVerification(note) => {
            let answer = receipts.note_verification(note.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::Lock(lock) => output.show(locks.lock_receipt(lock.request(options)).await?.get_ref()),
        Act::Unlock(unlock) => output.show(
            locks
                .unlock_receipt(unlock.request(options))
                .await?
                .get_ref(),
        ),
        Act::Book(book) => output.show(locks.book_receipt(book.request(options)).await?.get_ref()),
        Act::Unbook(unbook) => output.show(
            locks
                .unbook_receipt(unbook.request(options))
                .await?
                .get_ref(),
        ),
        Act::OfClaims(act) => claims::run(&node, act, options, output).await,
        Act::OfPayments(act) => payments::run(&node, act, options, output).await,
        Act::OnAlert(act) => alert::run(&node, act, options, output).await,
    }
}

/// A batch of which receipts were refused is no success.
fn all_accepted(verdicts: Vec<ReceiptVerdict>) -> Result<(), Failure> {
    let refusals = verdicts.into_iter().filter_map(|verdict| verdict.refusal);
    none_refused(&refusals.collect::<Vec<_>>())
}

/// A batch of which items were refused is no success.
fn none_refused(refusals: &[ErrorDetail]) -> Result<(), Failure> {
    match refusals {
        [] => Ok(()),
        [first, ..] => Err(refused(first, refusals.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_sixteen_bytes_in_hexadecimal() {
        let id: ClientIdArgument = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(id.0[15], 0xff);
        let (short, long, other) = ("0".repeat(31), "0".repeat(34), "x".repeat(32));
        for bad in ["", "00", &short, &long, &other] {
            assert!(bad.parse::<ClientIdArgument>().is_err(), "{bad}");
        }
    }
}
