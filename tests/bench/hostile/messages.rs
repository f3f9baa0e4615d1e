//! Requests between sessions that take up whom they are sent to, and who passes them on.

use super::super::{ADMIN, ANONYMOUS, Request, attacker, connected, request};
use brownian::data::TopicType;
use brownian::wire::services::message_value::TypedValue;
use brownian::wire::services::{MessagingFilterSend, MessagingSend, messaging_filter_send, messaging_send};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// Sessions that are asked at one time.
const ASKED: usize = 4000;

fn value() -> TypedValue {
    TypedValue::new(TopicType::Binary, vec![0; 100].into())
}

/// A request to a handler that never answers.
pub(crate) fn unanswered() -> Request {
    request::<MessagingSend>(&messaging_send::Request { path: "Demo/silent".to_owned(), value: value() })
}

/// An administrator asks thousands of sessions, none of which answers, again and again.
pub(crate) async fn by_filter(address: SocketAddr, until: Instant) {
    let mut asked = Vec::new();
    while asked.len() < ASKED && Instant::now() < until {
        asked.extend(connected(address, ANONYMOUS).await);
    }
    let request = request::<MessagingFilterSend>(&messaging_filter_send::Request {
        responses: 1,
        filter: "not ($Principal is 'nobody' or $Roles matches '.*NOBODY.*')".to_owned(),
        path: "bench".to_owned(),
        value: value(),
    });
    attacker(address, ADMIN, until, Arc::new(vec![request])).await;
}
