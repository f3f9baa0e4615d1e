//! Why nothing can be asked of a server now: one answer and one text for every button that is off because of it.

use super::link::LinkState;
use super::safety::Mode;
use crate::client::api::{NotAtVersion, protocol};
use crate::data::Timestamp;
use crate::model::Connected;

/// Why the connection takes no request now. What a form lacks is said by the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockReason {
    /// Nothing that changes the server is sent.
    ReadOnly,
    /// The session is being opened.
    Connecting,
    /// Nobody knows whether the line is there.
    InDoubt,
    /// The line is lost; the session may come back.
    Recovering,
    /// The session has ended.
    Ended,
}

impl BlockReason {
    /// The reason for people, with what can be done.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ReadOnly => "This connection is read-only. Unlock it in the connection bar first",
            Self::Connecting => "The connection is not open yet",
            Self::InDoubt => "The connection is being checked, because the computer slept",
            Self::Recovering => "The connection is lost. It is being recovered",
            Self::Ended => "The session has ended. Connect again first",
        }
    }
}

impl Connected {
    /// Why nothing that changes the server can be sent now; none if it can.
    #[must_use]
    pub fn block_reason(&self, now: Timestamp) -> Option<BlockReason> {
        if self.safety.mode(now) == Mode::ReadOnly {
            return Some(BlockReason::ReadOnly);
        }
        self.read_block_reason()
    }

    /// Why this service cannot be called in a session of this version, for people: “needs protocol 29, the server
    /// speaks 25”; none if it can.
    #[must_use]
    pub fn lacks(&self, service: u32) -> Option<String> {
        let version = self.session.as_ref()?.version;
        let NotAtVersion { since, version, .. } = protocol::check(service, version).err()?;
        Some(format!("needs protocol {since}, the server speaks {version}"))
    }

    /// Why the server cannot even be asked for facts now; none if it can.
    #[must_use]
    pub const fn read_block_reason(&self) -> Option<BlockReason> {
        match self.link {
            LinkState::Connected(_) => None,
            LinkState::Connecting(_) => Some(BlockReason::Connecting),
            LinkState::InDoubt => Some(BlockReason::InDoubt),
            LinkState::Recovering { .. } => Some(BlockReason::Recovering),
            LinkState::Closed(_) => Some(BlockReason::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::api::{ConnectOptions, LinkError, LinkId, Step, Target};
    use crate::model::connections::Environment;

    #[test]
    fn read_only_comes_first_and_reads_go_on() {
        let options = ConnectOptions::to(Target::Url("ws://localhost".into()));
        let now = Timestamp::default();
        let mut at = Connected::new(LinkId(1), "s".into(), "s", Environment::Test, options, now);
        let links = [
            (LinkState::Connecting(Step::Tcp), BlockReason::Connecting),
            (
                LinkState::Recovering { attempt: 1, give_up_at: now, cause: Box::new(LinkError::Idle) },
                BlockReason::Recovering,
            ),
            (LinkState::Closed(Box::new(LinkError::ClosedByServer)), BlockReason::Ended),
        ];
        for (link, reason) in links {
            at.link = link;
            assert_eq!(at.block_reason(now), Some(reason));
            at.safety.choose(Mode::ReadOnly, now);
            assert_eq!((at.block_reason(now), at.read_block_reason()), (Some(BlockReason::ReadOnly), Some(reason)));
            at.safety.choose(Mode::Confirm, now);
        }
    }
}
