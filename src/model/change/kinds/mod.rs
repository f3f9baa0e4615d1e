//! The list of kinds of changes; one file each. A new kind is one file and one line in `changes!`.

use super::server_change::{CommandWords, Danger, Preview, ServerChange, Target, TouchedTopics};
use super::{ChangeOutcome, ChangeResult, Guard, PreparedCall, Snapshot};
use crate::data::{TopicPath, TopicSpec};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One method of [`Change`] for each row, which asks the kind.
macro_rules! delegate {
    (@one ($($name:ident)*) $(#[$doc:meta])* $method:ident [$($argument:ident: $type:ty),*] $call:tt -> $out:ty) => {
        $(#[$doc])*
        #[must_use]
        pub fn $method(&self, $($argument: $type),*) -> $out {
            match self { $(Self::$name(change) => change.$method $call,)* }
        }
    };
    ($names:tt $($(#[$doc:meta])* $method:ident($($argument:ident: $type:ty),*) -> $out:ty;)*) => {
        impl Change {
            $(delegate! { @one $names $(#[$doc])* $method [$($argument: $type),*] ($($argument),*) -> $out })*
        }
    };
}

/// Declares the module of each kind, the enumeration of all, and hands every question on to the kind.
macro_rules! changes {
    ($($module:ident :: $name:ident,)*) => {
        $(mod $module; pub use $module::$name;)*

        /// A change of the server.
        ///
        /// In stored journals `act` is the name of the variant in kebab-case; a variant is never renamed.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "act", rename_all = "kebab-case")]
        pub enum Change {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name),)*
        }

        $(impl From<$name> for Change {
            fn from(change: $name) -> Self { Self::$name(change) }
        })*

        impl Change {
            /// Ids of every service that is called as part of a change.
            pub const SERVICES: &'static [&'static [u32]] = &[$($name::SERVICES,)*];

            /// The samples of every kind, with one outcome that each can have.
            #[cfg(test)]
            pub(in crate::model) fn samples() -> Vec<(Self, ChangeOutcome)> {
                let mut all = Vec::new();
                $(all.extend($name::samples().into_iter().map(|(change, outcome)| (Self::from(change), outcome)));)*
                all
            }
        }

        delegate! { ($($name)*)
            /// What it concerns.
            target() -> Target<'_>;
            /// The act in the infinitive, for “Cannot …”.
            infinitive() -> String;
            /// The title of the sheet and of the entry in the journal.
            title() -> String;
            /// The text of the button that sends it.
            button() -> String;
            /// The act when it is done.
            done_text(outcome: &ChangeOutcome) -> String;
            /// What it does where it undoes another change, shown before it is sent.
            undo_text() -> String;
            /// The outcome in one word, for programs that read the output of a command.
            outcome_word(outcome: &ChangeOutcome) -> &'static str;
            /// The call that does it.
            prepared() -> PreparedCall;
            /// The change that puts back what was there; none where that is not possible or not known.
            undo(before: &Snapshot, outcome: &ChangeOutcome) -> Option<Change>;
            /// What must still be true when it arrives; none for kinds without a guard.
            guard() -> Option<&Guard>;
            /// The value at the target afterwards, if it is known beforehand.
            value_after() -> Option<&Bytes>;
            /// Bytes of its own content that may be large: values, texts.
            content_bytes() -> usize;
            /// How the values before and after are decoded; none where that is not known.
            value_spec(before: &Snapshot) -> Option<TopicSpec>;
            /// Its content, for the sheet and the journal; `result` is there once it is answered.
            preview(before: &Snapshot, result: Option<&ChangeResult>) -> Preview;
            /// What is at the target afterwards, in one line for lists.
            after_text(before: &Snapshot, result: Option<&ChangeResult>) -> String;
            /// A smaller change that does the same; none if there is none.
            smaller(before: &Snapshot) -> Option<Change>;
            /// Which part of the topic tree may look different afterwards.
            touched_topics() -> TouchedTopics<'_>;
            /// The command that does the same; none where no command does.
            command() -> Option<CommandWords>;
        }

        impl Change {
            /// The act in one or two words for lists.
            #[must_use]
            pub const fn verb(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::VERB,)* }
            }

            /// The permissions that it needs at its target, as a sentence names them.
            #[must_use]
            pub const fn permission(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::PERMISSION,)* }
            }

            /// How much it can do.
            #[must_use]
            pub const fn danger(&self) -> Danger {
                match self { $(Self::$name(_) => $name::DANGER,)* }
            }

            /// Gives it another guard; kinds without a guard stay as they are.
            pub fn set_guard(&mut self, guard: Guard) {
                match self { $(Self::$name(change) => change.set_guard(guard),)* }
            }
        }
    };
}

changes! {
    set::Set,
    patch::Patch,
    add::Add,
    add_and_set::AddAndSet,
    remove::Remove,
    append::Append,
    edit_event::EditEvent,
    stream::Stream,
    lock_acquire::LockAcquire,
    lock_release::LockRelease,
    session_act::SessionAct,
}

impl Change {
    /// Bytes that it holds in values and texts, with those of its guard.
    #[must_use]
    pub fn weight(&self) -> usize {
        let guard = if let Some(Guard::StillValue(value)) = self.guard() { value.len() } else { 0 };
        self.content_bytes() + guard
    }

    /// The topic path that it concerns; none where it is not exactly one topic.
    #[must_use]
    pub fn path(&self) -> Option<&TopicPath> {
        self.target().path
    }
}
