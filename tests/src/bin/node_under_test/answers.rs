//! Answers a test's requests.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    chain::{Block as ChainBlock, Hash, Height},
    transaction::Transaction,
};
use piaolian_ledger as ledger;
use piaolian_ledger::{SubmitError, Submitted};
use piaolian_node::app::{Components, NodeError};
use piaolian_service::Services;
use piaolian_tests::control::{
    Answer, Answered, Asked, BLOCKS_MAX, Block, Committed, Item, Peer, Request, Status, UNASKED,
};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    Failure,
    issuing::{self, Issuer},
};

/// Answers requests until it is dropped, which also drops unfinished answers.
pub(crate) async fn answer_requests(
    components: Components,
    issuer: Option<Issuer>,
    mut asked: mpsc::Receiver<Asked>,
    answers: mpsc::Sender<Answered>,
) -> Result<(), NodeError> {
    let issuer = issuer.map(|issuer| Arc::new(issuer.serve(&components)));
    tell(&answers, UNASKED, Answer::Running).await;
    let mut answering = JoinSet::new();
    loop {
        tokio::select! {
            Some(Asked { id, request }) = asked.recv() => {
                let (components, issuer) = (components.clone(), issuer.clone());
                let answers = answers.clone();
                answering.spawn(async move {
                    let answer = answer(&components, issuer.as_deref(), request).await;
                    tell(&answers, id, answer.unwrap_or_else(failed)).await;
                });
            }
            Some(answered) = answering.join_next() => answered?,
            else => std::future::pending().await,
        }
    }
}

pub(crate) async fn tell(answers: &mpsc::Sender<Answered>, id: u64, answer: Answer) {
    let _ = answers.send(Answered { id, answer }).await; // closed: the process ends
}

fn failed(failure: Failure) -> Answer {
    Answer::Failed(failure.to_string())
}

async fn answer(
    components: &Components,
    issuer: Option<&Services>,
    request: Request,
) -> Result<Answer, Failure> {
    match request {
        Request::Submit { transaction } => {
            let submitted = submit(components, unhex(&transaction)?).await;
            Ok(submitted.map_or_else(refused, |_| Answer::Submitted))
        }
        Request::SubmitAndWait { transaction } => {
            submit_and_wait(components, unhex(&transaction)?).await
        }
        Request::Status => Ok(Answer::Status(status(components))),
        Request::Blocks { from, to } => Ok(Answer::Blocks(blocks(components, from, to)?)),
        Request::Locate { ids } => {
            let located = ids.iter().map(|id| locate(components, id));
            Ok(Answer::Located(located.collect::<Result<_, _>>()?))
        }
        Request::Import { files } => {
            let services = issuer.ok_or("only the hospital imports")?;
            Ok(Answer::Imported(issuing::import(services, files).await?))
        }
        Request::Grant {
            receipt,
            grantee,
            expires_ms,
        } => {
            let services = issuer.ok_or("only the hospital authorises")?;
            let granted = issuing::grant(services, receipt, grantee, expires_ms).await?;
            Ok(Answer::Granted(granted))
        }
        Request::Holds { attachments } => {
            let held = attachments.iter().map(|hash| {
                let found = components.attachments.get(&hash.parse()?)?;
                Ok::<_, Failure>(found.is_some())
            });
            Ok(Answer::Held(held.collect::<Result<_, _>>()?))
        }
        Request::Arm(_) | Request::Stop => Err("done on reading".into()),
    }
}

fn unhex(text: &str) -> Result<Bytes, Failure> {
    Ok(hex::decode(text)?.into())
}

async fn submit(components: &Components, encoded: Bytes) -> Result<Submitted, SubmitError> {
    let decoded = components.admission.decode(encoded);
    let transaction = decoded.map_err(SubmitError::Refused)?;
    components.admission.submit(transaction).await
}

async fn submit_and_wait(components: &Components, transaction: Bytes) -> Result<Answer, Failure> {
    let submitted = match submit(components, transaction).await {
        Ok(submitted) => submitted,
        Err(error) => return Ok(refused(error)),
    };
    Ok(match submitted.outcome.await {
        Ok(committed) => Answer::Committed(in_words(&committed)),
        Err(_) => Answer::Refused {
            code: 0,
            reason: "it expired, or the node stops".to_owned(),
        },
    })
}

fn refused(error: SubmitError) -> Answer {
    let code = match &error {
        SubmitError::Refused(refused) => refused.code(),
        SubmitError::Pool(_) | SubmitError::Stopped(_) => 0,
    };
    let reason = error.to_string();
    Answer::Refused { code, reason }
}

fn in_words(committed: &ledger::CommittedOutcome) -> Committed {
    let items = committed.outcome.items.iter().map(|item| Item {
        code: item.code,
        receipt: item.receipt.clone().map(|id| (id.code, id.number)),
    });
    Committed {
        height: committed.height.get(),
        index: committed.index,
        code: committed.outcome.code,
        items: items.collect(),
    }
}

fn status(components: &Components) -> Status {
    let tip = components.ledger.tip();
    let peers = components.network.peers().into_iter().map(|peer| Peer {
        organisation: peer.organisation,
        peer_id: peer.peer_id.to_string(),
        connected: peer.connected_since.is_some(),
        validator: peer.validator,
    });
    Status {
        height: tip.height.get(),
        block_hash: tip.block_hash.to_string(),
        state_root: tip.state_root.to_string(),
        waiting: components.ledger.mempool().len(),
        peers: peers.collect(),
    }
}

fn blocks(components: &Components, from: u64, to: u64) -> Result<Vec<Block>, Failure> {
    let store = components.ledger.view();
    let mut blocks = Vec::new();
    for height in from..=to.min(from.saturating_add(BLOCKS_MAX - 1)) {
        let height = Height::new(height);
        let (Some(committed), Some(encoded)) = (store.committed(height)?, store.block(height)?)
        else {
            break;
        };
        let block = ChainBlock::decode(encoded)?;
        if block.hash() != committed.block_hash {
            return Err(format!("the body at {height} is another block's").into());
        }
        let ids = block.transactions.into_iter().map(|encoded| {
            let transaction = Transaction::decode(encoded, components.ledger.chain_id())?;
            Ok::<_, Failure>(transaction.id().to_string())
        });
        blocks.push(Block {
            height: height.get(),
            hash: committed.block_hash.to_string(),
            state_root: committed.header.state_root.to_string(),
            proposer: committed.header.proposer.to_string(),
            validators: committed.header.validators_hash.to_string(),
            next_validators: committed.header.next_validators_hash.to_string(),
            round: committed.certificate.round,
            transactions: ids.collect::<Result<_, _>>()?,
        });
    }
    Ok(blocks)
}

fn locate(components: &Components, id: &str) -> Result<Option<Committed>, Failure> {
    let store = components.ledger.view();
    let id: Hash = id.parse()?;
    let Some(location) = store.location(&id)? else {
        return Ok(None);
    };
    let outcomes = store.outcomes(location.height)?;
    let outcome = outcomes
        .and_then(|outcomes| outcomes.into_iter().nth(location.index as usize))
        .ok_or("a transaction without an outcome")?;
    Ok(Some(in_words(&ledger::CommittedOutcome {
        height: location.height,
        index: location.index,
        outcome,
    })))
}
