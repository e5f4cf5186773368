//! The program itself as a client of the world's node.

use std::{ffi::OsStr, path::PathBuf, process::Command};

use serde_json::Value as Json;

use crate::world::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_piaolian");

/// Output and exit code of a command.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Runs the program.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Said {
    said(Command::new(PROGRAM).args(arguments))
}

fn said(command: &mut Command) -> Said {
    let output = tokio::task::block_in_place(|| command.output()).unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Said {
    /// Its data, one JSON value a line, when it did what it was asked to.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Json> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        let text = std::str::from_utf8(&self.stdout).unwrap();
        assert!(!text.is_empty(), "it said nothing");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }

    /// Its data, where that is one value.
    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        let [value] = self.lines().try_into().unwrap();
        value
    }

    /// Its failure, which has this exit code.
    #[track_caller]
    pub(crate) fn failure(&self, code: i32) -> String {
        assert_eq!(self.code, code, "{}", self.stderr);
        let last = self.stderr.lines().last().unwrap();
        let failure: Json = serde_json::from_str(last).unwrap();
        assert_eq!(failure["exitCode"], code);
        failure["error"].as_str().unwrap().to_owned()
    }
}

/// A client with a folder of its own.
pub(crate) struct Client<'w> {
    world: &'w World,
    token: &'static str,
    folder: PathBuf,
}

impl<'w> Client<'w> {
    /// A client with an administrator's token.
    pub(crate) fn new(world: &'w World) -> Self {
        let folder = world.path("client");
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            world,
            token: "admin",
            folder,
        }
    }

    /// The same with another token.
    pub(crate) fn with_token(&self, token: &'static str) -> Self {
        Self {
            world: self.world,
            token,
            folder: self.folder.clone(),
        }
    }

    /// A place in its folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Runs a command, for data in JSON.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Said {
        self.say(&[arguments, &["--json"]].concat())
    }

    /// Runs a command as people do.
    pub(crate) fn say(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env("PIAOLIAN_NODE", format!("http://{}", self.world.address()))
            .env(
                "PIAOLIAN_TOKEN_FILE",
                self.world.path("tokens").join(self.token),
            );
        said(&mut command)
    }
}
