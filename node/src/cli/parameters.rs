//! Files of governed parameters, for the founding and for `piaolian parameters set`.
//!
//! ```text
//!   FILE, TOML or JSON ──strict──► parameters that it names, over those in force ──bounds──► Parameters
//! ```
//!
//! Fields are named as `piaolian parameters show --json` shows them, or as in `parameters.proto`. Parameters that a
//! file does not name stay as they are, also within `alerts`; a list, such as the fund rules, must be complete.

use std::path::{Path, PathBuf};

use clap::Args;
use piaolian_contracts::parameters::{Parameters, ProposedParameters};
use piaolian_proto::v1::{self, GetParametersRequest, SetParameters, transaction_body::Action};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json};

use super::{
    Failure,
    connection::NodeArguments,
    descriptors, files,
    json::{from_json, to_json},
    offline::Offline,
    output::Output,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Set {
    /// A file that names some or all parameters, TOML or JSON. The node is asked for the others.
    file: PathBuf,
    #[command(flatten)]
    offline: Offline,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "parameters set",
        "Changes governed parameters. By a governor, where one must agree; otherwise `piaolian proposal open … \
         set-parameters`.",
        &["piaolian parameters set parameters.toml --as 11320000014000199X"],
        |arguments, output| wait_for(set(arguments, output)),
    )
}

async fn set(Set { file, offline }: Set, output: &Output) -> Result<(), Failure> {
    let change = changed(&file, &offline.node).await?;
    offline.run(Action::SetParameters(change), output).await
}

/// Returns the parameters that a file names, over those in force.
pub(super) async fn changed(file: &Path, node: &NodeArguments) -> Result<SetParameters, Failure> {
    let file = ParametersFile::read(file)?;
    let now = if file.is_whole() {
        v1::Parameters::default()
    } else {
        in_force(node).await?
    };
    Ok(SetParameters {
        parameters: Some((&file.over(&now)?).into()),
    })
}

async fn in_force(node: &NodeArguments) -> Result<v1::Parameters, Failure> {
    let client = node.connect().await?;
    let ask = async || {
        client
            .ledger()
            .get_parameters(GetParametersRequest {})
            .await
    };
    Ok(client.repeat(ask).await?.parameters.unwrap_or_default())
}

/// Parameters that a file names, by their canonical names.
#[derive(Debug, Default)]
pub(super) struct ParametersFile(Map<String, Json>);

impl ParametersFile {
    /// Reads a file, `-` for stdin.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let parsed = Self::parse(&files::read_text(path)?);
        parsed.map_err(|problem| Failure::Usage(format!("{}: {problem}", path.display())))
    }

    /// Parses JSON, which begins with a brace, or TOML, which cannot.
    fn parse(text: &str) -> Result<Self, String> {
        let json: Json = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| error.to_string())?
        } else {
            toml::from_str(text).map_err(|error| error.to_string())?
        };
        let canonical = canonical(&descriptors::message_of::<v1::Parameters>(), json)?;
        // Wrong values are refused here, where the file is named.
        from_json::<v1::Parameters>(&Json::Object(canonical.clone()))
            .map_err(|failure| failure.to_string())?;
        Ok(Self(canonical))
    }

    /// Returns whether the file names every parameter, so that the others need not be read from a node.
    pub(super) fn is_whole(&self) -> bool {
        names_all(&descriptors::message_of::<v1::Parameters>(), &self.0)
    }

    /// Returns these parameters over those in force, within the hard bounds.
    pub(super) fn over(self, now: &v1::Parameters) -> Result<Parameters, Failure> {
        let mut merged = to_json(now);
        merge(&mut merged, Json::Object(self.0));
        let changed: v1::Parameters = from_json(&merged)?;
        let proposed =
            ProposedParameters::try_from(changed).map_err(|error| Failure::usage(&error))?;
        proposed
            .within_bounds()
            .map_err(|error| Failure::usage(&error))
    }
}

/// Names fields as canonical JSON does; a message in a list must name all of its fields.
fn canonical(message: &MessageDescriptor, json: Json) -> Result<Map<String, Json>, String> {
    let Json::Object(fields) = json else {
        return Err(format!("{} must be an object", message.name()));
    };
    let mut canonical_fields = Map::new();
    for (name, value) in fields {
        let field = message.get_field_by_name(&name);
        let field = field.or_else(|| message.get_field_by_json_name(&name));
        let field = field.ok_or_else(|| format!("unknown field {name}"))?;
        let value = match (field.kind(), value) {
            (Kind::Message(element), Json::Array(values)) => {
                let values = values.into_iter().map(|value| whole(&element, value));
                Json::Array(values.collect::<Result<_, _>>()?)
            }
            (Kind::Message(inner), value) => Json::Object(canonical(&inner, value)?),
            (_, value) => value,
        };
        canonical_fields.insert(field.json_name().to_owned(), value);
    }
    Ok(canonical_fields)
}

