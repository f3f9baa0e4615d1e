//! What a user may write as the address of a server.

use crate::client::api::LinkError;
use url::{Host, Url};

const DEFAULT_PATH: &str = "/diffusion";
/// The port of a Diffusion server as installed; for an address without scheme and port.
const SERVER_PORT: u16 = 8080;
const TLS_PORT: u16 = 443;

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) struct Address {
    /// Whether the line is encrypted.
    pub(in crate::client) tls: bool,
    /// Name or number, without brackets.
    pub(in crate::client) host: String,
    /// Port.
    pub(in crate::client) port: u16,
    /// Path, with its leading slash.
    pub(in crate::client) path: String,
}

impl Address {
    /// Reads `ws://…`, `wss://…` (or `http`, `https`), or a bare `host`, `host:port`, `host:port/path`.
    ///
    /// Without a path it is `/diffusion`. With a scheme the port is that of the scheme; without one it is 8080, and
    /// port 443 means TLS.
    ///
    /// # Errors
    /// The text is no address of a server.
    pub(in crate::client) fn parse(text: &str) -> Result<Self, LinkError> {
        let bad = |reason: &str| LinkError::BadUrl(reason.to_owned());
        let text = text.trim();
        if text.is_empty() {
            return Err(bad("the address is empty"));
        }
        let bare = !text.contains("://");
        let url = if bare { Url::parse(&format!("ws://{text}")) } else { Url::parse(text) };
        let url = url.map_err(|error| LinkError::BadUrl(error.to_string()))?;
        let mut tls = match url.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            other => return Err(LinkError::BadUrl(format!("“{other}” is not ws or wss"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("principal and password do not belong into the address"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("the address has a query or fragment"));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(number)) => number.to_string(),
            Some(Host::Ipv6(number)) => number.to_string(),
            _ => return Err(bad("the address has no host")),
        };
        let port = match url.port_or_known_default() {
            // The parser drops a port that is the scheme's default, so it is looked for in the text.
            Some(80) if bare && !names_port_80(text) => SERVER_PORT,
            Some(port) => port,
            None => return Err(bad("the address has no port")),
        };
        if port == 0 {
            return Err(bad("there is no port 0"));
        }
        tls |= bare && port == TLS_PORT;
        let path = if url.path() == "/" { DEFAULT_PATH } else { url.path() }.to_owned();
        Ok(Self { tls, host, port, path })
    }

    /// Whether the line stays within this computer.
    #[must_use]
    pub(in crate::client) fn is_loopback(&self) -> bool {
        let is_name = self.host.eq_ignore_ascii_case("localhost");
        is_name || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// `host:port`, with brackets around a version 6 number.
    #[must_use]
    pub(in crate::client) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The request address with this query.
    #[must_use]
    pub(in crate::client) fn request_url(&self, query: &str) -> String {
        format!("{}://{}{}?{query}", if self.tls { "wss" } else { "ws" }, self.authority(), self.path)
    }
}

fn names_port_80(bare: &str) -> bool {
    bare.split('/').next().is_some_and(|authority| authority.ends_with(":80"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, tls: bool, host: &str, port: u16, path: &str) {
        let expected = Address { tls, host: host.into(), port, path: path.into() };
        assert_eq!(Address::parse(text), Ok(expected), "{text}");
    }

    #[test]
    fn addresses_with_a_scheme() {
        check("ws://localhost:8080", false, "localhost", 8080, "/diffusion");
        check("ws://localhost", false, "localhost", 80, "/diffusion");
        check("wss://push.example.com", true, "push.example.com", 443, "/diffusion");
        check("wss://push.example.com:8443/", true, "push.example.com", 8443, "/diffusion");
        check("ws://h/x/y/diffusion", false, "h", 80, "/x/y/diffusion");
        check("https://h/diffusion", true, "h", 443, "/diffusion");
        check("  ws://h:1  ", false, "h", 1, "/diffusion");
        check("ws://[::1]:8080", false, "::1", 8080, "/diffusion");
    }

    #[test]
    fn bare_addresses() {
        check("localhost", false, "localhost", 8080, "/diffusion");
        check("localhost:8081", false, "localhost", 8081, "/diffusion");
        check("localhost:80", false, "localhost", 80, "/diffusion");
        check("push.example.com:443", true, "push.example.com", 443, "/diffusion");
        check("10.0.0.1:8080/diffusion", false, "10.0.0.1", 8080, "/diffusion");
        check("[::1]:8080", false, "::1", 8080, "/diffusion");
    }

    #[test]
    fn what_is_no_address_is_said_so() {
        let none =
            ["", " ", "ftp://h", "ws://", "ws://u:p@h", "ws://h:99999", "h:port", "ws://h?x=1", "ws://h:0", "a b"];
        for text in none {
            assert!(matches!(Address::parse(text), Err(LinkError::BadUrl(_))), "{text}");
        }
    }

    #[test]
    fn only_this_computer_is_loopback() {
        for (text, expected) in [
            ("ws://localhost", true),
            ("ws://LOCALHOST:1", true),
            ("ws://127.3.2.1", true),
            ("ws://[::1]", true),
            ("ws://localhost.evil.example", false),
            ("ws://127.0.0.1.evil.example", false),
            ("ws://10.0.0.1", false),
            ("ws://[::2]", false),
        ] {
            assert_eq!(Address::parse(text).expect("valid").is_loopback(), expected, "{text}");
        }
    }

    #[test]
    fn brackets_come_back_in_the_request() {
        let address = Address::parse("wss://[::1]:9/d").expect("valid");
        assert_eq!(address.request_url("v=29"), "wss://[::1]:9/d?v=29");
    }
}
