//! What the user writes into the sheet of an act, and the act that it makes.

use super::act::{Act, SETTABLE};
use crate::data::TopicSelector;
use std::collections::BTreeSet;

/// Which act a sheet is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// End sessions.
    Close,
    /// End sessions because who they are no longer counts.
    Revoke,
    /// Take and give roles.
    Roles,
    /// Set and remove properties.
    Properties,
    /// Merge values that wait for the sessions, or not.
    Conflation,
    /// Subscribe the sessions.
    Subscribe,
    /// Unsubscribe the sessions.
    Unsubscribe,
}

/// A text of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Roles to give, separated by commas.
    AddRoles,
    /// Roles to take away, separated by commas.
    RemoveRoles,
    /// Key of the property with this number.
    Key(usize),
    /// Its value.
    Value(usize),
    /// Topic selector.
    Selector,
    /// Scope.
    Scope,
}

/// A property to be set or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyRow {
    /// Its key.
    pub key: String,
    /// The value to be set.
    pub value: String,
    /// Whether it is removed.
    pub is_removed: bool,
}

/// Properties that one act sets or removes at most.
pub const MAX_PROPERTIES: usize = 100;

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Which act.
    pub kind: Kind,
    /// Roles to give.
    pub add_roles: String,
    /// Roles to take away.
    pub remove_roles: String,
    /// Properties.
    pub properties: Vec<PropertyRow>,
    /// Whether conflation is turned on.
    pub conflation_on: bool,
    /// Topic selector.
    pub selector: String,
    /// Scope.
    pub scope: String,
    /// Whether all scopes are meant.
    pub all_scopes: bool,
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            add_roles: String::new(),
            remove_roles: String::new(),
            properties: vec![PropertyRow::default()],
            conflation_on: true,
            selector: String::new(),
            scope: String::new(),
            all_scopes: false,
        }
    }

    /// A form with this act in it.
    #[must_use]
    pub fn of(act: &Act) -> Self {
        match act {
            Act::Close => Self::new(Kind::Close),
            Act::Revoke => Self::new(Kind::Revoke),
            Act::Roles { add, remove } => {
                Self { add_roles: add.join(", "), remove_roles: remove.join(", "), ..Self::new(Kind::Roles) }
            }
            Act::Properties { set, remove } => {
                let set = set.iter().map(|(key, value)| (key, value.clone(), false));
                let removed = remove.iter().map(|key| (key, String::new(), true));
                let row =
                    |(key, value, is_removed): (&String, _, _)| PropertyRow { key: key.clone(), value, is_removed };
                Self { properties: set.chain(removed).map(row).collect(), ..Self::new(Kind::Properties) }
            }
            Act::Conflation { on } => Self { conflation_on: *on, ..Self::new(Kind::Conflation) },
            Act::Subscribe { selector, scope } => {
                Self { selector: selector.clone(), scope: scope.clone(), ..Self::new(Kind::Subscribe) }
            }
            Act::Unsubscribe { selector, scope } => Self {
                selector: selector.clone(),
                scope: scope.clone().unwrap_or_default(),
                all_scopes: scope.is_none(),
                ..Self::new(Kind::Unsubscribe)
            },
        }
    }

    /// Another text of a field.
    pub fn set(&mut self, field: Field, text: String) {
        match field {
            Field::AddRoles => self.add_roles = text,
            Field::RemoveRoles => self.remove_roles = text,
            Field::Key(at) => {
                if let Some(row) = self.properties.get_mut(at) {
                    row.key = text;
                }
            }
            Field::Value(at) => {
                if let Some(row) = self.properties.get_mut(at) {
                    row.value = text;
                }
            }
            Field::Selector => self.selector = text,
            Field::Scope => self.scope = text,
        }
    }

    /// The act as it is written.
    ///
    /// # Errors
    /// Why it is none, in a sentence.
    pub fn act(&self) -> Result<Act, String> {
        match self.kind {
            Kind::Close => Ok(Act::Close),
            Kind::Revoke => Ok(Act::Revoke),
            Kind::Roles => roles_act(roles(&self.add_roles), roles(&self.remove_roles)),
            Kind::Properties => {
                let filled = || self.properties.iter().filter(|row| !row.key.trim().is_empty());
                let key = |row: &PropertyRow| row.key.trim().to_owned();
                let set = filled().filter(|row| !row.is_removed).map(|row| (key(row), row.value.clone())).collect();
                properties_act(set, filled().filter(|row| row.is_removed).map(key).collect())
            }
            Kind::Conflation => Ok(Act::Conflation { on: self.conflation_on }),
            Kind::Subscribe => {
                let (selector, scope) = self.selection()?;
                Ok(Act::Subscribe { selector, scope })
            }
            Kind::Unsubscribe => {
                let (selector, scope) = self.selection()?;
                Ok(Act::Unsubscribe { selector, scope: (!self.all_scopes).then_some(scope) })
            }
        }
    }

    fn selection(&self) -> Result<(String, String), String> {
        if self.selector.trim().is_empty() {
            return Err("Write a topic selector first".to_owned());
        }
        let selector = TopicSelector::parse(self.selector.trim()).map_err(|error| error.located(&self.selector))?;
        if self.scope.starts_with('$') {
            return Err("A scope does not begin with $".to_owned());
        }
        Ok((selector.expression().to_owned(), self.scope.clone()))
    }
}

/// The roles of a text, separated by commas.
#[must_use]
pub fn roles(text: &str) -> Vec<String> {
    let roles: BTreeSet<&str> = text.split(',').map(str::trim).filter(|role| !role.is_empty()).collect();
    roles.into_iter().map(str::to_owned).collect()
}

/// The act that takes and gives these roles.
///
/// # Errors
/// Why there is none, in a sentence.
pub fn roles_act(add: Vec<String>, remove: Vec<String>) -> Result<Act, String> {
    if add.is_empty() && remove.is_empty() {
        return Err("Write a role to add or to take away first".to_owned());
    }
    if let Some(both) = add.iter().find(|role| remove.contains(role)) {
        return Err(format!("{both} cannot be both added and taken away"));
    }
    Ok(Act::Roles { add, remove })
}

/// The act that sets and removes these properties.
///
/// # Errors
/// Why there is none, in a sentence.
pub fn properties_act(set: Vec<(String, String)>, remove: Vec<String>) -> Result<Act, String> {
    let mut keys = BTreeSet::new();
    for key in set.iter().map(|(key, _)| key).chain(&remove) {
        if key.is_empty() {
            return Err("A property has a key that is not empty".to_owned());
        }
        if !keys.insert(key) {
            return Err(format!("{key} is there twice"));
        }
    }
    if keys.is_empty() {
        return Err("Write the key of a property first".to_owned());
    }
    if keys.len() > MAX_PROPERTIES {
        return Err(format!("At most {MAX_PROPERTIES} properties are set at once"));
    }
    if let Some((key, _)) = set.iter().find(|(key, _)| key.starts_with('$') && !SETTABLE.contains(&key.as_str())) {
        return Err(format!("{key} cannot be set; of the fixed properties only {} can", SETTABLE.join(", ")));
    }
    if let Some(key) = remove.iter().find(|key| key.starts_with('$')) {
        return Err(format!("{key} is a fixed property and cannot be removed"));
    }
    Ok(Act::Properties { set, remove })
}
