//! The genesis state: the state before the first block.
//!
//! ```text
//!   Founding { chain id, parameters, organisations, validators, governors } ─► state at height 0
//! ```
//!
//! The same rules apply to founders and to organisations that are admitted later. The keys of founders take effect from
//! height 1.

use crate::{
    chain::{ChainId, Height, ValidatorSet, header::FIRST_PROTOCOL_VERSION},
    governance::{GOVERNORS, Governors},
    membership::{self, AdmitOrganisation},
    organisations::{FINANCE_BUREAUS, KEY_OWNERS, KeyPurpose, ORGANISATIONS},
    parameters::{PARAMETERS, Parameters},
    rejection::Stop,
    rule_texts::{Language, render},
    state::{Change, Fault, KeyValue, StateReader, Table},
    storage::Overlay,
    types::OrganisationId,
    upgrades::{UPGRADES, Upgrade, VALIDATOR_SET},
};

/// The input of the genesis state.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The name of the chain.
    pub chain_id: ChainId,
    /// The first parameters.
    pub parameters: Parameters,
    /// The founding organisations with their first keys.
    pub organisations: Vec<AdmitOrganisation>,
    /// The first validators: each a `validate` key of a founder.
    pub validators: ValidatorSet,
    /// The first governors: founders.
    pub governors: Governors,
}

/// The reason why a chain cannot begin in this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisStateError {
    /// A founder breaks a rule of admission.
    #[error("organisation {organisation}: {message} (rule {code})")]
    Organisation {
        /// The founder.
        organisation: OrganisationId,
        /// The number of the rule.
        code: u32,
        /// Its message.
        message: String,
    },
    /// No founder has the finance role, so that nobody could ever be admitted.
    #[error("no founder is a finance bureau")]
    NoFinance,
    /// A validator is not a founder, or its key is not a `validate` key of the founder without an end.
    #[error("the validator of organisation {0} is no endless validate key of it")]
    Validator(OrganisationId),
    /// A governor is not a founder.
    #[error("the governor {0} is no founder")]
    Governor(OrganisationId),
}

/// Returns the writes that found a chain, sorted by key: its state at height 0.
///
/// # Errors
/// When the founders break a rule.
pub fn genesis_state(founding: &Founding) -> Result<Vec<Change>, GenesisStateError> {
    let mut overlay = Overlay::new(&Nothing);
    unfailing(overlay.insert_new(PARAMETERS, &(), founding.parameters.clone()));
    unfailing(overlay.insert_new(VALIDATOR_SET, &(), founding.validators.clone()));
    unfailing(overlay.insert_new(GOVERNORS, &(), founding.governors.clone()));
    let first = Upgrade {
        height: Height::GENESIS.next(),
        validators: Some(founding.validators.clone()),
        rotations: Vec::new(),
        protocol_version: Some(FIRST_PROTOCOL_VERSION),
    };
    unfailing(overlay.insert_new(UPGRADES, &first.height.clone(), first));
    for founder in &founding.organisations {
        enrol(&mut overlay, &founding.chain_id, founder)?;
    }
    if unfailing(overlay.get(FINANCE_BUREAUS, &())).is_none() {
        return Err(GenesisStateError::NoFinance);
    }
    check_validators(&mut overlay, &founding.validators)?;
    for governor in founding.governors.organisations() {
        let founder = unfailing(overlay.get(ORGANISATIONS, governor));
        founder.ok_or(GenesisStateError::Governor(*governor))?;
    }
    Ok(overlay.into_changes())
}

fn enrol(
    overlay: &mut Overlay<'_>,
    chain_id: &ChainId,
    founder: &AdmitOrganisation,
) -> Result<(), GenesisStateError> {
    match membership::enrol(overlay, chain_id, Height::GENESIS, founder) {
        Ok(()) => Ok(()),
        Err(Stop::Rejected(rejection)) => Err(GenesisStateError::Organisation {
            organisation: *founder.organisation(),
            code: rejection.code,
            message: render(rejection.code, &rejection.arguments, Language::English),
        }),
        Err(Stop::Fault(fault)) => unfailing(Err(fault)),
    }
}

fn check_validators(
    overlay: &mut Overlay<'_>,
    validators: &ValidatorSet,
) -> Result<(), GenesisStateError> {
    for validator in validators.validators() {
        let organisation = *validator.organisation();
        let owner = unfailing(overlay.get(KEY_OWNERS, validator.public_key()));
        let owner = owner.filter(|owner| owner.organisation == organisation);
        let record = unfailing(overlay.get(ORGANISATIONS, &organisation));
        let key = owner
            .zip(record)
            .and_then(|(owner, record)| record.key(owner.key_id).copied());
        let endless =
            key.filter(|key| key.purpose == KeyPurpose::Validate && key.last_height.is_none());
        endless.ok_or(GenesisStateError::Validator(organisation))?;
    }
    Ok(())
}

/// The state before the founding.
struct Nothing;

impl StateReader for Nothing {
    fn get(&self, _: Table, _: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }

    fn floor(&self, _: Table, _: &[u8]) -> Result<Option<KeyValue>, Fault> {
        Ok(None)
    }
}

fn unfailing<T>(read: Result<T, Fault>) -> T {
    read.expect("there is no state to read, and nothing in the way of a new record")
}
