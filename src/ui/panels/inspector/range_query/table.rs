//! The events that a query found, as a table; edits stand beside their originals when sorted by what they edit.

use crate::data::value::{self, DataType};
use crate::data::{Timestamp, TopicSpec};
use crate::model::editor;
use crate::model::number;
use crate::model::range_query::{Event, Found, Intent, export, form::Form};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::panels::inspector::parts;
use crate::ui::theme::Tokens;
use crate::ui::widgets::rows::{RowFacts, motion};
use crate::ui::widgets::table::{Column, Sort, Table, TableState};
use egui::Ui;

/// The columns, in the order of the wide table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Sequence,
    Timestamp,
    Edited,
    Author,
    Value,
}

const WIDE: [What; 5] = [What::Sequence, What::Timestamp, What::Edited, What::Author, What::Value];
/// Where there is little room the author is left to the hover text.
const NARROW: [What; 4] = [What::Sequence, What::Timestamp, What::Edited, What::Value];

/// How the table stands.
pub(super) struct EventTable {
    state: TableState,
    /// Places in the answer in the order shown, and what they were sorted for.
    order: Vec<u32>,
    sorted_for: Option<(u64, Option<(What, bool)>)>,
    /// Place in the answer of the event chosen; none is the first row.
    chosen: Option<usize>,
}

impl Default for EventTable {
    fn default() -> Self {
        let newest_first = TableState::sorted(Sort { column: 0, descending: true });
        Self { state: newest_first, order: Vec::new(), sorted_for: None, chosen: None }
    }
}

impl EventTable {
    /// Draws the table; gives back the place in the answer of the event chosen.
    pub fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, found: &Found, spec: &TopicSpec, form: &Form) -> Option<usize> {
        let roomy = ui.available_width() > 560.0;
        let whats: &[What] = if roomy { &WIDE } else { &NARROW };
        self.arrange(found, whats);
        let numeric = matches!(found.data_type, Some(DataType::Int64 | DataType::Double));
        let columns: Vec<Column<'_>> = whats.iter().map(|what| column(*what, roomy, numeric)).collect();
        let tokens = Tokens::of(ui);
        let (order, before) = (std::mem::take(&mut self.order), self.chosen);
        let at_row = |row: usize| order.get(row).map(|at| *at as usize);
        let first = at_row(0);
        let grouped = matches!(self.sorted_for, Some((_, Some((What::Edited, _)))));
        let mut clicked = None;
        let output = Table::new("Events found", &columns, order.len()).show(ui, &mut self.state, |ui, row, cells| {
            let Some((at, event)) = at_row(row.index).and_then(|at| Some((at, found.events.get(at)?))) else { return };
            let text = preview(spec, event);
            let edit = edit_words(found, event);
            let sequence = number::grouped(event.metadata.sequence);
            let facts = RowFacts { selected: before.or(first) == Some(at), ..RowFacts::default() };
            let response = row.interact(ui, &format!("Event {sequence}, {edit}, {text}"), facts);
            if response.clicked() || response.secondary_clicked() {
                clicked = Some(at);
            }
            let outdated = event.original.is_none() && !edit.is_empty();
            let ink = if outdated { tokens.text_faint } else { tokens.text };
            let m = &event.metadata;
            let author = author(m.author.as_ref());
            for (place, what) in whats.iter().enumerate() {
                match what {
                    What::Sequence if grouped && event.original.is_some() => {
                        cells.mono(ui, place, &format!("↳ {sequence}"), ink);
                    }
                    What::Sequence => cells.mono(ui, place, &sequence, ink),
                    What::Timestamp => {
                        let time = Timestamp::from_millis(m.timestamp_millis);
                        let time = if roomy { parts::date_millis(time) } else { parts::clock_millis(time) };
                        cells.text(ui, place, &time, tokens.text_muted);
                    }
                    What::Edited => {
                        let colour = if event.original.is_some() { tokens.warn.strong } else { tokens.text_faint };
                        cells.text(ui, place, &edit, colour);
                    }
                    What::Author => cells.text(ui, place, author, tokens.text_muted),
                    What::Value => cells.mono(ui, place, &text, ink),
                }
            }
            response.context_menu(|ui| menu_ui(ui, cx, found, event, form));
            response.on_hover_text(hover(event));
        });
        if clicked.is_some() {
            output.rows.response.request_focus();
        }
        if output.rows.response.has_focus() {
            let at = order.iter().position(|at| Some(*at as usize) == before.or(first));
            if let Some(next) = motion(ui, at, order.len(), output.rows.page) {
                self.state.rows.scroll_to(next, None);
                clicked = at_row(next);
            }
            let copy = ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Copy)));
            if let Some(event) = before.or(first).and_then(|at| found.events.get(at)).filter(|_| copy) {
                ui.ctx().copy_text(export::csv_row(found.data_type, event));
            }
        }
        self.order = order;
        self.chosen = clicked.or(before);
        self.chosen.or(first)
    }

    /// Sorts when the answer or the order wished for is another one.
    fn arrange(&mut self, found: &Found, whats: &[What]) {
        let sort = self.state.sort.and_then(|sort| Some((*whats.get(sort.column)?, sort.descending)));
        let wanted = (found.serial, sort);
        if self.sorted_for == Some(wanted) {
            return;
        }
        if self.sorted_for.is_none_or(|(serial, _)| serial != found.serial) {
            self.chosen = None;
            self.state.rows.scroll_to(0, None);
        }
        self.sorted_for = Some(wanted);
        self.order = (0..u32::try_from(found.events.len()).unwrap_or(u32::MAX)).collect();
        let Some((what, descending)) = sort else { return };
        let event = |at: u32| &found.events[at as usize];
        let (order, events) = (&mut self.order, &found.events);
        match what {
            What::Sequence => order.sort_by_key(|at| event(*at).metadata.sequence),
            What::Timestamp => order.sort_by_key(|at| event(*at).metadata.timestamp_millis),
            What::Author => order.sort_by(|a, b| event(*a).metadata.author.cmp(&event(*b).metadata.author)),
            What::Edited => {
                // What was edited comes first either way, each original with its edits below it.
                let sign = if descending { -1 } else { 1 };
                order.sort_by_key(|at| {
                    let (event, original) = (event(*at), event(*at).of_original().sequence);
                    (!found.edited.contains_key(&original), sign * original, event.metadata.sequence)
                });
                return;
            }
            What::Value => {
                let spec = found.event_spec(&TopicSpec::new(crate::data::TopicType::TimeSeries));
                let numbers: Vec<f64> =
                    events.iter().map(|e| value::number(&spec, &e.value).unwrap_or(f64::NEG_INFINITY)).collect();
                order.sort_by(|a, b| numbers[*a as usize].total_cmp(&numbers[*b as usize]));
            }
        }
        if descending {
            order.reverse();
        }
    }
}

