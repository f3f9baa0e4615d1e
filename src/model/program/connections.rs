//! Connection profiles, the connection dialog and the connection test.

use crate::client::api::{ConnectOptions, StepReport, Target, protocol};
use crate::data::server_url::{Credentials, says_production, split_credentials};
use crate::data::{Secret, ServerUrl, Sha256, Timestamp, shown};
use crate::model::effects::{Effect, Effects};
use crate::model::files::{FileChoice, Kind, OpenedFile};
use crate::model::notices::{NewNotice, Tone};
use crate::model::profiles;
use crate::model::program::profile_url::ProfileUrl;
use crate::model::stored::StoredId;
use serde::{Deserialize, Serialize};

mod form;

use form::url_words;
pub use form::{Form, SecretState, Test};

/// What kind of server it is; decides colours and how careful the program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// A server of one's own.
    Development,
    /// A shared server without real users.
    #[default]
    Test,
    /// Real users.
    Production,
    /// The embedded server.
    Demo,
}

impl Environment {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Development, Self::Test, Self::Production, Self::Demo];

    /// Those a user can choose.
    pub const CHOICES: [Self; 3] = [Self::Development, Self::Test, Self::Production];

    /// The word that goes with the colour.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "Development",
            Self::Test => "Test",
            Self::Production => "Production",
            Self::Demo => "Demo",
        }
    }

    /// What a new profile for this name and URL should be. Only this machine is taken for a server of one's own.
    #[must_use]
    pub fn suggest(name: &str, url: Option<&ServerUrl>) -> Self {
        if says_production(name) || url.is_some_and(ServerUrl::names_production) {
            Self::Production
        } else if url.is_some_and(ServerUrl::is_loopback) {
            Self::Development
        } else {
            Self::Test
        }
    }
}

/// A stored connection; the password is in the OS keychain under [`Profile::secret_key`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Names the profile in settings and keychain; never shown.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// The server.
    pub url: ProfileUrl,
    /// Principal; empty for anonymous.
    pub principal: String,
    /// Kind of server.
    pub environment: Environment,
    /// Whether the password is kept in the keychain.
    pub keep_password: bool,
    /// Seconds to connect.
    pub connect_timeout_secs: u32,
    /// Seconds the server shall keep a lost session; 0 is off.
    pub reconnect_secs: u32,
    /// Compressed topic messages.
    pub compression: bool,
    /// PEM file contents trusted besides the system's.
    pub extra_ca_pem: String,
    /// The one certificate that is trusted besides those that an authority vouches for.
    pub trusted_certificate: Option<Sha256>,
    /// Proposed session properties.
    pub properties: Vec<(String, String)>,
    /// The only protocol version to offer; 0 for the newest that the server speaks.
    pub protocol: u8,
    /// The protocol version agreed on last, if it was not the newest; else 0.
    pub agreed_protocol: u8,
    /// When that was, in milliseconds since the epoch.
    pub agreed_millis: i64,
    /// Milliseconds since the epoch; 0 for never.
    pub last_used_millis: i64,
    /// Keys of other versions.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// How long the version agreed on last is offered first: a day.
const AGREED_MILLIS: i64 = 24 * HOUR_MILLIS;
const HOUR_MILLIS: i64 = 3_600_000;

impl Profile {
    /// A new one with defaults.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self { key, connect_timeout_secs: 10, reconnect_secs: 60, compression: true, ..Self::default() }
    }

    /// The name, or the URL without its scheme if it has none.
    #[must_use]
    pub fn title(&self) -> String {
        if self.name.is_empty() {
            return self.url.server().map_or_else(|| "no URL".to_owned(), ServerUrl::title);
        }
        self.name.clone()
    }

    /// What its environment would be if nobody had chosen one.
    #[must_use]
    pub fn suggested_environment(&self) -> Environment {
        Environment::suggest(&self.name, self.url.server())
    }

    /// Notes the version that a session of it has; whether the profile is another one now.
    fn agree(&mut self, version: u8, now: Timestamp) -> bool {
        let (known, millis) = if version == protocol::NEWEST { (0, 0) } else { (version, now.0 / 1000) };
        // Once an hour is enough for a version that stays.
        let is_new = known != self.agreed_protocol || millis - self.agreed_millis > HOUR_MILLIS;
        if is_new {
            (self.agreed_protocol, self.agreed_millis) = (known, millis);
        }
        is_new
    }

    /// Under which its password is kept.
    #[must_use]
    pub fn secret_key(&self) -> String {
        format!("connection/{}", self.key)
    }

    /// What the client needs to open it. The version agreed on last is offered first for a day; after that the newest,
    /// since the server may have been renewed.
    #[must_use]
    pub fn options(&self, password: Option<Secret>, now: Timestamp) -> ConnectOptions {
        let age_millis = now.0 / 1000 - self.agreed_millis;
        let agreed = Some(self.agreed_protocol).filter(|version| *version > 0 && age_millis < AGREED_MILLIS);
        ConnectOptions {
            principal: (!self.principal.is_empty()).then(|| self.principal.clone()),
            password,
            properties: self.properties.clone(),
            connect_timeout_secs: self.connect_timeout_secs.clamp(1, 600),
            reconnect_secs: self.reconnect_secs.min(86_400),
            compression: self.compression,
            protocol: Some(self.protocol).filter(|version| protocol::SPOKEN.contains(version)),
            first_protocol: agreed,
            extra_ca_pem: (!self.extra_ca_pem.trim().is_empty()).then(|| self.extra_ca_pem.clone()),
            trusted_certificate: self.trusted_certificate,
            ..ConnectOptions::to(Target::Url(self.url.as_str().to_owned()))
        }
    }
}

