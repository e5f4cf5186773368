//! Generates the list of actions, from which all other lists of actions are made.

use std::{collections::BTreeSet, error::Error};

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use crate::{PACKAGE, formatted, methods::Method, options};

/// An action: a field of `TransactionBody.action`.
pub(crate) struct Action {
    message: String,
    field: String,
    number: u32,
    origin: Origin,
    batch: Option<Batch>,
}

/// How an action comes to be submitted.
enum Origin {
    Method { path: String },
    Offline { cli: String },
    Worker { name: String },
}

/// A batch: its items, and the fields that hold for all of them.
struct Batch {
    items: String,
    /// Expressions that copy each of the fields from `batch`.
    others: Vec<String>,
}

/// Reads the actions, ordered by number.
///
/// # Errors
/// When an action has not exactly one origin, or a method names an action that does not exist.
pub(crate) fn read(
    pool: &DescriptorPool,
    methods: &[Method],
) -> Result<Vec<Action>, Box<dyn Error>> {
    let body = pool
        .get_message_by_name(&format!("{PACKAGE}.TransactionBody"))
        .ok_or("there is no TransactionBody")?;
    let oneof = body
        .oneofs()
        .find(|oneof| oneof.name() == "action")
        .ok_or("TransactionBody has no action")?;
    let mut actions = oneof
        .fields()
        .map(|field| Action::read(&field, methods))
        .collect::<Result<Vec<_>, _>>()?;
    actions.sort_by_key(|action| action.number);

    let known: BTreeSet<&str> = actions.iter().map(|action| &*action.field).collect();
    for method in methods {
        match &method.action {
            Some(action) if !known.contains(&**action) => {
                return Err(format!(
                    "{} names no action: `{action}` is no field of TransactionBody.action in transaction.proto",
                    method.path
                )
                .into());
            }
            Some(_) | None => {}
        }
    }
    Ok(actions)
}

impl Action {
    fn read(field: &FieldDescriptor, methods: &[Method]) -> Result<Self, Box<dyn Error>> {
        let kind = field.kind();
        let message = kind
            .as_message()
            .ok_or_else(|| format!("{} is no message", field.full_name()))?;
        Ok(Self {
            message: message.name().to_owned(),
            field: field.name().to_owned(),
            number: field.number(),
            origin: Origin::read(field, methods)?,
            batch: Batch::read(message),
        })
    }
}

impl Origin {
    fn read(field: &FieldDescriptor, methods: &[Method]) -> Result<Self, Box<dyn Error>> {
        let described = field.options();
        let made_by = |method: &&Method| method.action.as_deref() == Some(field.name());
        let message = field
            .kind()
            .as_message()
            .map(|message| message.name().to_owned());
        if let Some(other) = methods
            .iter()
            .filter(made_by)
            .find(|method| Some(&method.name) != message.as_ref())
        {
            return Err(format!(
                "{} must have the name of its action: {}",
                other.path,
                message.unwrap_or_default()
            )
            .into());
        }
        let of_methods = methods.iter().filter(made_by).map(|method| Self::Method {
            path: method.path.clone(),
        });
        let offline = options::text(&described, "offline_cli").map(|cli| Self::Offline { cli });
        let worker = options::text(&described, "worker").map(|name| Self::Worker { name });
        let mut origins = of_methods.chain(offline).chain(worker);
        match (origins.next(), origins.next()) {
            (Some(origin), None) => Ok(origin),
            (None, _) => Err(format!(
                "{field} of TransactionBody.action has no origin: add an rpc with `option (action) = \"{field}\";`, or \
                 the option `offline_cli` or `worker` to the field; see docs/HOW_TO_ADD.md",
                field = field.name()
            )
            .into()),
            (Some(_), Some(_)) => Err(format!(
                "{} of TransactionBody.action has two origins: keep one of its rpc, `offline_cli` and `worker`",
                field.name()
            )
            .into()),
        }
    }
}

