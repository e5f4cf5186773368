//! The roles of an organisation and the purposes of a key.

use std::collections::BTreeSet;

use crate::{chain::KeyAlgorithm, malformed::Malformed, numbered::numbered, types::FundKind};

numbered! {
    /// A role of an organisation (docs/DOMAIN.md §4).
    pub enum Role(i32) of proto Role, "must name a role" {
        /// 财政
        Finance: "finance",
        /// 开票单位
        Issuer: "issuer",
        /// 医保 / 商保
        Insurer: "insurer",
        /// 报销单位
        ReimbursingUnit: "reimbursing unit",
        /// 执收单位
        CollectingAgency: "collecting agency",
        /// 代理银行
        AgentBank: "agent bank",
    }
}

impl Role {
    /// The roles that reimburse: an action of a payer needs one of them.
    pub const PAYERS: [Self; 2] = [Self::Insurer, Self::ReimbursingUnit];

    /// Returns the role that reimburses from a kind of fund. Insurers pay from insurance and medical-aid funds,
    /// reimbursing units from an employer's or another fund.
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

/// The roles of an organisation: at least one, stored in order of number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Takes the values of a message's field, in any order.
    ///
    /// # Errors
    /// When there are none, or one is unknown or occurs twice.
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
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles, in order of number.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}

numbered! {
    /// The purpose of a key.
    pub enum KeyPurpose(u8) of proto KeyPurpose, "must name a purpose" {
        /// Kept offline: admits, suspends, resumes, changes keys and endpoints, sets parameters.
        Admin: "admin",
        /// Business transactions.
        Sign: "sign",
        /// Votes and proposals.
        Validate: "validate",
        /// The node's identity among its peers.
        Peer: "peer",
        /// Encryption of receipt details.
        Encrypt: "encrypt",
        /// Finance's supervising seal (财政监制章).
        Supervise: "supervise",
    }
}

impl KeyPurpose {
    /// The algorithm that a key of this purpose has.
    pub const fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::Admin | Self::Sign | Self::Validate | Self::Peer | Self::Supervise => {
                KeyAlgorithm::Ed25519
            }
            Self::Encrypt => KeyAlgorithm::X25519,
        }
    }
}