/// The stored profiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profiles {
    /// Version of the form.
    pub version: u32,
    /// In the user's order.
    pub list: Vec<Profile>,
    /// Keys of other versions.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// Profiles and the dialog.
#[derive(Debug, Default)]
pub struct Connections {
    /// The stored profiles.
    pub profiles: Profiles,
    /// The dialog, if it is open.
    pub form: Option<Form>,
}

/// What the user can do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Open the dialog with a new profile.
    New,
    /// Open the dialog with this text as URL.
    NewWithUrl(String),
    /// Open the dialog with a stored profile.
    Edit(String),
    /// The form was edited, but for the URL.
    Change(Box<Profile>),
    /// The URL was edited.
    ChangeUrl(String),
    /// The password was edited.
    ChangePassword(Secret),
    /// Close the dialog.
    Cancel,
    /// Keep the profile (and its password, if wanted).
    Save,
    /// Try to connect step by step.
    Test,
    /// Open the dialog for a connection with this profile key and URL, and try step by step.
    TestConnection {
        /// Profile key.
        key: String,
        /// URL, if no profile is stored under the key.
        url: String,
    },
    /// Trust this one certificate for this profile, and try again.
    Trust(Sha256),
    /// Connect with what the dialog holds.
    Connect,
    /// Connect with a stored profile; asks for the password in the dialog if it has none stored.
    ConnectStored(String),
    /// Remove a stored profile and its password.
    Delete(String),
    /// Open the embedded server.
    OpenDemo,
    /// Choose a file of profiles and add them.
    Import,
    /// Write the profiles to a file, without anything secret.
    Export,
}

/// What the model does after an intent of this feature.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing.
    None,
    /// Open a link.
    Open {
        /// Name of the link.
        name: String,
        /// Key of its settings.
        key: String,
        /// Kind of server.
        environment: Environment,
        /// How.
        options: Box<ConnectOptions>,
    },
}

