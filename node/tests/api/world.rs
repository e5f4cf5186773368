//! A chain of one validator that is finance bureau, issuer, insurer and reimbursing unit.

mod acting;
mod asking;
mod founding;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

use piaolian_base::layout;
pub(crate) use piaolian_client::Connection;
use piaolian_client::{Client, Token};
use piaolian_consensus::double_sign::LastSignState;
use piaolian_contracts::{disclosure::LogNumber, organisations::KeyPurpose};
use piaolian_custody::{
    access_log::{AccessLog, LogHeader},
    attachments::{Attachments, Retention},
    details_store::DetailsStore,
    holders::Holders,
    keys::{self, KeyRing},
    vault::Vault,
};
use piaolian_details::Rules;
use piaolian_genesis::Genesis;
use piaolian_node::{
    app as node,
    app::{NodeError, Servers, Setup, StopReason},
};
use piaolian_service::metrics_server;
use piaolian_service::{
    ActingKeys, Issuer, KeyRetention,
    api::{
        GrpcServer,
        tokens::{self, TokenRole, Tokens},
    },
};
use piaolian_verifier::Trust;
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};
use tonic::transport::{Channel, Endpoint};

pub(crate) use self::asking::{codes, id, item, lock_receipt, operator, post, refusal};
use self::founding::{found, secret, write_closed};

pub(crate) const ORGANISATION: &str = "91350100M000100Y43";
/// Finance, where it is another organisation.
pub(crate) const FINANCE: &str = "91440300708461136T";
pub(crate) const CODE: &str = "11010126";
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The organisation that is finance in a world.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finance {
    /// The organisation whose node runs.
    Itself,
    /// Another one, without a node.
    Another,
}

/// Setup of a node.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// The organisation that runs it.
    pub(crate) organisation: &'static str,
    /// Whether it keeps receipt details.
    pub(crate) keeps_details: bool,
    /// Whether it holds its organisation's sign key.
    pub(crate) signs: bool,
    /// The organisation that is finance.
    pub(crate) finance: Finance,
    /// Governed tolerance between an item and the sum of its detail lines.
    pub(crate) line_tolerance_fen: u32,
    /// Whether it serves holders.
    pub(crate) serves_holders: bool,
    /// Time for which an ended encryption key is kept; for ever unless given.
    pub(crate) encryption_keys_destroyed_after: Option<Duration>,
    /// Planned life of an encryption key.
    pub(crate) encryption_key_period: Option<Duration>,
    /// Number of its organisation's access log that it writes.
    pub(crate) access_log: u32,
}

impl Shape {
    /// The node of most tests: it issues, signs and keeps details.
    pub(crate) const USUAL: Self = Self {
        organisation: ORGANISATION,
        keeps_details: true,
        signs: true,
        finance: Finance::Itself,
        line_tolerance_fen: 0,
        serves_holders: false,
        encryption_keys_destroyed_after: None,
        encryption_key_period: None,
        access_log: 1,
    };
}

impl Default for Shape {
    fn default() -> Self {
        Self::USUAL
    }
}

/// A node's folder and its clients' tokens, which outlive the node.
///
/// ```text
///   FOLDER/  keys/ admin/ finance/  data/ details/ attachments/ holders/ access.log
///            genesis.json  tokens.toml  tokens/{read,submit,admin}
/// ```
struct Home {
    folder: tempfile::TempDir,
    shape: Shape,
    tokens: [String; 3],
}

/// A running node.
pub(crate) struct World {
    home: Home,
    endpoint: Endpoint,
    address: SocketAddr,
    metrics: SocketAddr,
    channel: Channel,
    pub(crate) trust: Trust,
    /// Weak: whoever holds them keeps them open.
    attachments: Weak<Attachments>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<StopReason, NodeError>>,
}

impl Home {
    /// Founds the chain.
    fn found(shape: Shape) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (node_keys, admin) = (folder.path().join("keys"), folder.path().join("admin"));
        let purposes = [
            KeyPurpose::Sign,
            KeyPurpose::Validate,
            KeyPurpose::Peer,
            KeyPurpose::Encrypt,
            KeyPurpose::Supervise,
        ];
        let held = keys::generate(&node_keys, &admin, &purposes).unwrap();
        let finance = (shape.finance == Finance::Another).then(|| {
            let folder = folder.path().join("finance");
            let purposes = [
                KeyPurpose::Sign,
                KeyPurpose::Peer,
                KeyPurpose::Supervise,
                KeyPurpose::Encrypt,
            ];
            keys::generate(&folder, &folder.join("admin"), &purposes).unwrap()
        });
        let genesis = found(&shape, &held, finance.as_deref());
        fs::write(folder.path().join("genesis.json"), genesis.to_json()).unwrap();
        LastSignState::create(&node_keys.join("signer.mark")).unwrap();
        fs::create_dir_all(folder.path().join("data")).unwrap();

