//! Records the traffic of the nodes.
//!
//! ```text
//!   peer, client ──► recorder's port ──► node's port
//!                        └──► FOLDER/<name>-<to|from>-node-<connection>
//! ```
//!
//! Peers and clients connect to a forwarder in front of each port. Unlike a packet capture, it needs no privileges.

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

use super::DemoError;

/// Bytes read at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// Records the traffic of the ports that it forwards to.
#[derive(Debug)]
pub struct TrafficRecorder {
    folder: PathBuf,
}

impl TrafficRecorder {
    /// Creates a recorder that writes into `folder`, which must exist.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Starts to record the traffic of a port on loopback. Returns the port to connect to instead.
    pub(super) async fn record(&self, name: &str, port_of_node: u16) -> Result<u16, DemoError> {
        let unavailable = |error| DemoError::unavailable("a tap", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(unavailable)?;
        let port = listener.local_addr().map_err(unavailable)?.port();
        let record = self.folder.join(name);
        tokio::spawn(async move {
            let mut connection = 0_u64;
            while let Ok((client, _)) = listener.accept().await {
                let records = ["to", "from"]
                    .map(|way| format!("{}-{way}-node-{connection}", record.display()));
                tokio::spawn(forward(client, port_of_node, records));
                connection += 1;
            }
        });
        Ok(port)
    }
}

/// Forwards both directions until they end. When the node does not listen, the connection is closed.
async fn forward(client: TcpStream, port_of_node: u16, [to, from]: [String; 2]) {
    let Ok(node) = TcpStream::connect((Ipv4Addr::LOCALHOST, port_of_node)).await else {
        return;
    };
    // Votes are small and must not be delayed.
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
        return; // traffic that cannot be recorded is not forwarded, so that the scenario fails
    };
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..count];
        if record.write_all(bytes).is_err() || to.write_all(bytes).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await; // it may be closed already
}
