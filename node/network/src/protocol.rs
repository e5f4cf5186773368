//! Protocol names, and the protocol upgrade that accepts a peer's streams.
//!
//! ```text
//!   /piaolian/1/<first 16 bytes of the genesis hash, hex>/<class>
//! ```
//!
//! Every name contains the chain, so that two nodes of different chains have no protocol in common and exchange
//! nothing. No handshake message of our own is needed.

use std::{convert::Infallible, future, sync::Arc};

use libp2p::{
    InboundUpgrade, Stream, StreamProtocol,
    core::{UpgradeInfo, upgrade::ReadyUpgrade},
};

use super::frame::Class;

/// Bytes of the genesis hash in the names: enough to be unique to the chain.
const CHAIN_BYTES: usize = 16;

/// The protocol names of a chain, one for each class.
#[derive(Clone, Debug)]
pub(super) struct Protocols(Arc<[StreamProtocol; Class::ALL.len()]>);

impl Protocols {
    pub(super) fn new(genesis_hash: &[u8; 32]) -> Self {
        let chain = hex::encode(&genesis_hash[..CHAIN_BYTES]);
        let names = Class::ALL.map(|class| {
            StreamProtocol::try_from_owned(format!("/piaolian/1/{chain}/{}", class.name()))
                .expect("the name opens with a slash")
        });
        Self(Arc::new(names))
    }

    /// The upgrade that requests a stream of this class.
    pub(super) fn dial(&self, class: Class) -> ReadyUpgrade<StreamProtocol> {
        ReadyUpgrade::new(self.0[class.index()].clone())
    }
}

/// Accepts a stream of any class and names its class.
impl UpgradeInfo for Protocols {
    type Info = StreamProtocol;
    type InfoIter = [StreamProtocol; Class::ALL.len()];

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.as_ref().clone()
    }
}

impl InboundUpgrade<Stream> for Protocols {
    type Output = (Class, Stream);
    type Error = Infallible;
    type Future = future::Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, name: StreamProtocol) -> Self::Future {
        let class = Class::ALL
            .into_iter()
            .find(|class| self.0[class.index()] == name)
            .expect("libp2p agrees on no name that was not offered");
        future::ready(Ok((class, stream)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_chains_share_no_protocol() {
        let one = Protocols::new(&[1; 32]);
        let other = Protocols::new(&[2; 32]);
        assert!(one.0.iter().all(|name| !other.0.contains(name)));
        assert_eq!(
            one.0[0].as_ref(),
            "/piaolian/1/01010101010101010101010101010101/consensus"
        );
    }
}
