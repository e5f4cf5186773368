//! The hashes of attachments go on the ledger with accepted items, and with nothing else.

use piaolian_contracts::{Transaction, chain::Hash, execute::attached};
use piaolian_proto::v1 as proto;

use crate::{
    golden::story::story,
    world::{
        World,
        payments::{AGENCY, notice, notices, paying_world, report},
        reimbursement::authorise,
        requests::{Request, attaching, attachment, issue, issue_all, item, reverse, suspend},
    },
};

/// The hashes that a request put on the ledger, in a block of its own.
fn put(world: &mut World, request: impl Request) -> Vec<Hash> {
    let encoded = world.sign(&request);
    let transaction = Transaction::decode(encoded.clone(), &world.chain_id).unwrap();
    let outcome = world.block(&[encoded]).outcomes.remove(0);
    world.note_names(&request, &outcome);
    attached(transaction.action(), &outcome)
}

/// A reversal whose attachment has the reversal receipt's name.
fn red(original: &str) -> impl Request + use<> {
    let hash = attachment(&format!("-{original}"));
    reverse(original).with(move |red| red.attachment_hash = hash.into())
}

/// Notices that name the same attachment.
fn attaching_notices(numbers: &[u64], bytes: &str) -> impl Request + use<> {
    let hash = attachment(bytes);
    notices(numbers.iter().copied()).with(|item| item.attachment_hash = hash.into())
}

/// An authorisation with the details' key, wrapped for the grantee.
fn sharing(receipt: &str, grantee: &str) -> impl Request + use<> {
    let hash = attachment(&format!("{receipt} for {grantee}"));
    authorise(receipt, grantee).with(move |grant: &mut proto::GrantAccess| {
        grant.wrapped_key_hash = hash.into();
    })
}

#[test]
fn a_receipt_has_the_attachment_that_it_was_issued_with() {
    let mut world = World::new();
    let both = issue_all(vec![attaching("R1"), item("R2")]);
    assert_eq!(put(&mut world, both), [attachment("R1")]);
    assert_eq!(world.receipt("R1").attachment_hash, Some(attachment("R1")));
    assert_eq!(world.receipt("R2").attachment_hash, None);
}

#[test]
fn a_reversal_has_an_attachment_of_its_own() {
    let mut world = World::new();
    world.accept(issue_all(vec![attaching("R1"), attaching("R2")]));
    assert_eq!(put(&mut world, red("R1")), [attachment("-R1")]);
    let (original, reversal) = (world.receipt("R1"), world.receipt("-R1"));
    assert_eq!(original.attachment_hash, Some(attachment("R1")));
    assert_eq!(reversal.attachment_hash, Some(attachment("-R1")));
    assert!(put(&mut world, reverse("R2")).is_empty());
    assert_eq!(world.receipt("-R2").attachment_hash, None);
}

#[test]
fn the_receipt_of_a_payment_inherits_the_attachment_of_its_notice() {
    let mut world = paying_world();
    let fine = attachment("fine");
    assert_eq!(put(&mut world, attaching_notices(&[7], "fine")), [fine]);
    assert_eq!(world.notice(7).attachment_hash, Some(fine));
    assert!(put(&mut world, report("B1", 7)).is_empty());
    world.call("R7", world.notice(7).payment.unwrap().receipt);
    assert!(put(&mut world, notice(8)).is_empty());
    world.accept(report("B2", 8));
    world.call("R8", world.notice(8).payment.unwrap().receipt);
    assert_eq!(world.receipt("R7").attachment_hash, Some(fine));
    assert_eq!(world.notice(7).attachment_hash, Some(fine));
    assert_eq!(world.receipt("R8").attachment_hash, None);
}

#[test]
fn an_authorisation_may_bring_the_key_for_its_grantee() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let wrapped = attachment("R1 for insurer");
    assert_eq!(put(&mut world, sharing("R1", "insurer")), [wrapped]);
    assert!(put(&mut world, authorise("R1", "employer")).is_empty());
}

#[test]
fn what_is_rejected_as_a_whole_puts_nothing_on_the_ledger() {
    let mut world = paying_world();
    world.accept(issue("R1"));
    world.accept(suspend(AGENCY)).accept(suspend("hospital"));
    assert!(put(&mut world, issue_all(vec![attaching("R3")])).is_empty());
    assert!(put(&mut world, red("R1")).is_empty());
    assert!(put(&mut world, attaching_notices(&[7], "fine")).is_empty());
    assert!(put(&mut world, sharing("R1", "insurer")).is_empty());
}

#[test]
fn a_rejected_item_puts_nothing_on_the_ledger_and_the_others_do() {
    let mut world = paying_world();
    let again = proto::IssueItem {
        attachment_hash: attachment("another").into(),
        ..item("R2")
    };
    let some = issue_all(vec![attaching("R2"), again, item("R3"), attaching("R1")]);
    assert_eq!(put(&mut world, some), ["R2", "R1"].map(attachment));
    world.accept(notice(8));
    assert!(put(&mut world, attaching_notices(&[8], "taken")).is_empty());
    let fine = attaching_notices(&[8, 9], "fine");
    assert_eq!(put(&mut world, fine), [attachment("fine")]);
    assert_eq!(world.notice(8).attachment_hash, None);
}

#[test]
fn what_several_items_name_is_put_on_the_ledger_once() {
    let mut world = paying_world();
    let names = ["b", "a", "b", "c", "a"];
    let items = names.iter().zip(0..).map(|(name, place)| proto::IssueItem {
        attachment_hash: attachment(name).into(),
        ..item(&format!("R{place}"))
    });
    let all = issue_all(items.collect());
    assert_eq!(put(&mut world, all), ["b", "a", "c"].map(attachment));
    let fines = attaching_notices(&[7, 8], "fine");
    assert_eq!(put(&mut world, fines), [attachment("fine")]);
}

/// The golden story has every action.
#[test]
fn no_other_action_names_an_attachment() {
    let (world, encoded, outcomes) = story();
    let mut named = Vec::new();
    for ((name, bytes), outcome) in encoded.into_iter().zip(&outcomes) {
        let transaction = Transaction::decode(bytes.into(), &world.chain_id).unwrap();
        let hashes = attached(transaction.action(), outcome).into_iter();
        named.extend(hashes.map(|hash| (name, hash)));
    }
    let expected = [
        ("IssueReceipts", attachment("R2")),
        ("ReverseReceipt", attachment("-R3")),
        ("GrantAccess", attachment("R1 for insurer")),
        ("CreateNotices", attachment("fine")),
    ];
    assert_eq!(named, expected);
}
