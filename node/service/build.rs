//! Generates the gRPC services of `src/api/services.rs` from the table of methods.
//!
//! ```text
//!   .proto ──piaolian-proto──► METHODS ──► impl ClaimService for Api { … }   one for each service
//!                                      └─► add_services, SERVICE_NAMES
//! ```

use std::{env, error::Error, fs, path::PathBuf};

use piaolian_proto::api::{METHODS, Method};

/// The kind of function that answers a method.
#[derive(Clone, Copy)]
enum Answer {
    /// A plain function that reads the disk; it runs on a thread that may block.
    Blocking,
    /// An `async` function.
    Async,
    /// A function that returns a receiver of messages.
    Stream,
    /// `Submitter::submit_action` or `Submitter::submit_batch_action`.
    Submit,
}

/// Whether the function that answers takes the client that calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Given,
    NotGiven,
}

/// The function that answers a method: the object of `Services` that has it, and its kind.
#[derive(Clone, Copy)]
struct Route {
    object: &'static str,
    answer: Answer,
    caller: Caller,
}

impl Route {
    const fn new(object: &'static str, answer: Answer) -> Self {
        Self {
            object,
            answer,
            caller: Caller::NotGiven,
        }
    }

    const fn with_caller(self) -> Self {
        Self {
            caller: Caller::Given,
            ..self
        }
    }
}

/// Methods that do not follow the default of [`route`], by name.
const EXCEPTIONS: &[(&str, Route)] = &[
    (
        "AuthoriseGrantee",
        Route::new("holders", Answer::Async).with_caller(),
    ),
    (
        "CollectReceipts",
        Route::new("holders", Answer::Async).with_caller(),
    ),
    (
        "DecideClaim",
        Route::new("claim_holders", Answer::Async).with_caller(),
    ),
    (
        "FileClaim",
        Route::new("claim_holders", Answer::Async).with_caller(),
    ),
    (
        "SetOpeningSums",
        Route::new("claim_holders", Answer::Async).with_caller(),
    ),
    ("CreateNotices", Route::new("issuance", Answer::Async)),
    (
        "GetReceiptDetails",
        Route::new("details", Answer::Async).with_caller(),
    ),
    ("GetStatus", Route::new("status", Answer::Blocking)),
    ("GrantAccess", Route::new("key_sharing", Answer::Async)),
    ("ImportReceipts", Route::new("issuance", Answer::Async)),
    ("IssueReceipts", Route::new("issuance", Answer::Async)),
    ("ListReaders", Route::new("details", Answer::Async)), // fetches details from other nodes
    (
        "PickUpReceipt",
        Route::new("pick_up", Answer::Blocking).with_caller(),
    ),
    ("ReissueReceipt", Route::new("issuance", Answer::Async)),
    ("ReverseReceipt", Route::new("issuance", Answer::Async)),
    (
        "Submit",
        Route::new("submitter", Answer::Async).with_caller(),
    ),
    (
        "SubmitAndWait",
        Route::new("submitter", Answer::Async).with_caller(),
    ),
    (
        "SubmitBatch",
        Route::new("submitter", Answer::Async).with_caller(),
    ),
    (
        "VerifyReceipt",
        Route::new("verification", Answer::Blocking).with_caller(),
    ),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(error) = generate() {
        println!("cargo::error={error}");
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let mut services: Vec<&str> = METHODS.iter().map(|method| method.service).collect();
    services.dedup();
    let mut code = registration(&services);
    for service in services {
        code += &implementation(service)?;
    }
    let code = prettyplease::unparse(&syn::parse_file(&code)?);
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("services.rs"),
        code,
    )?;
    Ok(())
}

