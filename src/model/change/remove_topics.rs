//! Removing topics: what a path or a selector matches is counted first, and the more it is, the more is asked.

use crate::client::api::{CallError, CallId};
use crate::data::selector::Descendants;
use crate::data::topic_view::{self, Places};
use crate::data::{Timestamp, TopicPath, TopicSelector, TopicSpec};
use crate::model::change::{Remove, Snapshot};
use crate::model::changes::{self, Proposal};
use crate::model::effects::{Effects, Reply};
use crate::model::features::Feature;
use crate::model::remote::Remote;
use crate::model::{BlockReason, Connected, connections::Environment};
use crate::wire::services::fetch::{Bounds, Next, Pages};
use crate::wire::services::topic_view_create::TopicView;
use crate::wire::services::{Fetch, TopicViewList, fetch};
use std::sync::Arc;

/// Topics listed in the sheet.
pub const LISTED: usize = 50;
/// More topics than this, and the number has to be typed.
pub const TYPED_ABOVE: u64 = 100;

/// Which topics at and below a path are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The topic at the path alone.
    Topic,
    /// The topic at the path and all topics below it.
    Branch,
    /// All topics below the path.
    Below,
}

/// What is to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// At and below a path.
    Path {
        /// Where.
        path: TopicPath,
        /// Which.
        scope: Scope,
        /// Whether there may be topics below it.
        is_branch: bool,
    },
    /// Just the rows that were checked in the tree.
    Checked {
        /// How many topics.
        topics: usize,
        /// How many paths without topic, meant with all that is below them.
        branches: usize,
        /// What selects them all.
        selector: String,
    },
    /// Whatever a selector matches.
    Selector(String),
}

impl Target {
    /// The selector that matches it.
    #[must_use]
    pub fn selector(&self) -> String {
        match self {
            Self::Path { path, scope: Scope::Topic, .. } => format!(">{}", path.as_str()),
            Self::Path { path, scope: Scope::Branch, .. } => branch(path, Descendants::MatchAndBelow),
            Self::Path { path, scope: Scope::Below, .. } => branch(path, Descendants::Below),
            Self::Checked { selector, .. } | Self::Selector(selector) => selector.clone(),
        }
    }

    /// Whether it can be no more than one topic.
    #[must_use]
    pub const fn is_one(&self) -> bool {
        matches!(self, Self::Path { scope: Scope::Topic, .. })
    }
}

fn branch(path: &TopicPath, descendants: Descendants) -> String {
    TopicSelector::of_branch(path.as_str(), descendants).expression().to_owned()
}

/// What the server has of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Count {
    /// Topics counted so far.
    pub topics: u64,
    /// The first of their paths.
    pub first: Vec<String>,
    /// Of a single topic: what it is, so that it can be put back.
    pub before: Snapshot,
}

/// The open sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What is to be removed.
    pub target: Target,
    /// The finished count.
    pub count: Remote<Count>,
    /// What is counted so far, while it is counted.
    pub so_far: Count,
    /// Names of the topic views whose reference topics may be among them, with the places of each; empty until they
    /// are known, and where this session may not read them.
    pub views: Vec<(String, Places)>,
    /// The number as typed.
    pub typed: String,
    /// The server's name as typed.
    pub typed_server: String,
    /// Where the counting stands.
    pages: Pages,
    /// The call that asks for the topic views.
    views_asked: Option<CallId>,
}

/// Why the button is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The connection takes no change now.
    Blocked(BlockReason),
    /// The topics are being counted.
    Counting,
    /// They could not be counted.
    NotCounted,
    /// Nothing matches.
    Nothing,
    /// The number is not typed.
    Number,
    /// The name of the server is not typed.
    Server,
}

impl Hold {
    /// The reason for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Blocked(reason) => reason.sentence(),
            Self::Counting => "The topics are being counted",
            Self::NotCounted => "The topics could not be counted",
            Self::Nothing => "There is nothing to remove",
            Self::Number => "Type the number of topics first",
            Self::Server => "Type the name of the server first",
        }
    }
}

