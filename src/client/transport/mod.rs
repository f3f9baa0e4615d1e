//! Transports to a server: how each is opened step by step, and what all of them can do.

pub(super) mod pipe;
pub(super) mod tls;
pub(super) mod websocket;

use super::api::{CertificateFacts, ConnectOptions, LinkError, Step, Target};
use crate::data::ServerUrl;
use crate::wire::handshake::ConnectRequest;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pipe::{Pipe, PipeAcceptor};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;
use tls::{Encrypted, Trust};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout_at};
use websocket::{Channel, WebSocket};

/// A name may have several addresses, of which some lead nowhere: the next is tried beside it after this time.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// What carries the messages of a session.
pub(super) enum Transport {
    /// Over the network.
    WebSocket(Box<WebSocket>),
    /// Within this process.
    Pipe(Pipe),
}

impl Transport {
    /// The next message; an error ends the line.
    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, LinkError>> {
        match self {
            Self::WebSocket(line) => line.poll_recv(cx),
            Self::Pipe(line) => line.poll_recv(cx),
        }
    }

    /// Whether a message can be sent.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(line) => line.poll_ready(cx),
            Self::Pipe(line) => line.poll_ready(cx),
        }
    }

    /// Sends a message after [`Self::poll_ready`].
    ///
    /// # Errors
    /// The line has ended.
    pub(super) fn start_send(&mut self, message: Bytes) -> Result<(), LinkError> {
        match self {
            Self::WebSocket(line) => line.start_send(message),
            Self::Pipe(line) => line.start_send(message),
        }
    }

    /// Hands everything to the system.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        match self {
            Self::WebSocket(line) => line.poll_flush(cx),
            Self::Pipe(_) => Poll::Ready(Ok(())),
        }
    }

    /// Closes the line.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::WebSocket(line) => line.poll_close(cx),
            Self::Pipe(_) => Poll::Ready(()),
        }
    }
}

/// A line just opened.
pub(super) struct Opened {
    /// The line.
    pub(super) transport: Transport,
    /// The server's first message.
    pub(super) first: Bytes,
    /// Words for the kind of transport.
    pub(super) name: &'static str,
    /// Certificate, if TLS.
    pub(super) certificate: Option<CertificateFacts>,
}

/// Receives how far the opening of a line has come.
pub(super) trait Progress: Send {
    /// A step begins.
    fn begin(&mut self, step: Step);
    /// The step that began last is done, and this was found.
    fn done(&mut self, found: String);
}

/// When an attempt to connect that begins now is over.
pub(super) fn deadline(options: &ConnectOptions) -> Instant {
    Instant::now() + Duration::from_secs(u64::from(options.connect_timeout_secs))
}

/// Opens a line and waits for the first message, all before the deadline, which is that of [`deadline`].
///
/// # Errors
/// What failed, in the step that `progress` received last.
pub(super) async fn open(
    options: &ConnectOptions,
    request: ConnectRequest,
    acceptor: Option<PipeAcceptor>,
    deadline: Instant,
    progress: &mut dyn Progress,
) -> Result<Opened, LinkError> {
    let secs = options.connect_timeout_secs;
    let mut steps = StepTracker { step: Step::Resolve, progress };
    let opening = async {
        match &options.target {
            Target::Url(url) => open_url(url, options, &request, &mut steps).await,
            Target::Embedded => open_pipe(request, acceptor, &mut steps).await,
        }
    };
    match timeout_at(deadline, opening).await {
        Ok(outcome) => outcome,
        Err(_) => Err(LinkError::TimedOut { step: steps.step, secs }),
    }
}

/// Remembers the step, for the error if time runs out.
struct StepTracker<'a> {
    step: Step,
    progress: &'a mut dyn Progress,
}

impl StepTracker<'_> {
    fn begin(&mut self, step: Step) {
        self.step = step;
        self.progress.begin(step);
    }
}

async fn open_url(
    url: &str,
    options: &ConnectOptions,
    request: &ConnectRequest,
    steps: &mut StepTracker<'_>,
) -> Result<Opened, LinkError> {
    steps.begin(Step::Resolve);
    let address = ServerUrl::parse(url).map_err(|why| LinkError::BadUrl(why.to_string()))?;
    let unknown = |cause: String| LinkError::UnknownHost { host: address.host(), cause };
    let found: Vec<SocketAddr> =
        lookup_host((address.host(), address.port())).await.map_err(|error| unknown(error.to_string()))?.collect();
    if found.is_empty() {
        return Err(unknown("the name has no address".into()));
    }
    steps.progress.done(list(&found));

    steps.begin(Step::Tcp);
    let stream = connect_any(&found).await?;
    // Requests and pings are small and must not wait for each other.
    let _ = stream.set_nodelay(true);
    steps.progress.done(stream.peer_addr().map_or_else(|_| address.authority(), |peer| peer.to_string()));

    let (channel, name, certificate): (Box<dyn Channel>, _, _) = if address.is_tls() {
        steps.begin(Step::Tls);
        let trust = Trust { extra_pem: options.extra_ca_pem.clone(), certificate: options.trusted_certificate };
        let Encrypted { stream, certificate } = tls::handshake(stream, &address.host(), trust).await?;
        steps.progress.done(certificate.as_ref().map_or_else(|| "encrypted".into(), describe));
        (Box::new(stream), "WebSocket over TLS", certificate)
    } else {
        (Box::new(stream), "WebSocket", None)
    };

    steps.begin(Step::Upgrade);
    let web_socket = websocket::upgrade(channel, &address, request, options.max_message_bytes).await?;
    steps.progress.done(format!("WebSocket at {}", address.path()));

    let mut transport = Transport::WebSocket(Box::new(web_socket));
    let first = first_message(&mut transport, steps).await?;
    Ok(Opened { transport, first, name, certificate })
}

async fn open_pipe(
    request: ConnectRequest,
    acceptor: Option<PipeAcceptor>,
    steps: &mut StepTracker<'_>,
) -> Result<Opened, LinkError> {
    steps.step = Step::Protocol;
    let Some(acceptor) = acceptor else {
        let (address, cause) = ("the embedded server".into(), "it is not running".into());
        return Err(LinkError::Refused { address, cause });
    };
    let mut transport = Transport::Pipe(Pipe::connect(&acceptor, request));
    let first = first_message(&mut transport, steps).await?;
    Ok(Opened { transport, first, name: "in memory", certificate: None })
}

async fn first_message(transport: &mut Transport, steps: &mut StepTracker<'_>) -> Result<Bytes, LinkError> {
    steps.begin(Step::Protocol);
    std::future::poll_fn(|cx| transport.poll_recv(cx)).await.map_err(|error| match error {
        LinkError::LineLost(cause) => LinkError::NoResponse(cause),
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
    let CertificateFacts { subject, issuer, days_left, sha256, by_user } = certificate;
    let trust = if *by_user { format!(", trusted by its SHA-256 {sha256}") } else { String::new() };
    format!("{subject}, issued by {issuer}, {days_left} days left{trust}")
}

#[cfg(test)]
mod tests;
