//! Why TLS gives no line, as facts that a text and a remedy can be made of.

use crate::data::Sha256;
use std::fmt;

/// Why TLS gives no line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The server's certificate is not accepted.
    #[error("the server's certificate is not accepted: {problem}")]
    Certificate {
        /// What is wrong with it.
        problem: CertificateProblem,
        /// The certificate, if it can be read.
        offered: Option<OfferedCertificate>,
    },
    /// What answers is no TLS.
    #[error("the server does not speak TLS on this port")]
    NotTls,
    /// The line ended before TLS was agreed on.
    #[error("the server closed the connection during the TLS handshake")]
    Closed,
    /// What the user gave as further authorities cannot be used.
    #[error("the additional certificate cannot be used: {0}")]
    BadAuthority(String),
    /// Anything else, in the words of the library.
    #[error("{0}")]
    Other(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No trusted authority has signed it.
    UnknownIssuer,
    /// It is signed by itself.
    SelfSigned,
    /// It is for other names.
    WrongName {
        /// The names that it is for.
        names: Vec<String>,
    },
    /// Its time is over.
    Expired {
        /// When it ended, in seconds since 1970, if it says so.
        until_secs: Option<i64>,
    },
    /// Its time has not begun.
    NotYetValid {
        /// When it begins, in seconds since 1970, if it says so.
        from_secs: Option<i64>,
    },
    /// Its authority has taken it back.
    Revoked,
    /// Anything else, in the words of the library.
    Other(String),
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => f.write_str("no trusted authority has signed it"),
            Self::SelfSigned => f.write_str("it is signed by itself, by no authority"),
            Self::WrongName { names } if names.is_empty() => f.write_str("it is for no name"),
            Self::WrongName { names } => write!(f, "it is for other names: {}", names.join(", ")),
            Self::Expired { until_secs } => write!(f, "it has expired{}", on_day(*until_secs)),
            Self::NotYetValid { from_secs } => write!(f, "it is not valid yet{}", from_day(*from_secs)),
            Self::Revoked => f.write_str("its authority has revoked it"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

fn day(secs: Option<i64>) -> Option<String> {
    jiff::Timestamp::from_second(secs?).ok().map(|at| at.strftime("%Y-%m-%d").to_string())
}

fn on_day(secs: Option<i64>) -> String {
    day(secs).map(|day| format!(" on {day}")).unwrap_or_default()
}

fn from_day(secs: Option<i64>) -> String {
    day(secs).map(|day| format!(", but from {day} on")).unwrap_or_default()
}

/// A certificate that a server showed and that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedCertificate {
    /// Of its bytes.
    pub sha256: Sha256,
    /// Whom it is for.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The day on which it ends, as text.
    pub last_day: String,
    /// Whether it is for this server's name and its time is now, so that trusting it by its SHA-256 is enough.
    pub fits: bool,
}

/// The certificate of a line, as the connection dialog and the connection bar show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Days until it expires; negative if it has.
    pub days_left: i64,
    /// Of its bytes.
    pub sha256: Sha256,
    /// Whether no authority vouches for it, and it is accepted because the user trusts this one certificate.
    pub by_user: bool,
}

impl OfferedCertificate {
    /// Takes the facts together.
    pub(in crate::client) fn new(facts: CertificateFacts, until_secs: i64, fits: bool) -> Self {
        let CertificateFacts { subject, issuer, sha256, .. } = facts;
        Self { sha256, subject, issuer, last_day: day(Some(until_secs)).unwrap_or_default(), fits }
    }
}

impl super::LinkError {
    /// The certificate that was not accepted, if that is why there is no line and it could be read.
    #[must_use]
    pub fn offered_certificate(&self) -> Option<&OfferedCertificate> {
        match self {
            Self::Tls(error) => match &**error {
                TlsError::Certificate { offered, .. } => offered.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }

    /// What is wrong with the server's certificate, if that is why there is no line.
    #[must_use]
    pub fn certificate_problem(&self) -> Option<&CertificateProblem> {
        match self {
            Self::Tls(error) => match &**error {
                TlsError::Certificate { problem, .. } => Some(problem),
                _ => None,
            },
            _ => None,
        }
    }
}