impl Connections {
    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent, fx: &mut Effects) -> Outcome {
        match intent {
            Intent::New => self.open_form(Profile::new(self.free_key(fx.now)), fx),
            Intent::NewWithUrl(url) => {
                self.open_form(Profile::new(self.free_key(fx.now)), fx);
                self.change_url(url);
            }
            Intent::Edit(key) => {
                if let Some(profile) = self.stored(&key).cloned() {
                    self.open_form(profile, fx);
                }
            }
            Intent::Change(profile) => {
                if let Some(form) = &mut self.form {
                    let url = form.profile.url.clone();
                    let was_suggested = form.profile.environment == form.profile.suggested_environment();
                    let chosen = profile.environment != form.profile.environment;
                    form.profile = Profile { url, ..*profile };
                    if was_suggested && !chosen {
                        form.profile.environment = form.profile.suggested_environment();
                    }
                }
            }
            Intent::ChangeUrl(text) => self.change_url(text),
            Intent::ChangePassword(secret) => {
                if let Some(form) = &mut self.form {
                    form.password = secret;
                    form.secret = SecretState::None;
                }
            }
            Intent::Cancel => self.form = None,
            Intent::Save => self.save(fx),
            Intent::Test => {
                if let Some(form) = self.form.as_mut()
                    && form.has_url()
                {
                    form.test = Some(Test { started: fx.now, ..Test::default() });
                    let options = form.profile.options(password_of(form), fx.now);
                    fx.push(Effect::Test(Box::new(ConnectOptions { first_protocol: None, ..options })));
                }
            }
            Intent::TestConnection { key, url } => {
                let known = self.stored(&key).is_some();
                self.handle(if known { Intent::Edit(key) } else { Intent::NewWithUrl(url) }, fx);
                return self.handle(Intent::Test, fx);
            }
            Intent::Trust(certificate) => {
                let Some(form) = &mut self.form else { return Outcome::None };
                form.profile.trusted_certificate = Some(certificate);
                let key = form.profile.key.clone();
                if let Some(stored) = self.profiles.list.iter_mut().find(|profile| profile.key == key) {
                    stored.trusted_certificate = Some(certificate);
                    fx.push(Effect::Save(StoredId::Profiles));
                }
                return self.handle(Intent::Test, fx);
            }
            Intent::Connect => return self.connect(fx),
            Intent::ConnectStored(key) => {
                if let Some(profile) = self.stored(&key).cloned() {
                    let asks = !profile.principal.is_empty();
                    self.open_form(profile, fx);
                    if !asks {
                        return self.connect(fx);
                    }
                    if let Some(form) = self.form.as_mut().filter(|f| f.secret == SecretState::Waiting) {
                        form.connect_when_found = true;
                    }
                }
            }
            Intent::Delete(key) => {
                if let Some(at) = self.profiles.list.iter().position(|p| p.key == key) {
                    let profile = self.profiles.list.remove(at);
                    if profile.keep_password {
                        fx.push(Effect::DeleteSecret { key: profile.secret_key() });
                    }
                    fx.push(Effect::Save(StoredId::Profiles));
                    self.form.take_if(|form| form.profile.key == key);
                }
            }
            Intent::Import => {
                let kinds = vec![Kind::new("Profiles (JSON)", "json")];
                let choice = FileChoice { title: "Import profiles".into(), kinds, max_bytes: profiles::MOST_BYTES };
                fx.open_file_for_program(choice, |model, fx, file| model.connections.import(file, fx));
            }
            Intent::Export => {
                let bytes = profiles::write(&self.profiles).into();
                fx.push(Effect::SaveFile { name: "brownian-profiles.json".into(), bytes });
            }
            Intent::OpenDemo => {
                self.form = None;
                return Outcome::Open {
                    name: "demo".into(),
                    key: "demo".into(),
                    environment: Environment::Demo,
                    options: Box::new(ConnectOptions {
                        principal: Some("admin".into()),
                        password: Some(Secret::new("password")),
                        ..ConnectOptions::to(Target::Embedded)
                    }),
                };
            }
        }
        Outcome::None
    }

    /// A stored profile.
    #[must_use]
    pub fn stored(&self, key: &str) -> Option<&Profile> {
        self.profiles.list.iter().find(|p| p.key == key)
    }

    /// The keychain answered for the dialog; connects if that was all that was waited for.
    pub fn secret_found(&mut self, key: &str, result: Result<Option<Secret>, String>, fx: &mut Effects) -> Outcome {
        let Some(form) = self.form.as_mut().filter(|f| f.profile.secret_key() == key) else { return Outcome::None };
        if form.secret != SecretState::Waiting {
            return Outcome::None; // the user was faster
        }
        form.secret = match result {
            Ok(Some(secret)) => {
                form.password = secret;
                SecretState::Found
            }
            Ok(None) => SecretState::None,
            Err(reason) => SecretState::Unavailable(reason),
        };
        if form.connect_when_found && form.secret == SecretState::Found { self.connect(fx) } else { Outcome::None }
    }

    /// A connection with the profile of this key has a session of this protocol version.
    pub fn agreed(&mut self, key: &str, version: u8, fx: &mut Effects) {
        let profile = self.profiles.list.iter_mut().find(|profile| profile.key == key);
        if profile.is_some_and(|profile| profile.agree(version, fx.now)) {
            fx.push(Effect::Save(StoredId::Profiles));
        }
    }

    /// A step of the test is done; none ends the test.
    pub fn test_report(&mut self, report: Option<StepReport>, now: Timestamp) {
        let Some(form) = self.form.as_mut() else { return };
        let Some(test) = form.test.as_mut() else { return };
        if let Some((version, true)) = report.as_ref().and_then(|report| report.offered) {
            form.profile.agree(version, now);
        }
        match report {
            Some(report) => test.reports.push(report),
            None => test.done = true,
        }
    }

    /// Adds the profiles of a file and says how many there were, and what was left out.
    fn import(&mut self, file: &OpenedFile, fx: &mut Effects) {
        let read = match profiles::read(&file.bytes, &self.profiles.list) {
            Ok(read) => read,
            Err(details) => {
                let text = format!("No profiles in {}", file.name);
                return fx.notice(NewNotice { details, ..NewNotice::new(Tone::Bad, text) });
            }
        };
        let (added, skipped) = (read.added.len(), read.skipped.len());
        for profile in read.added {
            let key = self.free_key(fx.now);
            self.profiles.list.push(Profile { key, ..profile });
        }
        if added > 0 {
            fx.push(Effect::Save(StoredId::Profiles));
        }
        let plural = if added == 1 { "" } else { "s" };
        let left_out = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        let text = format!("{added} profile{plural} added{left_out}");
        let distrusted = read.without_authorities.len();
        let text = if distrusted > 0 { format!("{text}, without the certificates they trust") } else { text };
        let tone = if skipped + distrusted > 0 { Tone::Warn } else { Tone::Good };
        let skipped = read.skipped.into_iter().map(|(name, why)| format!("“{}”: {why}", shown(&name)));
        let distrusted = read.without_authorities.into_iter().map(|name| {
            format!(
                "“{}”: its trusted certificates are left out; paste them under Advanced if you trust them",
                shown(&name)
            )
        });
        let why: Vec<String> = skipped.chain(distrusted).collect();
        fx.notice(NewNotice { details: why.join("\n"), ..NewNotice::new(tone, text) });
    }

    fn open_form(&mut self, profile: Profile, fx: &mut Effects) {
        let waiting = profile.keep_password && !profile.principal.is_empty();
        if waiting {
            fx.push(Effect::FetchSecret { key: profile.secret_key() });
        }
        let secret = if waiting { SecretState::Waiting } else { SecretState::None };
        self.form = Some(Form {
            url_error: None,
            url_note: None,
            url_text: profile.url.as_str().to_owned(),
            profile,
            password: Secret::default(),
            secret,
            test: None,
            connect_when_found: false,
        });
    }

    /// Takes what the user typed or pasted; principal and password in it go where they belong, and out of the text.
    fn change_url(&mut self, text: String) {
        let Some(form) = &mut self.form else { return };
        let was_suggested = form.profile.environment == form.profile.suggested_environment();
        form.url_note = None;
        form.url_text = match split_credentials(&text) {
            None => text,
            Some(Credentials { url, principal, password }) => {
                form.profile.principal = principal;
                if let Some(password) = password {
                    form.password = password;
                    form.secret = SecretState::None;
                }
                drop(Secret::new(text)); // wipes it
                form.url_note = Some("Principal and password were taken out of the URL");
                url
            }
        };
        let read = ServerUrl::parse(&form.url_text);
        let url = ProfileUrl::from(read.as_ref().ok().cloned());
        form.url_error = read.err().map(url_words);
        if form.profile.url != url {
            form.test = None;
            // Another server may speak another version.
            form.profile.agreed_protocol = 0;
            form.profile.url = url;
        }
        if was_suggested {
            form.profile.environment = form.profile.suggested_environment();
        }
    }

    fn save(&mut self, fx: &mut Effects) {
        let Some(form) = &mut self.form else { return };
        if !form.has_url() {
            return;
        }
        let former = self.profiles.list.iter().find(|profile| profile.key == form.profile.key);
        let was_kept = former.is_some_and(|profile| profile.keep_password);
        if form.profile.keep_password && !form.password.is_empty() {
            fx.push(Effect::StoreSecret { key: form.profile.secret_key(), secret: form.password.clone() });
        } else if was_kept && !form.profile.keep_password {
            fx.push(Effect::DeleteSecret { key: form.profile.secret_key() });
        }
        let profile = form.profile.clone();
        match self.profiles.list.iter_mut().find(|p| p.key == profile.key) {
            Some(stored) => *stored = profile,
            None => self.profiles.list.push(profile),
        }
        fx.push(Effect::Save(StoredId::Profiles));
    }

    fn connect(&mut self, fx: &mut Effects) -> Outcome {
        let Some(form) = &mut self.form else { return Outcome::None };
        if !form.has_url() {
            return Outcome::None;
        }
        let Some(form) = self.form.take() else { return Outcome::None };
        if let Some(stored) = self.profiles.list.iter_mut().find(|p| p.key == form.profile.key) {
            stored.last_used_millis = fx.now.millis();
            fx.push(Effect::Save(StoredId::Profiles));
        }
        Outcome::Open {
            name: form.profile.title(),
            key: form.profile.key.clone(),
            environment: form.profile.environment,
            options: Box::new(form.profile.options(password_of(&form), fx.now)),
        }
    }

    fn free_key(&self, now: Timestamp) -> String {
        let mut number = now.millis().max(1);
        while self.profiles.list.iter().any(|p| p.key == format!("{number:x}")) {
            number += 1;
        }
        format!("{number:x}")
    }
}

fn password_of(form: &Form) -> Option<Secret> {
    (!form.password.is_empty()).then(|| form.password.clone())
}

#[cfg(test)]
mod tests;
