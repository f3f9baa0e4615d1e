//! Notices: short messages that go away by themselves, with an act where there is one.

use crate::data::Timestamp;

/// How a notice looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// News.
    Info,
    /// Something worked.
    Good,
    /// Something to look at.
    Warn,
    /// Something failed.
    Bad,
}

/// One notice; equal texts are counted, not repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Names it for dismissal.
    pub id: u64,
    /// Look.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
    /// Folded details; may be empty.
    pub details: String,
    /// When it came last.
    pub at: Timestamp,
    /// How often.
    pub count: u32,
}

/// The notices on screen and the last hundred.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    next: u64,
    /// Newest last.
    pub list: Vec<Notice>,
    /// How many were dropped from the list of the last hundred.
    pub dropped: u64,
}

/// What the user can do with notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Take one away.
    Dismiss(u64),
    /// Take all away.
    DismissAll,
}

const KEPT: usize = 100;
/// A notice is on screen for so long.
pub const SHOWN_SECS: f64 = 8.0;

impl Notices {
    /// Adds a notice, or counts up an equal one.
    pub fn say(&mut self, now: Timestamp, tone: Tone, text: impl Into<String>, details: impl Into<String>) {
        let (text, details) = (text.into(), details.into());
        if let Some(same) = self.list.iter_mut().find(|n| n.text == text && n.details == details) {
            same.count += 1;
            same.at = now;
            return;
        }
        self.next += 1;
        self.list.push(Notice { id: self.next, tone, text, details, at: now, count: 1 });
        if self.list.len() > KEPT {
            self.list.remove(0);
            self.dropped += 1;
        }
    }

    /// Handles what the user did.
    pub fn handle(&mut self, intent: Intent) {
        match intent {
            Intent::Dismiss(id) => self.list.retain(|n| n.id != id),
            Intent::DismissAll => self.list.clear(),
        }
    }

    /// Those still on screen.
    pub fn on_screen(&self, now: Timestamp) -> impl Iterator<Item = &Notice> {
        self.list.iter().filter(move |n| n.tone == Tone::Bad || now.secs_since(n.at) < SHOWN_SECS)
    }
}
