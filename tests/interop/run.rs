//! Starting the server and the clients, reading their lines, comparing facts.

use libtest_mimic::Failed;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// No scenario takes so long; a client that hangs is ended and fails the test.
const LONGEST: Duration = Duration::from_secs(90);

/// An official client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// The npm package `diffusion`.
    JavaScript,
    /// The newest Python package `diffusion`.
    Python,
    /// An older one, by the second number of its version.
    OlderPython(u8),
}

/// Where the clients are installed.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

impl Client {
    /// As the tests and the files of expected facts name it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::JavaScript => "js".to_owned(),
            Self::Python => "py".to_owned(),
            Self::OlderPython(minor) => format!("py-6.{minor}"),
        }
    }

    /// Where a Python client and what it needs are installed, and the list of that.
    fn environment(self) -> (String, String) {
        match self {
            Self::OlderPython(minor) => (format!(".venv-6.{minor}"), format!("versions/python-6.{minor}.txt")),
            _ => (".venv".to_owned(), "requirements.txt".to_owned()),
        }
    }

    /// What runs a program of the client's language.
    fn interpreter(self) -> Command {
        match self {
            Self::JavaScript => Command::new("node"),
            Self::Python | Self::OlderPython(_) => {
                let python = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
                let own = folder().join(self.environment().0).join(python);
                // The newest may be installed for the whole machine, the others only in their own place.
                let any = self == Self::Python && !own.exists();
                let mut command = Command::new(if any { PathBuf::from("python3") } else { own });
                command.arg("-B");
                command
            }
        }
    }

    fn command(self) -> Command {
        let mut command = self.interpreter();
        command.arg(folder().join(if self == Self::JavaScript { "js/run.mjs" } else { "py/run.py" }));
        command
    }

    /// Why the client cannot run here, if it cannot.
    pub(crate) fn missing(self) -> Option<String> {
        let mut command = self.command();
        let runs =
            command.current_dir(folder()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
        match runs {
            Err(error) if matches!(self, Self::OlderPython(_)) => {
                let (place, list) = self.environment();
                Some(format!("install tests/interop/{list} into tests/interop/{place} ({error})"))
            }
            Err(error) => Some(format!("{} does not start ({error})", command.get_program().display())),
            // Without arguments the scripts explain themselves and end with 2; before that they load the package.
            Ok(output) if output.status.code() == Some(2) => None,
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let cause = text.lines().find(|line| line.contains("Error")).unwrap_or("no reason given");
                Some(match self {
                    Self::JavaScript => format!("run `npm ci` in tests/interop ({cause})"),
                    Self::Python | Self::OlderPython(_) => {
                        let (place, list) = self.environment();
                        format!("install tests/interop/{list} into tests/interop/{place} ({cause})")
                    }
                })
            }
        }
    }
}

/// A process whose standard output is read line by line; it ends with this value.
pub(crate) struct Running {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<String>,
    stderr: Option<thread::JoinHandle<String>>,
}

impl Running {
    fn start(name: String, mut command: Command) -> Result<Self, Failed> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        let lines = lines_of(child.stdout.take())?;
        let mut errors = child.stderr.take().ok_or("standard error is piped")?;
        let stderr = thread::Builder::new().name("standard error".to_owned()).spawn(move || {
            let mut text = Vec::new();
            // What could be read is what can be shown.
            let _ = errors.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })?;
        let input = child.stdin.take();
        Ok(Self { name, child, input, lines, seen: Vec::new(), stderr: Some(stderr) })
    }

    /// Starts a scenario of a client.
    pub(crate) fn scenario(client: Client, scenario: &str, urls: &[&str]) -> Result<Self, Failed> {
        let mut command = client.command();
        command.current_dir(folder());
        command.arg(urls[0]).arg(scenario).args(&urls[1..]);
        Self::start(format!("{} {scenario}", client.name()), command)
    }

    /// Starts a program of a client's language, with the password where copied programs take it from.
    pub(crate) fn program(client: Client, file: &Path) -> Result<Self, Failed> {
        let mut command = client.interpreter();
        command.arg(file).env("DIFFUSION_PASSWORD", "password").env("PYTHONIOENCODING", "utf-8");
        Self::start(format!("{} {}", client.name(), file.display()), command)
    }

    /// Starts this program with arguments.
    pub(crate) fn brownian(arguments: &[&str]) -> Result<Self, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brownian"));
        command.args(arguments);
        Self::start(format!("brownian {}", arguments.join(" ")), command)
    }

    fn next(&mut self) -> Result<Option<String>, Failed> {
        match self.lines.recv_timeout(LONGEST) {
            Ok(line) => {
                self.seen.push(line.clone());
                Ok(Some(line))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Ok(None),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(self.account("printed nothing for too long")),
        }
    }

    /// Reads until this line came.
    pub(crate) fn until(&mut self, wanted: &str) -> Result<(), Failed> {
        while let Some(line) = self.next()? {
            if line == wanted {
                return Ok(());
            }
        }
        Err(self.account(&format!("ended before it printed {wanted}")))
    }

    /// Reads until this line came, or goes on at once if it came already.
    pub(crate) fn has(&mut self, wanted: &str) -> Result<(), Failed> {
        if self.seen.iter().any(|line| line == wanted) { Ok(()) } else { self.until(wanted) }
    }

    /// Reads until there are this many lines.
    pub(crate) fn count(&mut self, lines: usize) -> Result<(), Failed> {
        while self.seen.len() < lines {
            if self.next()?.is_none() {
                return Err(self.account(&format!("ended before it printed {lines} lines")));
            }
        }
        Ok(())
    }

    /// Tells a waiting scenario to go on.
    pub(crate) fn go_ahead(&mut self) -> Result<(), Failed> {
        let input = self.input.as_mut().ok_or("standard input is piped")?;
        input.write_all(b"go\n").and_then(|()| input.flush()).map_err(|error| format!("{}: {error}", self.name).into())
    }

    /// Every line, once the process ended well.
    pub(crate) fn into_end(mut self) -> Result<Vec<String>, Failed> {
        while self.next()?.is_some() {}
        let status = self.child.wait()?;
        if status.success() {
            Ok(std::mem::take(&mut self.seen))
        } else {
            Err(self.account(&format!("failed, {status}")))
        }
    }

    fn account(&mut self, what: &str) -> Failed {
        // It may have ended already.
        let _ = self.child.kill();
        let stderr = self.stderr.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        format!("{} {what}\nstandard output:\n{}\nstandard error:\n{stderr}", self.name, self.seen.join("\n")).into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(stdout: Option<ChildStdout>) -> Result<Receiver<String>, Failed> {
    let stdout = stdout.ok_or("standard output is piped")?;
    let (sender, lines) = mpsc::channel();
    thread::Builder::new().name("standard output".to_owned()).spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    })?;
    Ok(lines)
}

