//! Generates the gRPC services of `src/api/api.rs` from the table of methods.
//!
//! ```text
//!   .proto ──piaolian-proto──► METHODS ──► impl ClaimService for Api { … }   one for each service
//!                                      └─► add_services, SERVICE_NAMES
//! ```

use std::{env, error::Error, fs, path::PathBuf};

use piaolian_proto::api::{METHODS, Method};

/// How a method is answered.
#[derive(Clone, Copy)]
enum Answer {
    /// A plain function that reads the disk; it runs on a thread that may block.
    Blocking,
    /// An `async` function.
    Async,
    /// A function that returns a receiver of messages.
    Stream,
    /// `Service::submit_action` or `Service::submit_batch_action`.
    Submit,
}

/// Who calls: whether the function that answers is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    EventProjection,
    Untold,
}

/// Methods that are answered otherwise than [`rule`] says, by name.
const EXCEPTIONS: &[(&str, Answer, Caller)] = &[
    ("AuthorisePayer", Answer::Async, Caller::EventProjection),
    ("CollectReceipts", Answer::Async, Caller::EventProjection),
    ("GetReceiptDetails", Answer::Async, Caller::EventProjection),
    ("ImportReceipts", Answer::Async, Caller::Untold),
    ("ListReaders", Answer::Async, Caller::Untold), // asks other nodes for what is not here
    ("PickUpReceipt", Answer::Blocking, Caller::EventProjection),
    ("Submit", Answer::Async, Caller::EventProjection),
    ("SubmitAndWait", Answer::Async, Caller::EventProjection),
    ("SubmitBatch", Answer::Async, Caller::EventProjection),
    ("VerifyReceipt", Answer::Blocking, Caller::EventProjection),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut services: Vec<&str> = METHODS.iter().map(|method| method.service).collect();
    services.dedup();
    let mut code = registration(&services);
    for service in services {
        code += &implementation(service)?;
    }
    let code = prettyplease::unparse(&syn::parse_file(&code)?);
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("api.rs"), code)?;
    Ok(())
}

/// Returns how a method is answered.
///
/// A method without side effects reads; one with an action submits it.
fn rule(method: &Method) -> Result<(Answer, Caller), String> {
    let exception = EXCEPTIONS.iter().find(|(name, ..)| *name == method.name);
    match exception {
        Some((_, answer, caller)) => Ok((*answer, *caller)),
        None if method.streams => Ok((Answer::Stream, Caller::Untold)),
        None if method.submits_only => Ok((Answer::Submit, Caller::Untold)),
        None if method.action.is_some() => Ok((Answer::Async, Caller::Untold)),
        None if method.reads_only => Ok((Answer::Blocking, Caller::Untold)),
        None => Err(format!(
            "node/service/build.rs does not say how {} is answered",
            method.path
        )),
    }
}

/// Returns the field of `Api` whose object answers a method.
const fn object(_: &Method) -> &'static str {
    "service"
}

/// Writes what the server needs to know of all services.
fn registration(services: &[&str]) -> String {
    let names: String = services
        .iter()
        .map(|service| format!("\"piaolian.v1.{service}\","))
        .collect();
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
        .collect();
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
    let object = object(method);
    let (answer, caller) = rule(method)?;
    let (client, argument) = match caller {
        Caller::EventProjection => ("let client = client(&request)?;", "&client, "),
        Caller::Untold => ("", ""),
    };
    let body = match answer {
        Answer::Blocking => format!(
            "{client} let request = request.into_inner();
            ask(&self.{object}, move |{object}| {object}.{function}({argument}&request)).await"
        ),
        Answer::Async => format!(
            "{client} reply(self.{object}.{function}({argument}request.into_inner()).await)"
        ),
        Answer::Stream => format!("stream(self.{object}.{function}(request.into_inner()))"),
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
    Ok(format!(
        "{stream}
        async fn {function}(
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
        reply(self.{object}.{submit}({action:?}, action, options).await)",
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
