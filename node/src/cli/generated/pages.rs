//! Lists, asked for page after page.

use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use crate::cli::Failure;

/// Items that one answer of a list is asked for.
const PAGE_SIZE: u32 = 500;

/// Shows the items of a list, page after page: all, or at most `limit`. Returns whether the list has more.
pub(super) async fn show_items(
    mut request: DynamicMessage,
    items: &FieldDescriptor,
    limit: Option<usize>,
    ask: impl AsyncFn(&DynamicMessage) -> Result<DynamicMessage, Failure>,
    mut show: impl FnMut(&DynamicMessage) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let mut left = limit.unwrap_or(usize::MAX);
    request.set_field_by_name("page_size", Value::U32(PAGE_SIZE));
    loop {
        let page = ask(&request).await?;
        let found = page.get_field(items);
        let found = found.as_list().unwrap_or_default();
        for item in found.iter().take(left).filter_map(Value::as_message) {
            show(item)?;
        }
        let next = next_page(&page);
        let is_more = found.len() > left || !next.is_empty();
        left = left.saturating_sub(found.len());
        if !is_more || left == 0 {
            return Ok(is_more);
        }
        request.set_field_by_name("page_token", Value::String(next));
    }
}

/// Returns the token of the page after this one; empty: this is the last.
fn next_page(page: &DynamicMessage) -> String {
    let next = page.get_field_by_name("next_page_token");
    next.and_then(|next| next.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use piaolian_proto::v1::{ListPoliciesRequest, ListPoliciesResponse, PolicyRecord};

    use super::*;
    use crate::cli::{
        descriptors::message_of,
        json::{dynamic, typed},
    };

    /// Versions of a policy in the list of the tests: two full pages, and one that is not.
    const ALL: u32 = 5;
    const ON_A_PAGE: u32 = 2;

    /// Answers as a node does, whatever size of page it is asked for.
    fn answer(request: &DynamicMessage) -> DynamicMessage {
        let request: ListPoliciesRequest = typed(request);
        assert_eq!(request.page_size, PAGE_SIZE);
        let first = request.page_token.parse().unwrap_or(0);
        let end = ALL.min(first + ON_A_PAGE);
        let record = |version| PolicyRecord {
            version,
            ..PolicyRecord::default()
        };
        dynamic(&ListPoliciesResponse {
            policies: (first..end).map(record).collect(),
            next_page_token: if end < ALL {
                end.to_string()
            } else {
                String::new()
            },
        })
    }

    /// Returns the versions shown, whether there are more, and the number of pages asked for.
    async fn shown(limit: Option<usize>) -> (Vec<u32>, bool, u32) {
        let items = message_of::<ListPoliciesResponse>()
            .get_field_by_name("policies")
            .unwrap();
        let request = dynamic(&ListPoliciesRequest::default());
        let (pages, mut versions) = (Cell::new(0), Vec::new());
        let ask = async |request: &DynamicMessage| {
            pages.set(pages.get() + 1);
            Ok(answer(request))
        };
        let show = |item: &DynamicMessage| {
            versions.push(typed::<PolicyRecord>(item).version);
            Ok(())
        };
        let is_more = show_items(request, &items, limit, ask, show).await.unwrap();
        (versions, is_more, pages.get())
    }

    #[tokio::test]
    async fn without_a_limit_a_list_is_shown_whole() {
        assert_eq!(shown(None).await, (vec![0, 1, 2, 3, 4], false, 3));
    }

    #[tokio::test]
    async fn a_limit_ends_a_list_within_a_page_and_at_its_end() {
        assert_eq!(shown(Some(1)).await, (vec![0], true, 1));
        assert_eq!(shown(Some(2)).await, (vec![0, 1], true, 1));
        assert_eq!(shown(Some(3)).await, (vec![0, 1, 2], true, 2));
    }

    #[tokio::test]
    async fn a_limit_that_the_list_does_not_pass_leaves_nothing_out() {
        assert_eq!(shown(Some(5)).await, (vec![0, 1, 2, 3, 4], false, 3));
        assert_eq!(shown(Some(6)).await, (vec![0, 1, 2, 3, 4], false, 3));
    }

    #[tokio::test]
    async fn a_failure_ends_the_list() {
        let items = message_of::<ListPoliciesResponse>()
            .get_field_by_name("policies")
            .unwrap();
        let request = dynamic(&ListPoliciesRequest::default());
        let ask = async |_: &DynamicMessage| Err(Failure::Later("busy".to_owned()));
        let result = show_items(request, &items, None, ask, |_| Ok(())).await;
        assert_eq!(result, Err(Failure::Later("busy".to_owned())));
    }
}
