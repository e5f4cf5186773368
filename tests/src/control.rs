//! How a test drives a node: one JSON object a line.
//!
//! ```text
//!   stdin    {"id":7,"request":{"settle":{"transaction":"0a4b…"}}}
//!   stdout   {"id":0,"answer":"running"}                    each time the node begins to run
//!            {"id":7,"answer":{"settled":{"height":3,…}}}   one for each request, in any order
//! ```
//!
//! The node stops when its stdin ends, so that none outlives its test.

use serde::{Deserialize, Serialize};

use crate::crash::Crash;

/// The id of what nobody asked for.
pub const UNASKED: u64 = 0;

/// Most blocks of one [`Request::Blocks`].
pub const BLOCKS_MAX: u64 = 64;

/// A request with the number that its answer will carry.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// At least 1.
    pub id: u64,
    /// What is asked.
    pub request: Request,
}

/// An answer with its request's number.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answered {
    /// The request's, or [`UNASKED`].
    pub id: u64,
    /// What is answered.
    pub answer: Answer,
}

/// What a node can be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Submit an encoded transaction, in hexadecimal: [`Answer::Submitted`] or [`Answer::Refused`].
    Submit {
        /// The transaction.
        transaction: String,
    },
    /// The same, answered once a block has it: [`Answer::Settled`] or [`Answer::Refused`].
    Settle {
        /// The transaction.
        transaction: String,
    },
    /// Where the node stands: [`Answer::Status`].
    Status,
    /// Committed blocks: [`Answer::Blocks`].
    Blocks {
        /// The first height.
        from: u64,
        /// The last height, at most [`BLOCKS_MAX`] in all.
        to: u64,
    },
    /// Where transactions stand: [`Answer::Located`].
    Locate {
        /// Transaction ids, in hexadecimal.
        ids: Vec<String>,
    },
    /// Import national XML as the issuer, which only the hospital's node does: [`Answer::Imported`].
    Import {
        /// The files' contents.
        files: Vec<String>,
    },
    /// Authorise an organisation to claim for a receipt, which only the hospital's node does,
    /// and always as the same request: [`Answer::Granted`].
    Grant {
        /// The receipt's code and number.
        receipt: (String, u64),
        /// Unified social credit code.
        grantee: String,
        /// Unix ms.
        expires_ms: u64,
    },
    /// Which attachments the node holds: [`Answer::Held`].
    Holds {
        /// Their hashes, in hexadecimal.
        attachments: Vec<String>,
    },
    /// Die at a write point from now on: [`Answer::Armed`].
    Arm(Crash),
    /// Stop in order; the process ends with exit code 0 and no answer.
    Stop,
}

/// What a node answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The node runs; told at its start and when it has started again to validate.
    Running,
    /// The transaction waits for a block.
    Submitted,
    /// A block has the transaction.
    Settled(Settled),
    /// The transaction was not taken, or expired while it waited.
    Refused {
        /// The rule's number; 0 when it was no rule.
        code: u32,
        /// What the node says.
        reason: String,
    },
    /// Where the node stands.
    Status(Status),
    /// Committed blocks, from the first asked for up to the tip.
    Blocks(Vec<Block>),
    /// In the order of the ids; `None` for a transaction that no block has.
    Located(Vec<Option<Settled>>),
    /// What became of the files, in their order.
    Imported(Vec<Imported>),
    /// The hash of the details' key as handed on, in hexadecimal.
    Granted(String),
    /// In the order of the hashes.
    Held(Vec<bool>),
    /// The crash is armed.
    Armed,
    /// The node cannot answer.
    Failed(String),
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The block's height.
    pub height: u64,
    /// The place in the block.
    pub index: u32,
    /// The transaction's outcome: 0 when it was accepted.
    pub code: u32,
    /// The outcome of each receipt.
    pub items: Vec<Item>,
}

/// What became of an imported file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The receipt's code and number, once it is on the ledger.
    pub receipt: Option<(String, u64)>,
    /// It was there before this import.
    pub known: bool,
    /// This node tells the details that the ledger's record commits to.
    pub details_kept: bool,
    /// The hash of the receipt's encrypted details, in hexadecimal.
    pub attachment: Option<String>,
    /// The numbers of the rules that refused it.
    pub problems: Vec<u32>,
}

/// A receipt's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// 0 when it was accepted.
    pub code: u32,
    /// The receipt's code and number.
    pub receipt: Option<(String, u64)>,
}

/// Where a node stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The last committed height.
    pub height: u64,
    /// Its block's hash.
    pub block_hash: String,
    /// The root of the state after it.
    pub state_root: String,
    /// Transactions that wait for a block.
    pub waiting: usize,
    /// The other members.
    pub peers: Vec<Peer>,
}

/// A member as a node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its organisation.
    pub organisation: String,
    /// Its peer id.
    pub peer_id: String,
    /// Whether it is connected.
    pub connected: bool,
    /// Whether it is a validator.
    pub validator: bool,
}

/// A committed block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: String,
    /// The root of the state after it.
    pub state_root: String,
    /// Its proposer's address.
    pub proposer: String,
    /// Hash of the validator set that decided it …
    pub validators: String,
    /// … and of the next one.
    pub next_validators: String,
    /// The round that decided it. Nodes may hold different rounds' certificates.
    pub round: u32,
    /// The ids of its transactions, in order.
    pub transactions: Vec<String>,
}
