//! Tests of the counters and the text, and of `docs/OPERATIONS.md` against both.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::rule_texts;
use piaolian_proto::v1::{ItemOutcome, Outcome};

use super::*;

const OPERATIONS: &str = include_str!("../../../../docs/OPERATIONS.md");
const SECTION: &str = "### Metrics";

/// Longest answer, bytes. All labels are known at the start, so it does not grow.
const ANSWER_BYTES_MAX: usize = 64 << 10;

fn text(metrics: &Metrics) -> String {
    let source = || {
        Some(Reading {
            height: 7,
            ..Reading::default()
        })
    };
    let data = std::env::temp_dir();
    let exposition = Exposition::new(metrics.clone(), Box::new(source), data, 1_500);
    exposition.render().unwrap()
}

/// The value of a sample, by its name with labels.
fn value(text: &str, sample: &str) -> f64 {
    let found = text.lines().find_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        (name == sample).then(|| value.parse().unwrap())
    });
    found.unwrap_or_else(|| panic!("no {sample} in\n{text}"))
}

fn outcome(code: u32, items: &[u32]) -> Outcome {
    let items = items.iter().map(|code| ItemOutcome {
        code: *code,
        ..ItemOutcome::default()
    });
    Outcome {
        code,
        items: items.collect(),
        ..Outcome::default()
    }
}

fn committed(outcomes: &[Outcome]) -> Committed<'_> {
    Committed {
        round: 2,
        interval: std::time::Duration::from_millis(300),
        outcomes,
        receipts: 3,
    }
}

#[test]
fn a_whole_rejection_counts_once_and_a_batchs_rejections_one_by_one() {
    let metrics = Metrics::default();
    let outcomes = [outcome(0, &[0, 1_403, 1_403]), outcome(1_407, &[1_407; 4])];
    metrics.committed(committed(&outcomes));
    let text = text(&metrics);
    for (sample, counted) in [
        ("piaolian_transactions_total{outcome=\"accepted\"}", 1.0),
        ("piaolian_transactions_total{outcome=\"rejected\"}", 1.0),
        ("piaolian_rejections_total{rule=\"1403\"}", 2.0),
        ("piaolian_rejections_total{rule=\"1407\"}", 1.0),
        ("piaolian_rejections_total{rule=\"1406\"}", 0.0),
        ("piaolian_receipts_issued_total", 3.0),
        ("piaolian_last_round", 2.0),
        ("piaolian_block_interval_seconds_count", 1.0),
        ("piaolian_block_interval_seconds_bucket{le=\"0.2\"}", 0.0),
        ("piaolian_block_interval_seconds_bucket{le=\"0.5\"}", 1.0),
    ] {
        assert!((value(&text, sample) - counted).abs() < 1e-9, "{sample}");
    }
}

#[test]
fn unknown_rule_numbers_share_one_label() {
    let metrics = Metrics::default();
    let before = text(&metrics).lines().count();
    let outcomes: Vec<Outcome> = (5_000..6_000).map(|code| outcome(code, &[])).collect();
    metrics.committed(committed(&outcomes));
    (5_000..6_000).for_each(|code| metrics.refused(code));
    let text = text(&metrics);
    assert_eq!(text.lines().count(), before);
    let unknown = value(&text, "piaolian_rejections_total{rule=\"unknown\"}");
    assert!((unknown - 1_000.0).abs() < 1e-9);
    let unknown = value(&text, "piaolian_refusals_total{rule=\"unknown\"}");
    assert!((unknown - 1_000.0).abs() < 1e-9);
}

#[test]
fn every_rule_has_its_label_from_the_start_and_the_answer_is_bounded() {
    let text = text(&Metrics::default());
    for rule in rule_texts::rules() {
        let name = if rule.code < 1_100 {
            "refusals"
        } else {
            "rejections"
        };
        let sample = format!("piaolian_{name}_total{{rule=\"{}\"}}", rule.code);
        assert!(value(&text, &sample).abs() < 1e-9);
    }
    assert!(text.len() < ANSWER_BYTES_MAX, "{} bytes", text.len());
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn there_is_no_answer_once_the_node_stops() {
    let data = std::env::temp_dir();
    let exposition = Exposition::new(Metrics::default(), Box::new(|| None), data, 0);
    assert_eq!(exposition.render(), None);
}

/// Name, type, labels.
type Row = (String, String, BTreeSet<String>);

/// Parses the metrics of a text, by the names of their samples.
fn told(text: &str) -> Vec<Row> {
    let mut labels: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for sample in text.lines().filter(|line| !line.starts_with('#')) {
        let name = sample.split(['{', ' ']).next().unwrap();
        let inner = sample
            .split_once('{')
            .and_then(|(_, rest)| rest.split_once('}'));
        let names = inner.into_iter().flat_map(|(inner, _)| inner.split(','));
        let names = names
            .filter_map(|pair| pair.split_once('='))
            .map(|(label, _)| label.to_owned())
            .filter(|label| label != "le");
        labels.entry(name).or_default().extend(names);
    }
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let rows = types.map(|line| {
        let (name, kind) = line.split_once(' ').unwrap();
        let (name, sample) = match kind {
            "counter" => (format!("{name}_total"), format!("{name}_total")),
            "info" => (format!("{name}_info"), format!("{name}_info")),
            "histogram" => (name.to_owned(), format!("{name}_bucket")),
            _ => (name.to_owned(), name.to_owned()),
        };
        let labels = labels.get(sample.as_str()).cloned();
        (name, kind.to_owned(), labels.unwrap_or_default())
    });
    rows.collect()
}

/// Parses the rows of the documented table, each with a meaning and an advice.
fn documented() -> Vec<Row> {
    let (_, section) = OPERATIONS.split_once(SECTION).unwrap();
    let rows = section.lines().filter_map(|line| {
        let cells = line.strip_prefix("| `piaolian_")?.strip_suffix(" |")?;
        let cells: Vec<&str> = cells.split(" | ").collect();
        let [name, kind, labels, meaning, alarm] = cells.try_into().unwrap();
        assert!(!meaning.is_empty() && !alarm.is_empty(), "{line}");
        let labels = labels.split(", ").filter(|label| *label != "–");
        Some((
            format!("piaolian_{}", name.trim_end_matches('`')),
            kind.to_owned(),
            labels
                .map(|label| label.trim_matches('`').to_owned())
                .collect(),
        ))
    });
    rows.collect()
}

#[test]
fn the_documentation_lists_every_metric_and_no_other() {
    let mut told = told(&text(&Metrics::default()));
    let mut documented = documented();
    told.sort();
    documented.sort();
    assert_eq!(documented, told);
}

#[test]
fn every_metric_in_the_documented_alarm_rules_exists() {
    let told = text(&Metrics::default());
    let names = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let names = words.filter(|word| word.starts_with("piaolian_"));
        names.map(str::to_owned).collect()
    };
    let (_, rules) = OPERATIONS.split_once("groups:").unwrap();
    let rules = rules.split("```").next().unwrap();
    // The numbers in `rule=~"1406|1601"` are rule numbers.
    for numbers in rules.split("rule=~\"").skip(1) {
        for number in numbers.split('"').next().unwrap().split('|') {
            let known = rule_texts::rule(number.parse().unwrap());
            assert!(known.is_some(), "{number}");
        }
    }
    let named = names(rules);
    assert!(named.len() >= 3, "{named:?}");
    assert_eq!(named.difference(&names(&told)).next(), None);
}
