//! Actions that an administrator signs with the offline admin key.
//!
//! ```text
//!   action ──admin key, chain of genesis.json──► signed transaction ──► a node, or a file for `transaction submit`
//! ```
//!
//! The admin key is never on a node. With `--out` nothing is sent: sign on a machine that has no network, carry the
//! file, and `piaolian transaction submit` it elsewhere.

use std::{path::PathBuf, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use clap::Args;
use piaolian_base::clock;
use piaolian_contracts::{chain::ChainId, organisations::KeyPurpose, types::OrganisationId};
use piaolian_custody::keys::{self, Author, Signed, UnsignedTransaction, random_client_id};
use piaolian_genesis::Genesis;
use piaolian_proto::v1::transaction_body::Action;
use serde_json::json;

use super::{
    Failure,
    connection::NodeArguments,
    files,
    output::{Output, note},
    submit,
};

const MS_PER_MINUTE: u64 = 60_000;

/// The signer, and the node that the transaction is sent to.
#[derive(Debug, Args)]
pub(super) struct Offline {
    #[command(flatten)]
    pub(super) node: NodeArguments,
    #[command(flatten)]
    pub(super) signer: Signer,
}

/// The organisation that signs, and the chain that it signs for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signature")]
pub(super) struct Signer {
    /// The acting organisation: unified social credit code.
    #[arg(id = "as", long = "as", value_name = "ORGANISATION")]
    pub(super) organisation: OrganisationId,
    /// The folder of its admin key.
    #[arg(long, default_value = "admin", value_name = "FOLDER")]
    admin_keys: PathBuf,
    /// The chain's founding document.
    #[arg(long, default_value = "genesis.json", value_name = "FILE")]
    genesis: PathBuf,
    /// The administrator: a login or staff number. It goes on chain.
    #[arg(long, default_value = "", hide_default_value = true)]
    operator: String,
    /// Minutes within which the transaction may enter a block: at most the governed `validity_ms_max`, 1,440 at first.
    #[arg(long, default_value_t = 60)]
    valid_minutes: u64,
    /// Write the signed transaction to this file and send nothing.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Offline {
    /// Signs an action, and sends it or writes it to the file of `--out`.
    pub(super) async fn run(self, action: Action, output: &Output) -> Result<(), Failure> {
        let signed = self.signer.sign(action)?;
        let Some(path) = &self.signer.out else {
            note(&format!("transaction {}", signed.id));
            return submit::send(&self.node.connect().await?, signed.encoded.into(), output).await;
        };
        files::write_new(path, &signed.encoded, files::PUBLIC_MODE)?;
        let id = signed.id.to_string();
        let text = format!("{id}  {}", path.display());
        let encoded = BASE64_STANDARD.encode(signed.id.as_bytes());
        output.say(&json!({ "transactionId": encoded, "file": path }), &text)
    }
}

impl Signer {
    /// Reads the chain's name from its founding document.
    pub(super) fn chain_id(&self) -> Result<ChainId, Failure> {
        Ok(Genesis::read(&self.genesis)?.chain_id().clone())
    }

    fn sign(&self, action: Action) -> Result<Signed, Failure> {
        let key = keys::read(&self.admin_keys, KeyPurpose::Admin)
            .map_err(|error| Failure::usage(&error))?;
        let author = Author::new(self.chain_id()?, self.organisation, Arc::new(key));
        let valid_ms = self.valid_minutes.saturating_mul(MS_PER_MINUTE);
        let signed = author.sign(UnsignedTransaction {
            action,
            operator: self.operator.clone(),
            valid_until: clock::now().after_ms(valid_ms),
            client_id: random_client_id(),
        });
        signed.map_err(|error| Failure::usage(&error))
    }
}
