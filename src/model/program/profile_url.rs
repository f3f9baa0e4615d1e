//! The URL of a profile: a server's, or none; and how older files with more in it are read.

use crate::data::ServerUrl;
use crate::data::server_url::split_credentials;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The server of a profile; none while it is not known.
#[derive(Clone, Debug, Default)]
pub struct ProfileUrl {
    server: Option<ServerUrl>,
    /// Why the stored text was not taken as it stood.
    problem: Option<String>,
}

impl ProfileUrl {
    /// The server.
    #[must_use]
    pub const fn server(&self) -> Option<&ServerUrl> {
        self.server.as_ref()
    }

    /// The exact text; empty where there is no server.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.server.as_ref().map_or("", ServerUrl::as_str)
    }

    /// Why the stored text was not taken as it stood; told once.
    pub const fn take_problem(&mut self) -> Option<String> {
        self.problem.take()
    }

    /// Earlier versions stored whatever was typed. What may be secret in it is dropped.
    fn read(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::default();
        }
        let clean = split_credentials(text);
        let held = clean.is_some();
        let clean = clean.map_or_else(|| text.to_owned(), |found| found.url);
        match ServerUrl::parse(&clean) {
            Ok(server) if !held => Self { server: Some(server), problem: None },
            Ok(server) => {
                let problem = "its URL held a user or a password, which is dropped".to_owned();
                Self { server: Some(server), problem: Some(problem) }
            }
            Err(why) => {
                let problem = format!("its URL is not used, because {why}");
                Self { server: None, problem: Some(problem) }
            }
        }
    }
}

/// Two that lead to the same text are the same.
impl PartialEq for ProfileUrl {
    fn eq(&self, other: &Self) -> bool {
        self.server == other.server
    }
}

impl From<ServerUrl> for ProfileUrl {
    fn from(server: ServerUrl) -> Self {
        Self { server: Some(server), problem: None }
    }
}

impl From<Option<ServerUrl>> for ProfileUrl {
    fn from(server: Option<ServerUrl>) -> Self {
        Self { server, problem: None }
    }
}

impl Serialize for ProfileUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ProfileUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::read(&String::deserialize(from)?))
    }
}
