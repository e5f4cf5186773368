//! Free ports on loopback.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener},
    sync::{Mutex, PoisonError},
};

use rand::RngExt as _;

use super::DemoError;

/// Ports below the range for outgoing connections, so that none of these takes a port between its choice and its use.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

/// Most ports to try.
const TRIES_MAX: usize = 1_000;

/// Ports returned earlier: scenarios run in parallel, and a node listens only some time later.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Returns distinct ports that are free now and were not returned before.
pub(super) fn free(count: usize) -> Result<Vec<u16>, DemoError> {
    let mut rng = rand::rng();
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    // Kept open until all are chosen, so that none is chosen twice.
    let mut held = Vec::with_capacity(count);
    for _ in 0..TRIES_MAX {
        if held.len() == count {
            break;
        }
        let port = rng.random_range(FIRST..=LAST);
        if given.contains(&port) {
            continue;
        }
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            given.insert(port);
            held.push((port, listener));
        }
    }
    if held.len() < count {
        return Err(DemoError::unavailable(
            "free ports on loopback",
            &"too few were found",
        ));
    }
    Ok(held.into_iter().map(|(port, _)| port).collect())
}
