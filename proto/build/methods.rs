//! Generates the table of the API's methods.

use std::error::Error;

use prost_reflect::{DescriptorPool, DynamicMessage, EnumDescriptor, MethodDescriptor};

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
/// When a method has no role, or signs and submits an action that its request does not name.
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
        let role = role(&described, roles).ok_or_else(|| {
            format!(
                "{path} has no role: add `option (role) = TOKEN_ROLE_…;` to the rpc; options.proto says what each role \
                 allows"
            )
        })?;
        let action = options::text(&described, "action");
        let submits_only = match &action {
            Some(action) => submits_only(method, action)?,
            None => false,
        };
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

/// Returns the role that a method's options name, as a variant of `TokenRole`.
fn role(described: &DynamicMessage, roles: &EnumDescriptor) -> Option<&'static str> {
    let role = roles.get_value(options::number(described, "role")?)?;
    match role.name() {
        "TOKEN_ROLE_READ" => Some("Read"),
        "TOKEN_ROLE_SUBMIT" => Some("Submit"),
        "TOKEN_ROLE_ADMIN" => Some("Admin"),
        _ => None,
    }
}

/// Returns whether the call only signs and submits: the request is the action with `options`, and the response is
/// `ActionResponse` or `BatchActionResponse`.
///
/// # Errors
/// When the response is one of these, but the request does not begin with the action and the options.
fn submits_only(method: &MethodDescriptor, action: &str) -> Result<bool, String> {
    if !["ActionResponse", "BatchActionResponse"].contains(&method.output().name()) {
        return Ok(false);
    }
    let request = method.input();
    let fields: Vec<_> = request
        .fields()
        .map(|field| field.name().to_owned())
        .collect();
    if !fields.starts_with(&[action.to_owned(), "options".to_owned()]) {
        return Err(format!(
            "{} must begin with the fields `{action}` and `options`, in this order, because {} answers {}",
            request.name(),
            method.name(),
            method.output().name()
        ));
    }
    Ok(fields.len() == 2)
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
