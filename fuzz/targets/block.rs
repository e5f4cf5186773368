//! Decodes a block, as proposers and sync peers send it.
//!
//! Property: a block has one encoding.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use piaolian_contracts::chain::Block;

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(block) = Block::decode(bytes.clone()) {
        assert_eq!(block.encode(), bytes);
    }
});
