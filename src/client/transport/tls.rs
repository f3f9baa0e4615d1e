//! TLS: trusted roots, the handshake, what the certificate says.

use crate::client::api::{CertificateFacts, LinkError};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Makes an encrypted stream of a plain one.
///
/// # Errors
/// [`LinkError::Tls`], saying whether the certificate is what is not trusted.
pub(in crate::client) async fn handshake(
    stream: TcpStream,
    host: &str,
    extra_ca_pem: Option<String>,
) -> Result<TlsStream<TcpStream>, LinkError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error, false))?;
    // Reads files; the roots of some systems take tens of milliseconds.
    let config = tokio::task::spawn_blocking(move || config(extra_ca_pem.as_deref()))
        .await
        .map_err(|error| failed(&error, false))??;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| explain(&error))
}

/// Subject, issuer and days left of the server's own certificate.
#[must_use]
pub(in crate::client) fn certificate(stream: &TlsStream<TcpStream>, now_secs: i64) -> Option<CertificateFacts> {
    let der = stream.get_ref().1.peer_certificates()?.first()?;
    facts(der, now_secs)
}

fn facts(der: &[u8], now_secs: i64) -> Option<CertificateFacts> {
    const SECS_PER_DAY: i64 = 86_400;
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(CertificateFacts {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        days_left: (certificate.validity().not_after.timestamp() - now_secs).div_euclid(SECS_PER_DAY),
    })
}

fn config(extra_ca_pem: Option<&str>) -> Result<ClientConfig, LinkError> {
    static SYSTEM_ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    let mut roots = RootCertStore::empty();
    let system = SYSTEM_ROOTS.get_or_init(|| rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(system.iter().cloned());
    if let Some(pem) = extra_ca_pem.filter(|pem| !pem.trim().is_empty()) {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let bad = |why: &dyn std::fmt::Display| LinkError::Tls {
                cause: format!("the additional certificate cannot be read: {why}"),
                untrusted: false,
            };
            roots.add(certificate.map_err(|error| bad(&error))?).map_err(|error| bad(&error))?;
            found = true;
        }
        if !found {
            return Err(LinkError::Tls {
                cause: "the additional certificate file holds no certificate".into(),
                untrusted: false,
            });
        }
    }
    // The provider is named here, so that the choice does not depend on what else is linked or was installed before.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error, false))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn explain(error: &std::io::Error) -> LinkError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error @ rustls::Error::InvalidCertificate(_)) => failed(error, true),
        Some(rustls::Error::InvalidMessage(_)) => failed(&"the server does not speak TLS on this port", false),
        Some(error) => failed(error, false),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            failed(&"the server closed the connection during the TLS handshake", false)
        }
        None => failed(error, false),
    }
}

fn failed(cause: &dyn std::fmt::Display, untrusted: bool) -> LinkError {
    LinkError::Tls { cause: cause.to_string(), untrusted }
}
