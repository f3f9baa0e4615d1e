//! Addresses as users write them, and what must never be in one.

use super::*;

fn check(text: &str, tls: bool, host: &str, port: u16, path: &str) {
    let url = ServerUrl::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    assert_eq!((url.is_tls(), url.host().as_str(), url.port(), url.path()), (tls, host, port, path), "{text}");
}

#[test]
fn addresses_with_a_scheme() {
    check("ws://localhost:8080", false, "localhost", 8080, "/diffusion");
    check("ws://localhost", false, "localhost", 80, "/diffusion");
    check("wss://push.example.com", true, "push.example.com", 443, "/diffusion");
    check("wss://push.example.com:8443/", true, "push.example.com", 8443, "/diffusion");
    check("ws://h/x/y/diffusion", false, "h", 80, "/x/y/diffusion");
    check("  ws://h:1  ", false, "h", 1, "/diffusion");
    check("ws://[::1]:8080", false, "::1", 8080, "/diffusion");
}

#[test]
fn bare_addresses() {
    check("localhost", false, "localhost", 8080, "/diffusion");
    check("localhost:8081", false, "localhost", 8081, "/diffusion");
    check("localhost:80", false, "localhost", 80, "/diffusion");
    check("push.example.com:443", true, "push.example.com", 443, "/diffusion");
    check("10.0.0.1:8080/diffusion", false, "10.0.0.1", 8080, "/diffusion");
    check("[::1]:8080", false, "::1", 8080, "/diffusion");
    assert_eq!(ServerUrl::parse("wss://[::1]:9/d").expect("valid").authority(), "[::1]:9");
}

#[test]
fn what_is_no_address_is_said_so_without_repeating_it() {
    use ServerUrlError as E;
    for (text, why) in [("", E::Empty), (" ", E::Empty), ("ftp://h", E::Scheme), ("http://h", E::Scheme)] {
        assert_eq!(ServerUrl::parse(text), Err(why), "{text}");
    }
    for (text, why) in [("ws://", E::NoHost), ("ws://h:99999", E::Port), ("h:port", E::Port), ("ws://h:0", E::Port)] {
        assert_eq!(ServerUrl::parse(text), Err(why), "{text}");
    }
    for text in ["ws://h?password=hunter2", "ws://h#hunter2"] {
        assert_eq!(ServerUrl::parse(text), Err(E::Query), "{text}");
    }
    assert!(matches!(ServerUrl::parse("a b"), Err(E::Unreadable(_))));
    let secret = [
        "wss://admin:hunter2@host",
        "wss:///admin:hunter2@host",
        "wss:\\\\admin:hunter2@host",
        "admin:hunter2@host",
        "wss://admin:hunter2@",
        "wss://admin:hun/ter2@host",
        "http://admin:hunter2@host",
        "wss://@host",
        "wss:/admin:hunter2@host",
        "ws://host/admin:hunter2@x",
        "wss://admin\\hunter2",
        "wss://admin\thunter2",
        "hunter2://host",
    ];
    for text in secret {
        let error = ServerUrl::parse(text).expect_err(text).to_string();
        assert!(!error.contains("hunter2") && !error.contains("ter2"), "{text}: {error}");
    }
}

#[test]
fn credentials_are_taken_out_also_while_they_are_typed() {
    let check = |text: &str, url: &str, principal: &str, password: Option<&str>| {
        let found = split_credentials(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((found.url.as_str(), found.principal.as_str()), (url, principal), "{text}");
        assert_eq!(found.password.as_ref().map(Secret::expose), password, "{text}");
    };
    check("wss://admin:hunter2@host:1/d", "wss://host:1/d", "admin", Some("hunter2"));
    check("wss://admin:p%40ss@host", "wss://host", "admin", Some("p@ss"));
    check("wss://admin:p@ss@host", "wss://host", "admin", Some("p@ss"));
    check("admin@host", "host", "admin", None);
    check("wss://admin:hunter2@", "wss://", "admin", Some("hunter2"));
    assert_eq!(split_credentials("wss://host/a@b"), None);
    assert_eq!(split_credentials("wss://host"), None);
}

#[test]
fn a_message_says_nothing_of_a_password_in_an_address() {
    let text = "error: invalid value 'wss://admin:hunter2@host/d' for '<URL>'\n  see ws://h?x=hunter2 and ws://h/p";
    let clean = without_credentials(text);
    assert_eq!(clean, "error: invalid value 'wss://…@host/d' for '<URL>'\n  see ws://h?… and ws://h/p");
    assert!(!without_credentials("'wss://a:hun/ter2@host'").contains("ter2"));
    assert!(!without_credentials("wss://a?b:hunter2@host").contains("hunter2"));
    assert_eq!(without_credentials("no address"), "no address");
}

#[test]
fn loopback_is_known_exactly() {
    for text in ["localhost", "ws://LOCALHOST:1", "ws://127.0.0.1", "ws://127.8.9.1", "ws://[::1]", "localhost."] {
        assert!(ServerUrl::parse(text).expect("valid").is_loopback(), "{text}");
    }
    for text in ["wss://localhost.evil.example", "wss://127.0.0.1.evil.example", "wss://my-localhost", "ws://10.0.0.1"]
    {
        assert!(!ServerUrl::parse(text).expect("valid").is_loopback(), "{text}");
    }
}

#[test]
fn production_is_known_by_a_word_of_the_host() {
    for text in
        ["wss://fx-prod-1.example.com", "wss://prod2.a", "wss://live.a.b", "wss://production.a", "wss://A.PROD.b"]
    {
        assert!(ServerUrl::parse(text).expect("valid").names_production(), "{text}");
    }
    for text in ["wss://deliver.example.com", "wss://olive.a", "ws://h/prod"] {
        assert!(!ServerUrl::parse(text).expect("valid").names_production(), "{text}");
    }
}

#[test]
fn the_stored_form_is_the_text() {
    let url = ServerUrl::parse(" wss://h/d ").expect("valid");
    assert_eq!(serde_json::to_string(&url).expect("JSON"), r#""wss://h/d""#);
    assert_eq!(serde_json::from_str::<ServerUrl>(r#""wss://h/d""#).expect("valid"), url);
    assert!(url.is_same_server(&ServerUrl::parse("wss://h:443/d").expect("valid")));
    assert!(!url.is_same_server(&ServerUrl::parse("wss://h").expect("valid")));
}
