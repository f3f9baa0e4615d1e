//! What a connection is, whatever it is called: the profile it was opened from, and the address that it goes to.

use crate::client::api::{ConnectOptions, Target};
use crate::data::ServerUrl;
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

/// Scheme, host and port in every case, and path, however the URL is written.
fn address(url: &str) -> String {
    match ServerUrl::parse(url) {
        Ok(server) => {
            let scheme = if server.is_tls() { "wss" } else { "ws" };
            format!("{scheme}://{}{}", server.authority(), server.path().trim_end_matches('/'))
        }
        Err(_) => url.trim().to_owned(),
    }
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
        assert_eq!(address("ws://LocalHost:8080/"), "ws://localhost:8080/diffusion");
        assert_eq!(address("wss://a.example"), address(" wss://a.example:443/ "));
        assert_eq!(address("ws://a.example/diffusion/"), address("ws://a.example:80"));
        assert_ne!(address("ws://a.example:8080"), address("ws://a.example:9999"));
        assert_ne!(address("ws://a.example:443"), address("wss://a.example:443"));
    }
}
