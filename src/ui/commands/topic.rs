//! Commands on topics, branches and their values.

use super::{Command, Scope, Section, Target, bare, commands, ctrl, ctrl_shift, needs_connection};
use crate::data::TopicSelector;
use crate::data::selector::Descendants;
use crate::model::safety::Mode;
use crate::model::{
    self, BlockReason, copy_as, editor, export, import, inspector, new_topic, number, remove_topics, subscriptions,
    topics,
};
use crate::ui::cx::ShellRequest;
use crate::ui::panels::{Panel as _, inspector::Inspector, topic_tree::TopicTree};
use crate::ui::theme::Icon;
use egui::Key;
use topics::multi_select;

commands! {
    /// Gives the keyboard to the filter of the tree.
    FILTER = Command::new("filter-topics", "Filter topics", Section::Topic, |on| {
        on.cx.ask_shell(ShellRequest::FocusFilter(TopicTree::ID));
    }).key(ctrl(Key::F)).icon(Icon::Search).unless(needs_connection);
    /// Opens the form of a new topic below the selected path.
    NEW = Command::new("new-topic", "New topic…", Section::Topic, |on| {
        on.cx.send(new_topic::Intent::OpenWith(on.path.clone()));
    }).key(ctrl(Key::T)).icon(Icon::Plus).unless(needs_connection);
    /// Opens the form with the specification of the selected topic.
    NEW_LIKE = Command::new("new-topic-like", "New topic like this…", Section::Topic, |on| {
        if let Some(path) = &on.path {
            on.cx.send(new_topic::Intent::OpenLike(path.clone()));
        }
    }).key(ctrl(Key::D)).unless(no_topic);
    /// Opens the form of many topics.
    FROM_LIST = Command::new("topics-from-list", "Topics from a list…", Section::Topic, |on| {
        on.cx.send(import::Intent::Open);
    }).unless(needs_connection);
    /// Opens the form that changes a specification.
    CHANGE_SPECIFICATION = Command::new("change-specification", "Change specification…", Section::Topic, |on| {
        if let Some(path) = &on.path {
            on.cx.send(new_topic::Intent::OpenFor(path.clone()));
        }
    }).unless(no_topic);
    /// Selects the topic and opens the editor of its value.
    EDIT_VALUE = Command::new("edit-value", "Edit value…", Section::Topic, |on| {
        if let Some(path) = &on.path {
            let selected = on.connected().and_then(|connected| connected.inspector.selected.as_ref());
            if selected == Some(path) {
                on.cx.send(editor::Intent::Open);
            } else {
                on.cx.send(inspector::Intent::Select(Some(path.clone())));
                on.cx.send(editor::Intent::OpenWhenKnown);
            }
            on.cx.ask_shell(ShellRequest::ShowPanel(Inspector::ID));
        }
    }).key(bare(Key::F2)).icon(Icon::Edit).unless(no_topic);
    /// Copies the paths.
    COPY_PATH = Command::new("copy-path", "Copy path", Section::Topic, |on| {
        let paths: Vec<String> = on.paths().iter().map(|path| path.as_str().to_owned()).collect();
        on.cx.send(model::Intent::Copy(paths.join("\n")));
    }).key(ctrl(Key::C)).icon(Icon::Copy).scope(Scope::Tree).unless(no_path).words_for(|on| match on.paths().len() {
        _ if !on.checked => "Copy path".to_owned(),
        count => format!("Copy {}", number::count_of(count as u64, "path", "paths")),
    });
    /// Copies the selector of a branch.
    COPY_SELECTOR = Command::new("copy-selector", "Copy selector of the branch", Section::Topic, |on| {
        if let Some(path) = &on.path {
            let selector = TopicSelector::of_branch(path.as_str(), Descendants::MatchAndBelow);
            on.cx.send(model::Intent::Copy(selector.expression().to_owned()));
        }
    }).unless(no_path);
    /// Opens the sheet in which a form of copying is chosen.
    COPY_AS = Command::new("copy-as", "Copy as…", Section::Topic, |on| {
        on.cx.send(copy_as::Intent::Open(on.paths()));
    }).key(ctrl_shift(Key::C)).unless(no_path);
    /// Makes the path a favourite, or no longer.
    FAVOURITE = Command::new("favourite", "Favourite", Section::Topic, |on| {
        if let Some(path) = &on.path {
            on.cx.send(topics::Intent::ToggleFavourite(path.clone()));
        }
    }).key(ctrl_shift(Key::B)).icon(Icon::Star).unless(no_path).words_for(|on| {
        let favourite = on.path.as_ref().is_some_and(|path| {
            on.connected().is_some_and(|connected| connected.topics.favourites.contains(path))
        });
        if favourite { "No longer a favourite" } else { "Make a favourite" }.to_owned()
    });
    /// Freezes the inspector, or resumes it.
    FREEZE = Command::new("freeze", "Freeze or resume the view", Section::Topic, |on| {
        if let Some(connected) = on.connected() {
            on.cx.send(inspector::Intent::SetFrozen(connected.inspector.frozen.is_none()));
        }
    }).key(ctrl(Key::Period)).icon(Icon::Pause).unless(needs_connection).words_for(|on| {
        let frozen = on.connected().is_some_and(|connected| connected.inspector.frozen.is_some());
        if frozen { "Resume the view" } else { "Freeze the view" }.to_owned()
    });
    /// Fetches the selected topic again.
    FETCH = Command::new("fetch-again", "Fetch again", Section::Topic, |on| {
        on.cx.send(inspector::Intent::Refresh);
    }).key(bare(Key::F5)).icon(Icon::Refresh).unless(no_path);
    /// Writes a branch to a file.
    EXPORT = Command::new("export-branch", "Export branch…", Section::Topic, |on| {
        on.cx.send(export::Intent::Open(on.path.clone()));
    }).unless(needs_connection);
    /// Reads topics from a file.
    IMPORT = Command::new("import-branch", "Import branch…", Section::Topic, |on| {
        on.cx.send(import::Intent::ChooseBranch);
    }).unless(needs_connection);
    /// Opens the sheet that removes topics.
    REMOVE = Command::new("remove-topics", "Remove topics…", Section::Topic, |on| {
        if on.checked {
            on.cx.send(remove_topics::Intent::OpenChecked);
        } else if let Some(path) = &on.path {
            on.cx.send(remove_topics::Intent::OpenPath(path.clone()));
        }
    }).key(bare(Key::Delete)).scope(Scope::Tree).unless(no_path).words_for(|on| match on.connected() {
        Some(connected) if on.checked => {
            let checks = &connected.topics.checks;
            format!("Remove {}…", rows_text(checks.topics(), checks.branches()))
        }
        _ => "Remove…".to_owned(),
    });
    /// Opens the sheet that removes what the filter of the tree selects.
    REMOVE_FILTERED = Command::new(
        "remove-by-selector", "Remove by selector: what the filter selects…", Section::Topic, |on| {
            if let Some(selector) = filter_selector(on) {
                on.cx.send(remove_topics::Intent::OpenSelector(selector.to_owned()));
            }
        }
    ).unless(|on| filter_selector(on).is_none().then_some("The filter of the tree holds no selector"));
    /// Subscribes to the checked rows.
    SUBSCRIBE_CHECKED = Command::new("subscribe-checked", "Subscribe to what is checked", Section::Topic, |on| {
        let selector = on.connected().and_then(|connected| connected.topics.checked_selector());
        if let Some(selector) = selector {
            on.cx.send(subscriptions::Intent::Add(selector.expression().to_owned()));
        }
    }).icon(Icon::Live).unless(nothing_checked).words_for(|on| {
        if on.paths().len() == 1 { "Subscribe to it" } else { "Subscribe to all of them" }.to_owned()
    });
    /// Checks the row, or no longer.
    CHECK = Command::new("check", "Check", Section::Topic, |on| {
        if let Some(path) = &on.path {
            on.cx.send(topics::Intent::Check(multi_select::Act::Toggle(path.clone())));
        }
    }).fixed_key("Space").scope(Scope::Tree).unless(no_path).not_in_palette();
    /// Unchecks every row.
    CLEAR_CHECKS = Command::new("clear-checks", "Clear checks", Section::Topic, |on| {
        on.cx.send(topics::Intent::Check(multi_select::Act::Clear));
    }).fixed_key("Esc").icon(Icon::Close).scope(Scope::Tree).unless(nothing_checked);
    /// Opens a branch of the tree, or closes it.
    OPEN = Command::new("open-branch", "Open or close the branch", Section::Topic, |on| {
        if let Some(path) = &on.path {
            let path = path.clone();
            on.cx.send(if is_open(on) { topics::Intent::Close(path) } else { topics::Intent::Open(path) });
        }
    }).fixed_key("← →").scope(Scope::Tree).unless(no_path).not_in_palette().words_for(|on| {
        if is_open(on) { "Close" } else { "Open" }.to_owned()
    });
    /// Opens a branch with everything below it.
    OPEN_ALL = Command::new("open-all", "Open all below", Section::Topic, |on| {
        if let Some(path) = &on.path {
            on.cx.send(topics::Intent::OpenAll(path.clone()));
        }
    }).fixed_key("*").scope(Scope::Tree).unless(no_path);
    /// Asks the server again what is below a branch.
    LOAD = Command::new("load-branch", "Load again", Section::Topic, |on| {
        if let Some(path) = &on.path {
            on.cx.send(topics::Intent::Refresh(path.as_str().to_owned()));
        }
    }).unless(no_path);
    /// Asks the server again for the first level of the tree.
    LOAD_TREE = Command::new("load-tree", "Load the tree again", Section::Topic, |on| {
        on.cx.send(topics::Intent::Refresh(String::new()));
    }).icon(Icon::Refresh).unless(needs_connection);
    /// Closes every branch.
    CLOSE_ALL = Command::new("close-all", "Close all branches", Section::Topic, |on| {
        on.cx.send(topics::Intent::CloseAll);
    }).icon(Icon::Minus).unless(needs_connection);
}

