//! A TCP proxy whose line can be cut and restored.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Forwards connections to one address; while it is cut, existing lines are down and new ones are dropped.
pub(crate) struct Proxy {
    listens_on: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    down: AtomicBool,
    lines: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Listens on a free port of the loopback address.
    pub(crate) fn start(target: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let listens_on = listener.local_addr()?;
        let shared =
            Arc::new(Shared { target: target.to_owned(), down: AtomicBool::new(false), lines: Mutex::default() });
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

    /// Drops every line, and new ones as they come.
    pub(crate) fn cut(&self) {
        let mut lines = self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.down.store(true, Ordering::SeqCst);
        for line in lines.drain(..) {
            // Already closed lines are as good as cut.
            let _ = line.shutdown(Shutdown::Both);
        }
    }

    /// Forwards again.
    pub(crate) fn restore(&self) {
        self.shared.down.store(false, Ordering::SeqCst);
    }
}

impl Shared {
    fn join(&self, client: TcpStream) -> io::Result<()> {
        // Held from the check to the entry, so that a cut between them cannot miss this line.
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if self.down.load(Ordering::SeqCst) {
            return Ok(());
        }
        let server = TcpStream::connect(&self.target)?;
        lines.push(client.try_clone()?);
        lines.push(server.try_clone()?);
        forward(client.try_clone()?, server.try_clone()?)?;
        forward(server, client)
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    thread::Builder::new().name("proxy line".to_owned()).spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        // The other direction ends with this one.
        let _ = to.shutdown(Shutdown::Both);
    })?;
    Ok(())
}
