//! `JSON` values: tree, text, table and bytes, a search over all of them, and charts of the numbers inside.

mod grid;
mod search;

use super::binary::bytes_ui;
use super::chart::HistoryChart;
use super::editor::{PartAct, part_menu_ui};
use super::parts;
use super::shown::Shown;
use crate::data::TopicType;
use crate::data::pointer::Pointer;
use crate::data::value::json::Json;
use crate::model;
use crate::model::inspector::Inspector as Facts;
use crate::ui::cx::Cx;
use crate::ui::theme::tokens::space;
use crate::ui::theme::{self, Icon, icon_button};
use crate::ui::widgets::filter_box::{self, FilterBox};
use crate::ui::widgets::hex::HexState;
use crate::ui::widgets::json_tree::{JsonTreeState, copy_text, json_tree_ui};
use crate::ui::widgets::layout::{split_below, tool_row, within};
use crate::ui::widgets::text_view::{Colouring, TextState, text_ui};
use egui::{Align, Layout, Rect, Ui, vec2};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Tree,
    Text,
    Table,
    Bytes,
}

/// How JSON values look.
#[derive(Default)]
pub(super) struct JsonView {
    form: Form,
    tree: JsonTreeState,
    text: TextState,
    made_text: Option<(u64, String)>,
    grid: grid::Grid,
    hex: HexState,
    search: search::Search,
    revealed: Option<String>,
    /// What the user wants to do with a part: the editor does it.
    wish: Option<(String, PartAct)>,
    /// Where the keyboard is in the tree.
    at: Option<String>,
}

impl JsonView {
    /// Another topic is shown; the form the user likes stays.
    pub(super) fn forget(&mut self) {
        *self = Self { form: self.form, ..Self::default() };
    }

    /// What the user wants to do with a part, and how the tree stands.
    pub(super) fn take_wish(&mut self) -> Option<(String, PartAct, JsonTreeState)> {
        self.wish.take().map(|(pointer, act)| (pointer, act, self.tree.clone()))
    }

    /// The part at which the keyboard was in the tree when it was drawn last, as a wish to edit it.
    pub(super) fn take_place(&mut self) -> Option<(String, PartAct, JsonTreeState)> {
        self.at.take().map(|pointer| (pointer, PartAct::Edit, self.tree.clone()))
    }

