//! The protocol of one session as a state machine: time and bytes are arguments, bytes and events come out.
//!
//! Absent here, on purpose: tokio, egui, sockets, files and clocks. So every order of messages, losses and waits can be
//! played in a test within microseconds, and no lock or task can make a difference to what the protocol does.

mod calls;
mod event;
mod inbound;
mod keepalive;
mod machine;
mod offer;
mod recovery;
mod scopes;
mod topics;
mod unsent;
pub mod update_stream;

pub use calls::Request;
pub use event::{
    AutoAnswered, CallFailure, Event, Failure, InboundRequest, Opened, ReceivedValue, RequestId, SessionEvent,
    ValueEvent, ValueLoss,
};
pub use machine::{Counters, Machine, SessionConfig, State};
