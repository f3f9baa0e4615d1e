//! The connection dialog: what is typed, the password, and the test.

use super::Profile;
use crate::client::api::{Step, StepReport};
use crate::data::server_url::ServerUrlError;
use crate::data::{Secret, ServerUrl, Timestamp};

/// Where the dialog's password comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SecretState {
    /// Nothing is stored for this profile.
    #[default]
    None,
    /// Waiting for the system keyring.
    Waiting,
    /// It came from the keychain.
    Found,
    /// The keychain cannot be used; in words.
    Unavailable(String),
}

/// The connection dialog.
#[derive(Clone, Debug)]
pub struct Form {
    /// The profile as edited.
    pub profile: Profile,
    /// The URL as typed; the profile has it once it can be used.
    pub url_text: String,
    /// What was done to the text of the URL besides what the user typed.
    pub url_note: Option<&'static str>,
    /// The password as typed or found; wiped with the form.
    pub password: Secret,
    /// Where it came from.
    pub secret: SecretState,
    /// Why the URL cannot be used; none if it can.
    pub url_error: Option<String>,
    /// Reports of the test under way or done.
    pub test: Option<Test>,
    /// Whether to connect as soon as the keychain has given the password.
    pub connect_when_found: bool,
}

impl Form {
    /// Whether the URL can be used; says why not.
    pub(super) fn has_url(&mut self) -> bool {
        self.url_error = ServerUrl::parse(&self.url_text).err().map(url_words);
        self.url_error.is_none()
    }
}

/// Why a text cannot be used as a server's URL, and what to write.
pub(super) fn url_words(why: ServerUrlError) -> String {
    match why {
        ServerUrlError::Empty => "Enter the server's URL, for example ws://localhost:8080".into(),
        ServerUrlError::Scheme => "Use ws:// or wss://".into(),
        why => crate::model::letter_case::capitalized(&why.to_string()),
    }
}

/// A connection test.
#[derive(Clone, Debug, Default)]
pub struct Test {
    /// Finished steps in order.
    pub reports: Vec<StepReport>,
    /// When it began.
    pub started: Timestamp,
    /// Whether no more comes.
    pub done: bool,
}

impl Test {
    /// The step being tried now.
    #[must_use]
    pub fn current(&self) -> Option<Step> {
        if self.done {
            return None;
        }
        match self.reports.last() {
            Some(report) if report.was_refused() => Some(report.step),
            Some(report) => {
                let after = Step::ALL.iter().position(|step| *step == report.step)? + 1;
                Step::ALL.get(after).copied()
            }
            None => Step::ALL.first().copied(),
        }
    }
}
