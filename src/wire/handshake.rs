//! Connect and reconnect: what the client says in its address or headers, and the server's first message.

use super::codec::Wire;
use super::error::{DecodeError, Problem};
use super::protocol::OLDEST;
use super::reader::Reader;
use super::writer::Writer;
use crate::data::{Secret, SessionId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt::Write as _;

/// From this version on every connection response is known to say the largest message.
const SIZE_SURELY_SENT: u8 = 25;

/// Capability bit: zlib-compressed topic messages.
pub const CAP_ZLIB: u32 = 2;
/// Capability bit: client of the unified API.
pub const CAP_UNIFIED: u32 = 8;

/// Everything but what may stand unescaped in a query value.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Proof of who a principal is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// None given.
    #[default]
    None,
    /// A password.
    Password(Secret),
    /// Bytes for an authenticator of the user's own.
    Custom(Bytes),
}

impl Credentials {
    /// Bytes of the password or of what stands for it.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Password(password) => password.expose().len(),
            Self::Custom(bytes) => bytes.len(),
        }
    }

    /// The text of the `password` parameter; empty for none.
    #[must_use]
    pub fn to_parameter(&self) -> String {
        let mut w = Writer::new(super::frame::VERSION);
        self.write(&mut w);
        BASE64.encode(w.finish())
    }

    /// Reads the `password` parameter. An empty password counts as none.
    ///
    /// # Errors
    /// The text is no base64 of credentials.
    pub fn from_parameter(text: &str) -> Result<Self, DecodeError> {
        if text.is_empty() {
            return Ok(Self::None);
        }
        let bad = || DecodeError { what: "password", offset: 0, problem: Problem::Parameter };
        let raw = BASE64.decode(text).map_err(|_| bad())?;
        if raw == [0] {
            return Ok(Self::None); // the length of nothing may be missing
        }
        let mut r = Reader::new(raw.into(), super::frame::VERSION);
        r.expect_field("password");
        Self::read(&mut r).map_err(|error| if error.problem == Problem::Parameter { bad() } else { error })
    }
}

/// The kind in one byte, then the data; an empty password counts as none.
impl Wire for Credentials {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(match r.u8()? {
            0 => {
                r.bytes()?;
                Self::None
            }
            1 => {
                let text = r.str()?;
                if text.is_empty() { Self::None } else { Self::Password(Secret::new(text)) }
            }
            2 => Self::Custom(r.bytes()?),
            _ => return Err(r.error(Problem::Parameter)),
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::None => w.raw(&[0, 0]),
            Self::Password(secret) => {
                w.u8(1);
                w.str(secret.expose());
            }
            Self::Custom(bytes) => {
                w.u8(2);
                w.bytes(bytes);
            }
        }
    }
}

/// The 24 characters that stand for a session on reconnection. Secret: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(pub [u8; 24]);

impl Token {
    /// As text for parameters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a reconnection says on top of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The session's token.
    pub token: Token,
    /// Number of the oldest message the client can send again (`cs`).
    pub client_sequence: i64,
    /// Number of server messages received so far (`ss`).
    pub server_sequence: i64,
}

/// What a client says when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectRequest {
    /// Protocol version.
    pub version: u8,
    /// Client type: `WB`, `B`, `PY`, `WJ`, …
    pub client_type: String,
    /// Capability bits.
    pub capabilities: u32,
    /// How long the session should outlive a lost line, in milliseconds.
    pub reconnect_millis: u64,
    /// Proposed session properties.
    pub properties: Vec<(String, String)>,
    /// Principal; none or empty is anonymous.
    pub principal: Option<String>,
    /// Credentials.
    pub credentials: Credentials,
    /// Set on reconnection.
    pub resume: Option<Resume>,
}

