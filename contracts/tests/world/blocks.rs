//! Blocks of transactions, made and checked as a node would.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    AdmitError, BlockContext, Refused, Transaction, Verified, admit,
    chain::Height,
    execute::{Applied, BlockExecutor, Context, Executed},
    organisations::KeyPurpose,
    verify_batch,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    HOUR_MS, World, people,
    requests::{Request, issue},
};

impl World {
    /// Empty blocks until the one at `height` is the last.
    pub fn run_to(&mut self, height: Height) -> &mut Self {
        while self.height < height {
            self.block(&[]);
        }
        self
    }

    /// The height this many above the last block's.
    pub fn ahead(&self, heights: u64) -> u64 {
        self.height.get() + heights
    }

    /// The next block comes this much later than the last.
    pub fn wait_ms(&mut self, ms: u64) -> &mut Self {
        self.next_time = Some(self.time.after_ms(ms));
        self
    }

    /// The block that comes next.
    pub fn next_moment(&self) -> BlockContext {
        BlockContext {
            height: self.height.next(),
            time: self.next_time.unwrap_or(self.time.after_ms(1_000)),
        }
    }

    /// Encodes and signs a request.
    pub fn sign(&mut self, request: &dyn Request) -> Bytes {
        let body = self.body(request);
        let key = self.member(request.actor()).key(request.signed_with());
        people::sign(&self.chain_id, &key.signing, &body)
    }

    /// Encodes a body and signs it with a member's sign key.
    pub fn sign_body(&self, member: &str, body: &proto::TransactionBody) -> Bytes {
        let key = self.member(member).key(KeyPurpose::Sign);
        people::sign(&self.chain_id, &key.signing, body)
    }

    /// The body of a request, with a client id of its own.
    pub fn body(&mut self, request: &dyn Request) -> proto::TransactionBody {
        self.requests += 1;
        let actor = self.member(request.actor());
        let mut client_id = [0; 16];
        client_id[8..].copy_from_slice(&self.requests.to_be_bytes());
        proto::TransactionBody {
            chain_id: self.chain_id.to_string(),
            organisation: actor.id.to_string(),
            key_id: actor.key(request.signed_with()).id,
            client_id: client_id.to_vec().into(),
            valid_until_ms: self.next_moment().time.as_ms() + HOUR_MS,
            operator: request.operator().to_owned(),
            action: Some(request.action(self)),
        }
    }

    /// Whether the encoded transaction may enter the next block, all checked as a
    /// node would.
    pub fn check(&self, encoded: Bytes) -> Result<Verified, Refused> {
        let transaction = Arc::new(Transaction::decode(encoded, &self.chain_id)?);
        let key = match admit(&self.state, &self.next_moment(), &transaction) {
            Ok(key) => key,
            Err(AdmitError::Refused(refused)) => return Err(refused),
            Err(AdmitError::Fault(fault)) => panic!("{fault}"),
        };
        transaction.verify(&key)
    }

    /// One block of encoded transactions that a node would admit.
    pub fn block(&mut self, encoded: &[Bytes]) -> Executed {
        let verified: Vec<Verified> = encoded
            .iter()
            .map(|bytes| self.check(bytes.clone()).unwrap())
            .collect();
        let pairs = verified
            .iter()
            .map(|v| (v.transaction().clone(), *v.key()))
            .collect();
        assert!(verify_batch(pairs).iter().all(Result::is_ok));
        self.execute(&verified)
    }

    /// One block of verified transactions, all of which must be admissible.
    pub fn execute(&mut self, verified: &[Verified]) -> Executed {
        let mut executor = self.begin();
        let outcomes: Vec<_> = verified
            .iter()
            .map(|verified| match executor.apply(verified).unwrap() {
                Applied::Included(outcome) => outcome,
                other => panic!("{other:?}"),
            })
            .collect();
        let executed = executor.finish().unwrap();
        assert_eq!(executed.outcomes, outcomes);
        self.commit(&executed);
        executed
    }

    /// The executor of the next block.
    pub fn begin(&self) -> BlockExecutor<'_> {
        BlockExecutor::begin(&self.state, self.context()).unwrap()
    }

    /// The next block.
    pub fn context(&self) -> Context {
        let BlockContext { height, time } = self.next_moment();
        Context {
            chain_id: self.chain_id.clone(),
            height,
            time,
            parent_time: self.time,
        }
    }

    pub fn commit(&mut self, executed: &Executed) {
        assert!(executed.changes.is_sorted_by(|a, b| a.key < b.key));
        let BlockContext { height, time } = self.next_moment();
        self.state.apply(&executed.changes);
        (self.height, self.time, self.next_time) = (height, time, None);
    }
}

/// The hospital's issue of a receipt, signed after its body was altered.
pub fn altered(world: &mut World, alter: impl FnOnce(&mut proto::TransactionBody)) -> Bytes {
    let mut body = world.body(&issue("R1"));
    alter(&mut body);
    world.sign_body("hospital", &body)
}

/// The transaction of encoded bytes, without its checks against the state.
pub fn decode(encoded: &Bytes) -> proto::Transaction {
    proto::Transaction::decode(encoded.clone()).unwrap()
}
