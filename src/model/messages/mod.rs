//! Requests between sessions: those sent from here with their answers, and those answered here.

pub mod answering;
pub mod requests;
pub mod sentence;
pub mod stored;
