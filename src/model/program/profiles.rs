//! Profiles to and from a file that can be given away: the form they are stored in, without anything secret.

use crate::client::api::protocol;
use crate::data::display_text::shown_line;
use crate::data::server_url::without_credentials;
use crate::data::shown;
use crate::model::Model;
use crate::model::connections::{Environment, Profile, Profiles};
use crate::model::notices::{NewNotice, Tone};
use crate::model::stored::Stored;
use serde_json::{Map, Value};

/// A larger file is no list of profiles.
pub const MOST_BYTES: u64 = 4 * 1_024 * 1_024;
/// More profiles than anybody has; what comes after is skipped.
const MOST_PROFILES: usize = 1_000;
/// The longest text of a field.
const LONGEST: usize = 2_000;
/// The longest list of trusted certificates.
const LONGEST_PEM: usize = 256 * 1_024;
/// Session properties of one profile.
const MOST_PROPERTIES: usize = 100;

/// What a file gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// Profiles to be added; their keys are to be chosen yet.
    pub added: Vec<Profile>,
    /// What was left out: its name, and why.
    pub skipped: Vec<(String, String)>,
    /// Names of profiles whose trusted authorities were left out.
    pub without_authorities: Vec<String>,
}

/// Reads a file of profiles; those that are in `known` already are skipped.
///
/// # Errors
/// In words, if the file as a whole holds no profiles.
pub fn read(bytes: &[u8], known: &[Profile]) -> Result<Imported, String> {
    let root: Value = serde_json::from_slice(bytes).map_err(|error| format!("It is not JSON: {error}"))?;
    let entries = match root {
        Value::Object(mut object) => object.remove("list"),
        list @ Value::Array(_) => Some(list),
        _ => None,
    };
    let Some(Value::Array(entries)) = entries else {
        return Err("It holds no list of profiles, as Export profiles writes it".into());
    };
    let mut out = Imported::default();
    let more = entries.len().saturating_sub(MOST_PROFILES);
    for (at, entry) in entries.into_iter().take(MOST_PROFILES).enumerate() {
        let name = name_of(&entry, at + 1);
        match profile(entry) {
            Err(why) => out.skipped.push((name, why)),
            Ok(profile) if known.iter().chain(&out.added).any(|other| same(&profile, other)) => {
                out.skipped.push((name, "it is there already".into()));
            }
            Ok(mut profile) => {
                // Whoever wrote the file could vouch for any server with them: the user adds them, or does not.
                if !std::mem::take(&mut profile.extra_ca_pem).trim().is_empty() {
                    out.without_authorities.push(name);
                }
                out.added.push(profile);
            }
        }
    }
    if more > 0 {
        out.skipped.push((format!("{more} more"), format!("at most {MOST_PROFILES} are read from one file")));
    }
    Ok(out)
}

/// The file for these profiles. Passwords are in no profile; what could hold one all the same is left out.
#[must_use]
pub fn write(profiles: &Profiles) -> Vec<u8> {
    let list = profiles.list.iter().map(|profile| Profile {
        keep_password: false,
        trusted_certificate: None,
        agreed_protocol: 0,
        agreed_millis: 0,
        last_used_millis: 0,
        other: Map::new(),
        ..profile.clone()
    });
    let file = Profiles { version: profiles.version, list: list.collect(), other: Map::new() };
    let mut text = serde_json::to_vec_pretty(&file).unwrap_or_default();
    text.push(b'\n');
    text
}

impl Stored for Profiles {
    const NAME: &'static str = "profiles";
    const VERSION: u32 = 0;

    fn of(model: &Model) -> Self {
        model.connections.profiles.clone()
    }

    fn restore(mut self, model: &mut Model) {
        for profile in &mut self.list {
            if let Some(problem) = profile.url.take_problem() {
                let text = format!("The connection “{}”: {problem}", shown(&profile.title()));
                model.notices.add(model.now, NewNotice::new(Tone::Warn, text));
            }
        }
        model.connections.profiles = self;
    }
}

fn same(one: &Profile, other: &Profile) -> bool {
    let is_same_server = match (one.url.server(), other.url.server()) {
        (Some(one), Some(other)) => one.is_same_server(other),
        (one, other) => one == other,
    };
    one.name == other.name && one.principal == other.principal && is_same_server
}

/// How the entry is called when it is skipped.
fn name_of(entry: &Value, number: usize) -> String {
    let text = |key| entry.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    match text("name").or_else(|| text("url")) {
        Some(text) => shown_line(&without_credentials(text), 80).into(),
        None => format!("number {number}"),
    }
}

/// A checked profile with the defaults of a new one where the entry says nothing; parts that are not known are dropped.
fn profile(entry: Value) -> Result<Profile, String> {
    let Value::Object(entry) = entry else { return Err("it is not a profile".into()) };
    let Ok(Value::Object(mut whole)) = serde_json::to_value(Profile::new(String::new())) else {
        return Err("it is not a profile".into());
    };
    let chose_environment = entry.contains_key("environment");
    for (key, value) in entry {
        if let Some(slot) = whole.get_mut(&key) {
            *slot = value;
        }
    }
    let mut profile: Profile = serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())?;
    for (what, text) in
        [("name", profile.name.as_str()), ("URL", profile.url.as_str()), ("principal", profile.principal.as_str())]
    {
        line(what, text)?;
    }
    // Whom to trust is decided here, not by whoever made the file.
    profile.trusted_certificate = None;
    if let Some(problem) = profile.url.take_problem() {
        return Err(problem);
    }
    if profile.url.server().is_none() {
        return Err("it has no URL".into());
    }
    if profile.extra_ca_pem.len() > LONGEST_PEM {
        return Err("its trusted certificates are too long".into());
    }
    if profile.protocol != 0 && !protocol::SPOKEN.contains(&profile.protocol) {
        return Err(format!("its protocol is none of {} to {}", protocol::OLDEST, protocol::NEWEST));
    }
    if profile.properties.len() > MOST_PROPERTIES {
        return Err("it has too many session properties".into());
    }
    for (key, value) in &profile.properties {
        line("session property", key)?;
        line("session property", value)?;
    }
    if !chose_environment || profile.environment == Environment::Demo {
        profile.environment = profile.suggested_environment();
    }
    profile.connect_timeout_secs = profile.connect_timeout_secs.clamp(1, 600);
    profile.reconnect_secs = profile.reconnect_secs.min(86_400);
    profile.keep_password = false; // the keychain of this machine knows nothing of it
    (profile.agreed_protocol, profile.agreed_millis) = (0, 0);
    profile.last_used_millis = 0;
    profile.key.clear();
    Ok(profile)
}

