//! Lists that come in pages.
//!
//! ```text
//!   ask("") ─► items, token ─► ask(token) ─► items, token ─► … ─► items, ""
//! ```

use crate::cli::{Failure, output::note};

/// Shows every item of a list, page after page: at most `limit` of them, and then says
/// that there are more.
pub(super) async fn show_all<T>(
    limit: Option<usize>,
    show: impl Fn(&T) -> Result<(), Failure>,
    mut ask: impl AsyncFnMut(String) -> Result<(Vec<T>, String), Failure>,
) -> Result<(), Failure> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut token = String::new();
    loop {
        let (items, next) = ask(token).await?;
        items.iter().take(left).try_for_each(&show)?;
        let is_more = items.len() > left || !next.is_empty();
        left = left.saturating_sub(items.len());
        if is_more && left == 0 {
            note("there are more; --limit says how many are shown");
        }
        if next.is_empty() || left == 0 {
            return Ok(());
        }
        token = next;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Shows a list of 0 to 6, three a page.
    async fn shown(limit: Option<usize>) -> Vec<usize> {
        let shown = RefCell::<Vec<usize>>::default();
        let show = |item: &usize| {
            shown.borrow_mut().push(*item);
            Ok(())
        };
        let ask = async |token: String| {
            let first = token.parse().unwrap_or(0);
            let next = if first + 3 < 7 {
                (first + 3).to_string()
            } else {
                String::new()
            };
            Ok(((first..7).take(3).collect(), next))
        };
        show_all(limit, show, ask).await.unwrap();
        shown.into_inner()
    }

    #[tokio::test]
    async fn a_list_is_shown_whole_or_up_to_its_limit() {
        assert_eq!(shown(None).await, [0, 1, 2, 3, 4, 5, 6]);
        for limit in 0..=7 {
            assert_eq!(shown(Some(limit)).await, (0..limit).collect::<Vec<_>>());
        }
    }
}
