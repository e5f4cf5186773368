//! Decodes a transaction, as clients and peers send it.
//!
//! Property: a transaction has one encoding. What opens keeps its bytes and its id when it is opened again.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use piaolian_contracts::{
    chain::ChainId,
    transaction::{Envelope, Transaction},
};

fuzz_target!(|data: &[u8]| {
    let chain =
        ChainId::parse("chain_id", "piaolian-test").expect("the golden chain's name is valid");
    let bytes = Bytes::copy_from_slice(data);
    let Ok(envelope) = Envelope::open(bytes.clone(), &chain) else {
        return;
    };
    let Ok(transaction) = Transaction::from_envelope(envelope, &chain) else {
        return;
    };
    assert_eq!(transaction.encoded(), &bytes);
    let again = Transaction::decode(bytes, &chain).expect("it was decoded before");
    assert_eq!(again.id(), transaction.id());
});
