use std::{fs, num::NonZeroU32};

use super::{file::FILTER_USUAL, *};

const HOSPITAL: &str = "12320900E875065319";
const FINANCE: &str = "91350100M000100Y43";

fn minimal() -> String {
    format!(
        r#"
        organisation = "{HOSPITAL}"
        genesis = "../genesis.json"
        data = "data"
        keys = "/etc/piaolian/keys"
        [network]
        listen = "/ip4/127.0.0.1/tcp/26600"
        "#
    )
}

fn load(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("piaolian.toml");
    fs::write(&path, text).unwrap();
    Config::load(&path)
}

fn problem(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("piaolian.toml");
    fs::write(&path, minimal()).unwrap();
    let config = Config::load(&path).unwrap();
    assert_eq!(config.data, folder.path().join("data"));
    assert_eq!(config.genesis, folder.path().join("../genesis.json"));
    assert_eq!(config.keys, Path::new("/etc/piaolian/keys"));
    assert_eq!(config.rpc.tokens, folder.path().join("tokens.toml"));
}

#[test]
fn what_is_left_out_has_safe_defaults() {
    let config = load(&minimal()).unwrap();
    assert!(config.rpc.listen.ip().is_loopback());
    assert_eq!(config.issuing, None);
    assert_eq!(config.metrics, None);
    assert_eq!(
        config.log,
        LogConfig {
            filter: FILTER_USUAL.to_owned(),
            format: LogFormat::Text
        }
    );
}

