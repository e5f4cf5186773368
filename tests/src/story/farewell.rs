//! What a network that is kept up offers: addresses, tokens, commands to try.

use std::fmt::Write as _;

use super::{Network, Who, client::TokenRole, network::Home};

pub(super) fn text(network: &Network) -> String {
    let mut text = String::from("The network is up. Ctrl-C stops it.\n");
    for home in network.homes() {
        // Writing into a string does not fail.
        let _ = write!(text, "\n{}", place(home));
    }
    let _ = write!(text, "\n{}", commands(network));
    text
}

fn place(home: &Home) -> String {
    let mut text = format!(
        "{} · {} · {}\n  folder  {}\n  peers   /ip4/127.0.0.1/tcp/{}\n  gRPC    127.0.0.1:{}\n",
        home.who.title(),
        home.who.presentation().name,
        home.who.id(),
        home.folder.display(),
        home.peers_port,
        home.rpc_port,
    );
    for role in TokenRole::ALL {
        let token = home.token(role).unwrap_or_default();
        let _ = writeln!(text, "  token   {:6}  {token}", role.word());
    }
    text
}

fn commands(network: &Network) -> String {
    let Ok(home) = network.home(Who::Insurer) else {
        return String::new();
    };
    let (port, folder) = (home.rpc_port, home.folder.display());
    format!(
        "Try, for example as the medical insurer:\n  \
         export PIAOLIAN_NODE=http://127.0.0.1:{port} PIAOLIAN_TOKEN_FILE={folder}/tokens/submit\n  \
         piaolian status\n"
    )
}
