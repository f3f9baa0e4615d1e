//! Above the table of sessions: the two views, the filter, figures and chips, and one line that is always there.

use super::{Sessions, words};
use crate::data::session_property as property;
use crate::model::Connected;
use crate::model::number::{count_of, grouped};
use crate::model::session_list::filter::offers;
use crate::model::session_list::groups::GroupBy;
use crate::model::session_list::listen::Phase;
use crate::model::session_list::view::{Side, View};
use crate::model::session_list::{Chip, Intent, SessionList};
use crate::ui::commands::sessions as keys;
use crate::ui::commands::tip_of;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::panels::Panel as _;
use crate::ui::session_acts;
use crate::ui::theme::tokens::{size, space};
use crate::ui::theme::{self, Icon, Tokens, icon, icon_button, icon_toggle};
use crate::ui::widgets::choice_popup::{Choice, Chosen};
use crate::ui::widgets::layout::tool_row;
use crate::ui::widgets::{filter_box, menu};
use egui::{Align, Button, Key, Layout, Modifiers, TextEdit, Ui};
use std::sync::Arc;

/// Below this width the box has a row of its own, in points.
const NARROW: f32 = 620.0;

impl Sessions {
    /// The two views, the filter and what is kept of it.
    pub(super) fn filter_row_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let list = &connected.session_list;
        // In a narrow panel the box has a row of its own.
        let is_narrow = ui.available_width() < NARROW;
        if is_narrow {
            tool_row(ui, |ui| self.sides_ui(ui, list));
        }
        tool_row(ui, |ui| {
            if !is_narrow {
                self.sides_ui(ui, list);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                let more = icon_button(ui, Icon::More, "More acts on the list of sessions");
                menu::popup(egui::Popup::menu(&more), |ui| {
                    self.matching_ui(ui, cx, connected);
                    more_ui(ui, cx, list);
                });
                let words = tip_of(ui, cx, &keys::SAVED_FILTERS, "Saved filters");
                let kept = icon_button(ui, Icon::ChevronDown, &words);
                if kept.clicked() {
                    self.kept.toggle(ui);
                }
                let name = list.saved.iter().find(|kept| kept.text == list.filter.text().trim());
                let words = tip_of(ui, cx, &keys::SAVE_FILTER, "Save this filter");
                let sign = if name.is_some() { Icon::StarFilled } else { Icon::Star };
                if icon_button(ui, sign, &words).clicked() && !list.filter.text().trim().is_empty() {
                    self.naming = Some(name.map(|kept| kept.name.clone()).unwrap_or_default());
                    self.naming_is_new = true;
                }
                self.kept_ui(ui, cx, list, &kept);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| self.box_ui(ui, cx, list));
            });
        });
        self.naming_ui(ui, cx);
    }

    fn sides_ui(&mut self, ui: &mut Ui, list: &SessionList) {
        for (side, words, count) in [(Side::Live, "Live", list.rows.len()), (Side::Closed, "Closed", list.closed.len())]
        {
            let text = format!("{words} {}", grouped(count as u64));
            if ui.add(Button::selectable(self.side == side, theme::text(text))).clicked() {
                self.side = side;
            }
        }
    }

    /// Acts on every session that the filter shows.
    fn matching_ui(&self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        if self.side != Side::Live {
            return;
        }
        let words = format!("All that match, {}", grouped(self.view().counts().all as u64));
        menu::sub_menu(ui, &words, |ui| {
            session_acts::menu_ui(ui, cx, connected, || connected.sessions_matching(self.view().sessions()));
        });
    }

    fn kept_ui(&mut self, ui: &Ui, cx: &Cx<'_>, list: &SessionList, anchor: &egui::Response) {
        let choice = |kept: &crate::model::session_list::saved::SavedFilter| Choice {
            text: kept.name.clone(),
            note: crate::model::number::middle_cut(&kept.text, 30).clone(),
            removable: true,
        };
        let choices: Vec<Choice> = list.saved.iter().map(choice).collect();
        let empty = "Nothing is saved yet. The star keeps the filter in the box";
        match self.kept.show(ui, anchor, "Find a saved filter", empty, &choices) {
            Some(Chosen::Take(at)) => {
                self.text.draft.clone_from(&list.saved[at].text);
                cx.send(Intent::SetFilter(list.saved[at].text.clone()));
            }
            Some(Chosen::Remove(at)) => cx.send(Intent::ForgetFilter(list.saved[at].name.clone())),
            None => {}
        }
    }

    fn box_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, list: &SessionList) {
        let id = filter_box::id_of(Self::ID);
        // Something else may have set the text.
        if self.sent != list.filter.text() {
            list.filter.text().clone_into(&mut self.text.draft);
            list.filter.text().clone_into(&mut self.sent);
        }
        let had_focus = ui.memory(|memory| memory.has_focus(id));
        let hint = "Words, or a session filter: $Principal is \"bot7\"";
        let output = self.text.show(ui, id, &list.filter, hint, |text, at| offers(&list.rows, text, at));
        if let Some(reading) = output.read_as {
            cx.send(Intent::ReadAs(reading));
        }
        let field = &output.field;
        let cleared = had_focus && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if cleared {
            self.text.draft.clear();
        }
        if self.text.draft != self.sent {
            self.sent.clone_from(&self.text.draft);
            cx.send(Intent::SetFilter(self.sent.clone()));
        }
        if cleared || field.entered || field.left_downwards {
            self.wants_table = true;
        }
    }

    /// The name under which the text of the box is kept.
    fn naming_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let Some(name) = &mut self.naming else { return };
        let mut done = false;
        tool_row(ui, |ui| {
            ui.label("Save the filter as");
            let field = ui.add(TextEdit::singleline(name).desired_width(220.0).hint_text("Name"));
            ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Name of the filter"));
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if !field.has_focus() && !entered && std::mem::take(&mut self.naming_is_new) {
                field.request_focus();
            }
            let can = !name.trim().is_empty();
            if (ui.add_enabled(can, Button::new("Save")).clicked() || entered) && can {
                cx.send(Intent::SaveFilter(name.clone()));
                done = true;
            }
            let left = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
            done |= ui.button("Cancel").clicked() || left;
        });
        if done {
            self.naming = None;
            self.wants_table = true;
        }
    }

    /// Figures, chips and groups.
    pub(super) fn figures_row_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, list: &SessionList) {
        let counts = self.view().counts();
        let side = self.side;
        wrapped_row(ui, |ui| {
            let total = if side == Side::Live { list.rows.len() } else { list.closed.len() };
            let text = format!("{} of {}", grouped(counts.all as u64), grouped(total as u64));
            ui.label(theme::strong(text));
            if side == Side::Live {
                for (chip, words, count) in [
                    (Chip::All, "All", None),
                    (Chip::Connected, "Connected", Some(counts.connected)),
                    (Chip::Disconnected, "Disconnected", Some(counts.disconnected)),
                    (Chip::New, "New", Some(counts.new)),
                ] {
                    let text =
                        count.map_or_else(|| words.to_owned(), |count| format!("{words} {}", grouped(count as u64)));
                    if ui.add(Button::selectable(list.chip == chip, theme::text(text))).clicked() {
                        cx.send(Intent::Show(chip));
                    }
                }
            }
            let group = if side == Side::Live { &list.group } else { &list.closed_group };
            let words = format!("Group: {}", group.as_ref().map_or("none", GroupBy::title));
            let button = ui.button(theme::text(words));
            if button.clicked() {
                self.grouping.toggle(ui);
            }
            self.groups_ui(ui, cx, list, &button);
            if side == Side::Live {
                let words = "Freeze: rows stay as they are until they are let in";
                if icon_toggle(ui, Icon::Pause, words, Some(self.frozen)).clicked() {
                    self.frozen = !self.frozen;
                }
            }
            if side == Side::Live && !list.rows.is_empty() {
                let all = self.view().sessions().all(|id| list.checked.contains(&id)) && !list.checked.is_empty();
                let mut checked = all;
                if ui.checkbox(&mut checked, "Check all").on_hover_text("All that the filter shows").changed() {
                    cx.send(Intent::Check(self.view().sessions().collect(), checked));
                }
            }
        });
    }

    fn groups_ui(&mut self, ui: &Ui, cx: &Cx<'_>, list: &SessionList, anchor: &egui::Response) {
        let mut by: Vec<(Option<GroupBy>, String)> = vec![(None, String::new())];
        if self.side == Side::Closed {
            by.push((Some(GroupBy::Reason), String::new()));
        }
        by.push((Some(GroupBy::Role), String::new()));
        if self.side == Side::Live {
            by.push((Some(GroupBy::State), String::new()));
        }
        let mut keys: Vec<(Arc<str>, u32)> =
            list.rows.keys().map(|(_, key, sessions)| (key.clone(), sessions)).collect();
        let unique = [property::SESSION_ID, property::START_TIME];
        keys.retain(|(key, _)| !unique.contains(&&**key));
        keys.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        by.extend(keys.into_iter().map(|(key, n)| (Some(GroupBy::Property(key)), grouped(n))));
        let choice = |(by, note): &(Option<GroupBy>, String)| Choice {
            text: by.as_ref().map_or("None", GroupBy::title).to_owned(),
            note: note.clone(),
            removable: false,
        };
        let choices: Vec<Choice> = by.iter().map(choice).collect();
        let chosen = self.grouping.show(ui, anchor, "Find what to group by", "", &choices);
        if let Some(Chosen::Take(at)) = chosen {
            let group = by.swap_remove(at).0;
            cx.send(if self.side == Side::Live { Intent::Group(group) } else { Intent::GroupClosed(group) });
            self.wants_table = true;
        }
    }

    /// One line, of which the height is always taken: what is wrong with the filter, else how far an act is, else what is
    /// held back, else what is odd, else what happens.
    pub(super) fn reserved_line_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
        let list = &connected.session_list;
        let held = self.view().held();
        let is_too_costly = self.view().is_too_costly();
        ui.horizontal_wrapped(|ui| {
            ui.set_min_height(size::HIT);
            ui.add_space(space::S);
            let tokens = Tokens::of(ui);
            if let Some(error) = list.filter.error() {
                icon(ui, Icon::Error, size::ICON - 1.0, tokens.error.strong);
                let text = crate::model::letter_case::capitalized(&error.located(list.filter.text()));
                ui.label(theme::text(text).color(tokens.error.strong));
                if let Some(better) = &error.suggestion
                    && ui.button(theme::text(format!("Use {better}"))).clicked()
                {
                    cx.send(Intent::SetFilter(better.clone()));
                }
            } else if session_acts::has_outcome(connected) {
                return session_acts::outcome_ui(ui, cx, connected);
            } else if let Some(at) = list.filter.listed_at() {
                icon(ui, Icon::Ring, size::ICON - 1.0, tokens.text_muted);
                ui.label(theme::text(format!("As the server chose at {}, not live", format::clock(at))));
                ask_server_ui(ui, cx, "Ask again");
            } else if let Some(why) = list.filter.for_server() {
                icon(ui, Icon::Warning, size::ICON - 1.0, tokens.warn.strong);
                let why = why.located(list.filter.text());
                ui.label(theme::text(format!("Checked by the server only: {why}")));
                ask_server_ui(ui, cx, "Ask the server");
            } else if is_too_costly {
                icon(ui, Icon::Warning, size::ICON - 1.0, tokens.warn.strong);
                ui.label("This filter takes too long to be worked out here");
                ask_server_ui(ui, cx, "Ask the server");
            } else if self.side == Side::Live && held != (0, 0) {
                let mut parts = Vec::new();
                if held.0 > 0 {
                    parts.push(format!("+{} new", grouped(held.0 as u64)));
                }
                if held.1 > 0 {
                    parts.push(format!("{} closed", grouped(held.1 as u64)));
                }
                let are = if held.0 + held.1 == 1 { "is" } else { "are" };
                ui.label(theme::text(format!("{} {are} held back", parts.join(", "))).color(tokens.warn.strong));
                if ui.button("Show now").on_hover_text("Home").clicked() {
                    self.view_mut().release();
                    self.frozen = false;
                    ui.ctx().request_repaint();
                }
            } else if let Some(odd) = list.filter.warning(&list.rows) {
                icon(ui, Icon::Warning, size::ICON - 1.0, tokens.warn.strong);
                ui.label(theme::text(odd));
            } else if self.side == Side::Closed {
                ui.label(theme::faint(ui, closed_reasons(list)));
            } else if list.listening.compared
                && let Some((total, at)) = list.listening.total
            {
                let here = list.rows.len() as u64;
                let same = if total == here {
                    "so does this table".to_owned()
                } else {
                    format!("this table has {}", grouped(here))
                };
                let text = format!("The server counts {} at {}, {same}", grouped(total), format::clock(at));
                ui.label(theme::faint(ui, text));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(space::S);
                let (opened, ended) = list.last_minute(cx.now());
                if self.side == Side::Live && (opened, ended) != (0, 0) {
                    ui.label(theme::faint(ui, format!("last minute +{opened} −{ended}")));
                }
            });
        });
    }

    pub(super) fn view(&self) -> &View {
        if self.side == Side::Live { &self.live_view } else { &self.closed_view }
    }

    pub(super) fn view_mut(&mut self) -> &mut View {
        if self.side == Side::Live { &mut self.live_view } else { &mut self.closed_view }
    }
}