fn whole(message: &MessageDescriptor, json: Json) -> Result<Json, String> {
    let fields = canonical(message, json)?;
    let missing = message
        .fields()
        .find(|field| !fields.contains_key(field.json_name()));
    match missing {
        Some(field) => Err(format!(
            "missing field {} of {}",
            field.name(),
            message.name()
        )),
        None => Ok(Json::Object(fields)),
    }
}

/// Returns whether every field of a message is named, and every field of the messages in it.
fn names_all(message: &MessageDescriptor, named: &Map<String, Json>) -> bool {
    let is_named = |field: FieldDescriptor| match (field.kind(), named.get(field.json_name())) {
        (_, None) => false,
        (Kind::Message(inner), Some(Json::Object(named))) => names_all(&inner, named),
        (_, Some(_)) => true,
    };
    message.fields().all(is_named)
}

/// Puts named fields over others.
fn merge(under: &mut Json, over: Json) {
    match (under, over) {
        (Json::Object(under), Json::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Json::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> v1::Parameters {
        (&Parameters::default()).into()
    }

    fn read(text: &str) -> Result<v1::Parameters, String> {
        let file = ParametersFile::parse(text)?;
        let parameters = file.over(&now()).map_err(|failure| failure.to_string())?;
        Ok((&parameters).into())
    }

    #[test]
    fn parameters_that_are_not_named_stay() {
        assert_eq!(read("").unwrap(), now());
        let changed = v1::Parameters {
            heartbeat_ms: 5_000,
            ..now()
        };
        assert_eq!(read("heartbeat_ms = 5000").unwrap(), changed);
        assert_eq!(read(r#"{ "heartbeat_ms": 5000 }"#).unwrap(), changed);
        assert_eq!(read(r#"{ "heartbeatMs": "5000" }"#).unwrap(), changed);
    }

    #[test]
    fn fund_rules_are_named_whole() {
        let form = |kind: &str, less: bool, role: &str| {
            format!(
                "[[fund_rules]]\nfund_kind = \"{kind}\"\nless_pooled_fund = {less}\n\
                 less_personal_account = false\nless_personal_cash = false\nless_other = false\n\
                 role = \"{role}\"\nclaim_needed = false\nexcludes_other_payers = false\n\
                 excluded_by_pooled_fund = false\ncategories = []\n"
            )
        };
        let (medical, employer) = (
            form("FUND_KIND_BASIC_MEDICAL", true, "ROLE_MEDICAL_INSURER"),
            form("FUND_KIND_EMPLOYER", false, "ROLE_REIMBURSING_UNIT"),
        );
        let changed = read(&format!("{medical}{employer}"));
        let rule = |kind: v1::FundKind, less_pooled_fund, role: v1::Role| v1::FundRule {
            fund_kind: kind.into(),
            role: role.into(),
            less_pooled_fund,
            ..Default::default()
        };
        let rules = [
            rule(v1::FundKind::BasicMedical, true, v1::Role::MedicalInsurer),
            rule(v1::FundKind::Employer, false, v1::Role::ReimbursingUnit),
        ];
        assert_eq!(changed.unwrap().fund_rules, rules);
        assert!(
            read(&format!("{employer}{medical}"))
                .unwrap_err()
                .contains("out of order")
        );
    }

    #[test]
    fn thresholds_of_alerts_are_named_one_by_one() {
        let mut changed = now();
        changed.alerts.as_mut().unwrap().hours_from = 800;
        changed.alerts.as_mut().unwrap().hours_to = 1_730;
        let named = "[alerts]\nhours_from = 800\nhours_to = 1730";
        assert_eq!(read(named).unwrap(), changed);
        assert!(read("[alerts]\nhours_from = 860").is_err());
        assert!(!ParametersFile::parse(named).unwrap().is_whole());
    }

    #[test]
    fn parameters_that_were_shown_can_be_given_back() {
        let shown = to_json(&now()).to_string();
        let file = ParametersFile::parse(&shown).unwrap();
        assert!(file.is_whole());
        let none = v1::Parameters::default();
        assert_eq!(file.over(&none).unwrap(), Parameters::default());
        let some = ParametersFile::parse("heartbeat_ms = 5000").unwrap();
        assert!(!some.is_whole());
    }

    #[test]
    fn unknown_fields_and_values_out_of_bounds_are_refused() {
        for (text, problem) in [
            ("heart_beat_ms = 5000", "unknown field heart_beat_ms"),
            (
                r#"{ "heart_beat_ms": 5000 }"#,
                "unknown field heart_beat_ms",
            ),
            ("heartbeat_ms = 10", "heartbeat_ms"),
            ("heartbeat_ms = true", "64-bit unsigned integer"),
            (
                "[[fund_rules]]\nfund_kind = \"FUND_KIND_OTHER\"",
                "missing field",
            ),
            ("alerts = 7", "AlertThresholds must be an object"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(problem), "{text}: {said}");
        }
    }
}