#[test]
fn a_node_writes_its_first_access_log_until_it_is_told_to_begin_another() {
    assert_eq!(load(&minimal()).unwrap().access_log, LogNumber::FIRST);
    let number = |number: &str| load(&format!("{}\n[access_log]\nnumber = {number}", minimal()));
    assert_eq!(number("17").unwrap().access_log.get(), 17);
    for bad in ["0", "-1", "4294967296", "\"2\""] {
        assert!(number(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_issuer_says_so_and_issues_for_itself_unless_told_otherwise() {
    let issuing = load(&format!("{}\n[issuing]", minimal()))
        .unwrap()
        .issuing
        .unwrap();
    assert!(issuing.agencies.is_empty());
}

#[test]
fn attachments_are_kept_for_ever_and_fetched_within_the_usual_bound_unless_told_otherwise() {
    let bounds = |config: Config| {
        let kept = config.attachments_kept_days;
        (kept, config.attachments_member_mib_a_day)
    };
    let attachments = |lines: &str| format!("{}\n[attachments]\n{lines}", minimal());
    assert_eq!(bounds(load(&minimal()).unwrap()), (None, None));
    let given = attachments("keep_days = 30\nmember_mib_a_day = 512");
    let given = bounds(load(&given).unwrap());
    assert_eq!(given, (NonZeroU32::new(30), NonZeroU32::new(512)));
    for zero in ["keep_days = 0", "member_mib_a_day = 0"] {
        assert!(problem(&attachments(zero)).contains("nonzero"), "{zero}");
    }
}

#[test]
fn an_unknown_field_is_refused_wherever_it_stands() {
    for (place, text) in [
        ("top", format!("validate = true\n{}", minimal())),
        ("network", format!("{}\nlisten_on = \"x\"", minimal())),
        ("rpc", format!("{}\n[rpc]\ntls = true", minimal())),
        ("issuing", format!("{}\n[issuing]\nagency = []", minimal())),
        ("metrics", format!("{}\n[metrics]\npath = \"/\"", minimal())),
        ("log", format!("{}\n[log]\nlevel = \"info\"", minimal())),
    ] {
        assert!(problem(&text).contains("unknown field"), "{place}");
    }
}

#[test]
fn a_wider_bind_than_loopback_is_refused_without_tls() {
    for listen in ["0.0.0.0:26700", "[::]:26700", "192.0.2.1:26700"] {
        let text = format!("{}\n[rpc]\nlisten = \"{listen}\"", minimal());
        assert!(problem(&text).contains("loopback"), "{listen}");
    }
    let text = format!("{}\n[rpc]\nlisten = \"[::1]:26700\"", minimal());
    assert!(load(&text).is_ok());
}

#[test]
fn metrics_are_told_beyond_loopback_only_where_the_operator_says_so() {
    let metrics = |lines: &str| format!("{}\n[metrics]\n{lines}", minimal());
    let listen = |lines: &str| load(&metrics(lines)).unwrap().metrics.unwrap().listen;
    assert_eq!(listen(""), "127.0.0.1:26701".parse().unwrap());
    assert_eq!(listen("listen = \"[::1]:1\""), "[::1]:1".parse().unwrap());
    for wide in ["0.0.0.0:26701", "[::]:26701", "192.0.2.1:26701"] {
        let wide_listen = format!("listen = \"{wide}\"");
        let said = problem(&metrics(&wide_listen));
        assert!(said.contains("metrics.listen: "), "{wide}: {said}");
        assert!(said.contains("beyond_loopback"), "{wide}: {said}");
        let meant = format!("{wide_listen}\nbeyond_loopback = true");
        assert_eq!(listen(&meant), wide.parse().unwrap());
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = r#"
        organisation = "12320900E875065310"
        genesis = "genesis.json"
        data = "data"
        keys = "keys"
        [network]
        listen = "127.0.0.1:26600"
        [network.peers]
        "91350100M000100Y43" = ["tcp/1"]
        [rpc]
        listen = "0.0.0.0:1"
        [issuing]
        agencies = ["x"]
        [metrics]
        listen = "0.0.0.0:1"
        [log]
        filter = "info=loud=x"
    "#;
    let problem = problem(text);
    for field in [
        "organisation",
        "network.listen",
        "network.peers.91350100M000100Y43",
        "rpc.listen",
        "issuing.agencies",
        "metrics.listen",
        "log.filter",
    ] {
        assert!(
            problem.contains(&format!("{field}: ")),
            "{field} in {problem}"
        );
    }
}

#[test]
fn extra_addresses_of_peers_are_kept_by_organisation() {
    let text = format!(
        "{}\n[network.peers]\n{FINANCE} = [\"/dns4/fj.example/tcp/1\"]",
        minimal()
    );
    let config = load(&text).unwrap();
    let addresses = &config.network.peers[&FINANCE.parse().unwrap()];
    assert_eq!(addresses, &["/dns4/fj.example/tcp/1".parse().unwrap()]);
}

#[test]
fn peers_are_reached_over_tcp_and_known_by_their_keys_on_the_ledger() {
    for address in [
        "/ip4/127.0.0.1/udp/26600/quic-v1",
        "/ip4/127.0.0.1/tcp/26600/ws",
        "/ip4/127.0.0.1",
        "/ip4/127.0.0.1/tcp/0",
        "/ip4/127.0.0.1/tcp/26600/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
    ] {
        let listen = minimal().replace("/ip4/127.0.0.1/tcp/26600", address);
        let said = problem(&listen);
        assert!(said.contains("network.listen: "), "{address}: {said}");
        let peers = format!(
            "{}\n[network.peers]\n{FINANCE} = [\"{address}\"]",
            minimal()
        );
        let field = format!("network.peers.{FINANCE}: ");
        let said = problem(&peers);
        assert!(said.contains(&field), "{address}: {said}");
    }
}

#[test]
fn a_node_listens_on_an_address_and_not_on_a_name() {
    let named = minimal().replace("/ip4/127.0.0.1", "/dns4/node.example");
    assert!(problem(&named).contains("network.listen: "));
    let wide = minimal().replace("/ip4/127.0.0.1", "/ip6/::");
    assert!(load(&wide).is_ok());
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("/nowhere/piaolian.toml")).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/piaolian.toml: "));
}

#[test]
fn encryption_keys_have_a_period_and_an_end_where_the_file_gives_them_days() {
    let with = |lines: &str| load(&format!("{}\n[encryption]\n{lines}", minimal()));
    let config = with("").unwrap();
    assert_eq!(
        (config.encryption_key_period, config.encryption_keys_kept),
        (None, None)
    );
    let config = with("period_days = 1\ndestroy_after_days = 2").unwrap();
    let day = Duration::from_secs(86_400);
    assert_eq!(config.encryption_key_period, Some(day));
    assert_eq!(config.encryption_keys_kept, Some(2 * day));
    assert!(with("period_days = 0").is_err());
    assert!(with("destroy_after_days = 0").is_err());
}

#[test]
fn holders_are_served_where_the_file_says_so() {
    assert!(!load(&minimal()).unwrap().serves_holders);
    let serving = load(&format!("{}\n[holders]", minimal())).unwrap();
    assert!(serving.serves_holders);
}
