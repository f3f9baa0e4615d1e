//! The permissions of the protocol, with its numbers, and sets of them.

use std::fmt;

macro_rules! permissions {
    (
        $(#[$one_meta:meta])* $one:ident,
        $(#[$set_meta:meta])* $set:ident:
        $($(#[$meta:meta])* $variant:ident $name:ident = $number:literal,)*
    ) => {
        $(#[$one_meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $one {
            $($(#[$meta])* $variant = $number,)*
        }

        impl $one {
            /// Every permission, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The number in messages.
            #[must_use]
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The permission of a number in messages, if it is known.
            #[must_use]
            pub fn of_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.number() == number)
            }

            /// The name in scripts.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)*
                }
            }
        }

        impl From<$one> for $set {
            fn from(one: $one) -> Self {
                Self(1 << one.number())
            }
        }

        $(#[$set_meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $set(u32);

        impl $set {
            /// No permission.
            pub const NONE: Self = Self(0);
            $($(#[$meta])* pub const $name: Self = Self(1 << $number);)*

            /// What is in one or the other.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether all of `other` are in it.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether there is none.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Its permissions, by number.
            pub fn iter(self) -> impl Iterator<Item = $one> {
                $one::ALL.iter().copied().filter(move |one| self.contains((*one).into()))
            }
        }

        impl FromIterator<$set> for $set {
            fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
                sets.into_iter().fold(Self::NONE, Self::union)
            }
        }

        /// The names with spaces between them, as a list of a script has them.
        impl fmt::Display for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (at, one) in self.iter().enumerate() {
                    if at > 0 {
                        f.write_str(" ")?;
                    }
                    f.write_str(one.name())?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "[{self}]")
            }
        }
    };
}

permissions! {
    /// A permission at a path. Number 10 stands for one that a client does not know and cannot be given.
    PathPermission,
    /// Permissions at a path.
    PathPermissions:
    /// Receive the topic; without it the topic is left out of subscriptions and fetches.
    ReadTopic READ_TOPIC = 0,
    /// Update the topic.
    UpdateTopic UPDATE_TOPIC = 1,
    /// Add and remove topics.
    ModifyTopic MODIFY_TOPIC = 2,
    /// Send requests to handlers of the path.
    SendToMessageHandler SEND_TO_MESSAGE_HANDLER = 3,
    /// Send requests to sessions.
    SendToSession SEND_TO_SESSION = 4,
    /// Use a selector whose path prefix this is, for subscriptions and fetches.
    SelectTopic SELECT_TOPIC = 5,
    /// Query events of a time series that were replaced by edits.
    QueryObsoleteTimeSeriesEvents QUERY_OBSOLETE_TIME_SERIES_EVENTS = 6,
    /// Edit every event of a time series.
    EditTimeSeriesEvents EDIT_TIME_SERIES_EVENTS = 7,
    /// Edit the events of a time series that the same principal appended.
    EditOwnTimeSeriesEvents EDIT_OWN_TIME_SERIES_EVENTS = 8,
    /// Acquire the session lock whose name this is.
    AcquireLock ACQUIRE_LOCK = 9,
    /// Name the path as a topic tree branch of a branch mapping.
    ExposeBranch EXPOSE_BRANCH = 11,
}

permissions! {
    /// A permission without a path. Number 8 stands for one that a client does not know and cannot be given.
    GlobalPermission,
    /// Permissions without a path.
    GlobalPermissions:
    /// Register an authenticator, with `REGISTER_HANDLER`.
    Authenticate AUTHENTICATE = 0,
    /// List sessions, listen to them and read their properties.
    ViewSession VIEW_SESSION = 1,
    /// Change, close and unsubscribe other sessions.
    ModifySession MODIFY_SESSION = 2,
    /// Register any handler or listener.
    RegisterHandler REGISTER_HANDLER = 3,
    /// Read the state of the server.
    ViewServer VIEW_SERVER = 4,
    /// Change the state of the server.
    ControlServer CONTROL_SERVER = 5,
    /// Read both security stores.
    ViewSecurity VIEW_SECURITY = 6,
    /// Change both security stores.
    ModifySecurity MODIFY_SECURITY = 7,
    /// List topic views.
    ReadTopicViews READ_TOPIC_VIEWS = 9,
    /// Create and remove topic views.
    ModifyTopicViews MODIFY_TOPIC_VIEWS = 10,
}

impl PathPermissions {
    /// What the principal in the `OWNER` property of a topic may do with that topic beside its roles.
    pub const OF_OWNER: Self = Self::READ_TOPIC.union(Self::UPDATE_TOPIC).union(Self::MODIFY_TOPIC);
}