fn column(what: What, roomy: bool, numeric: bool) -> Column<'static> {
    let wide = |wide: f32, narrow: f32| if roomy { wide } else { narrow };
    match what {
        What::Sequence => Column::new(if roomy { "Sequence" } else { "Seq." }, wide(92.0, 64.0)).right(),
        What::Timestamp => Column::new(if roomy { "Timestamp (server)" } else { "Server time" }, wide(166.0, 96.0)),
        What::Edited => Column::new("Edited", wide(110.0, 84.0)),
        What::Author => Column::new("Author", 90.0),
        What::Value if numeric => Column::new("Value", wide(160.0, 100.0)),
        What::Value => Column::new("Value", wide(160.0, 100.0)).fixed_order(),
    }
}

fn preview(spec: &TopicSpec, event: &Event) -> String {
    // The Python client writes “no value” as zero bytes.
    if event.value.is_empty() { "no value".to_owned() } else { value::preview(spec, &event.value, 200) }
}

/// What an event edits, or by which it was edited as far as the answer tells.
pub(super) fn edit_words(found: &Found, event: &Event) -> String {
    match (&event.original, found.edited.get(&event.metadata.sequence)) {
        (Some(original), _) => format!("edit of {}", number::grouped(original.sequence)),
        (None, Some(by)) => format!("edited by {}", number::grouped(*by)),
        (None, None) => String::new(),
    }
}

fn author(name: &str) -> &str {
    if name.is_empty() { "anonymous" } else { name }
}

fn hover(event: &Event) -> String {
    let time = |millis: i64| format::moment(Timestamp::from_millis(millis));
    let m = &event.metadata;
    let mut text = format!("By {}\n{}", author(&m.author), time(m.timestamp_millis));
    if let Some(original) = &event.original {
        text = format!(
            "{text}\nOriginal event {} by {}\n{}",
            number::grouped(original.sequence),
            author(&original.author),
            time(original.timestamp_millis)
        );
    }
    text
}

fn menu_ui(ui: &mut Ui, cx: &Cx<'_>, found: &Found, event: &Event, form: &Form) {
    let item = |ui: &mut Ui, words: &str| {
        let clicked = ui.button(words).clicked();
        if clicked {
            ui.close();
        }
        clicked
    };
    if item(ui, "Edit event…") {
        cx.send(edit_intent(event));
    }
    if item(ui, "Copy value") {
        cx.send(crate::model::Intent::Copy(export::value_text(found.data_type, &event.value)));
    }
    if item(ui, "Copy CSV row") {
        cx.send(crate::model::Intent::Copy(export::csv_row(found.data_type, event)));
    }
    ui.separator();
    if item(ui, "Begin the range here") {
        cx.send(Intent::SetForm(form.beginning_at(event)));
    }
}

/// Opens the editor for an event; an edit of an edit belongs to the original.
pub(super) fn edit_intent(event: &Event) -> editor::Intent {
    editor::Intent::OpenEvent { sequence: event.of_original().sequence, value: event.value.clone() }
}
