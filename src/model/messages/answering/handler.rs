//! One handler: what it takes, how it answers, where it stands, and how it is kept.

use super::form::{Form, Kind, MOST_BY_HAND_SECS, MOST_DELAY_MILLIS};
use crate::client::api::CallError;
use crate::data::value::DataType;
use crate::data::{Timestamp, TopicPath};
use crate::model::change::stored_form::base64_bytes;
use crate::wire::services::message_value::TypedValue;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Which requests a handler takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Those to its path and all below it, which the server hands to it.
    #[default]
    Path,
    /// Those that other sessions address to this one at exactly its path; the server knows nothing of it.
    ThisSession,
}

/// Where a handler stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The registration is on its way.
    Asking,
    /// It takes requests since then.
    Live(Timestamp),
    /// The server said no, or nothing was sent.
    Failed(CallError),
    /// It is of an earlier session or an earlier run.
    NotRegistered,
    /// It was taken back because the connection became read-only.
    Withdrawn,
}

/// A handler.
#[derive(Clone, Debug)]
pub struct Handler {
    /// Its conversation, chosen here.
    pub id: i64,
    /// Which requests it takes.
    pub scope: Scope,
    /// Its path.
    pub path: TopicPath,
    /// How it answers.
    pub kind: Kind,
    /// The fixed answer.
    pub value: Option<TypedValue>,
    /// The text to fail with.
    pub text: String,
    /// Milliseconds after which it answers.
    pub delay_millis: u32,
    /// By how many of them that may differ.
    pub jitter_millis: u32,
    /// Seconds that an answer by hand may take.
    pub by_hand_secs: u32,
    /// Keys of properties of senders that are wanted.
    pub keys: Vec<String>,
    /// Where it stands.
    pub standing: Standing,
    /// Requests so far.
    pub asked: u64,
    /// Of them answered with a value.
    pub answered: u64,
    /// Of them rejected.
    pub failed: u64,
    /// Microseconds until an answer, all together.
    pub answer_micros: u64,
}

impl Handler {
    pub(super) fn of(id: i64, path: TopicPath, form: &Form) -> Self {
        let value = form.draft.checked.clone().ok();
        let value = value.map(|bytes| TypedValue::new(form.draft.data_type.topic_type(), bytes));
        let delay_millis = form.delay_millis.min(MOST_DELAY_MILLIS);
        Self {
            id,
            scope: form.scope,
            path,
            kind: form.kind,
            value: value.filter(|_| form.kind == Kind::Fixed),
            text: form.text.trim().to_owned(),
            delay_millis,
            jitter_millis: form.jitter_millis.min(delay_millis),
            by_hand_secs: form.by_hand_secs.clamp(1, MOST_BY_HAND_SECS),
            keys: if form.scope == Scope::Path { form.key_list() } else { Vec::new() },
            standing: Standing::NotRegistered,
            asked: 0,
            answered: 0,
            failed: 0,
            answer_micros: 0,
        }
    }

    /// Whether it takes requests.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.standing, Standing::Live(_))
    }

    /// Whether requests can come: the server may hand them over before its answer to the registration is read.
    #[must_use]
    pub const fn is_here(&self) -> bool {
        matches!(self.standing, Standing::Live(_) | Standing::Asking)
    }

    /// Microseconds that its answers took on average; none without answers.
    #[must_use]
    pub const fn mean_micros(&self) -> Option<u64> {
        self.answer_micros.checked_div(self.answered)
    }

    /// Microseconds after which this request is answered: the delay, give or take the jitter. What decides is made of
    /// the number of the request, so that the same requests are answered after the same times.
    pub(super) fn delay_micros(&self, number: u64) -> i64 {
        let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let (delay, jitter) = (i64::from(self.delay_millis) * 1000, i64::from(self.jitter_millis) * 1000);
        let span = u64::try_from(2 * jitter + 1).unwrap_or(1);
        delay - jitter + i64::try_from(mixed % span).unwrap_or(0)
    }

    /// How it answers, in words: “fixed, after 300 ms”.
    #[must_use]
    pub fn words(&self) -> String {
        let kind = match self.kind {
            Kind::ByHand => return format!("by hand, within {} s", self.by_hand_secs),
            Kind::Fixed => "fixed",
            Kind::Echo => "echo",
            Kind::Fail => "fails",
            Kind::Never => return "never answers".to_owned(),
        };
        match (self.delay_millis, self.jitter_millis) {
            (0, _) => kind.to_owned(),
            (delay, 0) => format!("{kind}, after {delay} ms"),
            (delay, jitter) => format!("{kind}, after {delay} ± {jitter} ms"),
        }
    }
}

/// A handler as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredHandler {
    scope: Scope,
    path: String,
    kind: Kind,
    data_type: String,
    #[serde(with = "base64_bytes")]
    value: Bytes,
    text: String,
    delay_millis: u32,
    jitter_millis: u32,
    by_hand_secs: u32,
    keys: Vec<String>,
}

impl StoredHandler {
    pub(in crate::model::messages) fn of(handler: &Handler) -> Self {
        let value = handler.value.clone();
        Self {
            scope: handler.scope,
            path: handler.path.as_str().to_owned(),
            kind: handler.kind,
            data_type: value.as_ref().map(|value| value.data_type.clone()).unwrap_or_default(),
            value: value.map(|value| value.content).unwrap_or_default(),
            text: handler.text.clone(),
            delay_millis: handler.delay_millis,
            jitter_millis: handler.jitter_millis,
            by_hand_secs: handler.by_hand_secs,
            keys: handler.keys.clone(),
        }
    }

    /// Bytes of its texts and values.
    pub(in crate::model::messages) fn size(&self) -> usize {
        self.path.len() + self.value.len() + self.text.len() + self.keys.iter().map(String::len).sum::<usize>()
    }

    /// The handler, not registered; none if it cannot be understood.
    pub(super) fn restored(&self, id: i64) -> Option<Handler> {
        let path = TopicPath::parse(&self.path).ok()?;
        let value = match (self.kind, DataType::from_name(&self.data_type)) {
            (Kind::Fixed, Some(data_type)) => Some(TypedValue::new(data_type.topic_type(), self.value.clone())),
            (Kind::Fixed, None) => return None,
            (_, _) => None,
        };
        let delay_millis = self.delay_millis.min(MOST_DELAY_MILLIS);
        Some(Handler {
            id,
            scope: self.scope,
            path,
            kind: self.kind,
            value,
            text: self.text.clone(),
            delay_millis,
            jitter_millis: self.jitter_millis.min(delay_millis),
            by_hand_secs: self.by_hand_secs.clamp(1, MOST_BY_HAND_SECS),
            keys: self.keys.clone(),
            standing: Standing::NotRegistered,
            asked: 0,
            answered: 0,
            failed: 0,
            answer_micros: 0,
        })
    }
}
