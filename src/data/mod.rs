//! Words of the domain: paths, selectors, specifications, values, deltas, sessions, security, secrets; file formats.
//!
//! Absent here, on purpose: tokio, egui, sockets, files and clocks. Everything is a pure function of its
//! arguments, so every rule can be tested with bytes and text alone.
//!
//! A further language (topic views, scripts of the security stores) is a parser over [`syntax::Cursor`] with
//! [`syntax::Rules`] of its own; its errors are [`SyntaxError`], which is shown by [`SyntaxError::located`] everywhere.
//! What a session may do is evaluated in [`security`] only. Formats of files are in [`file_format`].

pub mod cost;
pub mod display_text;
pub mod error_code;
pub mod event_range;
pub mod file_format;
pub mod json_patch;
pub mod path;
mod pattern;
pub mod pointer;
pub mod property;
pub mod removal_policy;
pub mod secret;
pub mod security;
pub mod selector;
pub mod server_url;
pub mod session;
pub mod session_filter;
pub mod session_property;
mod sha256;
pub mod spec;
pub mod spec_diff;
pub mod syntax;
pub mod time;
pub mod topic_view;
pub mod value;

pub use cost::{Account, Exhausted};
pub use display_text::shown;
pub use error_code::ErrorCode;
pub use path::TopicPath;
pub use secret::Secret;
pub use selector::{Selections, TopicSelector};
pub use server_url::ServerUrl;
pub use session::{CloseReason, SessionId, UnsubscribeReason};
pub use session_filter::SessionFilter;
pub use sha256::Sha256;
pub use spec::{Properties, TopicSpec, TopicType};
pub use syntax::SyntaxError;
pub use time::Timestamp;
pub use value::{DataType, Value};
