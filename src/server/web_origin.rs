//! Which web pages may use the server. A browser says the origin of the page that opens a `WebSocket`; any page that the
//! user looks at could otherwise reach a server of this machine. Programs that are no browsers say none.

use std::net::IpAddr;
use tokio_tungstenite::tungstenite::http::HeaderMap;
use url::{Host, Url};

/// Refuses the upgrade request of a page from elsewhere.
///
/// Allowed are requests without `Origin`, with one of `allowed` (`https://tools.example`, or `*` for every page), and,
/// where the connection came to a loopback address, with an origin on this machine. There the name in `Host` must be
/// this machine too: a page can have its own name resolved to a loopback address.
///
/// # Errors
/// What is refused, for the log.
pub(super) fn check(headers: &HeaderMap, local: IpAddr, allowed: &[String]) -> Result<(), String> {
    let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    if local.is_loopback()
        && let Some(host) = text("host")
        && !Url::parse(&format!("ws://{host}")).is_ok_and(|url| is_this_machine(&url))
    {
        return Err(format!("the host {host:?}"));
    }
    let Some(origin) = text("origin") else { return Ok(()) };
    let is_listed = allowed.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(&origin));
    let is_local = local.is_loopback() && Url::parse(&origin).is_ok_and(|url| is_this_machine(&url));
    if is_listed || is_local { Ok(()) } else { Err(format!("the page origin {origin:?}")) }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const NETWORK: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    fn checked(local: IpAddr, host: &str, origin: Option<&'static str>, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().expect("a header"));
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().expect("a header"));
        }
        let allowed: Vec<String> = allowed.iter().map(|&text| text.to_owned()).collect();
        check(&headers, local, &allowed).is_ok()
    }

    #[test]
    fn programs_and_pages_of_this_machine_come_in() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "brownian.localhost"] {
            assert!(checked(LOOPBACK, host, None, &[]), "{host}");
        }
        for origin in ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"] {
            assert!(checked(LOOPBACK, "localhost", Some(origin), &[]), "{origin}");
        }
        assert!(checked(NETWORK, "server.example:8080", None, &[]));
        assert!(check(&HeaderMap::new(), LOOPBACK, &[]).is_ok(), "an old program without Host");
    }

    #[test]
    fn pages_from_elsewhere_stay_out_unless_they_are_listed() {
        for origin in ["https://evil.example", "http://localhost.evil.example", "null", "file://", "not an origin"] {
            assert!(!checked(LOOPBACK, "localhost", Some(origin), &[]), "{origin}");
        }
        assert!(!checked(NETWORK, "server.example", Some("http://localhost:3000"), &[]), "the page of another machine");
        let listed = &["https://tools.example"];
        assert!(checked(NETWORK, "server.example", Some("https://Tools.example"), listed));
        assert!(!checked(NETWORK, "server.example", Some("https://tools.example:444"), listed));
        assert!(checked(NETWORK, "server.example", Some("https://any.example"), &["*"]));
    }

    #[test]
    fn a_foreign_name_for_this_machine_is_refused() {
        assert!(!checked(LOOPBACK, "evil.example:8080", None, &[]));
        assert!(!checked(LOOPBACK, "evil.example:8080", Some("http://evil.example:8080"), &["*"]));
    }
}
