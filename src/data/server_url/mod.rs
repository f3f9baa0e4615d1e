//! The address of a server: the one reader of what a user types, stores or gives on a command line.
//!
//! A [`ServerUrl`] holds no principal, password, query or fragment, so it can be stored, drawn and logged. An error never
//! repeats the text, which may have held a password. What a text holds besides is taken apart by [`split_credentials`].

use super::Secret;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

const DEFAULT_PATH: &str = "/diffusion";
/// The port of a Diffusion server as installed; for an address without scheme and port.
const SERVER_PORT: u16 = 8080;
const TLS_PORT: u16 = 443;

/// The address of a server.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    text: String,
    tls: bool,
    host: Host,
    port: u16,
    path: String,
}

/// Why a text is no address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// There is nothing.
    #[error("the URL of the server is empty")]
    Empty,
    /// It begins with another scheme.
    #[error("the URL has another scheme than ws:// and wss://")]
    Scheme,
    /// There is no host.
    #[error("the URL has no host name")]
    NoHost,
    /// The port is none.
    #[error("the port in the URL is none from 1 to 65535")]
    Port,
    /// It holds a principal or a password.
    #[error("principal and password do not belong into the URL, where others would see them")]
    Credentials,
    /// It holds a query or a fragment.
    #[error("the URL has a query or fragment, which is not used")]
    Query,
    /// It is no URL.
    #[error("the URL cannot be read: {0}")]
    Unreadable(url::ParseError),
}

impl ServerUrl {
    /// Reads `ws://…`, `wss://…`, or a bare `host`, `host:port`, `host:port/path`.
    ///
    /// Without a path it is `/diffusion`. With a scheme the port is that of the scheme; without one it is 8080, and
    /// port 443 means TLS.
    ///
    /// # Errors
    /// The text is no address of a server, or holds more than that.
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ServerUrlError::Empty);
        }
        // Anywhere: readers of URLs do not agree on where the host begins, nor on characters that they pass over.
        if text.contains('@') {
            return Err(ServerUrlError::Credentials);
        }
        if text.contains(|c: char| c.is_control() || c == '\\') {
            return Err(ServerUrlError::Unreadable(url::ParseError::InvalidDomainCharacter));
        }
        let bare = !text.contains("://");
        let url = if bare { Url::parse(&format!("ws://{text}")) } else { Url::parse(text) };
        let url = url.map_err(|error| match error {
            url::ParseError::EmptyHost => ServerUrlError::NoHost,
            url::ParseError::InvalidPort => ServerUrlError::Port,
            other => ServerUrlError::Unreadable(other),
        })?;
        let mut tls = match url.scheme() {
            "ws" => false,
            "wss" => true,
            _ => return Err(ServerUrlError::Scheme),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ServerUrlError::Query);
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => Host::Domain(name.to_owned()),
            Some(Host::Ipv4(number)) => Host::Ipv4(number),
            Some(Host::Ipv6(number)) => Host::Ipv6(number),
            _ => return Err(ServerUrlError::NoHost),
        };
        let port = match url.port_or_known_default() {
            // The parser drops a port that is the scheme's default, so it is looked for in the text.
            Some(80) if bare && !names_port_80(text) => SERVER_PORT,
            Some(port) if port != 0 => port,
            _ => return Err(ServerUrlError::Port),
        };
        tls |= bare && port == TLS_PORT;
        let path = if url.path() == "/" { DEFAULT_PATH } else { url.path() }.to_owned();
        Ok(Self { text: text.to_owned(), tls, host, port, path })
    }

    /// As it was given, without space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the line is encrypted.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// Name or number of the host, without brackets.
    #[must_use]
    pub fn host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(number) => number.to_string(),
            Host::Ipv6(number) => number.to_string(),
        }
    }

    /// Name or number of the host as it stands in a URL: with brackets around a version 6 number.
    #[must_use]
    pub fn host_in_url(&self) -> String {
        self.host.to_string()
    }

    /// The text, with scheme and port if it was bare, for programs that need them.
    #[must_use]
    pub fn with_scheme(&self) -> String {
        if self.text.contains("://") {
            return self.text.clone();
        }
        let path = self.text.find('/').map_or("", |at| &self.text[at..]);
        format!("{}://{}{path}", if self.tls { "wss" } else { "ws" }, self.authority())
    }

    /// The port, also where the text names none.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The path, with its leading slash.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `host:port`, with brackets around a version 6 number.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The host, with the port where it is not the usual one, and the path where it is another than usual: what tells
    /// one server from another in a list.
    #[must_use]
    pub fn title(&self) -> String {
        let bare = self.text.split_once("://").map_or(self.text.as_str(), |(_, rest)| rest);
        bare.strip_suffix(DEFAULT_PATH).unwrap_or(bare).trim_end_matches('/').to_owned()
    }

    /// Whether both lead to the same place, however they are written.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        (self.tls, &self.host, self.port, &self.path) == (other.tls, &other.host, other.port, &other.path)
    }

    /// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1`, and nothing that only looks so.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost"),
            Host::Ipv4(number) => number.is_loopback(),
            Host::Ipv6(number) => number.is_loopback(),
        }
    }

    /// Whether a part of the host's name says that real users are there: `prod`, `production`, `live`.
    #[must_use]
    pub fn names_production(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if says_production(name))
    }
}

/// Whether a word of a name says that real users are there.
#[must_use]
pub fn says_production(name: &str) -> bool {
    let name = name.to_lowercase();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        word.contains("prod") || word == "live"
    })
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::shown(&self.text).fmt(f)
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for ServerUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ServerUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn names_port_80(bare: &str) -> bool {
    bare.split('/').next().is_some_and(|authority| authority.ends_with(":80"))
}

/// What a text held besides the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The text without them.
    pub url: String,
    /// The principal, decoded; may be empty.
    pub principal: String,
    /// The password, decoded; none if there was no colon.
    pub password: Option<Secret>,
}

/// Takes principal and password out of a text such as `wss://admin:password@host`; none if it has none. Works also on
/// a text that is no URL yet, because it is being typed.
#[must_use]
pub fn split_credentials(text: &str) -> Option<Credentials> {
    let (start, end) = user_info(text)?;
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let (principal, password) = match text[start..end].split_once(':') {
        Some((principal, password)) => (principal, Some(Secret::new(decoded(password)))),
        None => (&text[start..end], None),
    };
    let url = format!("{}{}", &text[..start], &text[end + 1..]);
    Some(Credentials { url, principal: decoded(principal), password })
}

/// Where the text before the last `@` of the authority stands.
fn user_info(text: &str) -> Option<(usize, usize)> {
    let start = text.find("://").map_or(0, |at| at + 3);
    let start = start + text[start..].find(|c| c != '/' && c != '\\').unwrap_or(0);
    let end = text[start..].find(['/', '\\', '?', '#']).map_or(text.len(), |at| start + at);
    let at = text[start..end].rfind('@')?;
    Some((start, start + at))
}

/// A text of several words in which nothing is left of what may be secret in an address: what stands before an `@` and
/// behind a `?` or `#` of everything that looks like one.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '“' | '”' | '<' | '>');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        let end = url.find(ends).unwrap_or(url.len());
        let kept = url[..end].find(['?', '#']).map_or(end, |at| at);
        // Also in what the reader of addresses takes for a path: a password may hold a slash.
        let host = url[..end].rfind('@').map_or(0, |at| at + 1);
        out.push_str(before);
        if host > 0 {
            out.push_str("…@");
        }
        out.push_str(&url[host.min(end)..kept.max(host.min(end))]);
        if kept < end {
            out.push_str("?…");
        }
        rest = &url[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
