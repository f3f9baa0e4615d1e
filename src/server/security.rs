//! Who may connect and what a session may do: principals, roles, permissions, and the default stores.

use crate::wire::handshake::Credentials;
use std::collections::{BTreeMap, BTreeSet};

macro_rules! permissions {
    ($(#[$meta:meta])* $name:ident: $($(#[$vmeta:meta])* $variant:ident = $bit:literal,)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            /// No permission.
            pub const NONE: Self = Self(0);
            $($(#[$vmeta])* pub const $variant: Self = Self(1 << $bit);)*

            /// Both together.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether all of `other` are there.
            #[must_use]
            pub const fn has(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }
    };
}

permissions! {
    /// Permissions at a path.
    PathPermissions:
    /// Use a selector with this prefix.
    SELECT_TOPIC = 0,
    /// See topics and their values.
    READ_TOPIC = 1,
    /// Set values.
    UPDATE_TOPIC = 2,
    /// Add and remove topics.
    MODIFY_TOPIC = 3,
    /// Send messages to handlers.
    SEND_TO_MESSAGE_HANDLER = 4,
    /// Send messages to sessions.
    SEND_TO_SESSION = 5,
    /// Take locks.
    ACQUIRE_LOCK = 6,
    /// Use a branch in a mapping.
    EXPOSE_BRANCH = 7,
    /// See events of time series that were edited away.
    QUERY_OBSOLETE_TIME_SERIES_EVENTS = 8,
    /// Edit every event of a time series.
    EDIT_TIME_SERIES_EVENTS = 9,
    /// Edit one's own events of a time series.
    EDIT_OWN_TIME_SERIES_EVENTS = 10,
}

permissions! {
    /// Permissions without a path.
    GlobalPermissions:
    /// See other sessions.
    VIEW_SESSION = 0,
    /// Change other sessions.
    MODIFY_SESSION = 1,
    /// Register handlers.
    REGISTER_HANDLER = 2,
    /// Decide who may connect.
    AUTHENTICATE = 3,
    /// See the server.
    VIEW_SERVER = 4,
    /// Control the server.
    CONTROL_SERVER = 5,
    /// Read the stores.
    VIEW_SECURITY = 6,
    /// Change the stores.
    MODIFY_SECURITY = 7,
    /// See topic views.
    READ_TOPIC_VIEWS = 8,
    /// Change topic views.
    MODIFY_TOPIC_VIEWS = 9,
}

/// What a role gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Permissions without a path.
    pub global: GlobalPermissions,
    /// Permissions at paths where nothing nearer is assigned.
    pub default_path: PathPermissions,
    /// Roles included in this one.
    pub includes: Vec<String>,
}

/// A principal that may connect with its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its password.
    pub password: crate::data::Secret,
    /// Its roles.
    pub roles: Vec<String>,
}

/// Both stores: who may connect, and what roles may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// Principals by name.
    pub principals: BTreeMap<String, Principal>,
    /// Roles of anonymous sessions; none if such sessions are refused.
    pub anonymous: Option<Vec<String>>,
    /// Roles every named session has besides its own.
    pub named: Vec<String>,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Assignments at a path, by role.
    pub paths: BTreeMap<String, BTreeMap<String, PathPermissions>>,
    /// Paths that inherit nothing.
    pub isolated: BTreeSet<String>,
}

