//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use rand::RngExt as _;

use super::Failed;

/// Ports below those that the system gives to outgoing connections, so that none of
/// these takes a port between its choice and its use.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

/// How many ports are tried before giving up.
const TRIES_MAX: usize = 1_000;

/// Ports that nobody listens on now, all different.
pub(super) fn free(count: usize) -> Result<Vec<u16>, Failed> {
    let mut rng = rand::rng();
    // Held until all are chosen, so that none is chosen twice.
    let mut held = Vec::with_capacity(count);
    for _ in 0..TRIES_MAX {
        if held.len() == count {
            break;
        }
        let port = rng.random_range(FIRST..=LAST);
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            held.push((port, listener));
        }
    }
    if held.len() < count {
        return Err(Failed::trouble(
            "free ports on loopback",
            &"too few were found",
        ));
    }
    Ok(held.into_iter().map(|(port, _)| port).collect())
}
