//! Who may connect, and the stores of a server that nobody has changed yet.

use super::properties::{check_key, is_fixed};
use crate::data::Secret;
use crate::data::security::{GlobalPermissions, PathPermissions, Role, SecurityStore};
use crate::data::session_filter::SessionFilter;
use crate::data::syntax::{SyntaxError, quoted};
use crate::wire::handshake::Credentials;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A principal that may connect with its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its password.
    pub password: Secret,
    /// Its roles.
    pub roles: Vec<String>,
}

/// Bytes of a proposed value that can be trusted.
const MAX_TRUSTED_BYTES: usize = 256;

/// Which values of a proposed property are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedValues {
    /// These.
    OneOf(BTreeSet<String>),
    /// Those that a regular expression matches as a whole.
    Matching(ValuePattern),
}

/// A regular expression for values of a property.
#[derive(Clone, Debug)]
pub struct ValuePattern {
    text: String,
    compiled: SessionFilter,
}

impl PartialEq for ValuePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ValuePattern {}

impl ValuePattern {
    /// Reads a regular expression, in the form that session filters have them.
    ///
    /// # Errors
    /// It cannot be read, or it costs too much.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let compiled = SessionFilter::parse(&format!("value matches {}", quoted(text)))?;
        Ok(Self { text: text.to_owned(), compiled })
    }
}

impl TrustedValues {
    /// Whether a value is one of them.
    fn allow(&self, value: &str) -> bool {
        match self {
            Self::OneOf(values) => values.contains(value),
            Self::Matching(pattern) => pattern.compiled.selects(|_| Some(Cow::Borrowed(value))),
        }
    }
}

/// Both stores: who may connect, and what roles may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// Principals by name.
    pub principals: BTreeMap<String, Principal>,
    /// Roles of anonymous sessions; none if such sessions are refused.
    pub anonymous: Option<Vec<String>>,
    /// Which user-defined properties a client may give its session when it logs in, and with which values.
    pub trusted_properties: BTreeMap<String, TrustedValues>,
    /// What roles may do, and the roles that sessions have besides those given here.
    pub store: SecurityStore,
}

impl Security {
    /// The stores of a server that nobody has changed yet.
    #[must_use]
    pub fn standard() -> Self {
        type G = GlobalPermissions;
        type P = PathPermissions;
        let client = P::READ_TOPIC.union(P::SELECT_TOPIC).union(P::SEND_TO_MESSAGE_HANDLER);
        let topics = P::MODIFY_TOPIC.union(P::UPDATE_TOPIC);
        let views = G::READ_TOPIC_VIEWS.union(G::MODIFY_TOPIC_VIEWS);
        let sessions = G::VIEW_SESSION.union(G::MODIFY_SESSION).union(G::REGISTER_HANDLER);
        let everything = sessions
            .union(views)
            .union(G::VIEW_SERVER)
            .union(G::CONTROL_SERVER)
            .union(G::VIEW_SECURITY)
            .union(G::MODIFY_SECURITY);
        // The documented stores give nobody the three permissions for time series. Administrators have them here, or
        // nobody could try edits without writing a store first.
        let series = P::QUERY_OBSOLETE_TIME_SERIES_EVENTS
            .union(P::EDIT_TIME_SERIES_EVENTS)
            .union(P::EDIT_OWN_TIME_SERIES_EVENTS);
        let all_paths =
            client.union(topics).union(series).union(P::SEND_TO_SESSION).union(P::ACQUIRE_LOCK).union(P::EXPOSE_BRANCH);
        // Role, permissions without a path, default path permissions, permissions in the server's own branch.
        let table = [
            ("CLIENT", G::NONE, client, P::NONE),
            ("TOPIC_CONTROL", views, client.union(topics).union(P::ACQUIRE_LOCK), P::NONE),
            ("CLIENT_CONTROL", sessions, client.union(P::SEND_TO_SESSION).union(P::ACQUIRE_LOCK), P::NONE),
            ("AUTHENTICATION_HANDLER", G::AUTHENTICATE.union(G::REGISTER_HANDLER), client, P::NONE),
            ("OPERATOR", G::VIEW_SESSION.union(G::VIEW_SERVER), client, client),
            ("ADMINISTRATOR", everything, all_paths, client.union(topics)),
        ];
        let client_role = || owned(&["CLIENT"]);
        let mut store =
            SecurityStore { anonymous_roles: client_role(), named_roles: client_role(), ..SecurityStore::default() };
        for (name, global, default_path, server_branch) in table {
            store.roles.insert(name.to_owned(), Role { global, default_path, includes: Vec::new() });
            store.set_entry("Diffusion", name, server_branch);
        }
        let includes = owned(&["ADMINISTRATOR"]);
        store.roles.insert("JMX_ADMINISTRATOR".to_owned(), Role { includes, ..Role::default() });
        let mut out = Self { anonymous: Some(client_role()), store, ..Self::default() };
        for (name, roles) in [
            ("client", &["CLIENT"][..]),
            ("control", &["CLIENT_CONTROL", "TOPIC_CONTROL", "AUTHENTICATION_HANDLER"]),
            ("admin", &["ADMINISTRATOR"]),
            ("operator", &["OPERATOR"]),
        ] {
            let password = Secret::new("password");
            out.principals.insert(name.to_owned(), Principal { password, roles: owned(roles) });
        }
        // The documented store trusts no properties. Those of the demonstration are trusted here, or nobody could try
        // filters by them without writing a store first.
        let one_of = |values: &[&str]| TrustedValues::OneOf(owned(values).into_iter().collect());
        let matching = |text: &str| ValuePattern::parse(text).map(TrustedValues::Matching);
        let trusted = [
            ("desk", matching("[a-z][a-z0-9-]{0,31}")),
            ("tier", Ok(one_of(&["1", "2", "3", "gold", "silver", "bronze"]))),
            ("DEPARTMENT", matching("[A-Za-z][A-Za-z ]{0,31}")),
        ];
        out.trusted_properties =
            trusted.into_iter().filter_map(|(key, values)| Some((key.to_owned(), values.ok()?))).collect();
        out
    }

