//! The node that a command asks.

use std::path::PathBuf;

use clap::Args;
use piaolian_client::{Client, ConnectError, Token};

use super::{Failure, files};

/// A node, and the token for it.
#[derive(Clone, Debug, Args)]
pub(super) struct NodeArguments {
    /// The node's address.
    #[arg(
        long,
        env = "PIAOLIAN_NODE",
        default_value = "http://127.0.0.1:26700",
        value_name = "URL",
        help_heading = "Connection"
    )]
    node: String,
    /// A file with the token; `piaolian token new` makes one.
    #[arg(
        long,
        env = "PIAOLIAN_TOKEN_FILE",
        value_name = "FILE",
        help_heading = "Connection"
    )]
    token_file: Option<PathBuf>,
}

impl NodeArguments {
    /// Names a node and the file with a token for it.
    pub(super) fn new(node: &str, token_file: &str) -> Self {
        Self {
            node: node.to_owned(),
            token_file: Some(token_file.into()),
        }
    }

    /// Returns the node's address.
    pub(super) fn address(&self) -> &str {
        &self.node
    }

    /// Connects to the node.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let connected = Client::connect(&self.node, self.token()?).await;
        connected.map_err(|error| match error {
            ConnectError::Address { address, problem } => {
                Failure::Usage(format!("--node {address}: {problem}"))
            }
            ConnectError::Unreachable { .. } => Failure::Unreachable(error.to_string()),
        })
    }

    fn token(&self) -> Result<Option<Token>, Failure> {
        let Some(path) = &self.token_file else {
            return Ok(None);
        };
        let token = Token::parse(&files::read_text(path)?);
        let token =
            token.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        Ok(Some(token))
    }
}

#[cfg(test)]
mod tests {
    use piaolian_service::api;

    #[test]
    fn the_client_takes_what_a_node_sends_and_sends_what_it_takes() {
        assert_eq!(piaolian_client::RESPONSE_BYTES_MAX, api::ANSWER_BYTES_MAX);
        assert_eq!(piaolian_client::REQUEST_BYTES_MAX, api::REQUEST_BYTES_MAX);
    }
}
