//! Specification of the founding.

mod entries;
mod golden;
mod networks;

use piaolian_contracts::{chain::ChainId, types::BlockTime};
use piaolian_proto::v1 as proto;

use crate::{
    entry::Entry,
    genesis::Genesis,
    sample::{self, Founder, Network},
};

const FOUNDING_TIME: BlockTime = BlockTime::from_ms(1_795_000_000_000);

fn chain() -> ChainId {
    "piaolian-sample-1".parse().unwrap()
}

fn network(count: usize) -> Network {
    sample::network(&chain(), FOUNDING_TIME, count, 1).unwrap()
}

fn entry_of(founder: &Founder) -> Entry {
    founder.entry(&chain()).unwrap()
}

/// A sample entry's message with its inner part at hand.
fn altered(
    place: usize,
    alter: impl FnOnce(&mut proto::FoundingEntry),
) -> proto::SignedFoundingEntry {
    let mut message = entry_of(&sample::founder(place, 1)).message().clone();
    alter(message.entry.as_mut().unwrap());
    message
}

fn organisation(entry: &mut proto::FoundingEntry) -> &mut proto::AdmitOrganisation {
    entry.organisation.as_mut().unwrap()
}

fn genesis_message() -> proto::Genesis {
    network(4).genesis.to_message()
}

fn verify(alter: impl FnOnce(&mut proto::Genesis)) -> Result<Genesis, crate::GenesisError> {
    let mut message = genesis_message();
    alter(&mut message);
    Genesis::verify(message)
}