impl Sheet {
    /// The topic view that may have made the topic of this path: it then cannot be removed by itself.
    #[must_use]
    pub fn view_of(&self, path: &str) -> Option<&str> {
        self.views.iter().find(|(_, places)| places.may_hold(path)).map(|(name, _)| name.as_str())
    }

    /// Whether the number has to be typed: many topics, or whatever a selector matches.
    #[must_use]
    pub fn asks_number(&self) -> bool {
        let count = self.count.ready().map_or(0, |count| count.topics);
        count > TYPED_ABOVE || (count > 0 && matches!(self.target, Target::Selector(_)))
    }

    /// Whether the name of the server has to be typed as well.
    #[must_use]
    pub fn asks_server(&self, environment: Environment) -> bool {
        environment == Environment::Production && self.asks_number()
    }

    /// Why it cannot be done now; none if it can.
    #[must_use]
    pub fn hold(&self, at: &Connected, now: Timestamp) -> Option<Hold> {
        if let Some(reason) = at.block_reason(now) {
            return Some(Hold::Blocked(reason));
        }
        if self.count.loading.is_some() {
            return Some(Hold::Counting);
        }
        let Some(count) = self.count.ready() else { return Some(Hold::NotCounted) };
        if count.topics == 0 {
            return Some(Hold::Nothing);
        }
        let digits: String = self.typed.chars().filter(char::is_ascii_digit).collect();
        if self.asks_number() && digits.parse() != Ok(count.topics) {
            return Some(Hold::Number);
        }
        if self.asks_server(at.environment) && self.typed_server.trim() != at.name {
            return Some(Hold::Server);
        }
        None
    }
}

/// The removal of one connection.
#[derive(Clone, Debug, Default)]
pub struct RemoveTopics {
    /// The sheet on screen.
    pub sheet: Option<Sheet>,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Ask about a path: the topic, or the whole branch if there is more below it.
    OpenPath(TopicPath),
    /// Ask about the rows checked in the tree.
    OpenChecked,
    /// Ask about a selector.
    OpenSelector(String),
    /// Mean other topics at and below the path.
    SetScope(Scope),
    /// The number as typed.
    Type(String),
    /// The server's name as typed.
    TypeServer(String),
    /// Count again.
    Count,
    /// Remove what was counted.
    Remove,
    /// Close the sheet.
    Cancel,
}

impl Feature for RemoveTopics {
    type Intent = Intent;

    fn handle(at: &mut Connected, intent: Intent, fx: &mut Effects) {
        match intent {
            Intent::OpenChecked => open_checked(at, fx),
            Intent::OpenPath(path) => {
                let node = at.topics.tree.find(path.as_str());
                let is_branch = node.is_some_and(|id| at.topics.tree.can_open(id));
                let scope = if is_branch { Scope::Branch } else { Scope::Topic };
                open(at, Target::Path { path, scope, is_branch }, fx);
            }
            Intent::OpenSelector(selector) => open(at, Target::Selector(selector), fx),
            Intent::SetScope(to) => {
                if let Some(sheet) = &mut at.remove_topics.sheet
                    && let Target::Path { scope, .. } = &mut sheet.target
                {
                    *scope = to;
                    sheet.typed.clear();
                    count(sheet, fx);
                }
            }
            Intent::Type(text) => edit(at, |sheet| sheet.typed = text),
            Intent::TypeServer(text) => edit(at, |sheet| sheet.typed_server = text),
            Intent::Count => {
                if let Some(sheet) = &mut at.remove_topics.sheet {
                    count(sheet, fx);
                }
            }
            Intent::Remove => remove(at, fx),
            Intent::Cancel => at.remove_topics.sheet = None,
        }
    }
}

fn open_checked(at: &mut Connected, fx: &mut Effects) {
    let checks = &at.topics.checks;
    let (topics, branches) = (checks.topics(), checks.branches());
    let target = match (checks.paths().next().cloned(), checks.len()) {
        (None, _) => return,
        // One topic comes with what puts it back.
        (Some(path), 1) if branches == 0 => {
            let is_branch = at.topics.tree.find(path.as_str()).is_some_and(|id| at.topics.tree.can_open(id));
            Target::Path { path, scope: Scope::Topic, is_branch }
        }
        (Some(path), 1) => Target::Path { path, scope: Scope::Branch, is_branch: true },
        _ => {
            let Some(selector) = at.topics.checked_selector() else { return };
            Target::Checked { topics, branches, selector: selector.expression().to_owned() }
        }
    };
    open(at, target, fx);
}

