//! A chain of one validator that is finance bureau, issuer, insurer and reimbursing unit.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    chain::Hash,
    governance::{Parameters, ProposedParameters},
    organisations::{KeyPurpose, Role},
    types::{BeijingDate, BeijingTime},
};
use piaolian_genesis::{Entry, Genesis, KeyPair, Presentation};
use piaolian_node::{
    clock,
    consensus::mark::Mark,
    details::{DetailsStore, Rules},
    keys::{self, HeldKey, KeyRing},
    metrics,
    node::{self, Doors, End, NodeError, Setup},
    rpc::{
        Door,
        tokens::{self, TokenRole, Tokens},
    },
    service::{ActingKeys, Issuing, evidence::Trust},
};
use piaolian_proto::v1::{
    self, CallOptions, ErrorDetail, GrantRange, GrantRangeRequest, IssueItem, NewReceipt,
    ReceiptId, Settlement, allotment_service_client::AllotmentServiceClient, new_receipt::Form,
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};
use tonic::{
    Code, Request, Status,
    body::Body,
    codegen::{Service as _, http},
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

pub(crate) const ORGANISATION: &str = "91350100M000100Y43";
pub(crate) const CODE: &str = "11010126";
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a node is set up to do.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Who runs it.
    pub(crate) organisation: &'static str,
    /// Whether it keeps receipt details.
    pub(crate) keeps_details: bool,
    /// Whether it holds its organisation's sign key.
    pub(crate) signs: bool,
    /// How far detail lines may sum away from their item, as the chain governs it.
    pub(crate) line_tolerance_fen: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            organisation: ORGANISATION,
            keeps_details: true,
            signs: true,
            line_tolerance_fen: 0,
        }
    }
}

/// A running node and the tokens for its door.
///
/// ```text
///   FOLDER/  keys/ admin/ data/ details/  genesis.json  tokens.toml  tokens/{read,submit,admin}
/// ```
pub(crate) struct World {
    folder: tempfile::TempDir,
    shape: Shape,
    endpoint: Endpoint,
    address: SocketAddr,
    metrics: SocketAddr,
    channel: Channel,
    tokens: [String; 3],
    pub(crate) trust: Trust,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<End, NodeError>>,
}

/// Puts a token on each call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

pub(crate) type Connection = InterceptedService<Channel, Bearer>;

impl World {
    /// Founds the chain and starts its node.
    pub(crate) async fn start() -> Self {
        Self::shaped(Shape::default()).await
    }

    /// The same, with a node of another shape.
    pub(crate) async fn shaped(shape: Shape) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (node_keys, admin) = (folder.path().join("keys"), folder.path().join("admin"));
        let purposes = [
            KeyPurpose::Sign,
            KeyPurpose::Validate,
            KeyPurpose::Peer,
            KeyPurpose::Seal,
            KeyPurpose::Supervise,
        ];
        let held = keys::generate(&node_keys, &admin, &purposes).unwrap();
        let genesis = found(&shape, &held);
        fs::write(folder.path().join("genesis.json"), genesis.to_json()).unwrap();
        let trust = Trust {
            chain_id: genesis.chain_id().clone(),
            validators_hash: genesis.validators().hash(),
        };
        let mark = node_keys.join("mark");
        Mark::create(&mark).unwrap();
        let ring = KeyRing::open(&node_keys).unwrap();
        let setup = Setup {
            genesis,
            organisation: shape.organisation.parse().unwrap(),
            data: folder.path().join("data"),
            mark,
            listen: format!("/ip4/127.0.0.1/tcp/{}", free_port())
                .parse()
                .unwrap(),
            endpoints: node::Endpoints::default(),
            peer_key: secret(&ring, KeyPurpose::Peer),
            validate_keys: vec![secret(&ring, KeyPurpose::Validate)],
        };
        std::fs::create_dir_all(&setup.data).unwrap();

        let file = folder.path().join("tokens.toml");
        let roles = [TokenRole::Read, TokenRole::Submit, TokenRole::Admin];
        let shown = folder.path().join("tokens");
        fs::create_dir(&shown).unwrap();
        let tokens = roles.map(|role| {
            let token = tokens::add(&file, role.word(), role).unwrap();
            write_closed(&shown.join(role.word()), token.reveal());
            token.reveal().to_owned()
        });
        let door = Door::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = door.address();
        let scraped = metrics::Door::listen("127.0.0.1:0".parse().unwrap()).await;
        let scraped = scraped.unwrap();
        let metrics = scraped.address();
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let details = Arc::new(DetailsStore::open(&folder.path().join("details")).unwrap());
        let organisation = shape.organisation.parse().unwrap();
        let doors = Doors {
            door,
            tokens: Tokens::load(&file).unwrap(),
            organisation,
            keys: ActingKeys {
                sign: ring.get(KeyPurpose::Sign).filter(|_| shape.signs).cloned(),
                supervise: ring.get(KeyPurpose::Supervise).cloned(),
            },
            issuing: shape.keeps_details.then(|| Issuing {
                details,
                rules: Rules::of(organisation),
            }),
            metrics: Some(scraped),
        };
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(node::run_with_doors(setup, doors, stopped));
        let channel = connect(&endpoint).await;
        Self {
            folder,
            shape,
            endpoint,
            address,
            metrics,
            channel,
            tokens,
            trust,
            stop: Some(stop),
            task,
        }
    }

    /// Stops the node; its own end must be a good one.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        drop(self.channel);
        let ended = timeout(PATIENCE, self.task).await.unwrap().unwrap();
        assert_eq!(ended.unwrap(), End::Stopped);
    }

    /// Where the node's door is.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its metrics are.
    pub(crate) const fn metrics(&self) -> SocketAddr {
        self.metrics
    }

    /// A place in the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A connection of its own, with the token that allows business.
    pub(crate) async fn another_clerk(&self) -> Connection {
        bearing(connect(&self.endpoint).await, &self.tokens[1])
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
        self.with_token(&self.tokens[0])
    }

    pub(crate) fn clerk(&self) -> Connection {
        self.with_token(&self.tokens[1])
    }

    pub(crate) fn administrator(&self) -> Connection {
        self.with_token(&self.tokens[2])
    }

    /// Grants the numbers 1 to 1,000 of [`CODE`].
    pub(crate) async fn grant(&self) {
        self.grant_of(CODE, 1, 1_000).await;
    }

    /// Grants the organisation a range of numbers.
    pub(crate) async fn grant_of(&self, code: &str, first_number: u64, last_number: u64) {
        let grant = GrantRange {
            issuer: self.shape.organisation.to_owned(),
            receipt_code: code.to_owned(),
            first_number,
            last_number,
        };
        let request = GrantRangeRequest {
            grant: Some(grant),
            options: operator("finance-1"),
        };
        let mut client = AllotmentServiceClient::new(self.clerk());
        client.grant_range(request).await.unwrap();
    }
}

