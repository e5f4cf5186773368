//! Descriptors of every message and method, with the comments of the `.proto` files.

use std::{collections::HashMap, sync::LazyLock};

use prost::Name;
use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor,
};

const PACKAGE: &str = "piaolian.v1";

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(piaolian_proto::FILE_DESCRIPTOR_SET)
        .expect("the build wrote whole descriptors")
});

/// Comments by file and by the place of what they are about.
static COMMENTS: LazyLock<HashMap<(String, Vec<i32>), String>> = LazyLock::new(|| {
    let mut comments = HashMap::new();
    for file in POOL.files().filter(|file| file.package_name() == PACKAGE) {
        let proto = file.file_descriptor_proto();
        let locations = proto
            .source_code_info
            .iter()
            .flat_map(|info| &info.location);
        for location in locations {
            if let Some(comment) = &location.leading_comments {
                let place = (file.name().to_owned(), location.path.clone());
                comments.insert(place, flowing(comment));
            }
        }
    }
    comments
});

/// Returns the descriptor of a message of ours.
pub(super) fn message_of<M: Name>() -> MessageDescriptor {
    message(M::NAME)
}

/// Returns the descriptor of a message by its name without the package.
pub(super) fn message(name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(&format!("{PACKAGE}.{name}"))
        .expect("every name comes from the same build")
}

/// Returns the descriptor of a method of the API.
pub(super) fn method(method: &piaolian_proto::api::Method) -> MethodDescriptor {
    let service = POOL.get_service_by_name(&format!("{PACKAGE}.{}", method.service));
    let found =
        service.and_then(|service| service.methods().find(|found| found.name() == method.name));
    found.expect("the table of methods comes from the same build")
}

/// Returns the comment of a field; empty where there is none.
pub(super) fn comment_of_field(field: &FieldDescriptor) -> &'static str {
    comment(&field.parent_file(), field.path())
}

/// Returns the comment of a message; empty where there is none.
pub(super) fn comment_of_message(message: &MessageDescriptor) -> &'static str {
    comment(&message.parent_file(), message.path())
}

/// Returns the comment of a method; empty where there is none.
pub(super) fn comment_of_method(method: &MethodDescriptor) -> &'static str {
    comment(&method.parent_file(), method.path())
}

fn comment(file: &FileDescriptor, path: &[i32]) -> &'static str {
    let place = (file.name().to_owned(), path.to_vec());
    COMMENTS.get(&place).map_or("", String::as_str)
}

/// Joins a comment's lines to paragraphs.
fn flowing(comment: &str) -> String {
    let paragraphs = comment.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Returns an enumeration's words with their numbers, in order, without the unspecified one.
pub(super) fn words_of(description: &EnumDescriptor) -> Vec<(String, i32)> {
    let values = description.values().filter(|value| value.number() != 0);
    values
        .map(|value| (word(description, value.name()), value.number()))
        .collect()
}

/// Returns a value's name as a word: `RECEIPT_STATUS_ON_PAPER` of `ReceiptStatus` as `on-paper`.
pub(super) fn word(description: &EnumDescriptor, name: &str) -> String {
    let mut prefix = String::new();
    for (place, character) in description.name().char_indices() {
        if place > 0 && character.is_ascii_uppercase() {
            prefix.push('_');
        }
        prefix.push(character.to_ascii_uppercase());
    }
    prefix.push('_');
    let word = name.strip_prefix(&prefix).unwrap_or(name);
    word.to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{FileClaim, ReceiptView};
    use prost_reflect::Kind;

    use super::*;

    #[test]
    fn comments_come_with_the_descriptors() {
        let message = message_of::<FileClaim>();
        assert!(!comment_of_message(&message).is_empty());
        assert!(
            message
                .fields()
                .any(|field| !comment_of_field(&field).is_empty())
        );
    }

    #[test]
    fn an_enumeration_is_shown_in_words() {
        let field = message_of::<ReceiptView>()
            .get_field_by_name("status")
            .unwrap();
        let Kind::Enum(description) = field.kind() else {
            panic!("status is an enumeration");
        };
        let words = words_of(&description);
        assert!(words.contains(&("partly-reimbursed".to_owned(), 3)));
        assert!(words.iter().all(|(word, _)| word != "unspecified"));
    }

    #[test]
    fn the_lines_of_a_comment_flow() {
        assert_eq!(
            flowing(" One line\n and another.\n\n A second paragraph.\n"),
            "One line and another.\n\nA second paragraph."
        );
    }
}
