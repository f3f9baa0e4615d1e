//! JSON patches (RFC 6902): read and applied, and made from two values.

mod apply;
mod create;

pub use apply::Patch;
pub use create::between;