impl Security {
    /// The stores of a server that nobody has changed yet.
    #[must_use]
    pub fn standard() -> Self {
        type G = GlobalPermissions;
        type P = PathPermissions;
        let client = P::READ_TOPIC.and(P::SELECT_TOPIC).and(P::SEND_TO_MESSAGE_HANDLER);
        let topics = P::MODIFY_TOPIC.and(P::UPDATE_TOPIC);
        let views = G::READ_TOPIC_VIEWS.and(G::MODIFY_TOPIC_VIEWS);
        let sessions = G::VIEW_SESSION.and(G::MODIFY_SESSION).and(G::REGISTER_HANDLER);
        let everything = sessions
            .and(views)
            .and(G::VIEW_SERVER)
            .and(G::CONTROL_SERVER)
            .and(G::VIEW_SECURITY)
            .and(G::MODIFY_SECURITY);
        // The documented stores give nobody the three permissions for time series. Administrators have them here, or
        // nobody could try edits without writing a store first.
        let series =
            P::QUERY_OBSOLETE_TIME_SERIES_EVENTS.and(P::EDIT_TIME_SERIES_EVENTS).and(P::EDIT_OWN_TIME_SERIES_EVENTS);
        let all_paths =
            client.and(topics).and(series).and(P::SEND_TO_SESSION).and(P::ACQUIRE_LOCK).and(P::EXPOSE_BRANCH);
        // Role, permissions without a path, default path permissions, permissions in the server's own branch.
        let table = [
            ("CLIENT", G::NONE, client, P::NONE),
            ("TOPIC_CONTROL", views, client.and(topics).and(P::ACQUIRE_LOCK), P::NONE),
            ("CLIENT_CONTROL", sessions, client.and(P::SEND_TO_SESSION).and(P::ACQUIRE_LOCK), P::NONE),
            ("AUTHENTICATION_HANDLER", G::AUTHENTICATE.and(G::REGISTER_HANDLER), client, P::NONE),
            ("OPERATOR", G::VIEW_SESSION.and(G::VIEW_SERVER), client, client),
            ("ADMINISTRATOR", everything, all_paths, client.and(topics)),
        ];
        let mut out = Self { named: owned(&["CLIENT"]), anonymous: Some(owned(&["CLIENT"])), ..Self::default() };
        let own_branch = out.paths.entry("Diffusion".to_owned()).or_default();
        for (name, global, default_path, server_branch) in table {
            out.roles.insert(name.to_owned(), Role { global, default_path, includes: Vec::new() });
            own_branch.insert(name.to_owned(), server_branch);
        }
        let includes = owned(&["ADMINISTRATOR"]);
        out.roles.insert("JMX_ADMINISTRATOR".to_owned(), Role { includes, ..Role::default() });
        for (name, roles) in [
            ("client", &["CLIENT"][..]),
            ("control", &["CLIENT_CONTROL", "TOPIC_CONTROL", "AUTHENTICATION_HANDLER"]),
            ("admin", &["ADMINISTRATOR"]),
            ("operator", &["OPERATOR"]),
        ] {
            let password = crate::data::Secret::new("password");
            out.principals.insert(name.to_owned(), Principal { password, roles: owned(roles) });
        }
        out
    }

    /// The roles of a session that connects so, or none if it may not.
    #[must_use]
    pub fn authenticate(&self, principal: &str, credentials: &Credentials) -> Option<Vec<String>> {
        if principal.is_empty() {
            return self.anonymous.clone();
        }
        let known = self.principals.get(principal)?;
        let right = match credentials {
            Credentials::Password(password) => *password == known.password,
            Credentials::None => known.password.is_empty(),
            Credentials::Custom(_) => false,
        };
        right.then(|| {
            let mut roles = known.roles.clone();
            roles.extend(self.named.iter().filter(|r| !known.roles.contains(r)).cloned());
            roles
        })
    }

