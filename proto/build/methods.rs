//! Generates the table of the API's methods.

use std::error::Error;

use prost_reflect::{DescriptorPool, EnumDescriptor, MethodDescriptor};

use crate::{PACKAGE, formatted, options};

/// A method, read from its descriptor.
pub(crate) struct Method {
    service: String,
    pub(crate) name: String,
    pub(crate) path: String,
    request: String,
    response: String,
    /// Name of a variant of `TokenRole`.
    role: &'static str,
    /// Field of `TransactionBody.action`.
    pub(crate) action: Option<String>,
    submits_only: bool,
    pub(crate) cli: Option<String>,
    streams: bool,
    reads_only: bool,
}

/// Reads every method of the package, ordered by path.
///
/// # Errors
/// When a method has no role.
pub(crate) fn read(pool: &DescriptorPool) -> Result<Vec<Method>, Box<dyn Error>> {
    let roles = pool
        .get_enum_by_name(&format!("{PACKAGE}.TokenRole"))
        .ok_or("there is no TokenRole")?;
    let methods = pool.services().flat_map(|service| {
        let methods: Vec<_> = service.methods().collect();
        methods
    });
    let mut methods = methods
        .map(|method| Method::read(&method, &roles))
        .collect::<Result<Vec<_>, _>>()?;
    methods.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(methods)
}

impl Method {
    fn read(method: &MethodDescriptor, roles: &EnumDescriptor) -> Result<Self, Box<dyn Error>> {
        let service = method.parent_service();
        let path = format!("/{}/{}", service.full_name(), method.name());
        let described = method.options();
        let role = options::number(&described, "role").and_then(|number| roles.get_value(number));
        let role = match role.as_ref().map(|role| role.name().to_owned()).as_deref() {
            Some("TOKEN_ROLE_READ") => "Read",
            Some("TOKEN_ROLE_SUBMIT") => "Submit",
            Some("TOKEN_ROLE_ADMIN") => "Admin",
            other => return Err(format!("{path} has no role: {other:?}").into()),
        };
        let action = options::text(&described, "action");
        let submits_only = action
            .as_ref()
            .is_some_and(|action| submits_only(method, action));
        Ok(Self {
            service: service.name().to_owned(),
            name: method.name().to_owned(),
            path,
            request: method.input().name().to_owned(),
            response: method.output().name().to_owned(),
            role,
            action,
            submits_only,
            cli: options::text(&described, "cli"),
            streams: method.is_server_streaming() || method.is_client_streaming(),
            reads_only: reads_only(method),
        })
    }
}

/// Returns whether the request is the action with the options of the call, and the answer what every such call answers.
fn submits_only(method: &MethodDescriptor, action: &str) -> bool {
    let request = method.input();
    let fields: Vec<_> = request
        .fields()
        .map(|field| field.name().to_owned())
        .collect();
    let answers = ["ActionResponse", "BatchActionResponse"].contains(&method.output().name());
    answers && fields == [action, "options"]
}

/// Returns whether `idempotency_level` is `NO_SIDE_EFFECTS`.
fn reads_only(method: &MethodDescriptor) -> bool {
    const NO_SIDE_EFFECTS: i32 = 1;
    let options = method.options();
    let level = options.get_field_by_name("idempotency_level");
    level.is_some_and(|level| level.as_enum_number() == Some(NO_SIDE_EFFECTS))
}

/// Writes `METHODS`.
pub(crate) fn generate(methods: &[Method]) -> Result<String, syn::Error> {
    let entries: String = methods.iter().map(entry).collect();
    formatted(&format!(
        "/// Every method of the API, ordered by path.\n\
         pub const METHODS: &[Method] = &[{entries}];"
    ))
}

fn entry(method: &Method) -> String {
    let Method {
        service,
        name,
        path,
        request,
        response,
        role,
        action,
        submits_only,
        cli,
        streams,
        reads_only,
    } = method;
    format!(
        "Method {{ service: {service:?}, name: {name:?}, path: {path:?}, request: {request:?}, response: {response:?}, \
         role: TokenRole::{role}, action: {action:?}, submits_only: {submits_only}, cli: {cli:?}, streams: {streams}, \
         reads_only: {reads_only} }},"
    )
}
