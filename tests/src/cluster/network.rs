//! Founds a sample network on unused addresses.

use std::{
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

use piaolian_base::clock;
use piaolian_contracts::{
    chain::ChainId,
    parameters::{Parameters, ProposedParameters},
    types::OrganisationId,
};
use piaolian_genesis::{Entry, Genesis};
use piaolian_proto::v1;
use piaolian_test_kit::sample::{self, Founder};

/// First port: below those that the system assigns to outgoing connections, so that none of them takes the port of a
/// stopped node.
const PORT_FIRST: u16 = 20_000;
/// Ports tried before giving up.
const PORTS_MAX: u16 = 10_000;
/// The shortest heartbeat that the rules allow: an idle chain makes one block a second.
const HEARTBEAT_MS: u64 = 1_000;

/// The organisations of a network, with their keys and addresses.
pub struct Network {
    /// The chain id.
    pub chain_id: ChainId,
    /// Seed of all keys.
    pub seed: u64,
    /// The founding document.
    pub genesis: Genesis,
    /// The organisations by place: the founders and one that may be admitted later.
    pub founders: Vec<Founder>,
    /// Address of each node.
    pub addresses: Vec<SocketAddrV4>,
    /// Number of validators.
    pub validators: usize,
}

impl Network {
    /// Founds a network of `validators` organisations and prepares one more.
    ///
    /// # Panics
    /// When the sample cannot be founded, which would be a bug in `genesis`.
    pub fn found(name: &str, validators: usize) -> Self {
        let chain_id: ChainId = name.parse().expect("a test's chain id is well-formed");
        let seed = u64::from(process::id());
        let addresses: Vec<_> = (0..=validators).map(|_| free_address()).collect();
        let founders: Vec<_> = addresses
            .iter()
            .enumerate()
            .map(|(place, address)| founder(place, seed, *address))
            .collect();
        let entries = founders[..validators].iter().map(|founder| {
            Entry::sign(
                &chain_id,
                &founder.presentation,
                &founder.keys.iter().collect::<Vec<_>>(),
            )
            .expect("a sample's entry is well-formed")
        });
        let genesis = Genesis::assemble(
            chain_id.clone(),
            clock::now(),
            parameters(),
            None,
            entries.collect(),
        )
        .expect("samples make a network");
        Self {
            chain_id,
            seed,
            genesis,
            founders,
            addresses,
            validators,
        }
    }

    /// The organisation at `place`.
    pub fn organisation(&self, place: usize) -> OrganisationId {
        self.founders[place].presentation.organisation
    }

    /// The multiaddress of the node at `place`.
    pub fn multiaddress(&self, place: usize) -> String {
        multiaddress(self.addresses[place])
    }
}

fn founder(place: usize, seed: u64, address: SocketAddrV4) -> Founder {
    let mut founder = sample::founder(place, seed);
    founder.presentation.endpoints = vec![multiaddress(address)];
    founder
}

fn multiaddress(address: SocketAddrV4) -> String {
    format!("/ip4/{}/tcp/{}", address.ip(), address.port())
}

fn parameters() -> Parameters {
    let message = v1::Parameters {
        heartbeat_ms: HEARTBEAT_MS,
        ..(&Parameters::default()).into()
    };
    ProposedParameters::try_from(message)
        .ok()
        .and_then(|proposed| proposed.within_bounds().ok())
        .expect("the shortest heartbeat is within bounds")
}

/// Chooses an address that no other test on this machine uses: in the loopback network derived from this process's id,
/// on a free port.
fn free_address() -> SocketAddrV4 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let [_, _, high, low] = process::id().to_be_bytes();
    let ip = Ipv4Addr::new(127, high.max(1), low, 1);
    (0..PORTS_MAX)
        .map(|_| {
            let offset = NEXT.fetch_add(1, Ordering::Relaxed) % PORTS_MAX;
            SocketAddrV4::new(ip, PORT_FIRST + offset)
        })
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("one of ten thousand ports is free")
}
