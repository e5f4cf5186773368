//! The protocol by which a test controls a node: one JSON object per line.
//!
//! ```text
//!   stdin    {"id":7,"request":{"submit_and_wait":{"transaction":"0a4b…"}}}
//!   stdout   {"id":0,"answer":"running"}                    each time the node starts running
//!            {"id":7,"answer":{"committed":{"height":3,…}}}   one for each request, in any order
//! ```
//!
//! The node stops when its stdin ends, so that no node outlives its test.

use serde::{Deserialize, Serialize};

use crate::crash::Crash;

/// Id of an answer without a request.
pub const UNASKED: u64 = 0;

/// Most blocks in one [`Request::Blocks`].
pub const BLOCKS_MAX: u64 = 64;

/// A request with the id that its answer will carry.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// At least 1.
    pub id: u64,
    /// The request.
    pub request: Request,
}

/// An answer with the id of its request.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answered {
    /// Id of the request, or [`UNASKED`].
    pub id: u64,
    /// The answer.
    pub answer: Answer,
}

/// A request to a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Submit an encoded transaction, in hexadecimal: [`Answer::Submitted`] or [`Answer::Refused`].
    Submit {
        /// The transaction.
        transaction: String,
    },
    /// Submit a transaction; answered once a block contains it: [`Answer::Committed`] or [`Answer::Refused`].
    SubmitAndWait {
        /// The transaction.
        transaction: String,
    },
    /// Read the node's status: [`Answer::Status`].
    Status,
    /// Read committed blocks: [`Answer::Blocks`].
    Blocks {
        /// The first height.
        from: u64,
        /// The last height; at most [`BLOCKS_MAX`] blocks in all.
        to: u64,
    },
    /// Locate transactions in blocks: [`Answer::Located`].
    Locate {
        /// Transaction ids, in hexadecimal.
        ids: Vec<String>,
    },
    /// Import national XML as the issuer (the hospital's node only): [`Answer::Imported`].
    Import {
        /// The files' contents.
        files: Vec<String>,
    },
    /// Authorise an organisation to claim for a receipt (the hospital's node only), always with the same client id:
    /// [`Answer::Granted`].
    Grant {
        /// The receipt's code and number.
        receipt: (String, u64),
        /// Unified social credit code of the organisation.
        grantee: String,
        /// End of the authorisation, Unix ms.
        expires_ms: u64,
    },
    /// Ask which attachments the node has: [`Answer::Held`].
    Holds {
        /// Their hashes, in hexadecimal.
        attachments: Vec<String>,
    },
    /// Crash at a write point from now on: [`Answer::Armed`].
    Arm(Crash),
    /// Stop cleanly; the process ends with exit code 0 and without an answer.
    Stop,
}

/// An answer of a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The node is running; sent at its start and after it has restarted to validate.
    Running,
    /// The transaction waits for a block.
    Submitted,
    /// A block contains the transaction.
    Committed(Committed),
    /// The transaction was refused, or expired while it waited.
    Refused {
        /// Number of the rule; 0 if no rule refused it.
        code: u32,
        /// The node's message.
        reason: String,
    },
    /// The node's status.
    Status(Status),
    /// Committed blocks, from the first requested up to the tip.
    Blocks(Vec<Block>),
    /// Locations in the order of the ids; `None` for a transaction that no block contains.
    Located(Vec<Option<Committed>>),
    /// Results in the order of the files.
    Imported(Vec<Imported>),
    /// Hash of the details key encrypted for the grantee, in hexadecimal.
    Granted(String),
    /// Whether the node has each attachment, in the order of the hashes.
    Held(Vec<bool>),
    /// The crash is armed.
    Armed,
    /// The node cannot answer.
    Failed(String),
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Height of the block.
    pub height: u64,
    /// Index in the block.
    pub index: u32,
    /// Outcome of the transaction; 0 if accepted.
    pub code: u32,
    /// Outcome of each receipt.
    pub items: Vec<Item>,
}

/// Result of importing a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The receipt's code and number, once it is on the ledger.
    pub receipt: Option<(String, u64)>,
    /// Whether the receipt existed before this import.
    pub known: bool,
    /// Whether this node returns the details that the ledger's record commits to.
    pub details_kept: bool,
    /// Hash of the receipt's encrypted details, in hexadecimal.
    pub attachment: Option<String>,
    /// Numbers of the rules that refused the file.
    pub problems: Vec<u32>,
}

/// Outcome of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Number of the rule that refused it; 0 if accepted.
    pub code: u32,
    /// The receipt's code and number.
    pub receipt: Option<(String, u64)>,
}

/// Status of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The last committed height.
    pub height: u64,
    /// Hash of the last block.
    pub block_hash: String,
    /// The root of the state after it.
    pub state_root: String,
    /// Number of transactions waiting for a block.
    pub waiting: usize,
    /// The other members.
    pub peers: Vec<Peer>,
}

/// A member of the network from a node's point of view.
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
    /// Hash of the validator set that decided the block.
    pub validators: String,
    /// Hash of the validator set of the next block.
    pub next_validators: String,
    /// Round that decided the block. Nodes may have certificates of different rounds.
    pub round: u32,
    /// The ids of its transactions, in order.
    pub transactions: Vec<String>,
}