/// Returns the function that answers a method.
///
/// A method without side effects reads; one with an action submits it.
fn route(method: &Method) -> Result<Route, String> {
    let exception = EXCEPTIONS.iter().find(|(name, _)| *name == method.name);
    match exception {
        Some((_, route)) => Ok(*route),
        None if method.streams => Ok(Route::new("events", Answer::Stream)),
        None if method.submits_only => Ok(Route::new("submitter", Answer::Submit)),
        None if method.action.is_some() => Ok(Route::new("submitter", Answer::Async)),
        None if method.reads_only => Ok(Route::new("queries", Answer::Blocking)),
        None => Err(format!(
            "{} is no query (`option idempotency_level = NO_SIDE_EFFECTS;`) and submits no action (`option (action)`): \
             add the option that it lacks, or say in EXCEPTIONS of node/service/build.rs what answers it",
            method.path
        )),
    }
}

/// Writes the registration of all services.
fn registration(services: &[&str]) -> String {
    let names: String = services
        .iter()
        .map(|service| format!("\"piaolian.v1.{service}\","))
        .collect::<Vec<_>>()
        .concat();
    let added: String = services
        .iter()
        .map(|service| {
            let module = snake(service);
            format!(
                ".add_service(
                    v1::{module}_server::{service}Server::from_arc(api.clone())
                        .max_decoding_message_size(REQUEST_BYTES_MAX)
                        .max_encoding_message_size(ANSWER_BYTES_MAX),
                )"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "/// Names of all services, as health and reflection know them.
        pub(super) const SERVICE_NAMES: &[&str] = &[{names}];

        /// Adds every service, with the bounds of its messages.
        pub(super) fn add_services(routes: Routes, api: &Arc<Api>) -> Routes {{
            routes {added}
        }}
        "
    )
}

/// Writes `impl … for Api` of one service.
fn implementation(service: &str) -> Result<String, String> {
    let methods = METHODS.iter().filter(|method| method.service == service);
    let functions: String = methods.map(function).collect::<Result<_, _>>()?;
    let module = snake(service);
    Ok(format!(
        "#[async_trait]
        impl v1::{module}_server::{service} for Api {{ {functions} }}
        "
    ))
}

fn function(method: &Method) -> Result<String, String> {
    let Method {
        name,
        request,
        response,
        ..
    } = method;
    let function = snake(name);
    let Route {
        object,
        answer,
        caller,
    } = route(method)?;
    let (client, argument) = match caller {
        Caller::Given => ("let client = client(&request)?;", "&client, "),
        Caller::NotGiven => ("", ""),
    };
    let body = match answer {
        Answer::Blocking => format!(
            "{client} let request = request.into_inner();
            ask(&self.services.{object}, move |{object}| {object}.{function}({argument}&request)).await"
        ),
        Answer::Async => format!(
            "{client} reply(self.services.{object}.{function}({argument}request.into_inner()).await)"
        ),
        Answer::Stream => format!("stream(self.services.{object}.{function}(request.into_inner()))"),
        Answer::Submit => submission(method, object),
    };
    let (stream, response) = match answer {
        Answer::Stream => (
            format!("type {name}Stream = Messages<v1::{response}>;"),
            format!("Self::{name}Stream"),
        ),
        Answer::Blocking | Answer::Async | Answer::Submit => {
            (String::new(), format!("v1::{response}"))
        }
    };
    let answered_by = match answer {
        Answer::Submit => String::new(),
        Answer::Blocking | Answer::Async | Answer::Stream => format!(
            "/// Answered by the function `{function}` of `{object}`, whose type is in `src/services.rs`.\n"
        ),
    };
    Ok(format!(
        "{stream}
        {answered_by}async fn {function}(
            &self,
            request: Request<v1::{request}>,
        ) -> Result<Response<{response}>, Status> {{ {body} }}
        "
    ))
}

fn submission(method: &Method, object: &str) -> String {
    let action = method.action.unwrap_or_default();
    let message = method.name;
    let submit = match method.response {
        "BatchActionResponse" => "submit_batch_action",
        _ => "submit_action",
    };
    format!(
        "let v1::{request} {{ {action}, options }} = request.into_inner();
        let action = {action}.map(Action::{message});
        reply(self.services.{object}.{submit}({action:?}, action, options).await)",
        request = method.request,
    )
}

/// Returns `WithdrawClaim` as `withdraw_claim`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
