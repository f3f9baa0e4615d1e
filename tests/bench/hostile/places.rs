//! Peers that take places: sessions, handshakes, logins. Each runs for a time against a server at an address, as a
//! stranger who knows no password, and says how often it did what it does.

use super::raw::{ANONYMOUS, Raw, login};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Opens sessions that say nothing and lets go of their connections: each wants a place for five minutes.
pub(crate) fn forgotten_sessions(address: SocketAddr, time: Duration) -> u64 {
    repeat(time, || Raw::connect(address, ANONYMOUS).is_ok())
}

/// Opens sessions that say something and lets go of their connections.
pub(crate) fn spoken_sessions(address: SocketAddr, time: Duration) -> u64 {
    repeat(time, || Raw::connect(address, ANONYMOUS).and_then(|mut session| session.send(&[0, 56, 1])).is_ok())
}

/// Opens sessions and keeps their connections, as many as it gets.
pub(crate) fn kept_sessions(address: SocketAddr, time: Duration) -> u64 {
    let mut kept = Vec::new();
    repeat(time, || match Raw::connect(address, ANONYMOUS) {
        Ok(session) => {
            kept.push(session);
            true
        }
        Err(_) => false,
    })
}

/// Connects and says nothing: each takes a place among the handshakes.
pub(crate) fn silent_connections(address: SocketAddr, time: Duration) -> u64 {
    let mut kept = Vec::new();
    repeat(time, || match TcpStream::connect(address) {
        Ok(stream) => {
            kept.push(stream);
            if kept.len() > 600 {
                kept.drain(..300);
            }
            true
        }
        Err(_) => false,
    })
}

/// Guesses the password of the administrator.
pub(crate) fn guessed_passwords(address: SocketAddr, time: Duration) -> u64 {
    let mut guess = 0;
    repeat(time, || {
        guess += 1;
        Raw::connect(address, &login("admin", &format!("guess {guess}"))).is_ok()
    })
}

/// Does something again and again; how often it succeeded.
fn repeat(time: Duration, mut attempt: impl FnMut() -> bool) -> u64 {
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < time {
        done += u64::from(attempt());
    }
    done
}