impl ConnectRequest {
    /// The query text, in the order of the official JavaScript client.
    #[must_use]
    pub fn to_query(&self) -> String {
        let escape = |text: &str| utf8_percent_encode(text, QUERY).to_string();
        let mut out = format!(
            "ty={}&v={}&ca={}&r={}",
            escape(&self.client_type),
            self.version,
            self.capabilities,
            self.reconnect_millis
        );
        // Writing to a string cannot fail.
        if let Some(resume) = &self.resume {
            let token = escape(resume.token.as_str());
            let _ = write!(out, "&c={token}&cs={}&ss={}", resume.client_sequence, resume.server_sequence);
        }
        let properties: serde_json::Map<String, serde_json::Value> =
            self.properties.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
        let _ = write!(out, "&sp={}", escape(&serde_json::Value::Object(properties).to_string()));
        if let Some(principal) = self.principal.as_deref().filter(|p| !p.is_empty()) {
            let (principal, password) = (escape(principal), escape(&self.credentials.to_parameter()));
            let _ = write!(out, "&username={principal}&password={password}");
        }
        out
    }

    /// The same as request headers, as the official Python client sends them: an address is written down by proxies
    /// and servers, headers are not. None where a value is one that a header cannot hold as it is.
    #[must_use]
    pub fn to_headers(&self) -> Option<Vec<(&'static str, Secret)>> {
        let mut headers = vec![
            ("ty", self.client_type.clone()),
            ("v", self.version.to_string()),
            ("ca", self.capabilities.to_string()),
            ("r", self.reconnect_millis.to_string()),
        ];
        if let Some(resume) = &self.resume {
            headers.push(("c", resume.token.as_str().to_owned()));
            headers.push(("cs", resume.client_sequence.to_string()));
            headers.push(("ss", resume.server_sequence.to_string()));
        }
        let quoted = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let properties: Vec<String> = self.properties.iter().flat_map(|(k, v)| [quoted(k), quoted(v)]).collect();
        headers.push(("sp", properties.join(",")));
        if let Some(principal) = self.principal.as_deref().filter(|p| !p.is_empty()) {
            headers.push(("username", principal.to_owned()));
            headers.push(("password", self.credentials.to_parameter()));
        }
        // Space at the ends is taken away, and other characters than these come through only with luck.
        let fits = |text: &str| text.trim() == text && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        let fit = headers.iter().all(|(_, text)| fits(text));
        let headers: Vec<_> = headers.into_iter().map(|(name, text)| (name, Secret::new(text))).collect();
        fit.then_some(headers)
    }

    /// Whether it says who the client is, or continues a session: what should be in no address.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.resume.is_some() || self.principal.as_deref().is_some_and(|principal| !principal.is_empty())
    }

    /// Reads the query text of an upgrade request.
    ///
    /// # Errors
    /// A parameter is missing or cannot be read.
    pub fn from_query(query: &str) -> Result<Self, DecodeError> {
        let items: Vec<(String, String)> = query
            .split('&')
            .filter_map(|item| item.split_once('='))
            .map(|(k, v)| (k.to_owned(), percent_decode_str(v).decode_utf8_lossy().into_owned()))
            .collect();
        Self::from_parameters(|name| items.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
    }

    /// Reads the headers of an upgrade or polling request; `header` looks one up ignoring case.
    ///
    /// # Errors
    /// A parameter is missing or cannot be read.
    pub fn from_headers(header: impl Fn(&str) -> Option<String>) -> Result<Self, DecodeError> {
        let escaped = header("ty").is_some_and(|ty| ty == "B");
        Self::from_parameters(|name| {
            let text = header(name)?;
            Some(if escaped && matches!(name, "sp" | "username") {
                percent_decode_str(&text).decode_utf8_lossy().into_owned()
            } else {
                text
            })
        })
    }

    fn from_parameters(value: impl Fn(&str) -> Option<String>) -> Result<Self, DecodeError> {
        let bad = |what| DecodeError { what, offset: 0, problem: Problem::Parameter };
        let number = |name: &'static str| value(name).and_then(|t| t.trim().parse::<i64>().ok());
        let version = number("v").and_then(|v| u8::try_from(v).ok()).ok_or_else(|| bad("v"))?;
        let resume = match value("c") {
            None => None,
            Some(token) => Some(Resume {
                token: Token(token.as_bytes().try_into().map_err(|_| bad("c"))?),
                client_sequence: number("cs").unwrap_or(0),
                server_sequence: number("ss").unwrap_or(0),
            }),
        };
        Ok(Self {
            version,
            client_type: value("ty").ok_or_else(|| bad("ty"))?,
            capabilities: number("ca").and_then(|v| u32::try_from(v).ok()).unwrap_or(0),
            reconnect_millis: number("r").and_then(|v| u64::try_from(v).ok()).unwrap_or(0),
            properties: parse_properties(&value("sp").unwrap_or_default())?,
            principal: value("username").filter(|p| !p.is_empty()),
            credentials: Credentials::from_parameter(&value("password").unwrap_or_default())?,
            resume,
        })
    }
}

