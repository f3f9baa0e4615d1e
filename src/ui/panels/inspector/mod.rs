//! The value inspector: the selected topic's value by type, its history and what happened to it.

mod binary;
mod branch;
mod chart;
mod compare;
pub(in crate::ui) mod editor;
mod events;
mod header;
mod history;
mod json;
mod number;
pub(super) mod parts;
mod range_query;
mod record;
mod series;
mod shown;
mod text;
mod value;
mod value_cache;
mod views;

use super::{Group, Panel, Place};
use crate::data::property::DONT_RETAIN_VALUE;
use crate::data::{TopicPath, TopicSpec};
use crate::model::Connected;
use crate::model::error_text;
use crate::model::inspector::{Inspector as Facts, Liveness};
use crate::model::link::LinkId;
use crate::model::number as figures;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme;
use crate::ui::theme::{Icon, Tokens};
use crate::ui::widgets::states;
use egui::Ui;

/// What stands below the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Value,
    Edit,
    History,
    Events,
}

/// How the inspector looks.
#[derive(Default)]
pub struct Inspector {
    subject: Option<(LinkId, TopicPath)>,
    tab: Tab,
    cache: value_cache::Cache,
    value: value::ValueView,
    editor: editor::EditorView,
    history: history::HistoryView,
    events: events::EventsView,
    branch: branch::BranchView,
}

impl Panel for Inspector {
    const ID: &'static str = "inspector";
    const TITLE: &'static str = "Inspector";
    const ICON: Icon = Icon::View;
    const GROUP: Group = Group::Topics;
    const NEEDS: Option<&'static str> = None;
    const LIVE: bool = false;
    const PLACE: Place = Place::Centre;
    const OPEN_AT_FIRST: bool = true;

    fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(connected) = cx.connected() else { return };
        let facts = &connected.inspector;
        let Some(path) = &facts.selected else {
            let text = "Select a topic in the tree to see its value. Recording starts when you select it";
            format::empty_ui(ui, Icon::View, "No topic selected", text);
            return;
        };
        self.follow(connected, path);
        ui.spacing_mut().item_spacing.y = 0.0;
        self.cache.renew(facts, ui.input(|i| i.time));
        header::header_ui(ui, cx, connected, path, self.cache.current());
        let waited = facts.found.loading.map(|(_, since)| cx.now().secs_since(since));
        if let Some(secs) = waited.filter(|secs| format::seconds(*secs) >= states::QUIET_FOR) {
            states::progress_line(ui, format::seconds(secs));
        }
        if facts.spec.is_none() {
            self.no_topic_ui(ui, cx, connected, path, waited);
            return;
        }
        let tab = self.tabs_ui(ui, cx, connected, path);
        banners_ui(ui, cx, facts, path);
        if let (Tab::Edit, Some(draft)) = (tab, connected.editor.draft(path)) {
            // Asked for while the keyboard was at a part: that part is meant.
            if let Some((pointer, act, tree)) = self.value.take_place().filter(|_| self.editor.is_asked(path, draft)) {
                self.editor.begin(pointer, act, tree);
            }
            self.editor.ui(ui, cx, connected, path, draft); // not greyed: an edit goes on without the line
            return;
        }
        let stale = connected.stale_since().is_some();
        states::greyed(ui, stale, |ui| match tab {
            Tab::Value | Tab::Edit => self.value_ui(ui, cx, connected, path, waited),
            Tab::History => self.history.ui(ui, cx, facts),
            Tab::Events => self.events.ui(ui, cx, facts),
        });
    }
}

impl Inspector {
    /// Forgets what belongs to another topic; how the user likes to see values stays.
    fn follow(&mut self, connected: &Connected, path: &TopicPath) {
        let same = self.subject.as_ref().is_some_and(|(link, old)| *link == connected.id && old == path);
        if !same {
            self.subject = Some((connected.id, path.clone()));
            self.cache = value_cache::Cache::default();
            self.value.forget();
            self.history = history::HistoryView::default();
            self.events = events::EventsView::default();
            self.branch = branch::BranchView::default();
        }
    }