    /// Draws a value.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        facts: &Facts,
        chart: &mut HistoryChart,
        shown: Shown<'_>,
        json: &Json,
    ) -> Rect {
        let tabular = grid::is_tabular(json);
        let form = if self.form == Form::Table && !tabular { Form::Tree } else { self.form };
        self.tools_ui(ui, json, shown.generation, tabular, form);
        let room = ui.available_rect_before_wrap();
        match form {
            Form::Tree => self.tree_ui(ui, cx, facts, chart, shown, json),
            Form::Text => {
                self.make_text(json, shown.generation);
                if let Some((generation, text)) = &self.made_text {
                    text_ui(ui, "JSON text", text, *generation, Colouring::Json, &mut self.text);
                }
            }
            Form::Table => self.grid.ui(ui, json, shown.generation),
            Form::Bytes => bytes_ui(ui, shown.bytes, &mut self.hex),
        }
        // In the tree a double click opens branches and edits parts.
        if form == Form::Tree { Rect::NOTHING } else { room }
    }

    fn make_text(&mut self, json: &Json, generation: u64) {
        if self.made_text.as_ref().is_none_or(|(made, _)| *made != generation) {
            self.made_text = Some((generation, json.to_pretty_text()));
        }
    }

    fn tools_ui(&mut self, ui: &mut Ui, json: &Json, generation: u64, tabular: bool, form: Form) {
        tool_row(ui, |ui| {
            let all = [(Form::Tree, "Tree"), (Form::Text, "Text"), (Form::Table, "Table"), (Form::Bytes, "Bytes")];
            let choices: Vec<(Form, &str)> = all.into_iter().filter(|(f, _)| tabular || *f != Form::Table).collect();
            let mut chosen = form;
            parts::segments(ui, &mut chosen, &choices);
            if chosen != form {
                self.form = chosen;
            }
            if form == Form::Bytes || form == Form::Table {
                return;
            }
            let mut go = self.search.renew(json, generation);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XXS;
                if self.search.is_on() {
                    if icon_button(ui, Icon::ChevronDown, "Next match (Enter)").clicked() {
                        go = self.search.step(1);
                    }
                    if icon_button(ui, Icon::ChevronUp, "Match before").clicked() {
                        go = self.search.step(-1);
                    }
                    ui.label(theme::faint(ui, self.search.words()));
                }
                let wide = ui.available_width().clamp(60.0, 260.0);
                ui.allocate_ui_with_layout(vec2(wide, 26.0), Layout::left_to_right(Align::Center), |ui| {
                    let hint = "Key, value or /pointer";
                    let id = filter_box::id_of("inspector");
                    let field = FilterBox::new("Search the value", hint).id(id);
                    let output = field.show(ui, &mut self.search.text);
                    if output.changed {
                        go = self.search.renew(json, generation);
                    } else if output.entered {
                        go = self.search.step(1);
                        output.response.request_focus();
                    }
                });
            });
            if let Some(pointer) = go {
                self.go_to(json, generation, form, &pointer);
            }
        });
    }

    fn go_to(&mut self, json: &Json, generation: u64, form: Form, pointer: &str) {
        if form == Form::Text {
            self.make_text(json, generation);
            let offset = self.made_text.as_ref().and_then(|(_, text)| search::offset_of(json, pointer, text));
            if let Some(offset) = offset {
                self.text.scroll_to_offset(offset);
            }
        } else {
            self.tree.reveal(json, pointer);
        }
    }

    fn tree_ui(
        &mut self,
        ui: &mut Ui,
        cx: &Cx<'_>,
        facts: &Facts,
        chart: &mut HistoryChart,
        shown: Shown<'_>,
        json: &Json,
    ) {
        let room = ui.available_height();
        let chart_high = if chart.is_empty() { 0.0 } else { (room * 0.42).clamp(110.0, 240.0) };
        let mut wanted = None;
        let [above, below] = split_below(ui, (chart_high + 28.0).min(room * 0.7));
        within(ui, "json tree", above, |ui| {
            let output = json_tree_ui(ui, "JSON value", json, shown.generation, &mut self.tree);
            let clicked = output.cursor_moved && ui.input(|i| i.pointer.primary_released());
            let number = |pointer: &str| find(json, pointer).is_some_and(|node| node.as_f64().is_some());
            let moved = self.tree.cursor().filter(|_| clicked).map(str::to_owned);
            let editable = shown.latest && shown.topic.topic_type == TopicType::Json;
            let twice = ui.input(|i| i.pointer.button_double_clicked(egui::PointerButton::Primary));
            if editable
                && twice
                && let Some(pointer) = &output.opened
            {
                self.wish = Some((pointer.clone(), PartAct::Edit));
            }
            wanted = output.opened.or(moved).filter(|pointer| number(pointer));
            self.at = self.tree.cursor().filter(|_| editable && output.rows.response.has_focus()).map(str::to_owned);
            if output.menu_for.is_some() {
                self.revealed.clone_from(&output.menu_for);
            }
            self.menu((&output.rows.response, output.menu_for.is_some()), cx, json, editable, &mut wanted);
        });
        within(ui, "json pointer", below, |ui| {
            self.pointer_ui(ui, cx, json, chart, &mut wanted);
            if !chart.is_empty() {
                chart.ui(ui, facts, shown.topic);
            }
        });
        if let Some(pointer) = wanted {
            chart.add(&pointer);
        }
    }

    fn menu(
        &mut self,
        response: (&egui::Response, bool),
        cx: &Cx<'_>,
        json: &Json,
        editable: bool,
        wanted: &mut Option<String>,
    ) {
        let Some(pointer) = self.revealed.clone() else { return };
        let is_number = find(json, &pointer).is_some_and(|node| node.as_f64().is_some());
        let act = part_menu_ui(response, cx, json, &pointer, editable, |ui| {
            if is_number && ui.button("Chart this number").clicked() {
                *wanted = Some(pointer.clone());
                ui.close();
            }
        });
        if let Some(act) = act {
            self.wish = Some((pointer, act));
        }
    }

    /// The pointer of the chosen row, and what can be done with it.
    fn pointer_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, json: &Json, chart: &HistoryChart, wanted: &mut Option<String>) {
        egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 6, top: 1, bottom: 1 }).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                ui.set_min_height(25.0);
                let Some(pointer) = self.tree.cursor() else {
                    ui.add(egui::Label::new(theme::faint(ui, "Click a number to chart it")).truncate());
                    return;
                };
                let node = find(json, pointer);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = space::XXS;
                    if let Some(node) = node {
                        if node.as_f64().is_some()
                            && chart.is_empty()
                            && icon_button(ui, Icon::Chart, "Chart this number").clicked()
                        {
                            *wanted = Some(pointer.to_owned());
                        }
                        if ui.button("Copy value").clicked() {
                            cx.send(model::Intent::Copy(copy_text(node)));
                        }
                    }
                    if icon_button(ui, Icon::Copy, "Copy pointer").clicked() {
                        cx.send(model::Intent::Copy(pointer.to_owned()));
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let text = if pointer.is_empty() { "the whole value" } else { pointer };
                        let label = egui::Label::new(theme::mono(text)).selectable(true).truncate();
                        let response = ui.add(label);
                        let spoken = format!("JSON pointer: {text}");
                        response
                            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, theme::spoken(&spoken)));
                    });
                });
            });
        });
    }
}

fn find<'j>(json: &'j Json, pointer: &str) -> Option<&'j Json> {
    pointer.parse::<Pointer>().ok()?.find(json)
}
