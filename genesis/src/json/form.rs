//! The JSON documents, with the fields of the messages.

use bytes::Bytes;
use piaolian_contracts::malformed::Malformed;
use piaolian_proto::v1 as proto;
use serde::{Deserialize, Serialize};

/// Declares the words of an enumeration.
macro_rules! words {
    ($name:ident { $($word:ident),+ $(,)? }) => {
        #[derive(Clone, Copy, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum $name {
            $($word),+
        }

        impl $name {
            fn number(self) -> i32 {
                match self {
                    $(Self::$word => proto::$name::$word.into()),+
                }
            }

            /// Returns the word of a number in a verified message.
            fn of(number: i32) -> Self {
                $(if number == i32::from(proto::$name::$word) {
                    return Self::$word;
                })+
                unreachable!("a verified message has known numbers alone")
            }
        }
    };
}

words!(Role {
    Finance,
    Issuer,
    MedicalInsurer,
    ReimbursingUnit,
    CollectingAgency,
    AgentBank,
    CommercialInsurer
});
words!(KeyPurpose {
    Admin,
    Sign,
    Validate,
    Peer,
    Encrypt,
    Supervise
});
words!(KeyAlgorithm { Ed25519, X25519 });
words!(FundKind {
    BasicMedical,
    SeriousIllness,
    MedicalAid,
    Commercial,
    Employer,
    Other,
    LargeAmount,
    CivilServants,
    Maternity,
    WorkInjury
});

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Genesis {
    chain_id: String,
    founding_time_ms: u64,
    parameters: Parameters,
    governors: Governors,
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Governors {
    organisations: Vec<String>,
    threshold: u32,
}

/// A field of the form, which converts from the message's field and back.
trait Field<M> {
    fn of(message: M) -> Self;
    fn message(self) -> M;
}

macro_rules! parameters_form {
    ($proposed:ident; $( $name:ident:
        $( number $number:ident [default $default:expr, min $min:expr, max $max:expr] )? $( part $part:ident )?;
        $doc:literal;
    )*) => {
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parameters {
            $( $name: $( $number )? $( $part )?, )*
        }

        impl From<proto::Parameters> for Parameters {
            fn from(parameters: proto::Parameters) -> Self {
                Self {
                    $( $name: Field::of(parameters.$name), )*
                }
            }
        }

        impl From<Parameters> for proto::Parameters {
            fn from(parameters: Parameters) -> Self {
                Self {
                    $( $name: Field::message(parameters.$name), )*
                }
            }
        }
    };
}

piaolian_contracts::governed_parameters!(parameters_form);

macro_rules! thresholds_form {
    ($( $name:ident:
        $( time $time:ident [default $at:expr] )?
        $( limit $limit:ident [default $limit_default:expr, max $limit_max:expr] )?
        $( count $count:ident [default $count_default:expr, max $count_max:expr] )?;
        $doc:literal;
    )*) => {
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct AlertThresholds {
            $( $name: $( $time )? $( $limit )? $( $count )?, )*
        }

        impl Field<Option<proto::AlertThresholds>> for AlertThresholds {
            fn of(message: Option<proto::AlertThresholds>) -> Self {
                let thresholds = message.unwrap_or_default();
                Self {
                    $( $name: thresholds.$name, )*
                }
            }

            fn message(self) -> Option<proto::AlertThresholds> {
                Some(proto::AlertThresholds {
                    $( $name: self.$name, )*
                })
            }
        }
    };
}

piaolian_contracts::alert_thresholds!(thresholds_form);

type PaymentCodeDigits = u32;
type FundRules = Vec<FundRule>;

/// A number has the same form in both.
impl<M> Field<M> for M {
    fn of(message: M) -> Self {
        message
    }

    fn message(self) -> M {
        self
    }
}

impl Field<Vec<proto::FundRule>> for FundRules {
    fn of(rules: Vec<proto::FundRule>) -> Self {
        let form = |rule: proto::FundRule| FundRule {
            fund_kind: FundKind::of(rule.fund_kind),
            less_pooled_fund: rule.less_pooled_fund,
            less_personal_account: rule.less_personal_account,
            less_personal_cash: rule.less_personal_cash,
            less_other: rule.less_other,
            role: Role::of(rule.role),
            claim_needed: rule.claim_needed,
            excludes_other_payers: rule.excludes_other_payers,
            excluded_by_pooled_fund: rule.excluded_by_pooled_fund,
            categories: rule.categories,
        };
        rules.into_iter().map(form).collect()
    }

    fn message(self) -> Vec<proto::FundRule> {
        let message = |rule: FundRule| proto::FundRule {
            fund_kind: rule.fund_kind.number(),
            less_pooled_fund: rule.less_pooled_fund,
            less_personal_account: rule.less_personal_account,
            less_personal_cash: rule.less_personal_cash,
            less_other: rule.less_other,
            role: rule.role.number(),
            claim_needed: rule.claim_needed,
            excludes_other_payers: rule.excludes_other_payers,
            excluded_by_pooled_fund: rule.excluded_by_pooled_fund,
            categories: rule.categories,
        };
        self.into_iter().map(message).collect()
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "the message's own fields")]
struct FundRule {
    fund_kind: FundKind,
    less_pooled_fund: bool,
    less_personal_account: bool,
    less_personal_cash: bool,
    less_other: bool,
    role: Role,
    claim_needed: bool,
    excludes_other_payers: bool,
    excluded_by_pooled_fund: bool,
    categories: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    organisation: String,
    name: String,
    roles: Vec<Role>,
    region: String,
    keys: Vec<NewKey>,
    endpoints: Vec<String>,
    power: u64,
    signature: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    purpose: KeyPurpose,
    algorithm: KeyAlgorithm,
    public_key: String,
    proof_of_possession: String,
    last_height: u64,
}

impl From<&proto::Genesis> for Genesis {
    fn from(genesis: &proto::Genesis) -> Self {
        Self {
            chain_id: genesis.chain_id.clone(),
            founding_time_ms: genesis.founding_time_ms,
            parameters: genesis.parameters.clone().unwrap_or_default().into(),
            governors: genesis.governors.clone().unwrap_or_default().into(),
            entries: genesis.entries.iter().map(Entry::from).collect(),
        }
    }
}

impl TryFrom<Genesis> for proto::Genesis {
    type Error = Malformed;

    fn try_from(genesis: Genesis) -> Result<Self, Malformed> {
        Ok(Self {
            chain_id: genesis.chain_id,
            founding_time_ms: genesis.founding_time_ms,
            parameters: Some(genesis.parameters.into()),
            entries: genesis
                .entries
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            governors: Some(genesis.governors.into()),
        })
    }
}

impl From<proto::Governors> for Governors {
    fn from(governors: proto::Governors) -> Self {
        Self {
            organisations: governors.organisations,
            threshold: governors.threshold,
        }
    }
}

impl From<Governors> for proto::Governors {
    fn from(governors: Governors) -> Self {
        Self {
            organisations: governors.organisations,
            threshold: governors.threshold,
        }
    }
}

impl From<&proto::SignedFoundingEntry> for Entry {
    fn from(signed: &proto::SignedFoundingEntry) -> Self {
        let entry = signed.entry.clone().unwrap_or_default();
        let organisation = entry.organisation.unwrap_or_default();
        Self {
            organisation: organisation.organisation,
            name: organisation.name,
            roles: organisation
                .roles
                .iter()
                .map(|role| Role::of(*role))
                .collect(),
            region: organisation.region,
            keys: organisation.keys.iter().map(NewKey::from).collect(),
            endpoints: organisation
                .endpoints
                .into_iter()
                .map(|e| e.address)
                .collect(),
            power: entry.power,
            signature: hex::encode(&signed.signature),
        }
    }
}

impl TryFrom<Entry> for proto::SignedFoundingEntry {
    type Error = Malformed;

    fn try_from(entry: Entry) -> Result<Self, Malformed> {
        let endpoints = entry.endpoints.into_iter();
        let organisation = proto::AdmitOrganisation {
            organisation: entry.organisation,
            name: entry.name,
            roles: entry.roles.iter().map(|role| role.number()).collect(),
            keys: entry
                .keys
                .iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            endpoints: endpoints
                .map(|address| proto::Endpoint { address })
                .collect(),
            region: entry.region,
        };
        Ok(Self {
            entry: Some(proto::FoundingEntry {
                organisation: Some(organisation),
                power: entry.power,
            }),
            signature: bytes("signature", &entry.signature)?,
        })
    }
}

impl From<&proto::NewKey> for NewKey {
    fn from(key: &proto::NewKey) -> Self {
        Self {
            purpose: KeyPurpose::of(key.purpose),
            algorithm: KeyAlgorithm::of(key.algorithm),
            public_key: hex::encode(&key.public_key),
            proof_of_possession: hex::encode(&key.proof_of_possession),
            last_height: key.last_height,
        }
    }
}

impl TryFrom<&NewKey> for proto::NewKey {
    type Error = Malformed;

    fn try_from(key: &NewKey) -> Result<Self, Malformed> {
        Ok(Self {
            purpose: key.purpose.number(),
            algorithm: key.algorithm.number(),
            public_key: bytes("public_key", &key.public_key)?,
            proof_of_possession: bytes("proof_of_possession", &key.proof_of_possession)?,
            last_height: key.last_height,
        })
    }
}

/// Parses hexadecimal in lower case only, so that a document has one form.
fn bytes(field: &str, text: &str) -> Result<Bytes, Malformed> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    let decoded = hex::decode(text).ok().filter(|_| is_lower);
    decoded
        .map(Bytes::from)
        .ok_or_else(|| Malformed::new(field, "must be lower-case hexadecimal digits"))
}
