//! The roles of an organisation and the purposes of a key.

use std::{collections::BTreeSet, fmt};

use piaolian_proto::v1 as proto;

use crate::{chain::KeyAlgorithm, malformed::Malformed, types::FundKind};

/// A role of an organisation (docs/DOMAIN.md §4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(i32)]
pub enum Role {
    /// 财政
    Finance = 1,
    /// 开票单位
    Issuer = 2,
    /// 医保 / 商保
    Insurer = 3,
    /// 报销单位
    ReimbursingUnit = 4,
    /// 执收单位
    CollectingAgency = 5,
    /// 代理银行
    AgentBank = 6,
}

impl Role {
    /// The roles that reimburse: an action of a payer needs one of them.
    pub const PAYERS: [Self; 2] = [Self::Insurer, Self::ReimbursingUnit];

    /// The number in messages.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the number names no role.
    pub fn parse(field: &str, number: i32) -> Result<Self, Malformed> {
        match proto::Role::try_from(number) {
            Ok(proto::Role::Finance) => Ok(Self::Finance),
            Ok(proto::Role::Issuer) => Ok(Self::Issuer),
            Ok(proto::Role::Insurer) => Ok(Self::Insurer),
            Ok(proto::Role::ReimbursingUnit) => Ok(Self::ReimbursingUnit),
            Ok(proto::Role::CollectingAgency) => Ok(Self::CollectingAgency),
            Ok(proto::Role::AgentBank) => Ok(Self::AgentBank),
            Ok(proto::Role::Unspecified) | Err(_) => Err(Malformed::new(field, "must name a role")),
        }
    }

    /// The role that reimburses from a kind of fund: insurers pay insurance and medical
    /// aid, reimbursing units an employer's or another fund.
    #[must_use]
    pub const fn of_fund(kind: FundKind) -> Self {
        match kind {
            FundKind::BasicMedical
            | FundKind::SeriousIllness
            | FundKind::MedicalAid
            | FundKind::Commercial => Self::Insurer,
            FundKind::Employer | FundKind::Other => Self::ReimbursingUnit,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finance => "finance",
            Self::Issuer => "issuer",
            Self::Insurer => "insurer",
            Self::ReimbursingUnit => "reimbursing unit",
            Self::CollectingAgency => "collecting agency",
            Self::AgentBank => "agent bank",
        })
    }
}

/// The roles of an organisation: at least one, stored in order of number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Takes the values of a message's field, in any order.
    ///
    /// # Errors
    /// When there are none, one is unknown, or one stands there twice.
    pub fn parse(field: &str, numbers: &[i32]) -> Result<Self, Malformed> {
        let mut roles = BTreeSet::new();
        for number in numbers {
            if !roles.insert(Role::parse(field, *number)?) {
                return Err(Malformed::new(field, "must name each role once"));
            }
        }
        if roles.is_empty() {
            return Err(Malformed::new(field, "must name at least one role"));
        }
        Ok(Self(roles))
    }

    /// Whether `role` is among them.
    #[must_use]
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles, in order of number.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}

/// The purpose of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum KeyPurpose {
    /// Kept offline: admits, suspends, resumes, changes keys and endpoints, sets parameters.
    Admin = 1,
    /// Business transactions.
    Sign = 2,
    /// Votes and proposals.
    Validate = 3,
    /// The node's identity among its peers.
    Peer = 4,
    /// Encryption of receipt details.
    Encrypt = 5,
    /// Finance's supervising seal (财政监制章).
    Supervise = 6,
}

impl KeyPurpose {
    /// The number in messages and sign bytes.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The algorithm that a key of this purpose has.
    #[must_use]
    pub const fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::Admin | Self::Sign | Self::Validate | Self::Peer | Self::Supervise => {
                KeyAlgorithm::Ed25519
            }
            Self::Encrypt => KeyAlgorithm::X25519,
        }
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the number names no purpose.
    pub fn parse(field: &str, number: i32) -> Result<Self, Malformed> {
        match proto::KeyPurpose::try_from(number) {
            Ok(proto::KeyPurpose::Admin) => Ok(Self::Admin),
            Ok(proto::KeyPurpose::Sign) => Ok(Self::Sign),
            Ok(proto::KeyPurpose::Validate) => Ok(Self::Validate),
            Ok(proto::KeyPurpose::Peer) => Ok(Self::Peer),
            Ok(proto::KeyPurpose::Encrypt) => Ok(Self::Encrypt),
            Ok(proto::KeyPurpose::Supervise) => Ok(Self::Supervise),
            Ok(proto::KeyPurpose::Unspecified) | Err(_) => {
                Err(Malformed::new(field, "must name a purpose"))
            }
        }
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admin => "admin",
            Self::Sign => "sign",
            Self::Validate => "validate",
            Self::Peer => "peer",
            Self::Encrypt => "encrypt",
            Self::Supervise => "supervise",
        })
    }
}
