//! This program once more, as a server in a process of its own.

#![allow(dead_code, reason = "each benchmark needs a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A server in another process. It ends when its input does.
pub(crate) struct SecondProcess {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl SecondProcess {
    /// Starts this program with an argument. It says its port in its first line.
    pub(crate) fn start(argument: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("the path of this program"))
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("the child's output"));
        let mut port = String::new();
        output.read_line(&mut port).expect("a port");
        let address = ([127, 0, 0, 1], port.trim().parse().expect("a port")).into();
        Self { child, input, output, address }
    }

    /// Resident memory.
    pub(crate) fn resident_mib(&self) -> u64 {
        resident_mib(&self.child.id().to_string())
    }

    /// Sends it an empty line and gives the line that it answers.
    pub(crate) fn ask(&mut self) -> String {
        let input = self.input.as_mut().expect("an input that has not ended");
        input.write_all(b"\n").expect("the child's input");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the child's output");
        line
    }

    /// Ends its input and gives the line that it says then.
    pub(crate) fn end_input(&mut self) -> String {
        drop(self.input.take());
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the child's output");
        line
    }
}

impl Drop for SecondProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the second process: says the port and waits until the first one ends this one's input.
pub(crate) fn serve_until_input_ends(address: SocketAddr) {
    println!("{}", address.port());
    let _ = std::io::stdin().read(&mut [0]);
}

/// Resident memory of a process; `self` is this one.
pub(crate) fn resident_mib(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
