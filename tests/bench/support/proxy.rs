//! A TCP proxy that cuts the line after a chosen number of bytes in a chosen direction.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A way through the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

/// Where a line ends: this direction passes so many bytes more, and then nothing passes in either.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub direction: Direction,
    pub after_bytes: usize,
}

/// Forwards connections to one address.
pub(crate) struct Proxy {
    listens_on: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Number of the newest line; older ones are down or forgotten.
    line: u64,
    /// Both ends of the newest line, while it is up.
    ends: Option<[TcpStream; 2]>,
    /// What ends the newest line.
    cut: Option<Cut>,
    /// What ends the lines after it, one for each.
    next: VecDeque<Cut>,
    cuts: u64,
}

impl Proxy {
    /// Listens on a free port of the loopback address.
    pub(crate) fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let listens_on = listener.local_addr()?;
        let shared = Arc::new(Shared { target, state: Mutex::default() });
        let served = Arc::clone(&shared);
        thread::Builder::new().name("proxy".to_owned()).spawn(move || {
            for arrived in listener.incoming().flatten() {
                // A line that cannot be joined is a line that is down: dropping it says so to the client.
                let _ = served.join(arrived);
            }
        })?;
        Ok(Self { listens_on, shared })
    }

    /// Where clients connect to.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/diffusion", self.listens_on)
    }

    /// Cuts the line that is there in this way, then each later one in the way of its turn.
    pub(crate) fn cut(&self, cuts: impl IntoIterator<Item = Cut>) {
        let mut state = self.shared.state();
        state.next.extend(cuts);
        if state.ends.is_some() && state.cut.is_none() {
            state.cut = state.next.pop_front();
        }
    }

    /// Whether cuts are planned that have not been made.
    pub(crate) fn has_plan(&self) -> bool {
        let state = self.shared.state();
        state.cut.is_some() || !state.next.is_empty()
    }

    /// Lines cut so far.
    pub(crate) fn cuts(&self) -> u64 {
        self.shared.state().cuts
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let server = TcpStream::connect(self.target)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let line = {
            let mut state = self.state();
            state.line += 1;
            state.ends = Some([client.try_clone()?, server.try_clone()?]);
            state.cut = state.next.pop_front();
            state.line
        };
        self.forward(line, Direction::ToServer, client.try_clone()?, server.try_clone()?)?;
        self.forward(line, Direction::ToClient, server, client)
    }

    fn forward(
        self: &Arc<Self>,
        line: u64,
        direction: Direction,
        mut from: TcpStream,
        mut to: TcpStream,
    ) -> io::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new().name("proxy line".to_owned()).spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                let (allowed, is_last) = shared.state().allowed(line, direction, length);
                if to.write_all(&buffer[..allowed]).is_err() {
                    break;
                }
                if is_last {
                    let mut state = shared.state();
                    if state.line == line {
                        state.end();
                    }
                    return;
                }
            }
            // The other direction ends with this one.
            let _ = to.shutdown(Shutdown::Both);
            let mut state = shared.state();
            if state.line == line {
                state.ends = None;
            }
        })?;
        Ok(())
    }
}

impl State {
    /// How many of these bytes may pass, and whether they are the last.
    fn allowed(&mut self, line: u64, direction: Direction, length: usize) -> (usize, bool) {
        if self.line != line || self.ends.is_none() {
            return (0, true);
        }
        match &mut self.cut {
            Some(cut) if cut.direction == direction => {
                let allowed = length.min(cut.after_bytes);
                cut.after_bytes -= allowed;
                (allowed, cut.after_bytes == 0)
            }
            _ => (length, false),
        }
    }

    fn end(&mut self) {
        if let Some(ends) = self.ends.take() {
            self.cut = None;
            self.cuts += 1;
            for end in ends {
                // An end that has gone already is as good as cut.
                let _ = end.shutdown(Shutdown::Both);
            }
        }
    }
}
