//! Lines to a server: how each is opened step by step, and what all of them can do.

pub mod address;
pub mod pipe;
pub mod tls;
pub mod websocket;

use super::api::{CertificateFacts, ConnectOptions, LinkError, Step, Target};
use crate::wire::handshake::ConnectRequest;
use address::Address;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pipe::{Pipe, PipeAcceptor};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};
use websocket::{Channel, WebSocket};

/// A name may have several addresses, of which some lead nowhere: the next is tried beside it after this time.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// A line that carries messages.
pub enum Line {
    /// Over the network.
    WebSocket(Box<WebSocket>),
    /// Within this process.
    Pipe(Pipe),
}

impl Line {
    /// The next message; an error ends the line.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, LinkError>> {
        match self {
            Self::WebSocket(line) => line.poll_recv(cx),
            Self::Pipe(line) => line.poll_recv(cx),
        }
    }

    /// Whether a message can be sent.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(line) => line.poll_ready(cx),
            Self::Pipe(line) => line.poll_ready(cx),
        }
    }

    /// Sends a message after [`Self::poll_ready`].
    ///
    /// # Errors
    /// The line has ended.
    pub fn start_send(&mut self, message: Bytes) -> Result<(), LinkError> {
        match self {
            Self::WebSocket(line) => line.start_send(message),
            Self::Pipe(line) => line.start_send(message),
        }
    }

    /// Hands everything to the system.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(line) => line.poll_flush(cx),
            Self::Pipe(_) => Poll::Ready(Ok(())),
        }
    }

    /// Says good-bye on the level of the line.
    pub fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::WebSocket(line) => line.poll_close(cx),
            Self::Pipe(_) => Poll::Ready(()),
        }
    }
}

/// A line just opened.
pub struct Opened {
    /// The line.
    pub line: Line,
    /// The server's first message.
    pub first: Bytes,
    /// Words for the kind of line.
    pub transport: &'static str,
    /// Certificate, if TLS.
    pub certificate: Option<CertificateFacts>,
}

/// Is told how far the opening of a line has come.
pub trait Progress: Send {
    /// A step begins.
    fn begin(&mut self, step: Step);
    /// The step that began last is done, and this was found.
    fn done(&mut self, found: String);
}

/// Opens a line and waits for the first message, all within the time of the options.
///
/// # Errors
/// What failed, in the step that `progress` was told last.
pub async fn open(
    options: &ConnectOptions,
    request: ConnectRequest,
    acceptor: Option<PipeAcceptor>,
    progress: &mut dyn Progress,
) -> Result<Opened, LinkError> {
    let secs = options.connect_timeout_secs;
    let mut watched = Watched { step: Step::Resolve, progress };
    let opening = async {
        match &options.target {
            Target::Url(url) => open_url(url, options, &request, &mut watched).await,
            Target::Embedded => open_pipe(request, acceptor, &mut watched).await,
        }
    };
    match timeout(Duration::from_secs(u64::from(secs)), opening).await {
        Ok(outcome) => outcome,
        Err(_) => Err(LinkError::TimedOut { step: watched.step, secs }),
    }
}

/// Remembers the step, for the error if time runs out.
struct Watched<'a> {
    step: Step,
    progress: &'a mut dyn Progress,
}

impl Watched<'_> {
    fn begin(&mut self, step: Step) {
        self.step = step;
        self.progress.begin(step);
    }
}

async fn open_url(
    url: &str,
    options: &ConnectOptions,
    request: &ConnectRequest,
    watched: &mut Watched<'_>,
) -> Result<Opened, LinkError> {
    watched.begin(Step::Resolve);
    let address = Address::parse(url)?;
    let unknown = |cause: String| LinkError::UnknownHost { host: address.host.clone(), cause };
    let found: Vec<SocketAddr> =
        lookup_host((address.host.as_str(), address.port)).await.map_err(|error| unknown(error.to_string()))?.collect();
    if found.is_empty() {
        return Err(unknown("the name has no address".into()));
    }
    watched.progress.done(list(&found));

    watched.begin(Step::Tcp);
    let stream = connect_any(&found).await?;
    // Requests and pings are small and must not wait for each other.
    let _ = stream.set_nodelay(true);
    watched.progress.done(stream.peer_addr().map_or_else(|_| address.authority(), |peer| peer.to_string()));

    let (channel, transport, certificate): (Box<dyn Channel>, _, _) = if address.tls {
        watched.begin(Step::Tls);
        let stream = tls::handshake(stream, &address.host, options.extra_ca_pem.clone()).await?;
        let certificate = tls::certificate(&stream, unix_secs());
        watched.progress.done(certificate.as_ref().map_or_else(|| "encrypted".into(), describe));
        (Box::new(stream), "WebSocket over TLS", certificate)
    } else {
        (Box::new(stream), "WebSocket", None)
    };

    watched.begin(Step::Upgrade);
    let web_socket = websocket::upgrade(channel, &address, &request.to_query(), options.max_message_bytes).await?;
    watched.progress.done(format!("WebSocket at {}", address.path));

    let mut line = Line::WebSocket(Box::new(web_socket));
    let first = first_message(&mut line, watched).await?;
    Ok(Opened { line, first, transport, certificate })
}

async fn open_pipe(
    request: ConnectRequest,
    acceptor: Option<PipeAcceptor>,
    watched: &mut Watched<'_>,
) -> Result<Opened, LinkError> {
    watched.step = Step::Protocol;
    let Some(acceptor) = acceptor else {
        let (address, cause) = ("the embedded server".into(), "it is not running".into());
        return Err(LinkError::Refused { address, cause });
    };
    let mut line = Line::Pipe(Pipe::connect(&acceptor, request));
    let first = first_message(&mut line, watched).await?;
    Ok(Opened { line, first, transport: "in memory", certificate: None })
}

async fn first_message(line: &mut Line, watched: &mut Watched<'_>) -> Result<Bytes, LinkError> {
    watched.begin(Step::Protocol);
    std::future::poll_fn(|cx| line.poll_recv(cx)).await.map_err(|error| match error {
        LinkError::LineLost(cause) => LinkError::NotDiffusion(format!("no connection response came: {cause}")),
        other => other,
    })
}

/// The first address that answers; if none does, what the first one said.
async fn connect_any(addresses: &[SocketAddr]) -> Result<TcpStream, LinkError> {
    let mut rest = addresses.iter().copied();
    let mut trying = FuturesUnordered::new();
    let mut failure = None;
    loop {
        if let Some(address) = rest.next() {
            trying.push(async move { (address, TcpStream::connect(address).await) });
        }
        let last = rest.len() == 0;
        tokio::select! {
            outcome = trying.next() => match outcome {
                Some((_, Ok(stream))) => return Ok(stream),
                Some((address, Err(error))) => {
                    failure.get_or_insert_with(|| refused(address, &error));
                }
                None => {}
            },
            () = sleep(NEXT_ADDRESS_AFTER), if !last => {}
        }
        if last && trying.is_empty() {
            return Err(failure.unwrap_or_else(|| LinkError::LineLost("no address was tried".into())));
        }
    }
}

fn refused(address: SocketAddr, error: &std::io::Error) -> LinkError {
    let cause = match error.kind() {
        ErrorKind::ConnectionRefused => "the connection was refused: nothing listens on this port".into(),
        _ => error.to_string(),
    };
    LinkError::Refused { address: address.to_string(), cause }
}

fn list(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ")
}

fn describe(certificate: &CertificateFacts) -> String {
    let CertificateFacts { subject, issuer, days_left } = certificate;
    format!("{subject}, issued by {issuer}, {days_left} days left")
}

fn unix_secs() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
