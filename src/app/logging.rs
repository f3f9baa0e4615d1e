//! Log lines to standard error, chosen by the variable `BROWNIAN_LOG`.
//!
//! The keyring crates print whole entries at their debug level, with the secret in them. They are held at warnings here,
//! whatever the variable says.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// Names what is logged, in the syntax of `RUST_LOG`: `debug`, or `warn,brownian::client=trace`.
pub(super) const VARIABLE: &str = "BROWNIAN_LOG";
/// Used when the variable is not set.
const DEFAULT_FILTER: &str = "warn,brownian=info";
/// Crates whose lower levels can hold secrets.
const HELD_AT_WARNINGS: [&str; 6] =
    ["keyring", "keyring_core", "secret_service", "zbus", "zvariant", "zbus_secret_service_keyring_store"];

/// Starts logging for the process; a second call changes nothing.
pub(super) fn start() {
    let filter = std::env::var(VARIABLE).unwrap_or_else(|_| DEFAULT_FILTER.to_owned());
    let (subscriber, problem) = subscriber(&filter, std::io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        return;
    }
    if let Some(problem) = problem {
        tracing::warn!("{VARIABLE} is not understood ({problem}); using {DEFAULT_FILTER}");
    }
}

/// What receives the log lines, and why the filter could not be used, if so.
fn subscriber<W>(filter: &str, writer: W) -> (impl Subscriber + Send + Sync + 'static, Option<String>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (filter, problem) = match EnvFilter::try_new(filter) {
        Ok(filter) => (filter, None),
        Err(problem) => (EnvFilter::new(DEFAULT_FILTER), Some(problem.to_string())),
    };
    let quiet = FilterFn::new(|line| *line.level() <= LevelFilter::WARN || !held_at_warnings(line.target()));
    let lines = fmt::layer().with_writer(writer).with_ansi(false).with_target(true);
    (tracing_subscriber::registry().with(filter).with(quiet).with(lines), problem)
}

fn held_at_warnings(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or(target);
    HELD_AT_WARNINGS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str) -> (String, Option<String>) {
        let lines = Lines::default();
        let sink = lines.clone();
        let (subscriber, problem) = subscriber(filter, move || sink.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "brownian::client", "own trace");
            tracing::info!(target: "brownian::client", "own info");
            tracing::debug!(target: "keyring_core::mock", "s3cret");
            tracing::trace!(target: "zbus", "s3cret");
            tracing::warn!(target: "keyring_core", "keyring warning");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        (text, problem)
    }

    #[test]
    fn keyring_crates_never_log_below_warnings() {
        for filter in ["trace", "keyring_core=trace,zbus=trace", "keyring_core::mock=trace"] {
            let (text, _) = logged(filter);
            assert!(!text.contains("s3cret"), "{filter}: {text}");
        }
        assert!(logged("trace").0.contains("keyring warning"));
    }

    #[test]
    fn the_filter_chooses_what_is_shown() {
        assert!(logged("trace").0.contains("own trace"));
        let (text, problem) = logged(DEFAULT_FILTER);
        assert!(text.contains("own info") && !text.contains("own trace"), "{text}");
        assert_eq!(problem, None);
    }

    #[test]
    fn a_filter_that_is_not_understood_gives_the_default_and_says_so() {
        let (text, problem) = logged("brownian=loudest");
        assert!(text.contains("own info"), "{text}");
        assert!(problem.is_some());
    }
}
