//! The lists of the compiled `.proto` files.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// Names of all actions.
fn actions() -> BTreeSet<String> {
    let actions = piaolian_proto::api::ACTIONS.iter();
    actions.map(|action| action.message.to_owned()).collect()
}

/// Requires `named` to be all actions; `advice` says what to write for one that is missing.
pub fn expect_every_action(named: &BTreeSet<String>, advice: &str) {
    let actions = actions();
    let missing: Vec<_> = actions.difference(named).collect();
    assert!(missing.is_empty(), "{advice}: {missing:?}");
    let unknown: Vec<_> = named.difference(&actions).collect();
    assert!(unknown.is_empty(), "there is no such action: {unknown:?}");
}

/// The messages of one file.
pub fn names_of_messages(file: &str) -> BTreeSet<String> {
    let messages = messages(file);
    messages
        .iter()
        .map(|message| message.name().to_owned())
        .collect()
}

fn messages(file: &str) -> Vec<DescriptorProto> {
    let set = FileDescriptorSet::decode(piaolian_proto::FILE_DESCRIPTOR_SET).unwrap();
    let named = |candidate: &FileDescriptorProto| candidate.name() == format!("piaolian/v1/{file}");
    set.file.into_iter().find(named).unwrap().message_type
}
