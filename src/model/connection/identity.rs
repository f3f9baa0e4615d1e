//! What a connection is, whatever it is called: the profile it was opened from, and the address that it goes to.

use crate::client::api::{ConnectOptions, Target};
use crate::model::Connected;
use serde::{Deserialize, Serialize};

/// Names a server as the user means it. Names of tabs are only shown: two profiles may have the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Key of the profile.
    pub key: String,
    /// The address as [`Identity::new`] writes it.
    pub address: String,
}

impl Identity {
    /// Of a connection with this profile key and these options.
    #[must_use]
    pub fn new(key: &str, options: &ConnectOptions) -> Self {
        let address = match &options.target {
            Target::Url(url) => address(url),
            Target::Embedded => "embedded".to_owned(),
        };
        Self { key: key.to_owned(), address }
    }
}

/// A URL with lower-case host, its port in every case, and a path without a last slash.
fn address(url: &str) -> String {
    let Ok(parsed) = url::Url::parse(url.trim()) else { return url.trim().to_owned() };
    let default = if parsed.scheme() == "wss" { 443 } else { 80 };
    let port = parsed.port_or_known_default().unwrap_or(default);
    let host = parsed.host_str().unwrap_or_default();
    format!("{}://{host}:{port}{}", parsed.scheme(), parsed.path().trim_end_matches('/'))
}

impl Connected {
    /// What this connection is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::new(&self.key, &self.options)
    }

    /// The server's part of the session id, while there is a session.
    #[must_use]
    pub fn server_id(&self) -> Option<u64> {
        self.session.as_ref().map(|session| session.id.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_differ_by_port_and_scheme_and_not_by_writing() {
        assert_eq!(address("ws://LocalHost:8080/"), "ws://localhost:8080");
        assert_eq!(address("wss://a.example"), address(" wss://a.example:443/ "));
        assert_eq!(address("ws://a.example/diffusion/"), "ws://a.example:80/diffusion");
        assert_ne!(address("ws://a.example:8080"), address("ws://a.example:9999"));
        assert_ne!(address("ws://a.example:443"), address("wss://a.example:443"));
    }
}
