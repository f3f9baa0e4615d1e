//! What the panel of sessions says about a session and about the list.

use crate::data::session_filter::read_roles;
use crate::data::session_property as property;
use crate::data::{CloseReason, SessionId, Timestamp};
use crate::model::session_list::rows::{KeyId, Rows, Seen, Session, State};
use crate::model::session_list::view::Field;
use crate::ui::format;
use std::borrow::Cow;

/// Bytes of a value that a cell and the detail show.
pub(super) const SHOWN_BYTES: usize = 1024;

/// The end of a session ID, by which sessions are told apart.
pub(super) fn id_end(id: SessionId) -> String {
    let text = id.to_string();
    format!("…{}", &text[text.len() - 4..])
}

/// Whether it is anonymous; also if its principal was not told.
pub(super) fn is_anonymous(rows: &Rows, session: &Session) -> bool {
    rows.value(session, property::PRINCIPAL).is_none_or(|name| name.is_empty())
}

/// The principal, or that there is none.
pub(super) fn principal<'a>(rows: &Rows, session: &'a Session) -> &'a str {
    match rows.value(session, property::PRINCIPAL) {
        Some(name) if !name.is_empty() => name,
        _ => "anonymous",
    }
}

/// A value with what cannot be told by itself: nothing at all, and an empty text.
pub(super) fn value(value: Option<&str>) -> Cow<'_, str> {
    match value {
        None => "–".into(),
        Some("") => "\"\"".into(),
        Some(text) if text.len() > SHOWN_BYTES => {
            let end = (0..=SHOWN_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            format!("{} ✂", &text[..end]).into()
        }
        Some(text) => text.into(),
    }
}

/// The value of a property as people read it.
pub(super) fn property_text<'a>(rows: &Rows, session: &'a Session, key: KeyId, now: Timestamp) -> Cow<'a, str> {
    let found = session.get(key).map(|text| &**text);
    match (&**rows.key(key), found) {
        (property::PRINCIPAL, _) => principal(rows, session).into(),
        (property::ROLES, Some(text)) => {
            let roles: Vec<String> = read_roles(text).into_iter().collect();
            if roles.is_empty() { "none".into() } else { roles.join(", ").into() }
        }
        (property::LATITUDE | property::LONGITUDE, Some("NaN")) => "unknown".into(),
        (property::EXPIRY_TIME, Some(text)) => match text.parse() {
            Ok(millis) => format::day_clock(Timestamp::from_millis(millis), now).into(),
            Err(_) => text.into(),
        },
        _ => value(found),
    }
}

/// What a cell says.
pub(super) fn field_text<'a>(rows: &Rows, session: &'a Session, field: Field, now: Timestamp) -> Cow<'a, str> {
    match field {
        Field::State => state(session).into(),
        Field::Started => session.started.map_or("–".into(), |at| format::day_clock(at, now).into()),
        Field::Id => id_end(session.id).into(),
        Field::Ended => session.end.map_or("".into(), |end| format::day_clock(end.at, now).into()),
        Field::Reason => session.end.map_or("".into(), |end| reason(end.reason).into()),
        Field::Lived => session.lived_secs(now).map_or("–".into(), |secs| format::age(secs).into()),
        Field::Property(key) => property_text(rows, session, key, now),
    }
}

/// Where a session stands.
pub(super) fn state(session: &Session) -> String {
    match (session.end, session.state) {
        (Some(end), _) => format!("closed at {}", format::clock(end.at)),
        (None, State::Connected) => "connected".to_owned(),
        (None, State::Disconnected(since)) => format!("disconnected since {}", format::clock(since)),
        (None, State::Unknown) => "fetched, not live".to_owned(),
    }
}

/// The name of a reason.
pub(super) fn reason(reason: Option<CloseReason>) -> String {
    reason.map_or_else(|| "closed while not listening".to_owned(), |reason| reason.to_string())
}

/// A reason in a sentence.
pub(super) fn reason_sentence(reason: Option<CloseReason>) -> String {
    match reason {
        None => "Closed while not listening, reason not known".to_owned(),
        Some(reason) => match reason.meaning() {
            Some(meaning) => format!("{reason}: {meaning}"),
            None => reason.to_string(),
        },
    }
}

/// What was seen, in a line.
pub(super) fn seen(rows: &Rows, seen: &Seen) -> String {
    match seen {
        Seen::Opened { already: true } => "was open when listening began".to_owned(),
        Seen::Opened { already: false } => "opened".to_owned(),
        Seen::Changed(key, before, now) => {
            let text = |text: &Option<std::sync::Arc<str>>| value(text.as_deref()).into_owned();
            format!("{}: {} → {}", rows.key(*key), text(before), text(now))
        }
        Seen::Disconnected => "disconnected".to_owned(),
        Seen::Reconnected => "reconnected".to_owned(),
        Seen::FailedOver => "another server of the cluster took it over".to_owned(),
        Seen::Closed(why) => format!("closed, {}", reason(*why)),
    }
}

/// A session as a screen reader says it.
pub(super) fn spoken(rows: &Rows, session: &Session, is_own: bool, is_checked: bool, is_new: bool) -> String {
    let mut parts = vec![principal(rows, session).to_owned(), state(session)];
    parts.extend(session.end.map(|end| reason(end.reason)));
    let marks = [("you", is_own), ("new", is_new), ("checked", is_checked)];
    parts.extend(marks.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word.to_owned()));
    parts.join(", ")
}