async fn connect(endpoint: &Endpoint) -> Channel {
    let connected = timeout(PATIENCE, endpoint.connect()).await;
    connected.unwrap().unwrap()
}

fn bearing(channel: Channel, token: &str) -> Connection {
    let bearer = Bearer(format!("Bearer {token}").parse().unwrap());
    InterceptedService::new(channel, bearer)
}

fn write_closed(path: &Path, text: &str) {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    std::io::Write::write_all(&mut file.unwrap(), text.as_bytes()).unwrap();
}

fn found(shape: &Shape, held: &[HeldKey]) -> Genesis {
    let chain_id = "piaolian-door".parse().unwrap();
    let presentation = Presentation {
        organisation: shape.organisation.parse().unwrap(),
        name: "One for all".to_owned(),
        roles: vec![
            Role::Finance,
            Role::Issuer,
            Role::Insurer,
            Role::ReimbursingUnit,
            Role::CollectingAgency,
            Role::AgentBank,
        ],
        region: "990100".to_owned(),
        endpoints: Vec::new(),
        power: 1,
    };
    let pairs: Vec<&KeyPair> = held.iter().map(HeldKey::pair).collect();
    let entry = Entry::sign(&chain_id, &presentation, &pairs).unwrap();
    let parameters = v1::Parameters {
        line_tolerance_fen: shape.line_tolerance_fen,
        ..(&Parameters::default()).into()
    };
    let parameters = ProposedParameters::try_from(parameters).unwrap();
    let parameters = parameters.within_bounds().unwrap();
    Genesis::assemble(chain_id, clock::now(), parameters, None, vec![entry]).unwrap()
}

fn secret(ring: &KeyRing, purpose: KeyPurpose) -> SigningKey {
    SigningKey::from_bytes(&ring.require(purpose).unwrap().pair().secret())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Calls a method with a body of any bytes; gives the status where there is no answer.
pub(crate) async fn post(
    mut connection: Connection,
    method: &str,
    body: axum::body::Body,
) -> Option<Status> {
    let request = http::Request::post(method)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(body));
    let ready = std::future::poll_fn(|context| connection.poll_ready(context)).await;
    ready.unwrap();
    let answer = connection.call(request.unwrap()).await.unwrap();
    Status::from_header_map(answer.headers())
}

/// Options that name an operator.
pub(crate) fn operator(operator: &str) -> Option<CallOptions> {
    Some(CallOptions {
        operator: operator.to_owned(),
        ..Default::default()
    })
}

/// A receipt of 100 yuan by what goes on chain alone, with the check code `656aa9`.
pub(crate) fn item(business_number: &str) -> NewReceipt {
    let (now, salt) = (clock::now(), [7; 16]);
    let item = IssueItem {
        receipt_code: CODE.to_owned(),
        receipt_number: None,
        check_code_salt: salt.to_vec().into(),
        check_code_hash: Hash::tagged("piaolian/check-code/v1", &[&salt, b"656aa9"]).into(),
        issue_date: BeijingDate::at(now).get(),
        issue_time: BeijingTime::at(now).get(),
        total_fen: 10_000,
        settlement: Some(Settlement::default()),
        agency: String::new(),
        business_number: business_number.to_owned(),
        details_commitment: vec![9; 32].into(),
    };
    NewReceipt {
        form: Some(Form::Item(item)),
    }
}

/// A receipt of [`CODE`].
pub(crate) fn id(number: u64) -> ReceiptId {
    ReceiptId {
        code: CODE.to_owned(),
        number,
    }
}

/// What a refused call said: its status, and the one reason in it.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, ErrorDetail) {
    let status = answer.unwrap_err();
    let [detail] = piaolian_node::rpc::details(&status).try_into().unwrap();
    (status.code(), detail)
}

/// The numbers of the rules in a refusal.
pub(crate) fn codes(status: &Status) -> Vec<u32> {
    piaolian_node::rpc::details(status)
        .iter()
        .map(|detail| detail.code)
        .collect()
}
