//! Reads the options that `options.proto` declares.

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use crate::PACKAGE;

/// Returns the value of one of our options, `None` where it is not set.
fn value(options: &DynamicMessage, name: &str) -> Option<Value> {
    let pool = options.descriptor().parent_pool().clone();
    let extension = pool.get_extension_by_name(&format!("{PACKAGE}.{name}"))?;
    let is_set = options.has_extension(&extension);
    is_set.then(|| options.get_extension(&extension).into_owned())
}

/// Returns an option that is a text, `None` where it is not set.
pub(crate) fn text(options: &DynamicMessage, name: &str) -> Option<String> {
    value(options, name)?.as_str().map(str::to_owned)
}

/// Returns an option that is a number of an enum, `None` where it is not set.
pub(crate) fn number(options: &DynamicMessage, name: &str) -> Option<i32> {
    value(options, name)?.as_enum_number()
}

/// Returns whether an option that is a boolean is set to true.
pub(crate) fn is_set(options: &DynamicMessage, name: &str) -> bool {
    value(options, name).is_some_and(|value| value.as_bool() == Some(true))
}
