//! The log of a connection: a bounded ring of lines.

use crate::client::api::{Level, LogLine};
use crate::model::Connected;
use crate::model::effects::Effects;
use crate::model::features::Feature;
use std::collections::VecDeque;

/// Lines of one connection.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Oldest first.
    pub lines: VecDeque<LogLine>,
    /// Lines dropped from the front.
    pub dropped: u64,
}

const KEPT: usize = 5000;

/// What the user can do with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Forget the lines.
    Clear,
}

impl Feature for Log {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, _fx: &mut Effects) {
        match intent {
            Intent::Clear => at.log.lines.clear(),
        }
    }
}

impl Log {
    /// Adds a line.
    pub fn push(&mut self, line: LogLine) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    /// The lines of a level or above that contain the text, ignoring case; newest last.
    pub fn matching<'a>(&'a self, level: Level, text: &str) -> impl Iterator<Item = &'a LogLine> + use<'a> {
        let text = text.to_lowercase();
        self.lines
            .iter()
            .filter(move |l| l.level >= level && (text.is_empty() || l.text.to_lowercase().contains(&text)))
    }
}
