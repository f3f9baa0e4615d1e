//! Each way in which opening a line can fail gives its own error.

use super::*;
use crate::client::api::{CertificateProblem, TlsError};
use crate::client::scripted_server::{Peer, fresh};
use crate::data::Sha256;
use crate::session::Machine;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const AUTHORITY: &str = include_str!("../../../tests/samples/tls/authority.pem");
const CERTIFICATE: &str = include_str!("../../../tests/samples/tls/server.pem");
const KEY: &str = include_str!("../../../tests/samples/tls/server.key");

#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<Step>>>);

impl Progress for Steps {
    fn begin(&mut self, step: Step) {
        self.0.lock().expect("not poisoned").push(step);
    }
    fn done(&mut self, _found: String) {}
}

fn options(url: String) -> ConnectOptions {
    ConnectOptions::to(Target::Url(url))
}

async fn attempt(options: &ConnectOptions) -> (Result<Opened, LinkError>, Vec<Step>) {
    let request = Machine::new(crate::client::actor::session_config(options)).connect_request();
    let mut steps = Steps::default();
    let outcome = open(options, request, None, deadline(options), &mut steps).await;
    let steps = steps.0.lock().expect("not poisoned").clone();
    (outcome, steps)
}

async fn error_of(options: &ConnectOptions) -> (LinkError, Vec<Step>) {
    let (outcome, steps) = attempt(options).await;
    (outcome.err().expect("no line"), steps)
}

/// A server that sends these bytes to whoever comes, once it has heard something, and then closes.
async fn saying(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

/// The request for the upgrade that a client sends with these options.
async fn upgrade_request_of(change: impl FnOnce(&mut ConnectOptions)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).await.expect("bytes");
            assert!(count > 0, "the request has an end");
            heard.extend_from_slice(&part[..count]);
        }
        String::from_utf8(heard).expect("UTF-8")
    });
    let mut options = options(format!("ws://127.0.0.1:{port}"));
    change(&mut options);
    let _ = attempt(&options).await;
    heard.await.expect("a request")
}

#[tokio::test]
async fn a_password_is_in_no_address() {
    let named = |principal: &'static str| {
        move |options: &mut ConnectOptions| {
            options.principal = Some(principal.into());
            options.password = Some(crate::data::Secret::new("password"));
        }
    };
    let request = upgrade_request_of(named("admin")).await;
    let (line, headers) = request.split_once("\r\n").expect("lines");
    assert_eq!(line, "GET /diffusion HTTP/1.1");
    assert!(headers.contains("username: admin\r\n") && headers.contains("password: AQhwYXNzd29yZA==\r\n"), "{headers}");
    // Nothing secret is in these; and a header holds no such name.
    for request in [upgrade_request_of(|_| {}).await, upgrade_request_of(named("Zoë")).await] {
        assert!(request.starts_with("GET /diffusion?ty="), "{request}");
    }
}

async fn tls_server() -> u16 {
    tls_server_with(CERTIFICATE, KEY).await
}

/// A server that shows this certificate.
async fn tls_server_with(certificate: &str, key: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a pair");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { continue };
            let _ = futures_util::SinkExt::send(&mut socket, fresh().into()).await;
            // Holds the line until the client has gone.
            while let Some(Ok(_)) = socket.next().await {}
        }
    });
    port
}

#[tokio::test]
async fn a_port_without_a_listener_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    drop(listener);
    let (error, steps) = error_of(&options(format!("ws://{address}"))).await;
    assert!(matches!(&error, LinkError::Refused { address: tried, .. } if *tried == address), "{error:?}");
    assert_eq!(steps, [Step::Resolve, Step::Tcp]);
}

#[tokio::test]
async fn a_name_without_an_address_is_unknown() {
    // A label longer than names may have, so that no server for names is asked.
    let host = format!("{}.invalid", "x".repeat(70));
    let (error, steps) = error_of(&options(format!("{host}:8080"))).await;
    assert!(matches!(&error, LinkError::UnknownHost { host: tried, .. } if *tried == host), "{error:?}");
    assert_eq!(steps, [Step::Resolve]);
}

