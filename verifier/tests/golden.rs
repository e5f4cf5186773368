//! Proof files, pinned byte by byte, against which a verifier in another language is tested.

use expect_test::expect_file;
use piaolian_proto::v1::ReceiptProof;
use piaolian_verifier::ProofFile;

use crate::{
    fines::{fined, proof},
    handovers::change_twice,
    story::{never_issued, story},
};

#[test]
fn proof_files() {
    let story = story();
    let (chain, trust) = (&story.chain, story.chain.trust());
    let whole = ReceiptProof {
        details: story.details.clone(),
        ..chain.proof(&story.receipt)
    };
    let bare = ReceiptProof {
        events: Vec::new(),
        seal: None,
        ..chain.proof(&story.receipt)
    };
    let absent = chain.proof_of_absence(&never_issued());
    let fine = fined();
    let mut later = self::story();
    let before = change_twice(&mut later);
    let mut handed_over = later.chain.proof(&later.receipt);
    handed_over.evidence.as_mut().unwrap().handovers =
        before.map(|height| later.chain.certified(height)).to_vec();
    let mut lines = vec![
        format!("chain id = {}", chain.id),
        format!("trusted validators hash = {}", trust.validators_hash),
    ];
    for (name, message) in [
        ("whole", whole),
        ("bare", bare),
        ("absent", absent),
        ("fine", proof(&fine)),
        ("handed over", handed_over),
    ] {
        let file = ProofFile::from(message);
        file.verify(&trust).unwrap();
        lines.push(format!("{name} = {}", hex::encode(file.encode())));
    }
    expect_file!["golden/proofs.txt"].assert_eq(&(lines.join("\n") + "\n"));
}
