//! Client of a Piaolian node.
//!
//! ```text
//!   Client ──► channel (HTTP/2) ──► node
//!     ├─ token      sent with every call
//!     ├─ services   the generated stubs, with token and size limits: `client.receipts()`
//!     ├─ repeat     repeats a call that is safe to repeat
//!     ├─ call       a call by path with encoded messages, for programs that read descriptors
//!     └─ follow     the event stream, resumed after a lost connection
//!   tonic::Status ──► CallError: kind, rule number, English, Chinese, transaction, height
//! ```
//!
//! A node serves clients on a loopback address, without TLS. Put a TLS proxy before it to reach it over a network.
//!
//! ```no_run
//! use piaolian_client::{Client, Token};
//! use piaolian_proto::v1::{GetReceiptRequest, ReceiptId, get_receipt_request::By};
//!
//! # async fn show() -> Result<(), Box<dyn std::error::Error>> {
//! let token = Token::parse(&std::fs::read_to_string("tokens/read")?)?;
//! let client = Client::connect("http://127.0.0.1:26700", Some(token)).await?;
//! let receipt = ReceiptId { code: "11010125".to_owned(), number: 42 };
//! let request = GetReceiptRequest { by: Some(By::Receipt(receipt)), with_seal_path: false };
//! let answer = client.repeat(async || client.receipts().get_receipt(request.clone()).await).await;
//! match answer {
//!     Ok(answer) => println!("{:?}", answer.receipt),
//!     Err(error) => println!("rule {:?}: {error}", error.rule()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Calls that change the ledger
//!
//! A call is safe to repeat when it only reads, or when its `CallOptions` name a client id. The ledger accepts only one
//! transaction with a given client id, and a repeated call returns the outcome of the first. [`repeatable`] makes such
//! options.

mod call;
mod connection;
mod error;
mod events;
mod repeat;
mod services;
mod token;

pub use self::{
    connection::{
        CALL_TIMEOUT, CONNECT_TIMEOUT, Client, ConnectError, Connection, REQUEST_BYTES_MAX,
        RESPONSE_BYTES_MAX,
    },
    error::{CallError, ErrorKind, describe},
    events::{Events, Followed},
    repeat::{CLIENT_ID_BYTES, repeatable},
    token::{Bearer, Token, TokenError},
};