#[tokio::test]
async fn a_bad_address_is_said_before_anything_is_tried() {
    let (error, _) = error_of(&options("ftp://localhost".into())).await;
    assert!(matches!(error, LinkError::BadUrl(_)), "{error:?}");
}

#[tokio::test]
async fn other_servers_are_no_diffusion_servers() {
    let check = async |bytes, word: &str| {
        let port = saying(bytes).await;
        let (error, steps) = error_of(&options(format!("127.0.0.1:{port}"))).await;
        assert!(matches!(&error, LinkError::NotDiffusion(text) if text.contains(word)), "{error:?}");
        assert_eq!(steps.last(), Some(&Step::Upgrade));
    };
    check(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404").await;
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200").await;
    check(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "").await;
    check(b"", "without an answer").await;
}

#[tokio::test]
async fn a_web_socket_that_closes_without_a_response_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move { drop(Peer::accept(&listener).await) });
    let (error, steps) = error_of(&options(format!("127.0.0.1:{port}"))).await;
    assert!(matches!(&error, LinkError::NoResponse(_)), "{error:?}");
    assert_eq!(steps.last(), Some(&Step::Protocol));
}

#[tokio::test]
async fn a_silent_server_times_out_at_its_step() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let one = ConnectOptions { connect_timeout_secs: 1, ..options(format!("ws://127.0.0.1:{port}")) };
    let expected = |step| LinkError::TimedOut { step, secs: 1 };
    assert_eq!(error_of(&one).await.0, expected(Step::Upgrade));
    let secure = ConnectOptions { target: Target::Url(format!("wss://127.0.0.1:{port}")), ..one };
    assert_eq!(error_of(&secure).await.0, expected(Step::Tls));
}

