//! The purposes of an authorisation.

use std::fmt;

use piaolian_proto::v1 as proto;

use crate::malformed::Malformed;

/// The purpose of an authorisation (docs/DOMAIN.md §8: specific purpose, separate consent).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// 报销
    Claim = 1,
    /// 查验
    Verify = 2,
    /// 审计
    Audit = 3,
    /// 其他
    Other = 4,
}

impl Purpose {
    /// Every purpose, in order.
    pub const ALL: [Self; 4] = [Self::Claim, Self::Verify, Self::Audit, Self::Other];

    /// The number in messages and keys.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the number names no purpose.
    pub fn parse(field: &str, number: i32) -> Result<Self, Malformed> {
        match proto::GrantPurpose::try_from(number) {
            Ok(proto::GrantPurpose::Claim) => Ok(Self::Claim),
            Ok(proto::GrantPurpose::Verify) => Ok(Self::Verify),
            Ok(proto::GrantPurpose::Audit) => Ok(Self::Audit),
            Ok(proto::GrantPurpose::Other) => Ok(Self::Other),
            Ok(proto::GrantPurpose::Unspecified) | Err(_) => {
                Err(Malformed::new(field, "must name a purpose"))
            }
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Claim => "claim",
            Self::Verify => "verification",
            Self::Audit => "audit",
            Self::Other => "other purpose",
        })
    }
}