/// Reads proposed session properties: quoted strings paired up in order, which covers the JSON form and the Python form.
///
/// # Errors
/// A string is not closed, has a bad escape, or a key has no value.
pub fn parse_properties(text: &str) -> Result<Vec<(String, String)>, DecodeError> {
    let mut strings = Vec::new();
    let mut chars = text.char_indices();
    while let Some((start, c)) = chars.next() {
        if c != '"' {
            continue;
        }
        let bad = |offset| DecodeError { what: "sp", offset, problem: Problem::Parameter };
        let mut out = String::new();
        loop {
            let (at, c) = chars.next().ok_or_else(|| bad(start))?;
            match c {
                '"' => break,
                '\\' => match chars.next().ok_or_else(|| bad(at))?.1 {
                    't' => out.push('\t'),
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    'b' => out.push('\u{8}'),
                    'f' => out.push('\u{c}'),
                    'u' => {
                        let unit = hex_unit(&mut chars).ok_or_else(|| bad(at))?;
                        let code = if (0xd800..0xdc00).contains(&unit) {
                            let low = (chars.next().map(|c| c.1) == Some('\\')
                                && chars.next().map(|c| c.1) == Some('u'))
                            .then(|| hex_unit(&mut chars))
                            .flatten()
                            .filter(|low| (0xdc00..0xe000).contains(low))
                            .ok_or_else(|| bad(at))?;
                            0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                        } else {
                            unit
                        };
                        out.push(char::from_u32(code).ok_or_else(|| bad(at))?);
                    }
                    other => out.push(other),
                },
                other => out.push(other),
            }
        }
        strings.push(out);
    }
    if strings.len() % 2 == 1 {
        return Err(DecodeError { what: "sp", offset: text.len(), problem: Problem::Truncated });
    }
    let mut strings = strings.into_iter();
    let mut out = Vec::new();
    while let (Some(key), Some(value)) = (strings.next(), strings.next()) {
        out.push((key, value));
    }
    Ok(out)
}

fn hex_unit(chars: &mut std::str::CharIndices<'_>) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + chars.next()?.1.to_digit(16)?;
    }
    Some(unit)
}

/// How a connection was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// 100: a new session; carries the largest message the server takes.
    New {
        /// Bytes.
        max_message_size: i32,
    },
    /// 105: reconnected, nothing lost; carries the number of the client message expected next.
    Recovered {
        /// Message number.
        sequence: i32,
    },
    /// 106: reconnected, messages may be lost.
    Lossy {
        /// Bytes.
        max_message_size: i32,
    },
}

/// Why a connection was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rejection(pub u8);

macro_rules! rejections {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        impl Rejection {
            $(#[doc = $text] pub const $name: Self = Self($code);)*

            /// What the code means, if it is known.
            #[must_use]
            pub const fn meaning(self) -> Option<&'static str> {
                match self.0 { $($code => Some($text),)* _ => None }
            }
        }
    };
}

