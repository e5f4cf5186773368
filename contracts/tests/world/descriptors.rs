//! The lists of the compiled `.proto` files.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// Names of all actions.
pub fn actions() -> BTreeSet<String> {
    let actions = piaolian_proto::api::ACTIONS.iter();
    actions.map(|action| action.message.to_owned()).collect()
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