        let file = folder.path().join("tokens.toml");
        let roles = [TokenRole::Read, TokenRole::Submit, TokenRole::Admin];
        let shown = folder.path().join("tokens");
        fs::create_dir(&shown).unwrap();
        let tokens = roles.map(|role| {
            let token = tokens::add(&file, role.word(), role).unwrap();
            write_closed(&shown.join(role.word()), token.reveal());
            token.reveal().to_owned()
        });
        Self {
            folder,
            shape,
            tokens,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn genesis(&self) -> Genesis {
        Genesis::read(&self.path("genesis.json")).unwrap()
    }

    /// Starts the node.
    async fn start(self) -> World {
        let genesis = self.genesis();
        let trust = Trust {
            chain_id: genesis.chain_id().clone(),
            validators_hash: genesis.validators().hash(),
        };
        let node_keys = self.path("keys");
        let ring = KeyRing::open(&node_keys).unwrap();
        let organisation = self.shape.organisation.parse().unwrap();
        let secrets = ring
            .encryption_keys()
            .map(|key| key.decryption_secret(organisation));
        let vault = Arc::new(Vault::new(genesis.chain_id().clone(), secrets.collect()));
        let issuing = self.shape.keeps_details.then(|| {
            let details = DetailsStore::open(&self.path("details"), vault.clone());
            Issuer {
                details: Arc::new(details.unwrap()),
                rules: Rules::of(organisation),
            }
        });
        let own = issuing.as_ref().map(Issuer::attachments);
        let attachments = self.path("attachments");
        let attachments = Attachments::open(&attachments, own, Retention::ForEver).unwrap();
        let held_attachments = Arc::downgrade(&attachments);
        let header = LogHeader {
            chain: genesis.chain_id().clone(),
            organisation,
            log: LogNumber::parse("log", self.shape.access_log).unwrap(),
        };
        let setup = Setup {
            genesis,
            organisation,
            data: self.path("data"),
            attachments,
            last_signed_state: node_keys.join("signer.mark"),
            // Nobody dials it: a port that is free, and not one that was.
            listen: "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
            endpoints: node::Endpoints::default(),
            peer_key: secret(&ring, KeyPurpose::Peer),
            validate_keys: vec![secret(&ring, KeyPurpose::Validate)],
        };
        let grpc = GrpcServer::listen("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let address = grpc.address();
        let scraped = metrics_server::MetricsServer::listen("127.0.0.1:0".parse().unwrap()).await;
        let scraped = scraped.unwrap();
        let metrics = scraped.address();
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let servers = Servers {
            grpc,
            tokens: Tokens::load(&self.path("tokens.toml")).unwrap(),
            organisation,
            keys: ActingKeys {
                sign: ring
                    .get(KeyPurpose::Sign)
                    .filter(|_| self.shape.signs)
                    .cloned(),
                supervise: ring.get(KeyPurpose::Supervise).cloned(),
                encrypt: ring.get(KeyPurpose::Encrypt).cloned(),
            },
            vault,
            key_retention: KeyRetention {
                keys: node_keys,
                period: self.shape.encryption_key_period,
                destroyed_after: self.shape.encryption_keys_destroyed_after,
                own_details: self.path("details"),
            },
            holder_tags: keys::holder_tag_key(&self.path("keys")).unwrap(),
            access_log: AccessLog::open(&self.path(&layout::access_log(header.log)), &header)
                .unwrap(),
            issuer: issuing,
            holders: self.shape.serves_holders.then(|| {
                let key = keys::index_key(&self.path("keys")).unwrap();
                Holders::open(&self.path("holders"), key).unwrap()
            }),
            metrics: Some(scraped),
        };
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(node::run_with_servers(setup, servers, stopped));
        let channel = connect(&endpoint).await;
        World {
            home: self,
            endpoint,
            address,
            metrics,
            channel,
            trust,
            attachments: held_attachments,
            stop: Some(stop),
            task,
        }
    }
}

impl World {
    /// Founds the chain and starts its node.
    pub(crate) async fn start() -> Self {
        Self::shaped(Shape::default()).await
    }

    /// The same, with a node of another shape.
    pub(crate) async fn shaped(shape: Shape) -> Self {
        Home::found(shape).start().await
    }

    /// Stops the node; its own end must be a good one.
    pub(crate) async fn stop(self) {
        self.stopped().await;
    }

    /// Stops the node, changes something in its folder, and starts it again.
    pub(crate) async fn restart_after(self, change: impl FnOnce(&Path)) -> Self {
        let home = self.stopped().await;
        change(home.folder.path());
        home.start().await
    }

    /// Stops the node, and starts it as one of another shape.
    pub(crate) async fn restart_as(self, shape: Shape) -> Self {
        let mut home = self.stopped().await;
        home.shape = shape;
        home.start().await
    }

    async fn stopped(mut self) -> Home {
        self.stop.take().unwrap().send(()).unwrap();
        drop(self.channel);
        let ended = timeout(PATIENCE, self.task).await.unwrap().unwrap();
        assert_eq!(ended.unwrap(), StopReason::Requested);
        self.home
    }

    /// Returns the attachments of its node.
    pub(crate) fn attachments(&self) -> Arc<Attachments> {
        self.attachments.upgrade().unwrap()
    }

    /// Returns the address of the gRPC server.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of the metrics server.
    pub(crate) const fn metrics(&self) -> SocketAddr {
        self.metrics
    }

    /// A place in the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// A connection of its own, with the token that allows business.
    pub(crate) async fn another_clerk(&self) -> Connection {
        bearing(connect(&self.endpoint).await, &self.home.tokens[1])
    }

    /// A connection without a token.
    pub(crate) fn stranger(&self) -> Channel {
        self.channel.clone()
    }

    /// A connection with any token.
    pub(crate) fn with_token(&self, token: &str) -> Connection {
        bearing(self.channel.clone(), token)
    }

    pub(crate) fn reader(&self) -> Connection {
        self.with_token(&self.home.tokens[0])
    }

    pub(crate) fn clerk(&self) -> Connection {
        self.with_token(&self.home.tokens[1])
    }

    pub(crate) fn administrator(&self) -> Connection {
        self.with_token(&self.home.tokens[2])
    }
}

async fn connect(endpoint: &Endpoint) -> Channel {
    let connected = timeout(PATIENCE, endpoint.connect()).await;
    connected.unwrap().unwrap()
}

fn bearing(channel: Channel, token: &str) -> Connection {
    Client::over(channel, Some(Token::parse(token).unwrap())).connection()
}
