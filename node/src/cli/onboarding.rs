//! An organisation's own folder: everything its node needs but the founding document.
//!
//! ```text
//!   FOLDER/
//!     keys/          the node's keys, and a validator's last signed state
//!     admin/         the admin key: take it offline
//!     entry.json     public; for the founding, or for finance to admit
//!     tokens.toml    hashes of the tokens below
//!     tokens/        read, submit, admin: one token each, for the node's clients
//!     piaolian.toml  the node's configuration; expects genesis.json beside it
//! ```

use std::path::Path;

use piaolian_base::private_files;
use piaolian_contracts::{
    chain::ChainId,
    organisations::{KeyPurpose, Role},
};
use piaolian_custody::keys::{self, HeldKey};
use piaolian_genesis::{Entry, KeyPair, Presentation};
use piaolian_service::api::tokens::{self, TokenRole};

use super::{Failure, files, keys::init_signer};

/// Addresses on which a node listens.
pub(super) struct Listen<'a> {
    /// For peers, a multiaddress.
    pub(super) peers: &'a str,
    /// For clients, a loopback address.
    pub(super) rpc: &'a str,
}

/// Makes an organisation's folder.
pub(super) fn make(
    folder: &Path,
    chain_id: &ChainId,
    presentation: &Presentation,
    listen: &Listen<'_>,
) -> Result<Entry, Failure> {
    files::make_folder(folder)?;
    let node_keys = folder.join("keys");
    let held = keys::generate(&node_keys, &folder.join("admin"), &purposes(presentation))
        .map_err(|error| Failure::usage(&error))?;
    let pairs: Vec<&KeyPair> = held.iter().map(HeldKey::pair).collect();
    let entry = Entry::sign(chain_id, presentation, &pairs);
    let entry = entry.map_err(|error| Failure::usage(&error))?;
    if presentation.power > 0 {
        init_signer(&node_keys)?;
    }
    files::write_new(
        &folder.join("entry.json"),
        entry.to_json().as_bytes(),
        files::PUBLIC_MODE,
    )?;
    let config = config(presentation, listen);
    files::write_new(
        &folder.join("piaolian.toml"),
        config.as_bytes(),
        files::PUBLIC_MODE,
    )?;
    make_tokens(folder)?;
    Ok(entry)
}

/// The keys that an organisation of these roles needs, the admin key apart.
fn purposes(presentation: &Presentation) -> Vec<KeyPurpose> {
    let mut purposes = vec![KeyPurpose::Sign];
    if presentation.power > 0 {
        purposes.push(KeyPurpose::Validate);
    }
    purposes.extend([KeyPurpose::Peer, KeyPurpose::Encrypt]);
    if presentation.roles.contains(&Role::Finance) {
        purposes.push(KeyPurpose::Supervise);
    }
    purposes
}

fn make_tokens(folder: &Path) -> Result<(), Failure> {
    let shown = folder.join("tokens");
    files::make_folder(&shown)?;
    for role in [TokenRole::Read, TokenRole::Submit, TokenRole::Admin] {
        let token = tokens::add(&folder.join("tokens.toml"), role.word(), role)
            .map_err(|error| Failure::usage(&error))?;
        let text = format!("{}\n", token.reveal());
        files::write_new(
            &shown.join(role.word()),
            text.as_bytes(),
            private_files::FILE_MODE,
        )?;
    }
    Ok(())
}

fn config(presentation: &Presentation, listen: &Listen<'_>) -> String {
    let Presentation {
        organisation,
        name,
        roles,
        ..
    } = presentation;
    let keeps_details = roles.contains(&Role::Issuer) || roles.contains(&Role::CollectingAgency);
    let issuing = if keeps_details { "\n[issuing]\n" } else { "" };
    let holders = if roles.contains(&Role::Finance) {
        "\n[holders]                         # it collects a holder's receipts\n"
    } else {
        ""
    };
    format!(
        "# {name}\n\
         organisation = \"{organisation}\"\n\
         genesis = \"genesis.json\"\n\
         data = \"data\"\n\
         keys = \"keys\"\n\
         \n\
         [network]\n\
         listen = \"{}\"\n\
         \n\
         [rpc]\n\
         listen = \"{}\"\n\
         tokens = \"tokens.toml\"\n\
         {issuing}\
         {holders}\
         \n\
         # [metrics]                      # for Prometheus, at /metrics\n\
         # listen = \"127.0.0.1:26701\"\n",
        listen.peers, listen.rpc,
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Config;
    use piaolian_custody::keys::KeyRing;

    fn presentation(roles: Vec<Role>, power: u64) -> Presentation {
        Presentation {
            organisation: "12320900E875065319".parse().unwrap(),
            name: "A Hospital".to_owned(),
            roles,
            region: "990100".to_owned(),
            endpoints: vec!["/ip4/127.0.0.1/tcp/26601".to_owned()],
            power,
        }
    }

    fn made(roles: Vec<Role>, power: u64) -> (tempfile::TempDir, Entry) {
        let folder = tempfile::tempdir().unwrap();
        let listen = Listen {
            peers: "/ip4/127.0.0.1/tcp/26601",
            rpc: "127.0.0.1:26701",
        };
        let chain_id = "piaolian-test".parse().unwrap();
        let path = folder.path().join("hospital");
        let entry = make(&path, &chain_id, &presentation(roles, power), &listen).unwrap();
        (folder, entry)
    }

    #[test]
    fn the_folder_can_be_loaded() {
        let (folder, entry) = made(vec![Role::Issuer], 1);
        let folder = folder.path().join("hospital");
        let config = Config::load(&folder.join("piaolian.toml")).unwrap();
        assert_eq!(config.organisation, *entry.organisation());
        assert!(config.issuing.is_some());
        assert!(
            KeyRing::open(&config.keys)
                .unwrap()
                .get(KeyPurpose::Validate)
                .is_some()
        );
        let token = std::fs::read_to_string(folder.join("tokens/submit")).unwrap();
        let tokens = tokens::Tokens::load(&config.rpc.tokens).unwrap();
        assert_eq!(tokens.caller(token.trim()).unwrap().role, TokenRole::Submit);
    }

    #[test]
    fn a_follower_gets_no_validators_key_and_no_mark() {
        let (folder, _) = made(vec![Role::MedicalInsurer], 0);
        let keys = folder.path().join("hospital/keys");
        let ring = KeyRing::open(&keys).unwrap();
        assert!(ring.get(KeyPurpose::Validate).is_none());
        assert!(ring.get(KeyPurpose::Supervise).is_none());
        assert!(!keys.join("signer.mark").exists());
    }

    #[test]
    fn tokens_are_for_their_owner_alone() {
        let (folder, _) = made(vec![Role::Finance], 1);
        let folder = folder.path().join("hospital");
        for file in ["tokens.toml", "tokens/admin", "admin/admin.toml"] {
            let mode = std::fs::metadata(folder.join(file))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "{file}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let (folder, _) = made(vec![Role::Issuer], 1);
        let listen = Listen {
            peers: "/ip4/127.0.0.1/tcp/1",
            rpc: "127.0.0.1:1",
        };
        let again = make(
            &folder.path().join("hospital"),
            &"piaolian-test".parse().unwrap(),
            &presentation(vec![Role::Issuer], 1),
            &listen,
        );
        assert!(matches!(again, Err(Failure::Usage(_))));
    }
}