/// A row of tools that takes a second line where there is too little room.
fn wrapped_row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 4));
    frame.show(ui, |ui| {
        ui.set_max_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            add(ui);
        });
    });
}

fn ask_server_ui(ui: &mut Ui, cx: &Cx<'_>, words: &str) {
    if ui.button(theme::text(words)).clicked() {
        cx.send(Intent::AskServer);
    }
}

/// How many sessions ended for which reason.
fn closed_reasons(list: &SessionList) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for end in list.closed.iter().filter_map(|session| session.end) {
        let name = words::reason(end.reason);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let texts: Vec<String> =
        counts.into_iter().map(|(name, count)| format!("{name} {}", grouped(count as u64))).collect();
    texts.join(" · ")
}

fn more_ui(ui: &mut Ui, cx: &Cx<'_>, list: &SessionList) {
    let live = list.listening.is_live();
    if live {
        ui.label(theme::faint(ui, format!("Live since {}", format::clock(list.listening.since))));
    }
    let words = if live { "Compare with the server's count" } else { "Fetch again" };
    if ui.add(theme::menu_item(&crate::ui::commands::with_key(words, "F5"))).clicked() {
        cx.send(Intent::Refresh);
        ui.close();
    }
    let can_stop = live || list.listening.is_reading();
    if ui.add_enabled(can_stop, Button::new("Stop listening")).clicked() {
        cx.send(Intent::Stop);
        ui.close();
    }
    if ui.add_enabled(list.listening.phase == Phase::Stopped, Button::new("Listen again")).clicked() {
        cx.send(Intent::Listen);
        ui.close();
    }
    let filter = list.filter_text();
    if ui.add_enabled(filter.is_some(), Button::new("Copy the filter")).clicked() {
        cx.send(crate::model::Intent::Copy(filter.unwrap_or_default().to_owned()));
        ui.close();
    }
    if ui.add_enabled(!list.checked.is_empty(), Button::new("Uncheck all")).clicked() {
        cx.send(Intent::UncheckAll);
        ui.close();
    }
}

/// Checked sessions, below the table; acts on them stand at the right end.
pub(super) fn checked_bar_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, view: &View) {
    let list = &connected.session_list;
    tool_row(ui, |ui| {
        let checked = list.checked.len() as u64;
        let closed = match list.checked_closed as u64 {
            0 => String::new(),
            closed => format!(", {}", count_of(closed, "has closed", "have closed")),
        };
        let hidden = list.checked.iter().filter(|id| !view.has(**id)).count() as u64;
        let hidden = if hidden > 0 { format!(" · {} not in sight", grouped(hidden)) } else { String::new() };
        ui.label(theme::text(format!("{} checked{closed}{hidden}", grouped(checked))));
        if ui.button("Uncheck all").clicked() {
            cx.send(Intent::UncheckAll);
        }
        session_acts::bar_ui(ui, cx, connected, list.checked.len(), || connected.sessions_chosen());
    });
}
