//! Proof files of the chain, put together as a node does.

use std::collections::BTreeMap;

use bytes::Bytes;
use piaolian_contracts::{
    chain::{Hash, Height, merkle, mmr},
    organisations::ORGANISATIONS,
    parameters::PARAMETERS,
    receipts::{ISSUANCES, Issuance, RECEIPTS, Receipt},
    storage::{Key, Record, Records},
    types::ReceiptId,
};
use piaolian_proto::v1::{EventEvidence, ReceiptProof, SealEvidence, StateEntry, StateEvidence};
use piaolian_verifier::FILE_VERSION;
use prost::Message;

use super::{Chain, leaf};

impl Chain {
    pub fn receipt(&self, id: &ReceiptId) -> Receipt {
        RECEIPTS.get(&self.state, id).unwrap().unwrap()
    }

    pub fn issuance(&self, height: Height) -> Issuance {
        ISSUANCES.get(&self.state, &height).unwrap().unwrap()
    }

    /// Evidence of what the state holds at a receipt's place.
    pub fn evidence(&self, id: &ReceiptId) -> StateEvidence {
        let key = RECEIPTS.state_key(id);
        StateEvidence {
            header: Some(self.certified(self.height())),
            value: self.state.value(&key).map(Into::into),
            proof: Some((&self.state.prove(&key)).into()),
            key: key.into(),
            handovers: Vec::new(),
        }
    }

    /// A proof file with all that it may have but details.
    pub fn proof(&self, id: &ReceiptId) -> ReceiptProof {
        let receipt = self.receipt(id);
        ReceiptProof {
            version: FILE_VERSION,
            receipt: Some((*id).into()),
            evidence: Some(self.evidence(id)),
            issuer: Some(self.entry(ORGANISATIONS, &receipt.issuer)),
            parameters: Some(self.entry(PARAMETERS, &())),
            seal: self.seal(&receipt),
            notice: None,
            events: self.events(id),
            details: Bytes::new(),
        }
    }

    /// A proof file that there is no such receipt.
    pub fn proof_of_absence(&self, id: &ReceiptId) -> ReceiptProof {
        ReceiptProof {
            version: FILE_VERSION,
            receipt: Some((*id).into()),
            evidence: Some(self.evidence(id)),
            ..ReceiptProof::default()
        }
    }

    pub fn entry<K: Key, V: Record>(&self, records: Records<K, V>, key: &K) -> StateEntry {
        let key = records.state_key(key);
        StateEntry {
            value: self.state.value(&key).unwrap().into(),
            proof: Some((&self.state.prove(&key)).into()),
        }
    }

    fn seal(&self, receipt: &Receipt) -> Option<SealEvidence> {
        let height = receipt.issued_height;
        let seal = self.issuance(height).seal?;
        let leaves = self.issued(height);
        let path = merkle::path(&leaves, receipt.issued_index as usize).unwrap();
        Some(SealEvidence {
            issuance: Some(self.entry(ISSUANCES, &height)),
            path: path.into_iter().map(Into::into).collect(),
            bureau: Some(self.entry(ORGANISATIONS, &seal.organisation)),
        })
    }

    /// The issued hashes of what a block issued, in order.
    fn issued(&self, height: Height) -> Vec<Hash> {
        let mut issued = BTreeMap::new();
        for item in self
            .made(height)
            .outcomes
            .iter()
            .flat_map(|outcome| &outcome.items)
        {
            let id = item.receipt.clone().map(ReceiptId::try_from);
            let Some(Ok(id)) = id else { continue };
            let receipt = self.receipt(&id);
            if receipt.issued_height == height {
                issued.insert(receipt.issued_index, receipt.issued_hash());
            }
        }
        issued.into_values().collect()
    }

    /// Everything that concerned a receipt.
    fn events(&self, id: &ReceiptId) -> Vec<EventEvidence> {
        let mut events = Vec::new();
        for height in 1..=self.height().get() {
            let height = Height::new(height);
            for (index, outcome) in (0..).zip(&self.made(height).outcomes) {
                for (item, told) in (0..).zip(&outcome.items) {
                    if told.receipt == Some((*id).into()) {
                        events.push(self.event(height, index, item));
                    }
                }
            }
        }
        events
    }

    pub fn event(&self, height: Height, index: u32, item: u32) -> EventEvidence {
        let made = self.made(height);
        let place = index as usize;
        let outcomes: Vec<Vec<u8>> = made.outcomes.iter().map(Message::encode_to_vec).collect();
        let leaves: Vec<[u8; 96]> = made
            .transactions
            .iter()
            .map(|bytes| self.leaf(bytes))
            .collect();
        let earlier = self.height().get() - 1;
        let read = |position| Ok::<_, std::convert::Infallible>(self.nodes[&position]);
        let Ok(history) = mmr::prove(height, earlier, read);
        EventEvidence {
            header: made.header.encode().into(),
            history_path: bytes(&history.unwrap_or_default()),
            index,
            count: u32::try_from(leaves.len()).unwrap(),
            transaction: made.transactions[place].clone(),
            transaction_path: bytes(&merkle::path(&leaves, place).unwrap()),
            outcome: outcomes[place].clone().into(),
            outcome_path: bytes(&merkle::path(&outcomes, place).unwrap()),
            item,
        }
    }

    fn leaf(&self, encoded: &Bytes) -> [u8; 96] {
        let transaction = piaolian_contracts::Transaction::decode(encoded.clone(), &self.id);
        leaf(&transaction.unwrap())
    }
}

fn bytes(path: &[Hash]) -> Vec<Bytes> {
    path.iter().map(|hash| (*hash).into()).collect()
}
