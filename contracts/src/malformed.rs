//! Errors in bytes from outside.
//!
//! ```text
//!   Breach::Form             a field breaks its documented form     rule 1000
//!   Breach::IdentityNumber   a text would put a person on chain     rule 1014
//! ```

use std::fmt;

/// A message from outside that breaks its documented form: the field's path and
/// what was expected of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Malformed {
    field: String,
    problem: String,
    breach: Breach,
}

/// The kind of error in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Its documented form.
    Form,
    /// A text that goes on chain contains a citizen's identity number.
    IdentityNumber,
}

impl Malformed {
    /// A problem with `field`, named as in the `.proto` file.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
            breach: Breach::Form,
        }
    }

    /// A citizen's identity number in `field`. The error does not repeat the number.
    pub fn identity_number(field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: "holds a citizen's identity number, which must not go on chain".to_owned(),
            breach: Breach::IdentityNumber,
        }
    }

    /// The same problem, seen from the message that holds the field.
    #[must_use]
    pub fn within(self, parent: impl fmt::Display) -> Self {
        let field = if self.field.is_empty() {
            parent.to_string()
        } else {
            format!("{parent}.{}", self.field)
        };
        Self { field, ..self }
    }

    /// The path of the field, such as `items[3].receipt_code`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The expectation that the field does not meet.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The kind of error.
    pub const fn breach(&self) -> Breach {
        self.breach
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// Takes exactly `N` bytes.
pub(crate) fn fixed<const N: usize>(field: &str, bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes
        .try_into()
        .map_err(|_| Malformed::new(field, format!("must be {N} bytes, not {}", bytes.len())))
}

/// Parses the items of a batch, whose number must be within `bounds`. An error names the item.
pub(crate) fn batch<M, T: TryFrom<M, Error = Malformed>>(
    field: &str,
    items: Vec<M>,
    bounds: std::ops::RangeInclusive<usize>,
) -> Result<Vec<T>, Malformed> {
    if !bounds.contains(&items.len()) {
        let (min, max) = bounds.into_inner();
        return Err(Malformed::new(field, format!("must be {min} to {max}")));
    }
    let parse = |(place, item): (usize, M)| {
        T::try_from(item).map_err(|error| error.within(format_args!("{field}[{place}]")))
    };
    items.into_iter().enumerate().map(parse).collect()
}

/// Takes a message that must be present.
///
/// # Errors
/// When it is absent.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed::new(field, "must be present"))
}
