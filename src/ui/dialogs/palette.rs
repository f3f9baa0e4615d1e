//! Search everything: topics known, panels, connections, commands.

use super::WindowDialog;
use crate::data::TopicPath;
use crate::model::{self, Intent};
use crate::ui::commands::{self, Command, Section, Target};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::panels;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::dialog::Dialog;
use egui::{Key, Modifiers, TextEdit, Ui, vec2};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What the palette remembers about how it looks.
#[derive(Default)]
pub(crate) struct Palette {
    open: bool,
    text: String,
    at: usize,
}

enum Found {
    Topic(TopicPath),
    Connection(crate::model::link::LinkId, String),
    Profile(String, String),
    /// With the reason why it cannot be done now.
    Command(&'static Command, String, Option<&'static str>),
}

impl Found {
    fn kind(&self) -> &'static str {
        match self {
            Self::Topic(_) => "path",
            Self::Connection(..) => "connection",
            Self::Profile(..) => "server",
            Self::Command(command, ..) if command.section == Section::Panel => "panel",
            Self::Command(..) => "command",
        }
    }

    fn words(&self) -> &str {
        match self {
            Self::Topic(path) => path.as_str(),
            Self::Connection(_, name) | Self::Profile(_, name) => name,
            Self::Command(_, words, _) => words,
        }
    }

    /// Why it cannot be done now.
    fn block(&self) -> Option<&'static str> {
        if let Self::Command(_, _, block) = self { *block } else { None }
    }
}

/// Rows in sight; more are reached by the keys and by scrolling.
const IN_SIGHT: usize = 12;
const ROW: f32 = 26.0;
/// Rows in the list; who looks for more types another letter.
const MOST: usize = 100;

impl WindowDialog for Palette {
    const ID: &'static str = "palette";

    fn request(&mut self, request: &ShellRequest) {
        if *request == ShellRequest::OpenPalette {
            *self = Self { open: true, ..Self::default() };
        }
    }

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        if !self.open {
            return;
        }
        let mut chosen = None;
        // From its upper edge down, so that the field stays in its place while the list below it changes.
        let output = Dialog::new(Self::ID, "").width(520.0).top(72.0).show(ui, |dialog| {
            let ui = &mut *dialog.ui;
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
            let room = ROW * IN_SIGHT as f32;
            egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
                for (row, item) in found.into_iter().enumerate() {
                    let response = row_ui(ui, cx, &item, row == self.at);
                    if row == self.at && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if (response.clicked() || (enter && row == self.at)) && item.block().is_none() {
                        chosen = Some(item);
                    }
                }
            });
            if count == 0 {
                ui.label(theme::muted(ui, "Nothing found among what is known here"));
            }
        });
        if let Some(item) = chosen {
            self.open = false;
            choose(item, cx);
        } else if output.closes {
            self.open = false;
        }
    }
}

fn row_ui(ui: &mut Ui, cx: &Cx<'_>, item: &Found, selected: bool) -> egui::Response {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::click());
    let block = item.block();
    response.widget_info(|| {
        let reason = block.map(|block| format!(", {block}")).unwrap_or_default();
        let name = format!("{} {}{reason}", item.kind(), item.words());
        egui::WidgetInfo::selected(egui::Role::ListItem, block.is_none(), selected, theme::spoken(name))
    });
    if selected || response.hovered() {
        let fill = if selected { tokens.selection } else { tokens.hover };
        ui.painter().rect_filled(rect, theme::tokens::radius::S, fill);
    }
    let small = egui::FontId::proportional(theme::tokens::text::SMALL);
    let at = rect.left_center() + vec2(8.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, theme::line(item.kind()), small.clone(), tokens.text_faint);
    let words = egui::FontId::proportional(theme::tokens::text::BODY);
    let clip = ui.painter().with_clip_rect(rect.shrink(4.0));
    let ink = if block.is_some() { tokens.text_faint } else { tokens.text };
    clip.text(rect.left_center() + vec2(90.0, 0.0), egui::Align2::LEFT_CENTER, theme::line(item.words()), words, ink);
    let right = match (item, block) {
        (_, Some(block)) => block.to_owned(),
        (Found::Command(command, ..), None) => commands::key_text(ui, cx, command),
        _ => String::new(),
    };
    clip.text(
        rect.right_center() - vec2(8.0, 0.0),
        egui::Align2::RIGHT_CENTER,
        theme::line(right),
        small,
        tokens.text_faint,
    );
    response
}

fn search(text: &str, cx: &Cx<'_>) -> Vec<Found> {
    let on = Target::current(cx);
    let command = |command: &'static Command| {
        let block = (command.block)(&on);
        // What cannot be done is shown, with its reason, to those only who look for it.
        (command.in_palette && (block.is_none() || !text.is_empty()))
            .then(|| Found::Command(command, command.text(&on), block))
    };
    let mut all: Vec<Found> = panels::COMMANDS.iter().filter_map(|panel| command(panel)).collect();
    if let Some(connected) = cx.connected()
        && !text.is_empty()
    {
        all.extend(connected.topics.find_text(text, 200).into_iter().map(Found::Topic));
    }
    all.extend(cx.model.links.iter().map(|c| Found::Connection(c.id, c.name.clone())));
    let profiles = &cx.model.connections.profiles.list;
    all.extend(profiles.iter().map(|p| Found::Profile(p.key.clone(), p.title())));
    all.extend(commands::all().filter(|found| found.section != Section::Panel).filter_map(command));
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
        scored.sort_by_key(|(score, item)| (item.block().is_some(), std::cmp::Reverse(*score)));
        all = scored.into_iter().map(|(_, item)| item).collect();
    }
    all.truncate(MOST);
    all
}

fn choose(item: Found, cx: &Cx<'_>) {
    match item {
        Found::Topic(path) => {
            cx.send(model::topics::Intent::Reveal(path.clone()));
            cx.send(model::inspector::Intent::Select(Some(path)));
        }
        Found::Connection(id, _) => cx.send(Intent::Activate(id)),
        Found::Profile(key, _) => cx.send(model::connections::Intent::ConnectStored(key)),
        Found::Command(command, ..) => command.run_on(&Target::current(cx)),
    }
}
