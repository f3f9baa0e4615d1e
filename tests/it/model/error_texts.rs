//! The wording of every error of links and calls, compared with a checked-in list that people read.

use brownian::client::api::{CallError, CertificateProblem, LinkError, NotAtVersion, Part, Step, TlsError};
use brownian::data::ErrorCode;
use brownian::model::error_text::{ErrorText, call, link};
use brownian::wire::handshake::Rejection;
use std::fmt::Write as _;
use std::path::Path;

fn line(out: &mut String, what: &str, text: &ErrorText) {
    let ErrorText { summary, remedy, .. } = text;
    writeln!(out, "{what}: {summary} | {remedy}").expect("text takes text");
}

fn certificate(problem: CertificateProblem) -> LinkError {
    LinkError::Tls(Box::new(TlsError::Certificate { problem, offered: None }))
}

fn link_errors() -> Vec<(&'static str, LinkError)> {
    vec![
        ("bad URL", LinkError::BadUrl("no host".into())),
        ("unknown host", LinkError::UnknownHost { host: "nowhere".into(), cause: "x".into() }),
        ("refused", LinkError::Refused { address: "127.0.0.1:1".into(), cause: "x".into() }),
        ("certificate of an unknown issuer", certificate(CertificateProblem::UnknownIssuer)),
        ("certificate that signed itself", certificate(CertificateProblem::SelfSigned)),
        (
            "certificate for another name",
            certificate(CertificateProblem::WrongName { names: vec!["a.example".into()] }),
        ),
        ("certificate that has expired", certificate(CertificateProblem::Expired { until_secs: Some(1_609_459_200) })),
        ("certificate that is early", certificate(CertificateProblem::NotYetValid { from_secs: Some(4_070_908_800) })),
        ("certificate that is revoked", certificate(CertificateProblem::Revoked)),
        ("certificate, otherwise", certificate(CertificateProblem::Other("bad encoding".into()))),
        ("no TLS", LinkError::Tls(Box::new(TlsError::NotTls))),
        ("TLS closed", LinkError::Tls(Box::new(TlsError::Closed))),
        ("authority", LinkError::Tls(Box::new(TlsError::BadAuthority("no certificate".into())))),
        ("TLS", LinkError::Tls(Box::new(TlsError::Other("no cipher suites in common".into())))),
        ("not Diffusion", LinkError::NotDiffusion("HTTP 404".into())),
        ("protocol", LinkError::Protocol { asked: 29, oldest: 18, answered: Some(15) }),
        ("one protocol", LinkError::Protocol { asked: 25, oldest: 25, answered: Some(24) }),
        ("no response", LinkError::NoResponse("end of stream".into())),
        ("no protocol", LinkError::Protocol { asked: 29, oldest: 18, answered: None }),
        ("line lost", LinkError::LineLost("reset".into())),
        ("idle", LinkError::Idle),
        ("unanswered", LinkError::Unanswered { secs: 5 }),
        ("closed by server", LinkError::ClosedByServer),
        ("closed by client", LinkError::ClosedByClient),
        ("recovery failed", LinkError::RecoveryFailed { secs: 60, cause: Box::new(LinkError::Idle) }),
        ("lost messages", LinkError::LostMessages),
    ]
}

/// `UPDATE_SNAPSHOTS=1` in the environment writes the list anew.
fn not_at(part: Part, since: u8) -> NotAtVersion {
    NotAtVersion { service: 197, part, since, version: 25 }
}

#[test]
fn every_error_has_the_wording_that_was_agreed() {
    let mut out = String::new();
    for (what, error) in link_errors() {
        line(&mut out, what, &link(&error));
    }
    for step in Step::ALL {
        line(&mut out, "timed out", &link(&LinkError::TimedOut { step, secs: 10 }));
    }
    for code in (100..=125).map(Rejection) {
        line(&mut out, &format!("rejected {}", code.0), &link(&LinkError::Rejected(code)));
    }
    for (what, error) in [
        ("timed out", CallError::TimedOut { secs: 10 }),
        ("link lost", CallError::LinkLost(Box::new(LinkError::Idle))),
        ("not connected", CallError::NotConnected),
        ("busy", CallError::Busy),
        ("too large", CallError::TooLarge { bytes: 70 << 20, most: 64 << 20 }),
        ("no service", CallError::NotAtVersion(not_at(Part::Itself, 29))),
        ("no part", CallError::NotAtVersion(not_at(Part::Sizes, 28))),
        ("cancelled", CallError::Cancelled),
        ("read-only", CallError::ReadOnly),
    ] {
        line(&mut out, what, &call(&error, "set “a”"));
    }
    for code in (0..20_000).map(ErrorCode).filter(|code| code.name().is_some()) {
        let error = CallError::Service { code, description: "the server's text".into() };
        line(&mut out, &format!("{}", code.0), &call(&error, "set “a”"));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/error-texts.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &out).expect("written");
    }
    let agreed = std::fs::read_to_string(&file).expect("the list");
    assert_eq!(out, agreed);
}
