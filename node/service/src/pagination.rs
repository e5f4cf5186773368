//! Pagination of long answers.
//!
//! ```text
//!   page_size, page_token ──► Page { size, after } ──► items, next_page_token
//! ```
//!
//! A token is the last item's key in hexadecimal, so each page continues where the last one ended, even while the
//! ledger grows. Clients must treat it as opaque.

use piaolian_contracts::malformed::Malformed;

/// Items of a page where the request names none.
const SIZE_DEFAULT: usize = 50;
/// Most items of a page.
const SIZE_MAX: usize = 500;
/// Longest key within a token, bytes: the state's longest keys are below it.
const KEY_BYTES_MAX: usize = 128;

/// The page that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Most items of the page.
    pub(crate) size: usize,
    /// The key of the last item that the client has; `None`: from the beginning.
    pub(crate) after: Option<Vec<u8>>,
}

impl Page {
    /// Parses the fields of a request.
    pub(crate) fn parse(size: u32, token: &str) -> Result<Self, Malformed> {
        let size = match usize::try_from(size).unwrap_or(usize::MAX) {
            0 => SIZE_DEFAULT,
            size if size <= SIZE_MAX => size,
            _ => {
                return Err(Malformed::new(
                    "page_size",
                    format!("must be at most {SIZE_MAX}"),
                ));
            }
        };
        if token.is_empty() {
            return Ok(Self { size, after: None });
        }
        let key = hex::decode(token)
            .ok()
            .filter(|key| key.len() <= KEY_BYTES_MAX);
        let key = key.ok_or_else(malformed_token)?;
        Ok(Self {
            size,
            after: Some(key),
        })
    }

    /// Truncates items to the size of the page. The caller reads one item more than the page has, which shows whether
    /// there is a next page. Returns the token of the next page, empty when there is none.
    pub(crate) fn cut<T>(&self, found: &mut Vec<T>, key: impl FnOnce(&T) -> Vec<u8>) -> String {
        let is_more = found.len() > self.size;
        found.truncate(self.size);
        let last = found.last().filter(|_| is_more);
        next_token(last.map(key))
    }

    /// Returns the key as an array of its bytes.
    pub(crate) fn after_array<const N: usize>(&self) -> Result<Option<[u8; N]>, Malformed> {
        let array = |key: &Vec<u8>| key.as_slice().try_into().map_err(|_| malformed_token());
        self.after.as_ref().map(array).transpose()
    }
}

/// Returns the token of the page after `key`.
pub(crate) fn token(key: &[u8]) -> String {
    hex::encode(key)
}

/// Returns the token of the page after `key`, empty when there is none.
pub(crate) fn next_token(key: Option<impl AsRef<[u8]>>) -> String {
    key.map(|key| token(key.as_ref())).unwrap_or_default()
}

/// Returns the greatest key below `key`, among keys no longer than it; `None` below all.
pub(crate) fn below(key: &[u8]) -> Option<Vec<u8>> {
    let mut below = key.to_vec();
    for byte in below.iter_mut().rev() {
        let (next, borrowed) = byte.overflowing_sub(1);
        *byte = next;
        if !borrowed {
            return Some(below);
        }
    }
    None
}

/// Returns the error for a token that did not come from an answer.
pub(crate) fn malformed_token() -> Malformed {
    Malformed::new("page_token", "must be one that an answer gave")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_default_and_a_greatest_size() {
        assert_eq!(
            Page::parse(0, "").unwrap(),
            Page {
                size: 50,
                after: None
            }
        );
        assert_eq!(Page::parse(500, "").unwrap().size, 500);
        assert!(Page::parse(501, "").is_err());
        assert!(Page::parse(u32::MAX, "").is_err());
    }

    #[test]
    fn a_next_page_is_named_only_when_there_is_one() {
        let page = Page::parse(2, "").unwrap();
        let key = |item: &u8| vec![*item];
        let (mut whole, mut more) = (vec![1, 2], vec![1, 2, 3]);
        assert_eq!(page.cut(&mut whole, key), "");
        assert_eq!(page.cut(&mut more, key), "02");
        assert_eq!((whole, more), (vec![1, 2], vec![1, 2]));
    }

    #[test]
    fn a_token_gives_the_key_again() {
        let page = Page::parse(1, &token(b"key")).unwrap();
        assert_eq!(page.after.as_deref(), Some(&b"key"[..]));
        assert_eq!(page.after_array::<3>().unwrap(), Some(*b"key"));
        assert!(page.after_array::<4>().is_err());
    }

    #[test]
    fn the_key_below_is_the_one_before() {
        assert_eq!(below(&[1, 0]), Some(vec![0, 255]));
        assert_eq!(below(&[1, 7]), Some(vec![1, 6]));
        assert_eq!(below(&[0, 0]), None);
        assert_eq!(below(&[]), None);
    }

    #[test]
    fn invented_tokens_are_malformed() {
        for invented in ["x", "abc", "é", &"00".repeat(129)] {
            assert!(Page::parse(0, invented).is_err(), "{invented}");
        }
    }
}
