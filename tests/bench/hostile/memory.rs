//! Peers that make the server keep bytes. Each runs for a time against a server at an address, as an anonymous client,
//! and says how many bytes it sent.

use super::raw::{ANONYMOUS, Raw, path_of, subscribe, unsubscribe};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The branch whose topics are missing.
pub(crate) const MISSING: &str = "missing";

/// Selects in scopes with long names, each session as many as it may, and goes on with another session.
pub(crate) fn kept_selections(address: SocketAddr, time: Duration) -> u64 {
    let mut kept = Vec::new();
    sent_for(time, |number| {
        let mut session = Raw::connect(address, ANONYMOUS)?;
        let mut sent = 0;
        for part in 0..20 {
            sent += session.send(&subscribe(">a", &path_of(number * 20 + part, 900_000)))?;
        }
        kept.push(session);
        Ok(sent)
    })
}

/// Selects everything, reads nothing, and lets go: the queue waits for the client to come back.
pub(crate) fn dead_lines(address: SocketAddr, time: Duration) -> u64 {
    sent_for(time, |_| {
        let mut session = Raw::connect(address, ANONYMOUS)?;
        session.send(&subscribe("?.*//", ""))
    })
}

/// Begins messages as long as they may be and never ends them.
pub(crate) fn partial_messages(address: SocketAddr, time: Duration) -> u64 {
    let mut kept = Vec::new();
    sent_for(time, |_| {
        let mut session = Raw::connect(address, ANONYMOUS)?;
        let sent = session.send_part(1_000_000, 999_000)?;
        kept.push(session);
        Ok(sent)
    })
}

/// Selects paths that no topic has, so that a handler of missing topics is asked, in a session that is read all the time.
pub(crate) fn missing_topics(address: SocketAddr, time: Duration) -> u64 {
    let Ok(mut session) = Raw::connect(address, ANONYMOUS) else { return 0 };
    let Ok(mut reading) = session.stream.try_clone() else { return 0 };
    let reader = std::thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let mut buffer = [0; 4096];
        while matches!(reading.read(&mut buffer), Ok(1..)) {}
    });
    let sent = sent_for(time, |number| {
        let paths = [0; 8].map(|_| format!(">{MISSING}/{}", path_of(number, 7_000)));
        // What is taken back leaves room for the next.
        Ok(session.send(&subscribe(&format!("#{}", paths.join("////")), ""))? + session.send(&unsubscribe("?.*//"))?)
    });
    let _ = session.stream.flush();
    let _ = session.stream.shutdown(std::net::Shutdown::Both);
    let _ = reader.map(std::thread::JoinHandle::join);
    sent
}

/// Sends again and again, a failure being nothing sent; the bytes sent.
fn sent_for(time: Duration, mut attempt: impl FnMut(usize) -> std::io::Result<u64>) -> u64 {
    let began = Instant::now();
    let (mut sent, mut number) = (0, 0);
    while began.elapsed() < time {
        sent += attempt(number).unwrap_or(0);
        number += 1;
    }
    sent
}
