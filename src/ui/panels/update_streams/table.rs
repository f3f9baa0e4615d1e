//! The list of update streams.

use super::status_text;
use crate::model::Connected;
use crate::model::number;
use crate::model::update_streams::config::Field;
use crate::model::update_streams::{Act, Intent, Stage, Stream};
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Tokens};
use crate::ui::widgets::data_table::{Cell, Column, SortKey, TableSource};
use crate::ui::widgets::plot::paint_sparkline;
use egui::{Ui, vec2};
use std::borrow::Cow;

/// Whether an entry of the menu is for a stream.
type Applies = fn(&Stream) -> bool;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Topic,
    State,
    Values,
    Sent,
    Acknowledged,
}

pub(super) const COLUMNS: [Column<'_, Col>; 5] = [
    Column::new(Col::Topic, "topic", "Topic", 140.0).grow(1.0),
    Column::new(Col::State, "state", "State", 100.0),
    Column::new(Col::Values, "values", "Values", 70.0).unsorted().from_width(330.0).help("The numbers sent last"),
    Column::new(Col::Sent, "sent", "Sent", 70.0).right().hidden(),
    Column::new(Col::Acknowledged, "acknowledged", "Acknowledged", 96.0).right().hidden(),
];

/// The streams of a connection in the order in which they were made.
pub(super) struct StreamList<'a> {
    pub cx: &'a Cx<'a>,
    pub connected: &'a Connected,
    pub revision: u64,
}

impl StreamList<'_> {
    fn stream(&self, row: usize) -> &Stream {
        &self.connected.update_streams.list[row]
    }
}

fn path_text(stream: &Stream) -> &str {
    let path = stream.config.text(Field::Path).trim();
    if path.is_empty() { "no topic yet" } else { path }
}

impl TableSource for StreamList<'_> {
    type Key = u64;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.connected.update_streams.list.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> u64 {
        self.stream(row).id
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let stream = self.stream(row);
        match column {
            Col::Topic => path_text(stream).into(),
            Col::State => status_text::stage(stream, self.connected, self.cx.now()).text.into(),
            Col::Values => stream.numbers.back().map(|n| number::double(*n)).unwrap_or_default().into(),
            Col::Sent => number::grouped(stream.counts.sent).into(),
            Col::Acknowledged => number::grouped(stream.counts.acknowledged).into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Sent => self.stream(row).counts.sent.to_string().into(),
            Col::Acknowledged => self.stream(row).counts.acknowledged.to_string().into(),
            _ => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Sent => SortKey::Int(self.stream(row).counts.sent.into()),
            Col::Acknowledged => SortKey::Int(self.stream(row).counts.acknowledged.into()),
            _ => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        column != Col::Values
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let stream = self.stream(row);
        match column {
            Col::Topic => {
                let empty = stream.config.text(Field::Path).trim().is_empty();
                cell.mono(ui, path_text(stream), if empty { tokens.text_faint } else { tokens.text });
            }
            Col::State => {
                let stage = status_text::stage(stream, self.connected, self.cx.now());
                let colour = stage.colour(tokens);
                cell.icon(ui, stage.icon, colour);
                cell.text(ui, &stage.text, colour);
            }
            Col::Values if stream.numbers.len() > 1 => {
                let values: Vec<f64> = stream.numbers.iter().copied().collect();
                paint_sparkline(ui.painter(), cell.rect().shrink2(vec2(0.0, 4.0)), &values, tokens.series[0]);
            }
            Col::Values => {}
            Col::Sent | Col::Acknowledged => cell.text(ui, &self.text(row, column), tokens.text_muted),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let stream = self.stream(row);
        Some(format!("{}, {}", path_text(stream), status_text::stage(stream, self.connected, self.cx.now()).text))
    }

    fn hover(&self, row: usize) -> Option<String> {
        self.name(row)
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let streams: Vec<&Stream> = rows.iter().map(|row| self.stream(*row)).collect();
        let acts: [(&str, Act, Applies); 3] = [
            ("Pause", Act::Pause, |stream| stream.stage == Stage::Running),
            ("Stop", Act::Stop, |stream| stream.is_active() && stream.stage != Stage::Stopping),
            ("Remove", Act::Remove, |_| true),
        ];
        for (words, act, applies) in acts {
            let applies: Vec<u64> = streams.iter().filter(|stream| applies(stream)).map(|stream| stream.id).collect();
            if ui.add_enabled(!applies.is_empty(), theme::menu_item(words)).clicked() {
                for id in applies {
                    self.cx.send(Intent::Act(id, act.clone()));
                }
                ui.close();
            }
        }
    }
}
