//! Reads the frames of a substream and decodes their bodies, as peers send them.
//!
//! Property: a frame has one encoding. The first byte chooses the class of the substream.

#![no_main]

use libfuzzer_sys::fuzz_target;
use piaolian_network::fuzzing::read_frames;

fuzz_target!(|data: &[u8]| read_frames(data));
