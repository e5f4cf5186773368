//! Checks that the tables of methods and actions are complete and agree, and that methods with private data require
//! their role.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use std::collections::BTreeSet;

use piaolian_proto::{
    api::{ACTIONS, METHODS, Origin, action, method},
    v1::{self, TokenRole, TransactionBody, transaction_body::Action},
};
use prost_reflect::{DescriptorPool, MessageDescriptor};

/// Actions that workers submit: nobody asks for them, so they have no command.
const WORKER_ACTIONS: &[&str] = &["SealBlock", "AnchorAccessLog"];

/// Methods that show the details of a receipt or its holder, with the role that each requires. A lower role would show
/// them to more clients of a node: that is a decision about privacy, described in `docs/PRIVACY.md`.
const PRIVATE_METHODS: &[(&str, TokenRole)] = &[
    ("AuthoriseGrantee", TokenRole::Submit),
    ("CollectReceipts", TokenRole::Submit),
    ("CreateNotices", TokenRole::Submit),
    ("GetReceiptDetails", TokenRole::Submit),
    ("IssueReceipts", TokenRole::Submit),
    // The decision number and the second factor protect it, with a limit of attempts.
    ("PickUpReceipt", TokenRole::Read),
    ("ReissueReceipt", TokenRole::Submit),
    ("ReverseReceipt", TokenRole::Submit),
];

/// Fields of answers that hold details, or the check code that stands in them.
const PRIVATE_FIELDS: &[&str] = &["details", "xml", "check_code"];

/// A proof file has a field for details, which the holder of the file fills. A node returns it without them.
const WITHOUT_DETAILS: &str = "piaolian.v1.ReceiptProof";

fn is_command(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    let letters = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    words.len() == 2 && words.iter().all(letters)
}

#[test]
fn every_action_has_a_command_or_a_worker() {
    for action in ACTIONS {
        match action.cli() {
            Some(cli) => assert!(is_command(cli), "{}: {cli}", action.message),
            None => assert!(
                WORKER_ACTIONS.contains(&action.message),
                "{}: add the option `cli` to its rpc; if a worker submits it, name it in WORKER_ACTIONS",
                action.message
            ),
        }
    }
}

#[test]
fn a_method_that_submits_an_action_has_its_name_and_needs_more_than_reading() {
    for action in ACTIONS {
        let Origin::Method { path } = action.origin else {
            continue;
        };
        let method = method(path).unwrap();
        assert_eq!(method.name, action.message);
        assert_eq!(method.action, Some(action.field));
        assert!(
            method.role >= TokenRole::Submit && !method.reads_only,
            "{path}"
        );
    }
}

#[test]
fn a_command_stands_for_one_thing() {
    let offline = ACTIONS.iter().filter_map(|action| match action.origin {
        Origin::Offline { cli } => Some(cli),
        Origin::Method { .. } | Origin::Worker { .. } => None,
    });
    let commands = METHODS
        .iter()
        .filter_map(|method| method.cli)
        .chain(offline);
    let commands: Vec<&str> = commands.collect();
    let distinct: BTreeSet<&str> = commands.iter().copied().collect();
    assert_eq!(distinct.len(), commands.len(), "{commands:?}");
    for command in commands {
        assert!(is_command(command), "{command}");
    }
}

#[test]
fn methods_are_found_by_their_paths() {
    for known in METHODS {
        assert_eq!(method(known.path), Some(known));
    }
    assert_eq!(method("/piaolian.v1.ClaimService/Withdraw"), None);
}

#[test]
fn an_action_knows_its_name() {
    macro_rules! named {
        ($( $action:ident $field:ident $number:literal; )*) => {
            [$( (Action::$action(v1::$action::default()), stringify!($action), $number), )*]
        };
    }
    let all = piaolian_proto::for_each_action!(named);
    assert_eq!(all.len(), ACTIONS.len());
    for ((message, name, number), known) in all.into_iter().zip(ACTIONS) {
        assert_eq!(
            (message.name(), known.message, known.number),
            (name, name, number)
        );
        assert_eq!(action(name), Some(known));
    }
}

#[test]
fn a_batch_is_narrowed_to_one_item_and_keeps_what_is_said_of_all() {
    let receipt = |number| v1::ReceiptId {
        number,
        ..Default::default()
    };
    let batch = |numbers: &[u64]| {
        Action::AuditUse(v1::AuditUse {
            receipts: numbers.iter().copied().map(receipt).collect(),
            audit_number: "HX-1".to_owned(),
        })
    };
    let action = batch(&[1, 2]);
    assert_eq!(action.narrowed(1), Some(batch(&[2])));
    assert_eq!(action.narrowed(2), None);
    let whole = Action::CloseDay(v1::CloseDay::default());
    assert_eq!(whole.narrowed(9), Some(whole.clone()));
    assert_eq!(TransactionBody::from(whole.clone()).action, Some(whole));
}

#[test]
fn a_method_that_shows_private_data_demands_its_role() {
    for (name, role) in PRIVATE_METHODS {
        let method = METHODS.iter().find(|method| method.name == *name).unwrap();
        assert_eq!(method.role, *role, "{name}");
    }
}

#[test]
fn every_method_that_shows_private_data_is_named_here() {
    let pool = DescriptorPool::decode(piaolian_proto::FILE_DESCRIPTOR_SET).unwrap();
    let methods: Vec<_> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect();
    let is_about_holder = |request: &MessageDescriptor| {
        let mut fields = request.fields();
        fields.any(|field| {
            field
                .kind()
                .as_message()
                .is_some_and(|it| it.name() == "Holder")
        })
    };
    let showing: BTreeSet<&str> = methods
        .iter()
        .filter(|method| {
            let mut seen = BTreeSet::from([WITHOUT_DETAILS.to_owned()]);
            is_about_holder(&method.input()) || shows_private_data(&method.output(), &mut seen)
        })
        .map(|method| method.name())
        .collect();
    let named: BTreeSet<&str> = PRIVATE_METHODS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        showing, named,
        "name them in PRIVATE_METHODS, each with its role"
    );
}

/// Returns whether a message has a private field, itself or in a message that was not seen yet.
fn shows_private_data(message: &MessageDescriptor, seen: &mut BTreeSet<String>) -> bool {
    message.fields().any(|field| {
        let kind = field.kind();
        let inner = kind.as_message();
        PRIVATE_FIELDS.contains(&field.name())
            || inner.is_some_and(|inner| {
                seen.insert(inner.full_name().to_owned()) && shows_private_data(inner, seen)
            })
    })
}
