//! Decodes encrypted details, as peers send them.
//!
//! Property: they have one encoding.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use piaolian_encryption::EncryptedDetails;

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(details) = EncryptedDetails::decode(bytes.clone()) {
        assert_eq!(details.encode(), bytes);
    }
});