    /// Those of the properties that a client proposes which are kept. Others are left out without an error.
    pub(super) fn trusted(
        &self,
        proposed: impl IntoIterator<Item = (String, String)>,
    ) -> impl Iterator<Item = (String, String)> {
        // A key that is proposed more than once has its last value, and is looked at once.
        let proposed: BTreeMap<String, String> = proposed.into_iter().collect();
        let is_kept = |key: &str, value: &str| {
            let rule = self.trusted_properties.get(key).filter(|_| !is_fixed(key) && check_key(key).is_ok());
            value.len() <= MAX_TRUSTED_BYTES && rule.is_some_and(|rule| rule.allow(value))
        };
        proposed.into_iter().filter(move |(key, value)| is_kept(key, value))
    }

    /// The roles of a session that connects so, or none if it may not: those of its principal, or of anonymous
    /// sessions, and the default roles of the security store.
    #[must_use]
    pub fn authenticate(&self, principal: &str, credentials: &Credentials) -> Option<Vec<String>> {
        let (assigned, defaults) = if principal.is_empty() {
            (self.anonymous.as_ref()?, &self.store.anonymous_roles)
        } else {
            let known = self.principals.get(principal)?;
            let right = match credentials {
                Credentials::Password(password) => *password == known.password,
                Credentials::None => known.password.is_empty(),
                Credentials::Custom(_) => false,
            };
            (right.then_some(&known.roles)?, &self.store.named_roles)
        };
        let more = defaults.iter().filter(|role| !assigned.contains(role));
        Some(assigned.iter().chain(more).cloned().collect())
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    type P = PathPermissions;

    #[test]
    fn authentication_with_the_standard_store() {
        let s = Security::standard();
        let password = |text: &str| Credentials::Password(Secret::new(text));
        assert!(s.authenticate("", &Credentials::None).is_some());
        assert_eq!(s.authenticate("admin", &password("password")), Some(owned(&["ADMINISTRATOR", "CLIENT"])));
        assert_eq!(s.authenticate("admin", &password("wrong")), None);
        assert_eq!(s.authenticate("admin", &Credentials::None), None);
        assert_eq!(s.authenticate("admin", &Credentials::Custom("password".into())), None);
        assert_eq!(s.authenticate("nobody", &password("password")), None);
    }

    #[test]
    fn proposed_properties_are_kept_only_with_trusted_values() {
        let mut security = Security::standard();
        let any = TrustedValues::Matching(ValuePattern::parse(".*").expect("a pattern"));
        security.trusted_properties.insert("$Country".to_owned(), any.clone());
        security.trusted_properties.insert("not a key".to_owned(), any);
        assert!(ValuePattern::parse("(").is_err());
        let long = "a".repeat(MAX_TRUSTED_BYTES + 1);
        let proposed = [
            ("desk", "FX 1"),
            ("desk", "fx-1"),
            ("DEPARTMENT", "Head Office"),
            ("not a key", "x"),
            ("other", "x"),
            ("$Country", "DE"),
        ];
        let kept = |proposed: &[(&str, &str)]| {
            let owned = proposed.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
            let kept: Vec<_> = security.trusted(owned).map(|(key, value)| format!("{key}={value}")).collect();
            kept.join(" ")
        };
        assert_eq!(kept(&proposed), "DEPARTMENT=Head Office desk=fx-1");
        for refused in [("desk", long.as_str()), ("desk", "FX"), ("tier", "golden"), ("tier", "")] {
            assert_eq!(kept(&[refused]), "");
        }
    }

    #[test]
    fn standard_roles() {
        let store = Security::standard().store;
        let control = store.effective_roles(["CLIENT_CONTROL", "TOPIC_CONTROL"]);
        assert!(store.at_path(&control, "a").permissions.contains(P::MODIFY_TOPIC.union(P::UPDATE_TOPIC)));
        assert!(!store.at_path(&control, "Diffusion/Metrics").permissions.contains(P::READ_TOPIC));
        let jmx = store.effective_roles(["JMX_ADMINISTRATOR"]);
        assert!(store.at_path(&jmx, "Diffusion/Metrics").permissions.contains(P::UPDATE_TOPIC));
        assert!(store.global(&jmx).contains(GlobalPermissions::MODIFY_SECURITY));
        assert!(!store.global(&control).contains(GlobalPermissions::VIEW_SECURITY));
    }
}