    fn no_topic_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath, waited: Option<f64>) {
        let facts = &connected.inspector;
        if self.branch.ui(ui, cx, connected, path) {
            return;
        }
        if let Some(error) = &facts.found.error {
            format::failed_ui(ui, &error_text::call(error, &format!("read “{path}”")));
        } else if let Some(secs) = waited {
            format::loading_ui(ui, "Reading the topic…", secs);
        } else if facts.found.value.is_some() {
            let text = "The server has no topic at this path, or your session may not read it";
            format::empty_ui(ui, Icon::Topic, "No topic at this path", text);
        }
    }

    /// Draws the tabs; gives back the one in front.
    fn tabs_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath) -> Tab {
        let facts = &connected.inspector;
        let draft = connected.editor.draft(path);
        let kept = facts.history.iter().rev().find(|e| e.number <= facts.last_shown());
        let kept = kept.map_or(0, |last| last.number + 1 - facts.history[0].number);
        let mut titles = vec![
            (Tab::Value, "Value".to_owned()),
            (Tab::History, format!("History {}", figures::grouped(kept))),
            (Tab::Events, format!("Events {}", figures::grouped(facts.events.len() as u64))),
        ];
        if let Some(draft) = draft {
            titles.insert(1, (Tab::Edit, editor::tab_title(draft)));
        }
        let before = if draft.is_some_and(|d| d.in_front) { Tab::Edit } else { self.tab };
        let mut tab = before;
        parts::tab_strip(ui, &mut tab, &titles, |ui| {
            if let Some(current) = self.cache.current() {
                header::value_acts_ui(ui, cx, path, current);
            }
            if let Some(spec) = &facts.spec {
                editor::button_ui(ui, cx, spec);
            }
        });
        if tab != before {
            if draft.is_some() {
                cx.send(crate::model::editor::Intent::SetFront(tab == Tab::Edit));
            }
            if tab != Tab::Edit {
                self.tab = tab;
            }
        }
        tab
    }

    fn value_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath, waited: Option<f64>) {
        let facts = &connected.inspector;
        if self.value.query_ui(ui, cx, connected, path, self.cache.current()) {
            return;
        }
        let Some(current) = self.cache.current() else {
            nothing_ui(ui, facts, path, waited);
            return;
        };
        let open_all = self.value.ui(ui, cx, facts, path, current);
        if self.value.double_clicked(ui) {
            cx.send(crate::model::editor::Intent::Open);
        }
        if let Some((pointer, act, tree)) = self.value.take_wish() {
            cx.send(crate::model::editor::Intent::Open);
            self.editor.begin(pointer, act, tree);
        }
        if open_all {
            self.cache.open_all();
        }
    }
}

/// Why there is no value to show.
fn nothing_ui(ui: &mut Ui, facts: &Facts, path: &TopicPath, waited: Option<f64>) {
    let keeps_none = |spec: &TopicSpec| spec.properties.value(DONT_RETAIN_VALUE) == Some("true");
    if let (Some(error), Liveness::Resting) = (&facts.found.error, &facts.liveness) {
        format::failed_ui(ui, &error_text::call(error, &format!("read “{path}”")));
    } else if facts.spec.as_deref().is_some_and(keeps_none) {
        let text = "The server hands values on and forgets them (DONT_RETAIN_VALUE). \
                    The next one is shown here as it arrives";
        format::empty_ui(ui, Icon::Topic, "This topic keeps no value", text);
    } else if let Some(secs) = waited {
        format::loading_ui(ui, "Reading the value…", secs);
    } else if facts.liveness == Liveness::Resting && facts.found.value.is_none() {
        // The selection rests for a moment before anything is asked: nothing to say yet.
    } else {
        let text = "It exists, but nobody has set a value. The first one is shown here as it arrives";
        format::empty_ui(ui, Icon::Topic, "This topic has no value yet", text);
    }
}

/// What is wrong with the value that stays on screen below.
fn banners_ui(ui: &mut Ui, cx: &Cx<'_>, facts: &Facts, path: &TopicPath) {
    let tokens = Tokens::of(ui);
    let mut banner = |tint, sign, what: &str, why: &str, act: Option<&str>| {
        egui::Frame::new().inner_margin(egui::Margin { left: 8, right: 8, top: 6, bottom: 0 }).show(ui, |ui| {
            states::banner(ui, tint, sign, what, why, |ui| act.is_some_and(|act| ui.button(theme::text(act)).clicked()))
                .1
        })
    };
    match &facts.liveness {
        Liveness::Unsubscribed { reason, at } => {
            let why = format!("{}, at {}", events::reason_words(*reason), format::clock(*at));
            banner(tokens.warn, Icon::Struck, "Unsubscribed", &why, None);
        }
        Liveness::Lost { reason } => {
            let why = format!("{reason}. The next whole value is waited for");
            banner(tokens.error, Icon::Error, "The last value could not be used", &why, None);
        }
        Liveness::Live { .. } | Liveness::Resting => {}
    }
    if let Some(error) = facts.found.error.as_ref().filter(|_| facts.latest.is_some()) {
        let words = error_text::call(error, &format!("read “{path}”"));
        if banner(tokens.error, Icon::Error, &words.summary, &words.remedy, Some("Try again")).inner {
            cx.send(crate::model::inspector::Intent::Refresh);
        }
    }
}