rejections! {
    PROTOCOL_VERSION = 102, "the server does not support this protocol version";
    REJECTED = 111, "the connection was rejected";
    LICENCE_LIMIT = 113, "the server's licence allows no more sessions";
    NO_RECONNECTION = 114, "this connector does not support reconnection";
    PROTOCOL_ERROR = 115, "the server could not read the connection request";
    AUTHENTICATION_FAILED = 116, "authentication failed";
    UNKNOWN_SESSION = 117, "the server no longer knows the session";
    MESSAGES_LOST = 118, "messages were lost, so the session cannot go on";
    NOT_READY = 119, "the server is not ready yet";
}

/// The server's first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectResponse {
    /// The session is there.
    Accepted {
        /// Protocol version.
        version: u8,
        /// New or reconnected.
        acceptance: Acceptance,
        /// Session id.
        session: SessionId,
        /// Token for the next reconnection.
        token: Token,
        /// Milliseconds between system pings; 0 or negative for none.
        ping_period_millis: i64,
    },
    /// There is no session.
    Rejected {
        /// Protocol version.
        version: u8,
        /// Why.
        rejection: Rejection,
    },
}

const SIGN: u8 = 0x23;
const CONNECTED: u8 = 100;
const RECONNECTED: u8 = 105;
const RECONNECTED_LOSSY: u8 = 106;

impl ConnectResponse {
    /// Reads the first message.
    ///
    /// # Errors
    /// It is no connection response of a known form.
    pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes, super::frame::VERSION);
        r.expect_field("connection response");
        let sign = r.u8()?;
        if sign != SIGN {
            return Err(r.error(Problem::Unknown(i64::from(sign))));
        }
        r.expect_field("protocol version");
        let version = r.u8()?;
        r.expect_field("response code");
        let code = r.u8()?;
        if !matches!(code, CONNECTED | RECONNECTED | RECONNECTED_LOSSY) {
            return Ok(Self::Rejected { version, rejection: Rejection(code) });
        }
        r.expect_field("session id");
        let session = SessionId { server: u64::from_be_bytes(r.array()?), session: u64::from_be_bytes(r.array()?) };
        r.expect_field("session token");
        let token = Token(r.array()?);
        if !token.0.is_ascii() {
            return Err(r.error(Problem::Parameter));
        }
        r.expect_field("ping period");
        let ping_period_millis = i64::from_be_bytes(r.array()?);
        r.expect_field("message size or sequence");
        // Servers of protocol 15 and older send no size; of those from 16 to 24 it is not known.
        let has_no_size = r.remaining() == 0 && code != RECONNECTED && (OLDEST..SIZE_SURELY_SENT).contains(&version);
        let last = if has_no_size { i32::MAX } else { i32::from_be_bytes(r.array()?) };
        let acceptance = match code {
            CONNECTED => Acceptance::New { max_message_size: last },
            RECONNECTED => Acceptance::Recovered { sequence: last },
            _ => Acceptance::Lossy { max_message_size: last },
        };
        Ok(Self::Accepted { version, acceptance, session, token, ping_period_millis })
    }

    /// Writes the first message.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut w = Writer::new(super::frame::VERSION);
        w.u8(SIGN);
        match self {
            Self::Rejected { version, rejection } => w.raw(&[*version, rejection.0]),
            Self::Accepted { version, acceptance, session, token, ping_period_millis } => {
                let (code, last) = match acceptance {
                    Acceptance::New { max_message_size } => (CONNECTED, *max_message_size),
                    Acceptance::Recovered { sequence } => (RECONNECTED, *sequence),
                    Acceptance::Lossy { max_message_size } => (RECONNECTED_LOSSY, *max_message_size),
                };
                w.raw(&[*version, code]);
                w.raw(&session.server.to_be_bytes());
                w.raw(&session.session.to_be_bytes());
                w.raw(&token.0);
                w.raw(&ping_period_millis.to_be_bytes());
                w.raw(&last.to_be_bytes());
            }
        }
        w.finish()
    }
}
