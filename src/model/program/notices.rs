//! Notices: short messages that go away by themselves, with an act where there is one.

use crate::data::Timestamp;
use crate::model::change::ChangeError;
use crate::model::journal::EntryId;

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

/// What can be done about a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeAct {
    /// Take a change back.
    Undo(EntryId),
    /// Compare what was to be set with what is there.
    Compare(EntryId),
    /// Show the change in the journal.
    Journal(EntryId),
}

/// A notice to be added.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// Look.
    pub tone: Tone,
    /// One sentence; with `failed` the act in the infinitive.
    pub text: String,
    /// Folded details; may be empty.
    pub details: String,
    /// Why a change was not done; put in words where it is drawn.
    pub failed: Option<ChangeError>,
    /// What can be done.
    pub act: Option<NoticeAct>,
}

impl NewNotice {
    /// Text alone.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), details: String::new(), failed: None, act: None }
    }
}

/// One notice; equal texts are counted, not repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Names it for dismissal.
    pub id: u64,
    /// Look.
    pub tone: Tone,
    /// One sentence; with `failed` the act in the infinitive.
    pub text: String,
    /// Folded details; may be empty.
    pub details: String,
    /// Why a change was not done.
    pub failed: Option<ChangeError>,
    /// What can be done about it.
    pub act: Option<NoticeAct>,
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
    pub fn notify(&mut self, now: Timestamp, tone: Tone, text: impl Into<String>, details: impl Into<String>) {
        self.add(now, NewNotice { details: details.into(), ..NewNotice::new(tone, text) });
    }

    /// Adds a notice, or counts up an equal one.
    pub fn add(&mut self, now: Timestamp, notice: NewNotice) {
        let NewNotice { tone, text, details, failed, act } = notice;
        let same = |n: &Notice| n.text == text && n.details == details && n.failed == failed && n.act == act;
        if let Some(same) = self.list.iter_mut().find(|n| same(n)) {
            same.count += 1;
            same.at = now;
            return;
        }
        self.next += 1;
        self.list.push(Notice { id: self.next, tone, text, details, failed, act, at: now, count: 1 });
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
