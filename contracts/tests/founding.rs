//! The founding: what a chain may begin with.

use piaolian_contracts::{
    Founding, GenesisStateError,
    chain::{Validator, ValidatorSet},
    genesis_state,
    governance::Governors,
    organisations::ORGANISATIONS,
    parameters::Parameters,
    upgrades::VALIDATOR_SET,
};

use piaolian_contracts::organisations::KeyPurpose;

use crate::world::{World, memory::Memory, people::Member};

fn founding(members: &[Member], validators: &[(&Member, KeyPurpose)]) -> Founding {
    let chain_id = "piaolian-test".parse().unwrap();
    let validator = |(member, purpose): &(&Member, KeyPurpose)| {
        Validator::new(member.id, member.public_key(*purpose), 1).unwrap()
    };
    let organisations = members
        .iter()
        .map(|m| m.admission(&chain_id).try_into().unwrap());
    let validators = ValidatorSet::new(validators.iter().map(validator).collect()).unwrap();
    Founding {
        organisations: organisations.collect(),
        chain_id,
        parameters: Parameters::default(),
        governors: Governors::of_validators(&validators),
        validators,
    }
}

#[test]
fn founders_act_from_the_first_block() {
    let world = World::founded(&["finance", "hospital"]);
    let hospital = ORGANISATIONS
        .get(&world.state, &world.member("hospital").id)
        .unwrap()
        .unwrap();
    assert_eq!(hospital.admitted_height.get(), 0);
    assert!(hospital.keys.iter().all(|key| key.first_height.get() == 1));
    assert_eq!(
        VALIDATOR_SET
            .get(&world.state, &())
            .unwrap()
            .unwrap()
            .validators()
            .len(),
        2
    );
}

#[test]
fn founding_is_the_same_whatever_the_order_of_founders() {
    let (finance, hospital) = (Member::new("finance"), Member::new("hospital"));
    let validators = [
        (&finance, KeyPurpose::Validate),
        (&hospital, KeyPurpose::Validate),
    ];
    let mut one = founding(
        &[Member::new("finance"), Member::new("hospital")],
        &validators,
    );
    let changes = genesis_state(&one).unwrap();
    one.organisations.reverse();
    assert_eq!(genesis_state(&one).unwrap(), changes);
    assert!(changes.is_sorted_by(|a, b| a.key < b.key));
    let mut state = Memory::default();
    state.apply(&changes);
}

#[test]
fn a_chain_needs_finance() {
    let hospital = Member::new("hospital");
    let founding = founding(
        &[Member::new("hospital")],
        &[(&hospital, KeyPurpose::Validate)],
    );
    assert_eq!(genesis_state(&founding), Err(GenesisStateError::NoFinance));
}

#[test]
fn founders_obey_the_rules_of_admission() {
    let finance = Member::new("finance");
    let twice = [Member::new("finance"), Member::new("finance")];
    let error = genesis_state(&founding(&twice, &[(&finance, KeyPurpose::Validate)])).unwrap_err();
    assert!(
        matches!(error, GenesisStateError::Organisation { code: 1103, .. }),
        "{error}"
    );

    let mut stranger = founding(
        &[Member::new("finance")],
        &[(&finance, KeyPurpose::Validate)],
    );
    stranger.chain_id = "another-chain".parse().unwrap();
    let error = genesis_state(&stranger).unwrap_err();
    assert!(
        matches!(error, GenesisStateError::Organisation { code: 1106, .. }),
        "{error}"
    );
}

#[test]
fn validators_are_founders_with_an_endless_validate_key() {
    let (finance, hospital) = (Member::new("finance"), Member::new("hospital"));
    let stranger = founding(
        &[Member::new("finance")],
        &[(&hospital, KeyPurpose::Validate)],
    );
    assert_eq!(
        genesis_state(&stranger),
        Err(GenesisStateError::Validator(hospital.id))
    );
    let wrong_key = founding(&[Member::new("finance")], &[(&finance, KeyPurpose::Sign)]);
    assert_eq!(
        genesis_state(&wrong_key),
        Err(GenesisStateError::Validator(finance.id))
    );
}

#[test]
fn governors_are_founders() {
    let (finance, hospital) = (Member::new("finance"), Member::new("hospital"));
    let mut founding = founding(
        &[Member::new("finance")],
        &[(&finance, KeyPurpose::Validate)],
    );
    founding.governors = Governors::new(vec![finance.id, hospital.id], 2).unwrap();
    assert_eq!(
        genesis_state(&founding),
        Err(GenesisStateError::Governor(hospital.id))
    );
}

#[test]
fn who_validates_governs_by_two_thirds_when_nothing_else_is_said() {
    for (founders, threshold) in [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5)] {
        let members: Vec<_> = (1..=founders)
            .map(|number| Member::new(&format!("hospital{number}")))
            .collect();
        let validators: Vec<_> = members
            .iter()
            .map(|member| (member, KeyPurpose::Validate))
            .collect();
        let governors = founding(&[], &validators).governors;
        assert_eq!(governors.organisations().len(), founders);
        assert_eq!(governors.threshold(), threshold);
    }
}