#[tokio::test]
async fn a_port_without_tls_is_said_to_be_one() {
    let port = saying(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let (error, steps) = error_of(&options(format!("wss://127.0.0.1:{port}"))).await;
    assert_eq!(error, LinkError::Tls(Box::new(TlsError::NotTls)));
    assert_eq!(steps.last(), Some(&Step::Tls));
    let port = saying(b"").await;
    let (error, _) = error_of(&options(format!("wss://127.0.0.1:{port}"))).await;
    assert_eq!(error, LinkError::Tls(Box::new(TlsError::Closed)));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let port = tls_server().await;
    let (error, _) = error_of(&options(format!("wss://localhost:{port}"))).await;
    assert_eq!(error.certificate_problem(), Some(&CertificateProblem::UnknownIssuer));
}

#[tokio::test]
async fn an_additional_authority_is_trusted_for_its_names() {
    let port = tls_server().await;
    for host in ["localhost", "127.0.0.1"] {
        let trusting =
            ConnectOptions { extra_ca_pem: Some(AUTHORITY.into()), ..options(format!("wss://{host}:{port}")) };
        let (outcome, steps) = attempt(&trusting).await;
        let opened = outcome.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(opened.first, fresh());
        assert_eq!(opened.name, "WebSocket over TLS");
        let facts = opened.certificate.expect("a certificate");
        assert!(facts.subject.contains("localhost") && facts.issuer.contains("Test authority"), "{facts:?}");
        assert!(facts.days_left > 1000 && !facts.by_user);
        assert_eq!(steps, [Step::Resolve, Step::Tcp, Step::Tls, Step::Upgrade, Step::Protocol]);
    }
}

/// Certificates that signed themselves, all with one key; as `openssl req -x509` makes them, so they say of themselves
/// that they are authorities.
const SELF_KEY: &str = include_str!("../../../tests/samples/tls/self.key");
const SELF_SIGNED: &str = include_str!("../../../tests/samples/tls/self-signed.pem");
const SELF_EXPIRED: &str = include_str!("../../../tests/samples/tls/self-expired.pem");
const SELF_EARLY: &str = include_str!("../../../tests/samples/tls/self-early.pem");
const SELF_OTHER_NAME: &str = include_str!("../../../tests/samples/tls/self-other-name.pem");

fn hash_of(pem: &str) -> Sha256 {
    Sha256::of(&CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate"))
}

async fn problem_of(pem: &str, trusted: Option<Sha256>) -> (CertificateProblem, Option<bool>) {
    let port = tls_server_with(pem, SELF_KEY).await;
    let options = ConnectOptions { trusted_certificate: trusted, ..options(format!("wss://localhost:{port}")) };
    let (error, _) = error_of(&options).await;
    let LinkError::Tls(error) = error else { panic!("{error:?}") };
    let TlsError::Certificate { problem, offered } = *error else { panic!("{error:?}") };
    if let Some(offered) = &offered {
        assert_eq!(offered.sha256, hash_of(pem));
    }
    (problem, offered.map(|offered| offered.fits))
}

#[tokio::test]
async fn each_thing_wrong_with_a_certificate_is_told_apart() {
    let expired = CertificateProblem::Expired { until_secs: Some(1_609_459_200) };
    let early = CertificateProblem::NotYetValid { from_secs: Some(4_070_908_800) };
    let other_name = CertificateProblem::WrongName { names: vec!["other.example".into()] };
    assert_eq!(problem_of(SELF_SIGNED, None).await, (CertificateProblem::SelfSigned, Some(true)));
    assert_eq!(problem_of(SELF_EXPIRED, None).await, (expired.clone(), Some(false)));
    assert_eq!(problem_of(SELF_EARLY, None).await, (early.clone(), Some(false)));
    assert_eq!(problem_of(SELF_OTHER_NAME, None).await, (CertificateProblem::SelfSigned, Some(false)));
    // Trusting one by its SHA-256 leaves its name and its time to be checked.
    assert_eq!(problem_of(SELF_EXPIRED, Some(hash_of(SELF_EXPIRED))).await, (expired, Some(false)));
    assert_eq!(problem_of(SELF_EARLY, Some(hash_of(SELF_EARLY))).await, (early, Some(false)));
    assert_eq!(problem_of(SELF_OTHER_NAME, Some(hash_of(SELF_OTHER_NAME))).await, (other_name, Some(false)));
    // And says nothing about any other.
    assert_eq!(problem_of(SELF_SIGNED, Some(hash_of(CERTIFICATE))).await.0, CertificateProblem::SelfSigned);
}

#[tokio::test]
async fn one_certificate_is_trusted_by_its_hash_or_as_a_whole() {
    let port = tls_server_with(SELF_SIGNED, SELF_KEY).await;
    let url = || options(format!("wss://localhost:{port}"));
    let by_hash = ConnectOptions { trusted_certificate: Some(hash_of(SELF_SIGNED)), ..url() };
    let as_a_whole = ConnectOptions { extra_ca_pem: Some(SELF_SIGNED.into()), ..url() };
    for options in [by_hash, as_a_whole] {
        let opened = attempt(&options).await.0.unwrap_or_else(|error| panic!("{error:?}"));
        let facts = opened.certificate.expect("a certificate");
        assert!(facts.by_user && facts.sha256 == hash_of(SELF_SIGNED), "{facts:?}");
    }
}

#[tokio::test]
async fn an_additional_certificate_that_is_none_is_said_so() {
    let port = saying(b"").await;
    for pem in ["hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let options = ConnectOptions { extra_ca_pem: Some(pem.into()), ..options(format!("wss://127.0.0.1:{port}")) };
        let (error, _) = error_of(&options).await;
        assert!(matches!(&error, LinkError::Tls(error) if matches!(**error, TlsError::BadAuthority(_))), "{error:?}");
    }
}

#[tokio::test]
async fn without_an_embedded_server_its_pipe_is_refused() {
    let (error, _) = error_of(&ConnectOptions::to(Target::Embedded)).await;
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
}
