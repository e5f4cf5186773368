//! A chain of one validator that is finance bureau, issuer, insurer and reimbursing unit.

use std::{net::TcpListener, sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    chain::Hash,
    governance::Parameters,
    organisations::{KeyPurpose, Role},
    types::{BeijingDate, BeijingTime},
};
use piaolian_genesis::{Entry, Genesis, KeyPair, Presentation};
use piaolian_node::{
    clock,
    consensus::mark::Mark,
    details::{DetailsStore, Rules},
    keys::{self, HeldKey, KeyRing},
    node::{self, Doors, End, NodeError, Setup},
    rpc::{
        Door,
        tokens::{self, TokenRole, Tokens},
    },
    service::{ActingKeys, Issuing, evidence::Trust},
};
use piaolian_proto::v1::{
    CallOptions, GrantRange, GrantRangeRequest, IssueItem, NewReceipt, Settlement,
    new_receipt::Form,
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

pub(crate) const ORGANISATION: &str = "91350100M000100Y43";
pub(crate) const CODE: &str = "11010126";
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running node and the tokens for its door.
pub(crate) struct World {
    _folder: tempfile::TempDir,
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
        let genesis = found(&held);
        let trust = Trust {
            chain_id: genesis.chain_id().clone(),
            validators_hash: genesis.validators().hash(),
        };
        let mark = node_keys.join("mark");
        Mark::create(&mark).unwrap();
        let ring = KeyRing::open(&node_keys).unwrap();
        let setup = Setup {
            genesis,
            data: folder.path().join("data"),
            mark,
            listen: format!("/ip4/127.0.0.1/tcp/{}", free_port())
                .parse()
                .unwrap(),
            endpoints: node::Endpoints::default(),
            peer_key: secret(&ring, KeyPurpose::Peer),
            validate_key: Some(secret(&ring, KeyPurpose::Validate)),
        };
        std::fs::create_dir_all(&setup.data).unwrap();

        let file = folder.path().join("tokens.toml");
        let roles = [TokenRole::Read, TokenRole::Submit, TokenRole::Admin];
        let tokens = roles.map(|role| {
            tokens::add(&file, role.word(), role)
                .unwrap()
                .reveal()
                .to_owned()
        });
        let door = Door::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", door.address())).unwrap();
        let details = Arc::new(DetailsStore::open(&folder.path().join("details")).unwrap());
        let organisation = ORGANISATION.parse().unwrap();
        let doors = Doors {
            door,
            tokens: Tokens::load(&file).unwrap(),
            organisation,
            keys: ActingKeys {
                sign: ring.get(KeyPurpose::Sign).cloned(),
                supervise: ring.get(KeyPurpose::Supervise).cloned(),
            },
            issuing: Some(Issuing {
                details,
                rules: Rules::of(organisation),
            }),
        };
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(node::run_with_doors(setup, doors, stopped));
        let channel = timeout(PATIENCE, endpoint.connect())
            .await
            .unwrap()
            .unwrap();
        Self {
            _folder: folder,
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

    /// A connection without a token.
    pub(crate) fn stranger(&self) -> Channel {
        self.channel.clone()
    }

    /// A connection with any token.
    pub(crate) fn with_token(&self, token: &str) -> Connection {
        let bearer = Bearer(format!("Bearer {token}").parse().unwrap());
        InterceptedService::new(self.channel.clone(), bearer)
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
        let grant = GrantRange {
            issuer: ORGANISATION.to_owned(),
            receipt_code: CODE.to_owned(),
            first_number: 1,
            last_number: 1_000,
        };
        let request = GrantRangeRequest {
            grant: Some(grant),
            options: operator("finance-1"),
        };
        let mut client =
            piaolian_proto::v1::allotment_service_client::AllotmentServiceClient::new(self.clerk());
        client.grant_range(request).await.unwrap();
    }
}

fn found(held: &[HeldKey]) -> Genesis {
    let chain_id = "piaolian-door".parse().unwrap();
    let presentation = Presentation {
        organisation: ORGANISATION.parse().unwrap(),
        name: "One for all".to_owned(),
        roles: vec![
            Role::Finance,
            Role::Issuer,
            Role::Insurer,
            Role::ReimbursingUnit,
        ],
        region: "990100".to_owned(),
        endpoints: Vec::new(),
        power: 1,
    };
    let pairs: Vec<&KeyPair> = held.iter().map(HeldKey::pair).collect();
    let entry = Entry::sign(&chain_id, &presentation, &pairs).unwrap();
    Genesis::assemble(chain_id, clock::now(), Parameters::default(), vec![entry]).unwrap()
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

/// The numbers of the rules in a refusal.
pub(crate) fn codes(status: &Status) -> Vec<u32> {
    piaolian_node::rpc::details(status)
        .iter()
        .map(|detail| detail.code)
        .collect()
}
