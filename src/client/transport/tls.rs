//! TLS: trusted roots and certificates, the handshake, what the certificate says.

use crate::client::api::{CertificateFacts, CertificateProblem, LinkError, OfferedCertificate, TlsError};
use crate::data::Sha256;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Names of a certificate that are told.
const MOST_NAMES: usize = 8;

/// What is trusted besides the authorities of the system.
#[derive(Clone, Debug, Default)]
pub(in crate::client) struct Trust {
    /// PEM certificates of authorities, or of the server itself.
    pub(in crate::client) extra_pem: Option<String>,
    /// One certificate.
    pub(in crate::client) certificate: Option<Sha256>,
}

/// An encrypted stream, and the certificate that it began with.
pub(in crate::client) struct Encrypted {
    /// The stream.
    pub(in crate::client) stream: TlsStream<TcpStream>,
    /// The server's own certificate.
    pub(in crate::client) certificate: Option<CertificateFacts>,
}

/// Makes an encrypted stream of a plain one.
///
/// # Errors
/// [`LinkError::Tls`], with what is wrong with the certificate.
pub(in crate::client) async fn handshake(stream: TcpStream, host: &str, trust: Trust) -> Result<Encrypted, LinkError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| other(&error))?;
    // Reads files; the roots of some systems take tens of milliseconds.
    let verifier = tokio::task::spawn_blocking(move || Verifier::new(trust)).await.map_err(|error| other(&error))??;
    let verifier = Arc::new(verifier);
    let config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| other(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = stream.map_err(|error| tls(explain(&error, verifier.refused.get().cloned())))?;
    let der = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let by_user = verifier.by_user.get().is_some();
    let certificate = der.and_then(|der| facts(der, UnixTime::now(), by_user)).map(|(facts, _)| facts);
    Ok(Encrypted { stream, certificate })
}

/// The facts of a certificate, and the second since 1970 at which it ends.
fn facts(der: &[u8], now: UnixTime, by_user: bool) -> Option<(CertificateFacts, i64)> {
    const SECS_PER_DAY: i64 = 86_400;
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let until_secs = certificate.validity().not_after.timestamp();
    let now_secs = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let facts = CertificateFacts {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        days_left: until_secs.saturating_sub(now_secs).div_euclid(SECS_PER_DAY),
        sha256: Sha256::of(der),
        by_user,
    };
    Some((facts, until_secs))
}

/// Judges certificates by the authorities, and takes one that the user trusts by its SHA-256, or gave as a whole, if its
/// name and time are right. There is no way to switch either off.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// None where the system and the user trust no authority at all.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    trusted: Vec<Sha256>,
    /// The certificate that was not accepted.
    refused: OnceLock<Refused>,
    /// Set if it is accepted for its SHA-256 alone.
    by_user: OnceLock<()>,
}

/// What is told of a certificate that was not accepted.
#[derive(Clone, Debug)]
struct Refused {
    offered: Option<OfferedCertificate>,
    names: Vec<String>,
    from_secs: Option<i64>,
    until_secs: Option<i64>,
    is_self_signed: bool,
}

impl Verifier {
    fn new(trust: Trust) -> Result<Self, LinkError> {
        static SYSTEM_ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
        let mut roots = RootCertStore::empty();
        let system = SYSTEM_ROOTS.get_or_init(|| rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(system.iter().cloned());
        let mut trusted: Vec<Sha256> = trust.certificate.into_iter().collect();
        if let Some(pem) = trust.extra_pem.filter(|pem| !pem.trim().is_empty()) {
            let mut found = false;
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let bad = |why: &dyn std::fmt::Display| tls(TlsError::BadAuthority(why.to_string()));
                let certificate = certificate.map_err(|error| bad(&error))?;
                // A server may show this very certificate, which no authority has to vouch for then.
                trusted.push(Sha256::of(&certificate));
                roots.add(certificate).map_err(|error| bad(&error))?;
                found = true;
            }
            if !found {
                return Err(tls(TlsError::BadAuthority("the text holds no certificate".into())));
            }
        }
        // The provider is named here, so that the choice does not depend on what else is linked or was installed before.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let authorities = if roots.is_empty() {
            None
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().map_err(|error| other(&error))?)
        };
        Ok(Self { provider, authorities, trusted, refused: OnceLock::new(), by_user: OnceLock::new() })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = match &self.authorities {
            Some(authorities) => authorities.verify_server_cert(end_entity, intermediates, name, ocsp_response, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let Err(error) = judged else { return judged };
        let fits = name_and_time(end_entity, name, now);
        if self.trusted.contains(&Sha256::of(end_entity)) {
            if fits.is_ok() {
                let _ = self.by_user.set(());
            }
            let _ = self.refused.set(Refused::new(end_entity, now, fits.is_ok()));
            return fits.map(|()| ServerCertVerified::assertion());
        }
        let _ = self.refused.set(Refused::new(end_entity, now, fits.is_ok()));
        Err(error)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate is for this name and its time is now, whoever signed it.
fn name_and_time(der: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Err(CertificateError::BadEncoding.into()) };
    let now_secs = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now_secs < certificate.validity().not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now_secs > certificate.validity().not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    rustls::client::verify_server_name(&ParsedCertificate::try_from(der)?, name)
}

impl Refused {
    fn new(der: &[u8], now: UnixTime, fits: bool) -> Self {
        let offered = facts(der, now, false).map(|(facts, until)| OfferedCertificate::new(facts, until, fits));
        let parsed = X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate);
        let validity = parsed.as_ref().map(|certificate| certificate.validity());
        Self {
            offered,
            names: parsed.as_ref().map(names).unwrap_or_default(),
            from_secs: validity.map(|validity| validity.not_before.timestamp()),
            until_secs: validity.map(|validity| validity.not_after.timestamp()),
            is_self_signed: parsed.is_some_and(|certificate| certificate.subject() == certificate.issuer()),
        }
    }
}

/// The names and addresses that a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
            _ => None,
        },
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect()
}

/// What is wrong, from the library's error and what was seen of the certificate.
fn explain(error: &std::io::Error, refused: Option<Refused>) -> TlsError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(error)) => TlsError::Certificate {
            problem: problem(error, refused.as_ref()),
            offered: refused.and_then(|r| r.offered),
        },
        Some(rustls::Error::InvalidMessage(_)) => TlsError::NotTls,
        Some(error) => TlsError::Other(error.to_string()),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => TlsError::Closed,
        None => TlsError::Other(error.to_string()),
    }
}

fn problem(error: &CertificateError, refused: Option<&Refused>) -> CertificateProblem {
    let is_self_signed = refused.is_some_and(|refused| refused.is_self_signed);
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            CertificateProblem::Expired { until_secs: refused.and_then(|refused| refused.until_secs) }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateProblem::NotYetValid { from_secs: refused.and_then(|refused| refused.from_secs) }
        }
        CertificateError::Revoked => CertificateProblem::Revoked,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::WrongName { names: refused.map(|refused| refused.names.clone()).unwrap_or_default() }
        }
        // Of a certificate that signed itself the library says that an authority is used as a server.
        CertificateError::UnknownIssuer | CertificateError::Other(_) if is_self_signed => {
            CertificateProblem::SelfSigned
        }
        CertificateError::UnknownIssuer => CertificateProblem::UnknownIssuer,
        other => CertificateProblem::Other(other.to_string()),
    }
}

fn tls(error: TlsError) -> LinkError {
    LinkError::Tls(Box::new(error))
}

fn other(error: &dyn std::fmt::Display) -> LinkError {
    tls(TlsError::Other(error.to_string()))
}
