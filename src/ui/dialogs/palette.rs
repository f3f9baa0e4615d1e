//! Search everything: topics known, panels, connections, commands.

use crate::data::TopicPath;
use crate::model::{self, Intent};
use crate::ui::cx::{Command, Cx};
use crate::ui::panels;
use crate::ui::theme::{self, Tokens};
use egui::{Id, Key, Modifiers, TextEdit, Ui, vec2};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What the palette remembers about how it looks.
#[derive(Default)]
pub struct Palette {
    open: bool,
    text: String,
    at: usize,
    /// A panel whose filter wants the keyboard in the next frame.
    pub focus_filter: Option<&'static str>,
}

enum Found {
    Topic(TopicPath),
    Panel(&'static str, &'static str),
    Connection(crate::model::link::LinkId, String),
    Profile(String, String),
    Act(&'static str, Intent),
    ResetLayout,
    Keys,
}

impl Found {
    fn kind(&self) -> &'static str {
        match self {
            Self::Topic(_) => "path",
            Self::Panel(..) => "panel",
            Self::Connection(..) => "connection",
            Self::Profile(..) => "server",
            Self::Act(..) | Self::ResetLayout | Self::Keys => "command",
        }
    }

    fn words(&self) -> &str {
        match self {
            Self::Topic(path) => path.as_str(),
            Self::Panel(_, title) => title,
            Self::Connection(_, name) | Self::Profile(_, name) => name,
            Self::Act(words, _) => words,
            Self::ResetLayout => "Reset layout",
            Self::Keys => "Keyboard shortcuts",
        }
    }
}

const SHOWN: usize = 12;

impl Palette {
    /// Opens it, empty.
    pub fn open(&mut self) {
        self.open = true;
        self.text.clear();
        self.at = 0;
    }

    /// Draws it if it is open.
    pub fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        if let Some(id) = self.focus_filter.take() {
            ui.ctx().memory_mut(|m| m.request_focus(crate::ui::widgets::filter_box::id_of(id)));
        }
        if !self.open {
            return;
        }
        let mut chosen = None;
        // From its upper edge down, so that the field stays in its place while the list below it changes.
        let id = Id::unique("palette");
        let area = egui::Modal::default_area(id).anchor(egui::Align2::CENTER_TOP, vec2(0.0, 72.0));
        let modal = egui::Modal::new(id).area(area).frame(theme::dialog_frame(ui)).show(ui.ctx(), |ui| {
            ui.set_width(520.0);
            let (up, down, enter) = ui.input_mut(|i| {
                (
                    i.consume_key(Modifiers::NONE, Key::ArrowUp),
                    i.consume_key(Modifiers::NONE, Key::ArrowDown),
                    i.consume_key(Modifiers::NONE, Key::Enter),
                )
            });
            let edit = TextEdit::singleline(&mut self.text)
                .hint_text("Topics known, panels, servers, commands")
                .desired_width(f32::INFINITY);
            let response = ui.add(edit);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Search everything"));
            response.request_focus();
            if response.changed() {
                self.at = 0;
            }
            let found = search(&self.text, cx);
            let count = found.len();
            if up {
                self.at = self.at.saturating_sub(1);
            }
            if down {
                self.at = (self.at + 1).min(count.saturating_sub(1));
            }
            ui.add_space(6.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            for (row, item) in found.into_iter().enumerate() {
                if row_ui(ui, &item, row == self.at).clicked() || (enter && row == self.at) {
                    chosen = Some(item);
                }
            }
            if count == 0 {
                ui.label(theme::muted(ui, "Nothing found among what is known here"));
            }
        });
        if let Some(item) = chosen {
            self.open = false;
            choose(item, cx);
        } else if modal.should_close() {
            self.open = false;
        }
    }
}

