//! An administrator's acts: signed with the offline admin key, and sent raw.

use std::{fs, sync::Arc};

use bytes::Bytes;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_genesis::Entry;
use piaolian_node::{
    clock,
    keys::{self, Author, Intent, random_client_id},
};
use piaolian_proto::v1::{AdmitOrganisation, transaction_body::Action};

use crate::story::{Failed, Network, Who};

/// How long a signed act may take to the ledger, ms.
const VALID_FOR_MS: u64 = 600_000;

/// Signs an act of `who` with its admin key, which its node does not have.
pub(super) fn sign(network: &Network, who: Who, action: Action) -> Result<Bytes, Failed> {
    let trouble = |error: &dyn std::fmt::Display| Failed::trouble("signing an act", &error);
    let key = keys::read(&network.home(who)?.admin(), KeyPurpose::Admin);
    let key = key.map_err(|error| trouble(&error))?;
    let author = Author::new(Network::chain_id(), who.id(), Arc::new(key));
    let signed = author.sign(Intent {
        action,
        operator: who.operator().to_owned(),
        valid_until: clock::now().after_ms(VALID_FOR_MS),
        client_id: random_client_id(),
    });
    Ok(signed.map_err(|error| trouble(&error))?.encoded)
}

/// What finance admits: an organisation as its own entry presents it.
pub(super) fn admission(network: &Network, who: Who) -> Result<AdmitOrganisation, Failed> {
    let path = network.home(who)?.entry();
    let trouble =
        |error: &dyn std::fmt::Display| Failed::trouble(path.display().to_string(), &error);
    let json = fs::read_to_string(&path).map_err(|error| trouble(&error))?;
    let entry = Entry::from_json(&json).map_err(|error| trouble(&error))?;
    let organisation = entry
        .message()
        .entry
        .clone()
        .and_then(|entry| entry.organisation);
    organisation.ok_or_else(|| Failed::absent("organisation"))
}