    /// The roles given and all they include.
    #[must_use]
    pub fn effective_roles(&self, roles: &[String]) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        let mut waiting: Vec<&str> = roles.iter().map(String::as_str).collect();
        while let Some(role) = waiting.pop() {
            if out.insert(role.to_owned()) {
                waiting.extend(self.roles.get(role).into_iter().flat_map(|r| r.includes.iter().map(String::as_str)));
            }
        }
        out
    }

    /// What effective roles may do without a path.
    #[must_use]
    pub fn global(&self, effective: &BTreeSet<String>) -> GlobalPermissions {
        effective
            .iter()
            .filter_map(|role| self.roles.get(role))
            .fold(GlobalPermissions::NONE, |sum, role| sum.and(role.global))
    }

    /// What effective roles may do at a path: the nearest level with an assignment decides for all of them.
    #[must_use]
    pub fn at_path(&self, effective: &BTreeSet<String>, path: &str) -> PathPermissions {
        let mut level = path;
        while !level.is_empty() {
            if let Some(assignments) = self.paths.get(level) {
                let mut here = effective.iter().filter_map(|role| assignments.get(role)).peekable();
                if here.peek().is_some() {
                    return here.fold(PathPermissions::NONE, |sum, p| sum.and(*p));
                }
            }
            if self.isolated.contains(level) {
                return PathPermissions::NONE;
            }
            level = level.rfind('/').map_or("", |at| &level[..at]);
        }
        effective
            .iter()
            .filter_map(|role| self.roles.get(role))
            .fold(PathPermissions::NONE, |sum, role| sum.and(role.default_path))
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Secret;
    type P = PathPermissions;

    fn effective(security: &Security, roles: &[&str]) -> BTreeSet<String> {
        security.effective_roles(&owned(roles))
    }

    #[test]
    fn the_example_store() {
        let mut s = Security::default();
        let read_select = P::READ_TOPIC.and(P::SELECT_TOPIC);
        let role =
            |default_path, includes: &[&str]| Role { default_path, includes: owned(includes), ..Role::default() };
        s.roles.insert("CLIENT".into(), role(read_select, &[]));
        s.roles.insert("BOSS".into(), role(P::MODIFY_TOPIC, &["CLIENT", "AUDIT"]));
        for (path, role, permissions) in [
            ("a", "CLIENT", P::UPDATE_TOPIC),
            ("a/b", "AUDIT", P::READ_TOPIC),
            ("a/b/hidden", "CLIENT", P::NONE),
            ("secret/log", "AUDIT", P::READ_TOPIC),
        ] {
            s.paths.entry(path.into()).or_default().insert(role.into(), permissions);
        }
        s.isolated = ["secret".to_owned(), "a/iso".to_owned()].into();
        for (roles, path, expected) in [
            (&["CLIENT"][..], "x/y", read_select),
            (&["CLIENT"], "a", P::UPDATE_TOPIC),
            (&["CLIENT"], "a/c/d", P::UPDATE_TOPIC),
            (&["CLIENT"], "a/b", P::UPDATE_TOPIC),
            (&["AUDIT"], "a/b", P::READ_TOPIC),
            (&["AUDIT"], "a/b/c", P::READ_TOPIC),
            (&["AUDIT"], "a", P::NONE),
            (&["CLIENT", "AUDIT"], "a/b", P::READ_TOPIC),
            (&["BOSS"], "a/b", P::READ_TOPIC),
            (&["BOSS"], "x", read_select.and(P::MODIFY_TOPIC)),
            (&["CLIENT"], "a/b/hidden/z", P::NONE),
            (&["CLIENT"], "secret", P::NONE),
            (&["CLIENT"], "secret/log", P::NONE),
            (&["AUDIT"], "secret/log/1", P::READ_TOPIC),
            (&["CLIENT"], "a/iso/x", P::NONE),
            (&["CLIENT"], "ab", read_select),
        ] {
            assert_eq!(s.at_path(&effective(&s, roles), path), expected, "{roles:?} at {path}");
        }
    }

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
    fn standard_roles() {
        let s = Security::standard();
        let control = effective(&s, &["CLIENT_CONTROL", "TOPIC_CONTROL"]);
        assert!(s.at_path(&control, "a").has(P::MODIFY_TOPIC.and(P::UPDATE_TOPIC)));
        assert!(!s.at_path(&control, "Diffusion/Metrics").has(P::READ_TOPIC));
        let jmx = effective(&s, &["JMX_ADMINISTRATOR"]);
        assert!(s.at_path(&jmx, "Diffusion/Metrics").has(P::UPDATE_TOPIC));
        assert!(s.global(&jmx).has(GlobalPermissions::MODIFY_SECURITY));
        assert!(!s.global(&control).has(GlobalPermissions::VIEW_SECURITY));
    }
}