fn row_ui(ui: &mut Ui, item: &Found, selected: bool) -> egui::Response {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::ListItem, true, selected, format!("{} {}", item.kind(), item.words()))
    });
    if selected || response.hovered() {
        let fill = if selected { tokens.selection } else { tokens.hover };
        ui.painter().rect_filled(rect, theme::tokens::radius::S, fill);
    }
    let kind = egui::FontId::proportional(theme::tokens::text::SMALL);
    ui.painter().text(
        rect.left_center() + vec2(8.0, 0.0),
        egui::Align2::LEFT_CENTER,
        item.kind(),
        kind,
        tokens.text_faint,
    );
    let words = egui::FontId::proportional(theme::tokens::text::BODY);
    let clip = ui.painter().with_clip_rect(rect.shrink(4.0));
    clip.text(rect.left_center() + vec2(90.0, 0.0), egui::Align2::LEFT_CENTER, item.words(), words, tokens.text);
    response
}

fn search(text: &str, cx: &Cx<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    if let Some(connected) = cx.connected() {
        all.extend(panels::LIST.iter().map(|(id, title)| Found::Panel(id, title)));
        if !text.is_empty() {
            all.extend(connected.topics.find_text(text, 200).into_iter().map(Found::Topic));
        }
    }
    all.extend(cx.model.links.iter().map(|c| Found::Connection(c.id, c.name.clone())));
    let profiles = &cx.model.connections.profiles.list;
    all.extend(profiles.iter().map(|p| Found::Profile(p.key.clone(), p.title().to_owned())));
    all.push(Found::Act("New connection…", model::connections::Intent::New.into()));
    all.push(Found::Act("Open the demo server", model::connections::Intent::OpenDemo.into()));
    all.push(Found::Act("Light theme", model::settings::Intent::SetTheme(model::settings::Theme::Light).into()));
    all.push(Found::Act("Dark theme", model::settings::Intent::SetTheme(model::settings::Theme::Dark).into()));
    if let Some(connected) = cx.connected() {
        topic_acts(connected, &mut all);
        let selected = connected.inspector.selected.clone();
        all.push(Found::Act("Export branch…", model::export::Intent::Open(selected).into()));
        let import = model::import::Intent::ChooseBranch;
        all.push(Found::Act("Import branch…", model::new_topic::Intent::Many(import).into()));
    }
    all.push(Found::ResetLayout);
    all.push(Found::Keys);
    if !text.is_empty() {
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        let pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, Found)> = all
            .into_iter()
            .filter_map(|item| {
                let score = pattern.score(Utf32Str::new(item.words(), &mut buffer), &mut matcher)?;
                Some((score, item))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        all = scored.into_iter().map(|(_, item)| item).collect();
    }
    all.truncate(SHOWN);
    all
}

/// What can be done with the checked or the selected topics.
fn topic_acts(connected: &model::Connected, all: &mut Vec<Found>) {
    let topics = &connected.topics;
    let selected = connected.inspector.selected.clone();
    if !topics.checks.is_empty() {
        all.push(Found::Act("Remove topics…", model::remove_topics::Intent::OpenChecked.into()));
    } else if let Some(path) = selected.clone() {
        all.push(Found::Act("Remove topics…", model::remove_topics::Intent::OpenPath(path).into()));
    }
    let filter = topics.filter.text.trim();
    if filter.starts_with(['?', '*', '>', '#']) && topics.filter.error.is_none() {
        let remove = model::remove_topics::Intent::OpenSelector(filter.to_owned());
        all.push(Found::Act("Remove by selector: what the filter selects…", remove.into()));
    }
    all.push(Found::Act("Topics from a list…", model::new_topic::Intent::Many(model::import::Intent::Open).into()));
    if let Some(path) = selected
        && connected.inspector.spec.is_some()
    {
        all.push(Found::Act("Change specification…", model::new_topic::Intent::OpenFor(path).into()));
        all.push(Found::Act("Edit value", model::editor::Intent::Open.into()));
    }
}

fn choose(item: Found, cx: &Cx<'_>) {
    match item {
        Found::Topic(path) => {
            cx.send(model::topics::Intent::Reveal(path.clone()));
            cx.send(model::inspector::Intent::Select(Some(path)));
        }
        Found::Panel(id, _) => cx.command(Command::ShowPanel(id)),
        Found::Connection(id, _) => cx.send(Intent::Activate(id)),
        Found::Profile(key, _) => cx.send(model::connections::Intent::ConnectStored(key)),
        Found::Act(_, intent) => cx.send(intent),
        Found::ResetLayout => cx.command(Command::ResetLayout),
        Found::Keys => cx.command(Command::ShowKeys),
    }
}
