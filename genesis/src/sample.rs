//! Sample networks: founding documents with reproducible keys.
//!
//! For tests, benches and demonstrations only. The organisations belong to a region that does not exist (99), and the
//! seed reveals the keys.

use piaolian_contracts::{
    chain::{ChainId, Hash},
    organisations::{KeyPurpose, Role},
    parameters::Parameters,
    types::{BlockTime, OrganisationId},
};
use zeroize::Zeroizing;

use crate::{
    entry::{Entry, Presentation},
    error::{EntryError, GenesisError},
    genesis::Genesis,
    key_pair::KeyPair,
};

/// The purposes of a sample organisation's keys, in the order of their ids 1, 2, …; a finance bureau also has a
/// supervise key.
pub const PURPOSES: [KeyPurpose; 5] = [
    KeyPurpose::Admin,
    KeyPurpose::Sign,
    KeyPurpose::Validate,
    KeyPurpose::Peer,
    KeyPurpose::Encrypt,
];

/// Most organisations of a sample network.
pub const FOUNDERS_MAX: usize = 128;

/// The issuer of the receipts under `samples/`.
pub const HOSPITAL: usize = 1;

/// Kinds of sample organisations.
const KINDS: usize = 9;

const KEY_DOMAIN: &str = "piaolian/sample-key/v1";
const REGION: &str = "990100";
const PORT_FIRST: usize = 26_600;

/// A sample organisation with its secret keys.
#[derive(Debug)]
pub struct Founder {
    /// Its self-description.
    pub presentation: Presentation,
    /// Its keys, in the order of their ids.
    pub keys: Vec<KeyPair>,
}

impl Founder {
    /// Returns its founding entry.
    ///
    /// # Errors
    /// When the founder was altered so that its entry is not valid.
    pub fn entry(&self, chain_id: &ChainId) -> Result<Entry, EntryError> {
        let keys: Vec<&KeyPair> = self.keys.iter().collect();
        Entry::sign(chain_id, &self.presentation, &keys)
    }

    /// Returns the key for a purpose, with its id.
    pub fn key(&self, purpose: KeyPurpose) -> Option<(u32, &KeyPair)> {
        (1..)
            .zip(&self.keys)
            .find(|(_, key)| key.purpose() == purpose)
    }
}

/// A sample network.
#[derive(Debug)]
pub struct Network {
    /// Its founding document.
    pub genesis: Genesis,
    /// Its organisations, in the order of [`presentation`], not of the document.
    pub founders: Vec<Founder>,
}

/// Makes a network of `count` organisations, all of them validators with one vote. The same arguments give the same
/// document and keys.
///
/// # Errors
/// When `count` is 0 or above [`FOUNDERS_MAX`], or the founding time is 0.
pub fn network(
    chain_id: &ChainId,
    founding_time: BlockTime,
    count: usize,
    seed: u64,
) -> Result<Network, GenesisError> {
    if !(1..=FOUNDERS_MAX).contains(&count) {
        return Err(GenesisError::Entries(count));
    }
    let founders: Vec<Founder> = (0..count).map(|place| founder(place, seed)).collect();
    let mut entries = Vec::with_capacity(count);
    for (index, founder) in founders.iter().enumerate() {
        let entry = founder.entry(chain_id);
        entries.push(entry.map_err(|error| GenesisError::Entry {
            place: index + 1,
            error,
        })?);
    }
    let genesis = Genesis::assemble(
        chain_id.clone(),
        founding_time,
        Parameters::default(),
        None,
        entries,
    )?;
    Ok(Network { genesis, founders })
}

/// Returns the organisation at `place` with its keys, also for a later admission.
pub fn founder(place: usize, seed: u64) -> Founder {
    let presentation = presentation(place);
    let supervise = presentation
        .roles
        .contains(&Role::Finance)
        .then_some(KeyPurpose::Supervise);
    let keys = PURPOSES.into_iter().chain(supervise);
    let keys = keys
        .map(|purpose| key_pair(&presentation.organisation, purpose, seed))
        .collect();
    Founder { presentation, keys }
}

/// Returns the self-description of the organisation at `place`: a finance bureau, a hospital, a medical insurer that has
/// a commercial supplement (惠民保) too, an employer, a commercial insurer, a traffic police, an agent bank, an issuing
/// centre, a second bank, and then again.
pub fn presentation(place: usize) -> Presentation {
    let (kind, name, roles) = match place % KINDS {
        0 => ("11", "样例省财政厅", vec![Role::Finance]),
        1 => ("12", "样例市第一医院", vec![Role::Issuer]),
        2 => (
            "11",
            "样例市医疗保障局",
            vec![Role::MedicalInsurer, Role::CommercialInsurer],
        ),
        3 => ("91", "样例制造有限公司", vec![Role::ReimbursingUnit]),
        4 => ("91", "样例人寿保险有限公司", vec![Role::CommercialInsurer]),
        5 => (
            "11",
            "样例市公安局交通警察支队",
            vec![Role::CollectingAgency],
        ),
        6 => (
            "91",
            "样例银行股份有限公司样例省分行",
            vec![Role::AgentBank],
        ),
        7 => ("12", "样例省财政票据中心", vec![Role::Issuer]),
        _ => ("91", "样例农村商业银行股份有限公司", vec![Role::AgentBank]),
    };
    let round = match place / KINDS {
        0 => String::new(),
        round => format!("（{round}）"),
    };
    Presentation {
        organisation: organisation(kind, place),
        name: format!("{name}{round}"),
        roles,
        region: REGION.to_owned(),
        endpoints: vec![format!("/ip4/127.0.0.1/tcp/{}", PORT_FIRST + place)],
        power: 1,
    }
}

/// Returns a code of a region that does not exist, with a valid check character.
fn organisation(kind: &str, place: usize) -> OrganisationId {
    const CHECK_CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("{kind}{REGION}MA{:07}", place + 1);
    CHECK_CHARACTERS
        .chars()
        .find_map(|check| format!("{body}{check}").parse().ok())
        .expect("one of the characters is the check character of 17 valid ones")
}

fn key_pair(organisation: &OrganisationId, purpose: KeyPurpose, seed: u64) -> KeyPair {
    let parts: [&[u8]; 3] = [
        &seed.to_be_bytes(),
        organisation.as_bytes(),
        &[purpose.number()],
    ];
    let secret = Hash::tagged(KEY_DOMAIN, &parts);
    KeyPair::from_secret(purpose, Zeroizing::new(*secret.as_bytes()))
}
