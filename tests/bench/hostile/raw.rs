//! A client in bytes: the upgrade, then frames as they are told.

use base64::Engine as _;
use brownian::wire::services::shared::SelectionRequest;
use brownian::wire::services::{Subscribe, Unsubscribe};
use brownian::wire::{Message, Service, encode, frame};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The parameters of an anonymous session that may outlive its connection by five minutes.
pub(crate) const ANONYMOUS: &str = "ty=WB&v=29&ca=8&r=300000&sp=%7B%7D";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Code of the connection response of a new session.
const CONNECTED: u8 = 100;

/// The parameters of a session of a principal.
pub(crate) fn login(principal: &str, password: &str) -> String {
    let credentials = [&[1, u8::try_from(password.len()).unwrap_or(0)][..], password.as_bytes()].concat();
    let text = base64::engine::general_purpose::STANDARD.encode(credentials);
    let text = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{ANONYMOUS}&username={principal}&password={text}")
}

/// A path of about so many bytes that differs by a number.
pub(crate) fn path_of(number: usize, bytes: usize) -> String {
    format!("{number}/{}", "x".repeat(bytes))
}

/// The request to select topics in a scope.
pub(crate) fn subscribe(selector: &str, scope: &str) -> Vec<u8> {
    request::<Subscribe>(selector, scope)
}

/// The request to take back a selection.
pub(crate) fn unsubscribe(selector: &str) -> Vec<u8> {
    request::<Unsubscribe>(selector, "")
}

fn request<S: Service<Request = SelectionRequest>>(selector: &str, scope: &str) -> Vec<u8> {
    let request = SelectionRequest { selector: selector.to_owned(), scope: scope.to_owned() };
    Message::Request { service: S::ID, cid: 1, payload: encode(&request, frame::VERSION) }.encode().to_vec()
}

/// A session on a socket.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

impl Raw {
    /// Connects, and waits for the connection response.
    pub(crate) fn connect(address: SocketAddr, parameters: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET /diffusion?{parameters} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        // A frame's two bytes, the mark, the version, the code.
        let mut response = [0; 5];
        stream.read_exact(&mut response)?;
        if response[4] == CONNECTED { Ok(Self { stream }) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    }

    /// Sends a message; the bytes sent.
    pub(crate) fn send(&mut self, message: &[u8]) -> io::Result<u64> {
        self.stream.write_all(&frame_header(message.len()))?;
        self.stream.write_all(message)?;
        Ok(message.len() as u64)
    }

    /// Sends the beginning of a message of a length.
    pub(crate) fn send_part(&mut self, length: usize, sent: usize) -> io::Result<u64> {
        self.stream.write_all(&frame_header(length))?;
        self.stream.write_all(&vec![0; sent])?;
        Ok(sent as u64)
    }
}

/// The header of a binary frame without a mask, which this server takes.
fn frame_header(length: usize) -> Vec<u8> {
    let mut header = vec![0x82];
    match length {
        0..126 => header.push(length as u8),
        126..0x1_0000 => {
            header.push(126);
            header.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    header
}
