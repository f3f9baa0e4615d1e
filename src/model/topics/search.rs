//! The filter above the tree: over what is known, and asked of the server.

use super::{FilterView, Filtered, Query, Topics};
use crate::data::SyntaxError;
use crate::data::{Exhausted, Timestamp, TopicPath, TopicSelector};
use crate::model::Connected;
use crate::model::effects::{Effects, Reply};
use crate::wire::services::{Fetch, fetch};

/// Nodes that the filter looks at in one frame; about 2 ms.
const FILTER_STEP: usize = 60_000;
/// A filter over a tree that changes starts again this often.
const FILTER_REFRESH_SECS: f64 = 1.0;
/// Nodes that a search of the palette looks at, at most.
const FIND_NODES: usize = 200_000;
/// Topics that the server is asked for by a filter, at most.
const ASK_LIMIT: i32 = 5000;

/// The filter above the tree.
#[derive(Debug, Default)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// Why a text that begins like a selector is none.
    pub error: Option<SyntaxError>,
    /// Whether the server is asked for the selector's topics, and what came of it.
    pub asked: crate::model::remote::Remote<usize>,
    view: Option<FilterView>,
    refreshed: Timestamp,
}

impl Topics {
    /// The rows that the filter lets through; none without a filter.
    #[must_use]
    pub fn filtered(&self) -> Option<&Filtered> {
        self.filter.view.as_ref().and_then(FilterView::view)
    }

    /// Whether the filter is still looking.
    #[must_use]
    pub fn filtering(&self) -> bool {
        self.filtered().is_some_and(|f| !f.is_complete())
    }

    /// Goes on filtering for one frame; true while there is more to do.
    pub fn step_filter(&mut self, now: Timestamp) -> bool {
        let Some(view) = &mut self.filter.view else { return false };
        if now.secs_since(self.filter.refreshed) >= FILTER_REFRESH_SECS {
            self.filter.refreshed = now;
            view.refresh(&self.tree);
        }
        let more = view.step(&self.tree, FILTER_STEP);
        if view.is_exhausted() {
            self.filter.error = Some(SyntaxError::new(Exhausted.to_string(), 0));
            self.filter.view = None;
        }
        more
    }

    /// Known topics and branches whose path contains the text, ignoring case; at most `max`.
    #[must_use]
    pub fn find_text(&self, text: &str, max: usize) -> Vec<TopicPath> {
        let text = text.to_lowercase();
        let mut out = Vec::new();
        let mut open = vec![self.tree.root()];
        let mut path = String::new();
        let mut looked_at = 0;
        while let Some(id) = open.pop() {
            looked_at += 1;
            if looked_at > FIND_NODES || out.len() >= max {
                break;
            }
            path.clear();
            self.tree.path_of(id, &mut path);
            if path.to_lowercase().contains(&text)
                && let Ok(path) = TopicPath::parse(&path)
            {
                out.push(path);
            }
            open.extend(self.tree.children(id).rev());
        }
        out
    }

    pub(super) fn set_filter(&mut self, text: String) {
        if text == self.filter.text {
            return;
        }
        self.filter = Filter { text, ..Filter::default() };
        let text = self.filter.text.trim();
        if text.is_empty() {
            return;
        }
        let query = if text.starts_with(['?', '*', '>', '#']) {
            match TopicSelector::parse(text) {
                Ok(selector) => Query::selector(selector),
                Err(error) => {
                    self.filter.error = Some(error);
                    return;
                }
            }
        } else {
            Query::text(text)
        };
        self.filter.view = Some(FilterView::new(&self.tree, query));
    }

    pub(super) fn ask_server(&mut self, fx: &mut Effects) {
        let text = self.filter.text.trim().to_owned();
        let expression =
            if text.starts_with(['?', '*', '>', '#']) { text } else { format!("*.*{}.*", regex_escape(&text)) };
        let request = fetch::Request { limit: ASK_LIMIT, ..fetch::Request::of(expression) };
        let call = fx.call::<Fetch>(&request, on_asked);
        self.filter.asked.begin(call, fx.now);
    }
}

fn on_asked(at: &mut Connected, fx: &mut Effects, reply: Reply<Fetch>) {
    let topics = &mut at.topics;
    if !topics.filter.asked.awaits(fx) {
        return; // the answer to a text that was typed before
    }
    let count = reply.map(|response| {
        topics.tree.bulk_insert(response.results.iter().map(|t| (t.path.as_str(), t.topic_type)));
        response.results.len()
    });
    topics.filter.asked.finish(count, fx);
}

/// A text as a Java regular expression that matches just it.
fn regex_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if !c.is_alphanumeric() && !matches!(c, '/' | '_' | ' ') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
