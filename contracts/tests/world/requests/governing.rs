//! The governors' proposals and votes, and the parameters that one governor may set alone.

use ed25519_dalek::SigningKey;
use piaolian_contracts::{organisations::KeyPurpose, parameters::Parameters};
use piaolian_proto::v1::{self as proto, proposed_decision::Decision, transaction_body::Action};

use super::{ActionRequest, administer};
use crate::world::{DAY_MS, World, people};

/// Puts a decision to the vote for a day, by finance.
pub fn propose(decision: impl Fn(&World) -> Decision + 'static) -> ActionRequest {
    propose_for(DAY_MS, decision)
}

pub fn propose_for(
    open_for_ms: u64,
    decision: impl Fn(&World) -> Decision + 'static,
) -> ActionRequest {
    administer("finance", move |world| {
        Action::Propose(proto::Propose {
            proposal: Some(proto::ProposedDecision {
                decision: Some(decision(world)),
            }),
            reason: "agreed at the quarterly meeting".to_owned(),
            open_for_ms,
        })
    })
}

/// Puts to the vote what a decision becomes by an alteration.
pub fn altered_proposal(
    alter: impl Fn(&mut Decision) + 'static,
    decision: impl Fn(&World) -> Decision + 'static,
) -> ActionRequest {
    propose(move |world| {
        let mut altered = decision(world);
        alter(&mut altered);
        altered
    })
}

/// The decision that proposes the same as a direct action.
pub fn decision_of(act: ActionRequest) -> impl Fn(&World) -> Decision {
    move |world| match (act.action)(world) {
        Action::AdmitOrganisation(act) => Decision::AdmitOrganisation(act),
        Action::SuspendOrganisation(act) => Decision::SuspendOrganisation(act),
        Action::ResumeOrganisation(act) => Decision::ResumeOrganisation(act),
        Action::SetParameters(act) => Decision::SetParameters(act),
        other => panic!("{other:?} is not for governors"),
    }
}

pub fn removal_of(name: &str) -> impl Fn(&World) -> Decision + use<> {
    let name = name.to_owned();
    move |world| {
        Decision::RemoveOrganisation(proto::RemoveOrganisation {
            organisation: world.member(&name).id.to_string(),
            reason: "dissolved".to_owned(),
        })
    }
}

/// Validators by name, key id and power, from a height on.
pub fn validators_from(
    effective_height: u64,
    validators: &[(&str, u32, u64)],
) -> impl Fn(&World) -> Decision + use<> {
    let validators: Vec<_> = validators
        .iter()
        .map(|(name, key_id, power)| ((*name).to_owned(), *key_id, *power))
        .collect();
    move |world| {
        let proposed = validators
            .iter()
            .map(|(name, key_id, power)| proto::ProposedValidator {
                organisation: world.member(name).id.to_string(),
                key_id: *key_id,
                power: *power,
            });
        Decision::ChangeValidators(proto::ChangeValidators {
            validators: proposed.collect(),
            effective_height,
        })
    }
}

pub fn governors_are(names: &[&str], threshold: u32) -> impl Fn(&World) -> Decision + use<> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    move |world| {
        let organisations = names.iter().map(|name| world.member(name).id.to_string());
        Decision::ChangeGovernors(proto::ChangeGovernors {
            governors: Some(proto::Governors {
                organisations: organisations.collect(),
                threshold,
            }),
        })
    }
}

pub fn protocol_from(version: u32, effective_height: u64) -> impl Fn(&World) -> Decision {
    move |_| {
        Decision::ActivateProtocol(proto::ActivateProtocol {
            version,
            effective_height,
        })
    }
}

/// Gives an organisation new keys by their purposes, and ends others.
pub fn recovery_of(
    name: &str,
    keys: &[(KeyPurpose, &SigningKey)],
    revoked: &[u32],
) -> impl Fn(&World) -> Decision + use<> {
    let (name, revoked) = (name.to_owned(), revoked.to_vec());
    let keys: Vec<_> = keys.iter().map(|(p, key)| (*p, (*key).clone())).collect();
    move |world| {
        let id = world.member(&name).id;
        let keys = keys
            .iter()
            .map(|(purpose, key)| people::new_key(&world.chain_id, &id, *purpose, key));
        Decision::RecoverKeys(proto::RecoverKeys {
            organisation: id.to_string(),
            keys: keys.collect(),
            revoked_key_ids: revoked.clone(),
        })
    }
}

pub fn vote(name: &str, proposal_id: u64, in_favour: bool) -> ActionRequest {
    administer(name, move |_| {
        Action::CastVote(proto::CastVote {
            proposal_id,
            in_favour,
        })
    })
}

pub fn set_parameters(alter: impl Fn(&mut proto::Parameters) + 'static) -> ActionRequest {
    administer("finance", move |_| {
        let mut parameters = proto::Parameters::from(&Parameters::default());
        alter(&mut parameters);
        Action::SetParameters(proto::SetParameters {
            parameters: Some(parameters),
        })
    })
}
