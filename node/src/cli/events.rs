//! `piaolian event follow`: the event stream.

use std::str::FromStr;

use clap::Args;
use piaolian_client::Followed;
use piaolian_proto::v1::{Cursor, SubscribeRequest, subscribe_request::Start};

use super::{
    Failure,
    connection::NodeArguments,
    output::{Output, note},
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    /// Begin after this place: HEIGHT.TRANSACTION.ITEM; the beginning of the chain unless given.
    #[arg(long, conflicts_with = "from_now", value_name = "PLACE")]
    after: Option<CursorArgument>,
    /// Show only what is decided from now on.
    #[arg(long)]
    from_now: bool,
    /// Show only actions of this organisation: unified social credit code.
    #[arg(long, default_value = "", hide_default_value = true)]
    organisation: String,
    /// Leave rejected actions out.
    #[arg(long)]
    accepted_only: bool,
    /// End once everything up to now was shown.
    #[arg(long)]
    until_now: bool,
    #[command(flatten)]
    node: NodeArguments,
}

/// A cursor as events show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CursorArgument(Cursor);

impl FromStr for CursorArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "must be HEIGHT.TRANSACTION.ITEM, such as 17.0.2".to_owned();
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().ok_or_else(form);
        let (height, transaction, item) = (next()?, next()?, next()?);
        Ok(Self(Cursor {
            height: height.parse().map_err(|_| form())?,
            transaction: transaction.parse().map_err(|_| form())?,
            item: item.parse().map_err(|_| form())?,
        }))
    }
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "event follow",
        "Shows events, one a line, until interrupted. A lost connection is made again, and no event is left out.",
        &[
            "piaolian event follow --from-now",
            "piaolian event follow --after 17.0.2 --json",
        ],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let start = match arguments.after {
        Some(cursor) => Some(Start::After(cursor.0)),
        None if arguments.from_now => Some(Start::FromNow(true)),
        None => None,
    };
    let request = SubscribeRequest {
        start,
        organisation: arguments.organisation,
        accepted_only: arguments.accepted_only,
        ..Default::default()
    };
    let mut events = arguments.node.connect().await?.follow(request);
    loop {
        match events.next().await? {
            Followed::Event(event) => output.show(event.as_ref())?,
            Followed::UpTo(cursor) => {
                note(&format!(
                    "everything up to height {} is shown",
                    cursor.height
                ));
                if arguments.until_now {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_written_as_events_show_it() {
        let cursor: CursorArgument = "17.0.2".parse().unwrap();
        let expected = Cursor {
            height: 17,
            transaction: 0,
            item: 2,
        };
        assert_eq!(cursor.0, expected);
        for bad in ["", "17", "17.0", "17.0.2.1", "a.b.c"] {
            assert!(bad.parse::<CursorArgument>().is_err(), "{bad}");
        }
    }
}
