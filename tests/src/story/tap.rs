//! What passes through loopback, written down.
//!
//! ```text
//!   peer, client ──► tap's port ──► node's port
//!                        └──► FOLDER/<name>-<to|from>-node-<connection>
//! ```
//!
//! A forwarder in front of each door needs no rights, where a capture of packets would;
//! it is the doors' addresses that peers and clients are told.

use std::{
    fs::File,
    io::Write as _,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::Failed;

/// Bytes read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Writes down what goes through the doors that it stands in front of.
#[derive(Debug)]
pub struct Tap {
    folder: PathBuf,
}

impl Tap {
    /// Writes into `folder`, which is there.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Stands in front of a door on loopback; the port to go through instead.
    pub(super) async fn before(&self, name: &str, door: u16) -> Result<u16, Failed> {
        let trouble = |error| Failed::trouble("a tap", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(trouble)?;
        let port = listener.local_addr().map_err(trouble)?.port();
        let record = self.folder.join(name);
        tokio::spawn(async move {
            let mut connection = 0_u64;
            while let Ok((client, _)) = listener.accept().await {
                let records = ["to", "from"]
                    .map(|way| format!("{}-{way}-node-{connection}", record.display()));
                tokio::spawn(forward(client, door, records));
                connection += 1;
            }
        });
        Ok(port)
    }
}

/// Until both directions have ended. A door that is closed closes the connection.
async fn forward(client: TcpStream, door: u16, [to, from]: [String; 2]) {
    let Ok(node) = TcpStream::connect((Ipv4Addr::LOCALHOST, door)).await else {
        return;
    };
    // Votes are small and wait for nothing.
    let _ = (client.set_nodelay(true), node.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_node, to_node) = node.into_split();
    tokio::join!(
        copy(from_client, to_node, to),
        copy(from_node, to_client, from),
    );
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, record: String) {
    let Ok(mut record) = File::create(record) else {
        return; // what cannot be written down does not pass, and the story fails
    };
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..count];
        if record.write_all(bytes).is_err() || to.write_all(bytes).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await; // it may be gone
}
