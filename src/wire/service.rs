//! What a service is: a number, a name and the types of its request and response.

use super::codec::Wire;
use std::fmt::Debug;

/// A request/response pair of the protocol.
pub trait Service: 'static {
    /// The protocol's number.
    const ID: u32;
    /// Name in logs, metrics and samples.
    const NAME: &'static str;
    /// Whether a call changes the server, so that a read-only connection must not make it.
    const CHANGES: bool = false;
    /// What is asked.
    type Request: Wire + Clone + Debug + PartialEq + Send + 'static;
    /// What is answered.
    type Response: Wire + Clone + Debug + PartialEq + Send + 'static;
}

/// Number and name of a service, for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The protocol's number.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
}