fn edit(at: &mut Connected, change: impl FnOnce(&mut Sheet)) {
    if let Some(sheet) = &mut at.remove_topics.sheet {
        change(sheet);
    }
}

fn open(at: &mut Connected, target: Target, fx: &mut Effects) {
    let pages = pages_of(&target);
    let mut sheet = Sheet {
        target,
        count: Remote::default(),
        so_far: Count::default(),
        views: Vec::new(),
        typed: String::new(),
        typed_server: String::new(),
        pages,
        views_asked: None,
    };
    count(&mut sheet, fx);
    at.remove_topics.sheet = Some(sheet);
}

/// The fetch that counts: paths are enough, but one topic comes with all that is needed to put it back.
fn pages_of(target: &Target) -> Pages {
    let selector = target.selector();
    let one = target.is_one();
    let request = if one {
        fetch::Request { limit: 1, ..fetch::Request::whole(selector) }
    } else {
        fetch::Request::paths(selector)
    };
    Pages::of(request, if one { Bounds { topics: 1, ..Bounds::HANDED_ON } } else { Bounds::HANDED_ON })
}

fn count(sheet: &mut Sheet, fx: &mut Effects) {
    sheet.count = Remote::default();
    sheet.so_far = Count::default();
    sheet.views.clear();
    sheet.views_asked = None;
    sheet.pages = pages_of(&sheet.target);
    sheet.count.ask_page(&sheet.pages, (), on_page, fx);
}

fn on_page(at: &mut Connected, fx: &mut Effects, (): (), reply: Reply<Fetch>) {
    let Some(sheet) = at.remove_topics.sheet.as_mut() else { return };
    let Some((response, next)) = sheet.count.take_page(&mut sheet.pages, reply, fx) else { return };
    let so_far = &mut sheet.so_far;
    so_far.topics += response.results.len() as u64;
    so_far.first.extend(response.results.iter().take(LISTED - so_far.first.len()).map(|topic| topic.path.clone()));
    if sheet.target.is_one()
        && let Some(topic) = response.results.first()
    {
        let spec = TopicSpec { topic_type: topic.topic_type, properties: response.properties_of(topic) };
        so_far.before = Snapshot { spec: Some(Arc::new(spec)), value: topic.value.clone() };
    }
    match next {
        Next::Ask => sheet.count.ask_page(&sheet.pages, (), on_page, fx),
        Next::Bound if !sheet.target.is_one() => {
            sheet.count.finish(Err(CallError::Paging(sheet.pages.too_many())), fx);
        }
        Next::Complete | Next::Bound => {
            let count = std::mem::take(so_far);
            if count.topics > 0 {
                // A session that may not read the topic views learns nothing of them, which is no failure here.
                sheet.views_asked = Some(fx.call::<TopicViewList>(&(), on_views));
            }
            sheet.count.finish(Ok(count), fx);
        }
    }
}

fn on_views(at: &mut Connected, fx: &mut Effects, reply: Reply<TopicViewList>) {
    let asked = at.remove_topics.sheet.as_mut().filter(|sheet| fx.is_answer_to(sheet.views_asked));
    if let (Some(sheet), Ok(views)) = (asked, reply) {
        let with_places = |view: TopicView| Some((view.name, topic_view::places(&view.specification)?));
        // A view whose paths may begin with anything tells nothing about a path.
        sheet.views = views.into_iter().filter_map(with_places).filter(|(_, p)| !p.prefix.is_empty()).collect();
    }
}

fn remove(at: &mut Connected, fx: &mut Effects) {
    let Some(sheet) = at.remove_topics.sheet.take() else { return };
    if sheet.hold(at, fx.now).is_some() {
        at.remove_topics.sheet = Some(sheet);
        return;
    }
    let before = sheet.count.ready().map(|count| count.before.clone()).unwrap_or_default();
    let change = Remove { selector: sheet.target.selector() };
    changes::send(at, Proposal::new(change, before, fx.now), fx);
}

#[cfg(test)]
mod tests;