/// So many topics and branches in words: “2 topics”, “1 topic, 1 branch”.
#[must_use]
pub fn rows_text(topics: usize, branches: usize) -> String {
    let topic_words = number::count_of(topics as u64, "topic", "topics");
    let branch_words = number::count_of(branches as u64, "branch", "branches");
    match (topics, branches) {
        (_, 0) => topic_words,
        (0, _) => branch_words,
        _ => format!("{topic_words}, {branch_words}"),
    }
}

/// Why nothing can be changed now, for menus that offer changes at a row.
#[must_use]
pub fn read_only(on: &Target<'_>) -> Option<&'static str> {
    let connected = on.connected()?;
    (connected.safety.mode(on.cx.now()) == Mode::ReadOnly).then_some(BlockReason::ReadOnly.sentence())
}

fn no_path(on: &Target<'_>) -> Option<&'static str> {
    needs_connection(on).or_else(|| (on.path.is_none() && !on.checked).then_some("Select a topic first"))
}

/// What needs a topic, and not a branch without one.
fn no_topic(on: &Target<'_>) -> Option<&'static str> {
    let (Some(connected), Some(path)) = (on.connected(), &on.path) else { return no_path(on) };
    let known = connected.topics.tree.find(path.as_str()).and_then(|node| connected.topics.tree.topic_type(node));
    let selected = connected.inspector.selected.as_ref() == Some(path) && connected.inspector.spec.is_some();
    (known.is_none() && !selected).then_some("There is no topic at this path")
}

fn nothing_checked(on: &Target<'_>) -> Option<&'static str> {
    let checked = on.connected().is_some_and(|connected| !connected.topics.checks.is_empty());
    (!checked).then_some("No row of the tree is checked")
}

fn is_open(on: &Target<'_>) -> bool {
    let (Some(connected), Some(path)) = (on.connected(), &on.path) else { return false };
    let tree = &connected.topics.tree;
    tree.find(path.as_str()).is_some_and(|node| tree.is_open(node))
}

/// The selector in the filter of the tree, if it is one.
fn filter_selector<'a>(on: &Target<'a>) -> Option<&'a str> {
    let filter = &on.connected()?.topics.filter;
    let text = filter.text.trim();
    (text.starts_with(['?', '*', '>', '#']) && filter.error.is_none()).then_some(text)
}
