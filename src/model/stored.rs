//! What is kept between runs of the program: each a small type with a version, all in one list.
//!
//! To keep something new: a type with `#[serde(default)]`, `impl Stored` for it, and one line in `stored! { … }`. It is
//! then loaded at the start, and written after [`super::effects::Effect::Save`]. Reading never fails: what cannot be
//! understood stands at its default, and the user is told. Samples of what earlier versions wrote are in
//! `tests/samples/stored`. The journal is not here: it is a file that only grows ([`super::journal::stored`]).

use super::{Model, connections, editor, messages, settings};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Something of the model that is kept in a file of its own.
pub trait Stored: Default + Serialize + DeserializeOwned + Send + 'static {
    /// Name of the file without its ending: lower-case letters, digits and hyphens. Never changed.
    const NAME: &'static str;
    /// Version of the form, which stands in the file as `version`; higher ones were written by newer programs.
    const VERSION: u32;

    /// What is to be written now.
    fn of(model: &Model) -> Self;

    /// Puts what was read into a model that has just started.
    fn restore(self, model: &mut Model);
}

/// Does something for one type of stored things.
pub trait Visitor {
    /// Called with the type.
    fn visit<S: Stored>(&mut self);
}

macro_rules! stored {
    ($($id:ident: $Type:ty,)*) => {
        /// Names a stored thing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum StoredId {
            $(
                #[doc = concat!("A [`", stringify!($Type), "`].")]
                $id,
            )*
        }

        impl StoredId {
            /// Every one, in the order in which they are loaded.
            pub const ALL: &[Self] = &[$(Self::$id,)*];

            /// Calls the visitor with its type.
            pub fn visit(self, visitor: &mut impl Visitor) {
                match self {
                    $(Self::$id => visitor.visit::<$Type>(),)*
                }
            }
        }
    };
}

stored! {
    Settings: settings::Settings,
    Profiles: connections::Profiles,
    Drafts: editor::stored::Drafts,
    Messages: messages::stored::StoredConnections,
}
