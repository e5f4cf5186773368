//! Negotiates a stream's protocol by hand (multistream-select 1.0.0).
//!
//! ```text
//!   dialler                                     listener
//!   "/multistream/1.0.0" ‖ name ──────────────►
//!                        ◄────────────── "/multistream/1.0.0" ‖ name, or "na"
//!   each message: length (one byte here) ‖ text ‖ line end
//! ```

use std::io;

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::SubstreamBox;

const HEADER: &str = "/multistream/1.0.0";
const NOT_AVAILABLE: &str = "na";

/// The longest message whose length is one byte.
const MESSAGE_BYTES_MAX: usize = 127;

/// Proposals that a listener reads before it gives up.
const PROPOSALS_MAX: usize = 8;

/// Result of proposing a protocol.
#[derive(Debug)]
pub enum Agreement {
    /// The other side accepted it.
    Agreed,
    /// The other side refused it.
    Refused,
    /// The stream ended before an answer, after this number of bytes.
    Ended(usize),
}

/// Proposes a protocol as the dialler, and writes `more` before the answer.
pub async fn propose(stream: &mut SubstreamBox, name: &str, more: &[u8]) -> Agreement {
    let mut heard = 0;
    let proposal = [&message(HEADER), &message(name), more].concat();
    let sent = async {
        stream.write_all(&proposal).await?;
        stream.flush().await
    };
    if sent.await.is_err() {
        return Agreement::Ended(heard);
    }
    for expected in [HEADER, name] {
        match receive(stream, &mut heard).await {
            Ok(text) if text == expected => {}
            Ok(_) => return Agreement::Refused,
            Err(_) => return Agreement::Ended(heard),
        }
    }
    Agreement::Agreed
}

/// Accepts the first proposed protocol that `speaks` knows, and returns its name.
///
/// # Errors
/// When the stream ends, or no proposal is known.
pub async fn accept(
    stream: &mut SubstreamBox,
    speaks: impl Fn(&str) -> bool,
) -> io::Result<String> {
    let mut heard = 0;
    if receive(stream, &mut heard).await? != HEADER {
        return Err(io::ErrorKind::InvalidData.into());
    }
    stream.write_all(&message(HEADER)).await?;
    for _ in 0..PROPOSALS_MAX {
        let name = receive(stream, &mut heard).await?;
        let known = speaks(&name);
        let answer = if known { &name } else { NOT_AVAILABLE };
        stream.write_all(&message(answer)).await?;
        stream.flush().await?;
        if known {
            return Ok(name);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn message(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len() + 1).expect("names are short");
    let mut bytes = vec![length];
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'\n');
    bytes
}

async fn receive(stream: &mut SubstreamBox, heard: &mut usize) -> io::Result<String> {
    let mut length = [0];
    stream.read_exact(&mut length).await?;
    *heard += 1;
    let length = usize::from(length[0]);
    if length == 0 || length > MESSAGE_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = vec![0; length];
    stream.read_exact(&mut text).await?;
    *heard += length;
    text.pop(); // the line end
    String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData.into())
}