fn line(what: &str, text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("its {what} is too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("its {what} holds control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ServerUrl;

    fn named(name: &str, url: &str) -> Profile {
        let url = ServerUrl::parse(url).expect("a URL").into();
        Profile { name: name.into(), url, ..Profile::new("1".into()) }
    }

    #[test]
    fn what_is_exported_can_be_imported_elsewhere_but_for_secrets() {
        let mut first = named("Prices", "wss://prod.example.com/diffusion");
        first.environment = Environment::Production;
        first.keep_password = true;
        first.properties = vec![("Owner".into(), "desk".into())];
        first.other.insert("password".into(), "pass-word".into());
        let text = write(&Profiles { list: vec![first], ..Profiles::default() });
        assert!(!String::from_utf8_lossy(&text).contains("pass-word"));
        let read = read(&text, &[]).expect("the form is right");
        assert_eq!(read.skipped, []);
        let [profile] = read.added.as_slice() else { panic!("{read:?}") };
        assert_eq!((profile.title().as_str(), profile.environment), ("Prices", Environment::Production));
        assert_eq!(profile.url.as_str(), "wss://prod.example.com/diffusion");
        assert_eq!(profile.properties, [("Owner".to_owned(), "desk".to_owned())]);
        assert!(!profile.keep_password && profile.key.is_empty() && profile.other.is_empty());
    }

    #[test]
    fn every_entry_that_cannot_be_used_is_named_with_its_reason() {
        let text = r#"{"version":1,"list":[
            {"name":"Good","url":"ws://localhost:8080"},
            {"name":"Web","url":"http://localhost"},
            {"name":"Secret","url":"ws://a:b@host"},
            {"name":"Known","url":"ws://known/"},
            {"name":"Good","url":"ws://localhost:8080/"},
            {"url":"ws://b","reconnect_secs":"long"},
            {"url":"ws://c/\u0007"},
            7]}"#;
        let read = read(text.as_bytes(), &[named("Known", "ws://known")]).expect("the form is right");
        assert_eq!(read.added.len(), 1);
        assert_eq!(read.added[0].connect_timeout_secs, 10, "defaults of a new one");
        assert_eq!(read.added[0].environment, Environment::Development);
        let whys: Vec<&str> = read.skipped.iter().map(|(_, why)| why.as_str()).collect();
        assert!(whys[0].contains("ws://"), "{whys:?}");
        assert_eq!(whys[1], "its URL held a user or a password, which is dropped");
        assert_eq!(&whys[2..4], ["it is there already"; 2]);
        assert!(whys[4].contains("invalid type"), "{whys:?}");
        assert_eq!(
            &whys[5..],
            ["its URL is not used, because the URL cannot be read: invalid domain character", "it is not a profile"]
        );
        assert_eq!(read.skipped[6].0, "number 8");
    }

    #[test]
    fn authorities_of_a_file_are_not_trusted_without_the_user() {
        let mut first = named("Prices", "wss://example.com");
        first.extra_ca_pem = "-----BEGIN CERTIFICATE-----".into();
        let text = write(&Profiles { list: vec![first], ..Profiles::default() });
        let read = read(&text, &[]).expect("the form is right");
        assert_eq!(read.without_authorities, ["Prices"]);
        assert_eq!(read.added[0].extra_ca_pem, "");
    }

    #[test]
    fn an_older_file_with_a_password_in_a_url_is_read_without_it() {
        let text =
            r#"{"list":[{"key":"1","name":"Old","url":"wss://admin:hunter2@host/d"},{"key":"2","url":"ftp://x"}]}"#;
        let profiles: Profiles = serde_json::from_str(text).expect("the form is right");
        let mut model = Model::default();
        profiles.restore(&mut model);
        let list = &model.connections.profiles.list;
        assert_eq!((list[0].url.as_str(), list[1].url.as_str()), ("wss://host/d", ""));
        let said: Vec<&str> = model.notices.list.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(said[0], "The connection “Old”: its URL held a user or a password, which is dropped");
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(!serde_json::to_string(&model.connections.profiles).expect("JSON").contains("hunter2"));
    }

    #[test]
    fn other_files_are_refused_as_a_whole() {
        for text in ["", "{", "7", "{}", r#"{"list":7}"#] {
            assert!(read(text.as_bytes(), &[]).is_err(), "{text}");
        }
        let many = format!("[{}]", vec![r#"{"url":"http://x"}"#; MOST_PROFILES + 5].join(","));
        let read = read(many.as_bytes(), &[]).expect("a list");
        assert_eq!(read.skipped.len(), MOST_PROFILES + 1);
    }
}
