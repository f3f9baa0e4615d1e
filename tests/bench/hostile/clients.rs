//! Who may look after sessions does it as fast as answers come, where there are nearly as many as there can be.

use super::raw::{ANONYMOUS, Raw, login};
use brownian::wire::frame::VERSION;
use brownian::wire::services::{
    SessionEventDeregistration, SessionEventRegistration, SessionFetch, SetSessionPropertiesFilter,
    session_event_deregistration, session_event_registration, session_fetch, set_session_properties_filter,
};
use brownian::wire::{Service, encode};
use bytes::Bytes;
use std::io::{ErrorKind, Read};
use std::net::SocketAddr;

/// Sessions of the address, and of a principal: below what each may have.
const ANONYMOUS_SESSIONS: usize = 7_900;
const NAMED_SESSIONS: usize = 1_500;

/// The frame of the answer to a ping.
const PONG: [u8; 4] = [0x82, 2, 6, 1];

/// Opens sessions that say something, and lets go of their connections.
pub(crate) fn fill(address: SocketAddr) {
    let named = login("operator", "password");
    for (count, parameters) in [(ANONYMOUS_SESSIONS, ANONYMOUS), (NAMED_SESSIONS, &named)] {
        for _ in 0..count {
            let _ = Raw::connect(address, parameters).and_then(|mut session| {
                session.send(&[0, 56, 1])?;
                // The answer follows the rest of the connection response; a connection that goes with something unread
                // takes along what was sent.
                let (mut read, mut part) = (Vec::new(), [0; 64]);
                while !read.ends_with(&PONG) {
                    let count = session.stream.read(&mut part)?;
                    read.extend_from_slice(&part[..count]);
                    if count == 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Ok(())
            });
        }
    }
}

/// A listener with a pattern that hears of every session and all its properties, a change of each, a listing of all,
/// and the end of the listener.
pub(crate) fn requests() -> Vec<(u32, Bytes)> {
    let filter = || "$Principal matches '(o.*)?(r)?' and not (desk is 'none')".to_owned();
    let all = || vec!["*F".to_owned(), "*U".to_owned()];
    let listen = session_event_registration::Request {
        cluster_aware: true,
        filter: Some(filter()),
        keys: Some(all()),
        start_time: None,
        listener: 1,
    };
    let set = |desk: &str| set_session_properties_filter::Request {
        filter: filter(),
        set: Some(vec![("desk".to_owned(), desk.to_owned())]),
        remove: None,
    };
    let list = session_fetch::Request {
        filter: filter(),
        keys: Some(all()),
        from: None,
        to: None,
        limit: None,
        maximum_result_size: i32::MAX,
        requires_start_time: true,
    };
    let end = session_event_deregistration::Request { listener: 1 };
    vec![
        request::<SessionEventRegistration>(&listen),
        request::<SetSessionPropertiesFilter>(&set("fx")),
        request::<SetSessionPropertiesFilter>(&set("rates")),
        request::<SessionFetch>(&list),
        request::<SessionEventDeregistration>(&end),
    ]
}

fn request<S: Service>(request: &S::Request) -> (u32, Bytes) {
    (S::ID, encode(request, VERSION))
}
