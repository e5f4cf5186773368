//! Transactions that a running network must refuse from any sender.

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::{
    organisations::{KeyPurpose, OrganisationError},
    transaction::Refused,
};
use piaolian_proto::v1::{self, transaction_body::Action};
use piaolian_test_kit::{
    sample::HOSPITAL,
    transactions::{self, Draft},
};
use piaolian_tests::cluster::{Checked, Cluster, Network, PATIENCE};

use crate::{FINANCE, NODE, VALIDATORS};

/// Place of an organisation that no block has admitted.
const NEWCOMER: usize = VALIDATORS;

fn code_of(rules: &[piaolian_contracts::rejection::Rule], name: &str) -> u32 {
    rules.iter().find(|rule| rule.name == name).unwrap().code
}

/// Checks that every validator refuses a transaction by the rule of this name.
fn assert_refused(cluster: &Cluster, transaction: &Bytes, rule: &str) {
    let expected = code_of(Refused::RULES, rule);
    for place in 0..VALIDATORS {
        match cluster.submit_and_wait(place, transaction) {
            Err((code, reason)) => assert_eq!(code, expected, "{rule}: {reason}"),
            Ok(committed) => panic!("{rule}: {committed:?}"),
        }
    }
}

fn issue(network: &Network, business_number: &str) -> Draft {
    let issue = transactions::issue(business_number);
    Draft::new(&network.chain_id, &network.founders[HOSPITAL], issue)
}

#[test]
fn replayed_expired_and_wrongly_signed_transactions_never_enter_a_block() {
    let mut cluster = Cluster::start_all(NODE, "admission", VALIDATORS);
    let network = cluster.network().clone();
    let (finance, hospital) = (&network.founders[FINANCE], &network.founders[HOSPITAL]);
    let grant = transactions::grant(network.organisation(HOSPITAL), 1, 100);
    cluster.accept(0, &Draft::new(&network.chain_id, finance, grant).sign());

    let draft = issue(&network, "first").client([1; 16]);
    let first = draft.sign();
    let issued = cluster.accept(0, &first);
    for place in 0..VALIDATORS {
        cluster.wait_for_height(place, issued.height, PATIENCE);
    }
    assert_refused(&cluster, &first, "Replayed");
    let conflict = issue(&network, "second").client([1; 16]).sign();
    assert_refused(&cluster, &conflict, "ClientIdConflict");

    let expired = issue(&network, "late").valid_until(clock::now()).sign();
    assert_refused(&cluster, &expired, "Expired");
    let too_long = clock::now().after_ms(48 * 3_600_000);
    let too_long = issue(&network, "long").valid_until(too_long).sign();
    assert_refused(&cluster, &too_long, "ValidTooLong");
    let elsewhere = issue(&network, "elsewhere").chain("another-chain".parse().unwrap());
    assert_refused(&cluster, &elsewhere.sign(), "WrongChain");
    let by_admin = issue(&network, "by-admin").purpose(hospital, KeyPurpose::Admin);
    assert_refused(&cluster, &by_admin.sign(), "WrongPurpose");
    let mut forged = issue(&network, "forged").sign().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_refused(&cluster, &forged.into(), "BadSignature");
    let unknown = transactions::issue("unknown");
    let unknown = Draft::new(&network.chain_id, &network.founders[NEWCOMER], unknown);
    assert_refused(&cluster, &unknown.sign(), "UnknownOrganisation");
    cluster.assert_one_chain(&mut Checked::default());
}

#[test]
fn a_revoked_key_cannot_sign_and_a_weak_key_is_not_admitted() {
    let mut cluster = Cluster::start_all(NODE, "keys", VALIDATORS);
    let network = cluster.network().clone();
    let (finance, hospital) = (&network.founders[FINANCE], &network.founders[HOSPITAL]);

    let admit = weak(transactions::admit(
        &network.chain_id,
        &network.founders[NEWCOMER],
    ));
    let admit = Draft::new(&network.chain_id, finance, admit).purpose(finance, KeyPurpose::Admin);
    let rejected = cluster.submit_and_wait(0, &admit.sign()).unwrap();
    let unfit = code_of(OrganisationError::RULES, "UnfitPublicKey");
    assert_eq!(rejected.code, unfit, "{rejected:?}");

    let (key_id, _) = hospital.key(KeyPurpose::Sign).unwrap();
    let revoke = transactions::revoke(key_id);
    let revoke =
        Draft::new(&network.chain_id, hospital, revoke).purpose(hospital, KeyPurpose::Admin);
    let revoked = cluster.accept(1, &revoke.sign());
    for place in 0..VALIDATORS {
        cluster.wait_for_height(place, revoked.height, PATIENCE);
    }
    assert_refused(
        &cluster,
        &issue(&network, "after").sign(),
        "KeyNoLongerLive",
    );
    cluster.assert_one_chain(&mut Checked::default());
}

/// The same admission with the neutral point as signing key, for which anyone can sign.
fn weak(action: Action) -> Action {
    let Action::AdmitOrganisation(mut admit) = action else {
        panic!("not an admission");
    };
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let key = admit
        .keys
        .iter_mut()
        .find(|key| key.purpose() == v1::KeyPurpose::Sign)
        .unwrap();
    key.public_key = neutral.to_vec().into();
    Action::AdmitOrganisation(admit)
}
