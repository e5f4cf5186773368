//! Message templates: `{0}`, `{1}` … stand for the arguments.

use std::fmt::Write;

/// Replaces the placeholders of a template by arguments. A placeholder without an argument stays as it is.
pub fn fill(template: &str, arguments: &[String]) -> String {
    let mut message = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        message.push_str(before);
        let Some((place, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        match place
            .parse()
            .ok()
            .and_then(|place: usize| arguments.get(place))
        {
            Some(argument) => message.push_str(argument),
            None => write!(message, "{{{place}}}").expect("writing to a string cannot fail"),
        }
        rest = after;
    }
    message.push_str(rest);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_put_in_their_places_once() {
        let arguments = ["{1}".to_owned(), "b".to_owned()];
        assert_eq!(fill("{1} and {0} and {7}", &arguments), "b and {1} and {7}");
    }
}
