//! Sequences that let money out twice before a rule stopped them, with the figures of the audit that found them.

mod reissue;