impl Batch {
    fn read(message: &MessageDescriptor) -> Option<Self> {
        let is_items = |field: &FieldDescriptor| options::is_set(&field.options(), "batch_items");
        let items = message.fields().find(is_items)?;
        let others = message.fields().filter(|field| *field != items);
        Some(Self {
            items: items.name().to_owned(),
            others: others.map(|field| copied(&field)).collect(),
        })
    }
}

/// Writes a field of a message that is made from the field of `batch`.
fn copied(field: &FieldDescriptor) -> String {
    let name = field.name();
    let is_copy = !field.is_list()
        && !field.supports_presence()
        && !matches!(field.kind(), Kind::String | Kind::Bytes | Kind::Message(_));
    let clone = if is_copy { "" } else { ".clone()" };
    format!("{name}: batch.{name}{clone},")
}

/// Writes `ACTIONS`, `for_each_action!` and the methods of the messages' own enum.
pub(crate) fn generate(actions: &[Action]) -> Result<String, syn::Error> {
    let table: String = actions.iter().map(entry).collect();
    let names: String = actions
        .iter()
        .map(|Action { message, .. }| format!("Self::{message}(_) => {message:?},"))
        .collect();
    let narrowed: String = actions.iter().filter_map(narrowed).collect();
    let whole: Vec<String> = actions
        .iter()
        .filter(|action| action.batch.is_none())
        .map(|action| format!("Self::{}(_)", action.message))
        .collect();
    let whole = whole.join(" | ");
    let code = formatted(&format!(
        "/// Every action, ordered by number.\n\
         pub const ACTIONS: &[ActionInfo] = &[{table}];\n\
         \n\
         impl crate::v1::transaction_body::Action {{\n\
             /// Returns the name of the message, such as `WithdrawClaim`.\n\
             #[must_use]\n\
             pub const fn name(&self) -> &'static str {{ match self {{ {names} }} }}\n\
         \n\
             /// Returns a batch with one of its items alone, `None` where it has no such item; another action whole.\n\
             #[must_use]\n\
             pub fn narrowed(&self, item: usize) -> Option<Self> {{\n\
                 Some(match self {{ {narrowed} {whole} => self.clone() }})\n\
             }}\n\
         }}"
    ))?;
    Ok(code + "\n" + &callback(actions))
}

fn entry(action: &Action) -> String {
    let Action {
        message,
        field,
        number,
        origin,
        batch: _,
    } = action;
    let origin = match origin {
        Origin::Method { path } => format!("Method {{ path: {path:?} }}"),
        Origin::Offline { cli } => format!("Offline {{ cli: {cli:?} }}"),
        Origin::Worker { name } => format!("Worker {{ name: {name:?} }}"),
    };
    format!(
        "ActionInfo {{ message: {message:?}, field: {field:?}, number: {number}, origin: Origin::{origin} }},"
    )
}

fn narrowed(action: &Action) -> Option<String> {
    let message = &action.message;
    let Batch { items, others } = action.batch.as_ref()?;
    let others = others.concat();
    Some(format!(
        "Self::{message}(batch) => Self::{message}(crate::v1::{message} {{\n\
             {items}: vec![batch.{items}.get(item)?.clone()], {others}\n\
         }}),"
    ))
}

/// Writes the macro by hand: a formatter leaves the inside of macros alone.
fn callback(actions: &[Action]) -> String {
    let rows: String = actions
        .iter()
        .map(|action| {
            let Action {
                message,
                field,
                number,
                ..
            } = action;
            format!("            {message} {field} {number};\n")
        })
        .collect();
    format!(
        "/// Calls a macro with every action: `Message field number;` each, ordered by number.\n\
         #[macro_export]\n\
         macro_rules! for_each_action {{\n    \
             ($callback:ident) => {{\n        \
                 $callback! {{\n\
         {rows}        \
                 }}\n    \
             }};\n\
         }}\n"
    )
}