/// A server of this program in a process of its own; it ends with this value.
pub(crate) struct Server {
    /// Where clients connect to.
    pub url: String,
    running: Running,
}

impl Server {
    /// Starts it on a free port.
    pub(crate) fn start() -> Result<Self, Failed> {
        Self::listening(Running::brownian(&["serve", "--port", "0"])?)
    }

    fn listening(mut running: Running) -> Result<Self, Failed> {
        running.count(1)?;
        let url = running.seen[0].strip_prefix("Listening on ").map(str::to_owned);
        match url {
            Some(url) => Ok(Self { url, running }),
            None => Err(running.account("did not say where it listens")),
        }
    }

    /// Starts it with a log that tells who connects.
    pub(crate) fn start_logging() -> Result<Self, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brownian"));
        command.args(["serve", "--port", "0"]).env("BROWNIAN_LOG", "warn,brownian::server=debug");
        Self::listening(Running::start("brownian serve".to_owned(), command)?)
    }

    /// Ends it and gives its log.
    pub(crate) fn into_log(mut self) -> Result<String, Failed> {
        self.running.child.kill()?;
        let reader = self.running.stderr.take().ok_or("standard error is read once")?;
        reader.join().map_err(|_| "the log could not be read".into())
    }

    /// Host and port.
    pub(crate) fn address(&self) -> Result<String, Failed> {
        let rest = self.url.strip_prefix("ws://").ok_or("a WebSocket URL")?;
        Ok(rest.split('/').next().unwrap_or(rest).to_owned())
    }
}

fn expected(file: &str) -> Result<Vec<serde_json::Value>, Failed> {
    let path = folder().join("expected").join(file);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines().map(parsed).collect()
}

fn parsed(line: &str) -> Result<serde_json::Value, Failed> {
    serde_json::from_str(line).map_err(|error| format!("not JSON ({error}): {line}").into())
}

/// The facts of a scenario against `expected/<scenario>.jsonl`, which both clients share.
pub(crate) fn compare(client: Client, scenario: &str, facts: &[String]) -> Result<(), Failed> {
    let facts = facts.iter().map(|line| parsed(line)).collect::<Result<Vec<_>, _>>()?;
    let mut wanted = expected(&format!("{scenario}.jsonl"))?;
    if client != Client::JavaScript {
        wanted.retain(|fact| !is_record_value(fact));
    }
    if client == Client::OlderPython(8) {
        wanted.retain(|fact| !is_about_series(fact));
    }
    same(&format!("{} {scenario}", client.name()), &facts, &wanted)
}

/// The Python client adds topics of the type, but has no values of it.
fn is_record_value(fact: &serde_json::Value) -> bool {
    let values_of_type = fact["type"] == "RECORD_V2" && fact.get("values").is_some();
    values_of_type || fact["set"] == "RECORD_V2" || fact["addAndSet"] == "RECORD_V2"
}

/// Time series came with the client 6.9.
fn is_about_series(fact: &serde_json::Value) -> bool {
    fact["type"] == "TIME_SERIES" || fact.get("range").is_some()
}

/// What `brownian watch --json` printed: the three first values in any order of topics, then the values of each
/// topic in their order.
pub(crate) fn compare_watched(lines: &[String]) -> Result<(), Failed> {
    let lines = lines.iter().map(|line| parsed(line)).collect::<Result<Vec<_>, _>>()?;
    let wanted = expected("publish.jsonl")?;
    for path in ["publish/json", "publish/text", "publish/whole"] {
        let of = |all: &[serde_json::Value]| -> Vec<serde_json::Value> {
            all.iter().filter(|line| line["path"] == path).map(|line| line["value"].clone()).collect()
        };
        same(&format!("watch {path}"), &of(&lines), &of(&wanted))?;
    }
    if lines.len() == wanted.len() {
        Ok(())
    } else {
        Err(format!("{} lines, not {}", lines.len(), wanted.len()).into())
    }
}

fn same(what: &str, seen: &[serde_json::Value], wanted: &[serde_json::Value]) -> Result<(), Failed> {
    for line in 0..seen.len().max(wanted.len()) {
        if seen.get(line) != wanted.get(line) {
            let show = |value: Option<&serde_json::Value>| value.map_or("nothing".to_owned(), ToString::to_string);
            let (got, want) = (show(seen.get(line)), show(wanted.get(line)));
            return Err(format!("{what}: fact {}\n  is     {got}\n  wanted {want}", line + 1).into());
        }
    }
    Ok(())
}
