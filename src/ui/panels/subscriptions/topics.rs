//! The joined table: the topics of all subscriptions.

use crate::data::{TopicPath, value};
use crate::model::error_text;
use crate::model::number;
use crate::model::subscriptions::{Row, Subscriptions as Facts};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme;
use crate::ui::theme::Tokens;
use crate::ui::widgets::badge;
use crate::ui::widgets::data_table::{Cell, Column, SortKey, TableSource};
use egui::Ui;
use std::borrow::Cow;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Col {
    Path,
    Type,
    Value,
    Size,
    Rate,
    Age,
    Updates,
    Last,
    Selectors,
}

pub(super) const COLUMNS: [Column<'_, Col>; 9] = [
    Column::new(Col::Path, "path", "Path", 150.0).grow(0.46),
    Column::new(Col::Type, "type", "Type", 76.0).from_width(380.0),
    Column::new(Col::Value, "value", "Value", 150.0).grow(0.54),
    Column::new(Col::Size, "size", "Size", 72.0).right().from_width(560.0),
    Column::new(Col::Rate, "rate", "Received", 80.0).right().from_width(300.0).help("Updates received in a second"),
    Column::new(Col::Age, "age", "Age", 64.0).right().help("Since the latest value was received here"),
    Column::new(Col::Updates, "updates", "Updates", 76.0).right().hidden().help("Updates received here"),
    Column::new(Col::Last, "last", "Last update", 96.0).hidden().help("When the latest value was received here"),
    Column::new(Col::Selectors, "selectors", "Selected by", 140.0).hidden().help("The subscriptions that select it"),
];

/// Bytes of a value's text in copies.
const COPIED: usize = 64 << 10;

/// The rows shown: those of now, or those of the moment when the view was frozen.
pub(super) struct Topics<'a> {
    pub cx: &'a Cx<'a>,
    pub facts: &'a Facts,
    pub rows: &'a [Row],
    pub revision: u64,
}

impl Topics<'_> {
    fn value(row: &Row, most: usize) -> String {
        match (&row.ended, &row.latest) {
            (Some((_, why)), _) => error_text::unsubscribed(*why).to_owned(),
            (None, Some(latest)) => value::preview(&row.spec, &latest.value, most),
            (None, None) if row.is_lost => "until the next full value".to_owned(),
            (None, None) => "no value yet".to_owned(),
        }
    }
}

impl TableSource for Topics<'_> {
    type Key = TopicPath;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> TopicPath {
        self.rows[row].path.clone()
    }

    fn is(&self, row: usize, key: &TopicPath) -> bool {
        self.rows[row].path == *key
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let row = &self.rows[row];
        let latest = row.latest.as_ref();
        match column {
            Col::Path => row.path.as_str().into(),
            Col::Type => row.spec.topic_type.name().into(),
            Col::Value => Self::value(row, 160).into(),
            Col::Size => latest.map(|l| number::size(l.value.len() as u64)).unwrap_or_default().into(),
            Col::Rate if row.updates_per_sec > 0.0 => number::rate(row.updates_per_sec).into(),
            Col::Rate => "–".into(),
            Col::Age => latest.map(|l| format::age(self.cx.now().secs_since(l.at))).unwrap_or_default().into(),
            Col::Updates => number::grouped(row.updates).into(),
            Col::Last => latest.map(|l| format::clock(l.at)).unwrap_or_default().into(),
            Col::Selectors => {
                let of = |id: &u32| self.facts.list.iter().find(|s| s.id == *id).map(|s| s.selector.expression());
                row.by.iter().filter_map(of).collect::<Vec<_>>().join(", ").into()
            }
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        let of = &self.rows[row];
        let latest = of.latest.as_ref();
        match column {
            Col::Value => Self::value(of, COPIED).into(),
            Col::Size => latest.map(|l| l.value.len().to_string()).unwrap_or_default().into(),
            Col::Rate => format!("{:.3}", of.updates_per_sec).into(),
            Col::Age => latest.map(|l| format!("{:.3}", self.cx.now().secs_since(l.at))).unwrap_or_default().into(),
            Col::Updates => of.updates.to_string().into(),
            Col::Last => latest.map(|l| format::moment(l.at)).unwrap_or_default().into(),
            Col::Path | Col::Type | Col::Selectors => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        let of = &self.rows[row];
        let latest = of.latest.as_ref();
        match column {
            Col::Value => match latest {
                None => SortKey::Missing,
                Some(latest) => value::number(&of.spec, &latest.value)
                    .map_or_else(|| SortKey::Text(self.text(row, column)), SortKey::Number),
            },
            Col::Size => latest.map_or(SortKey::Missing, |l| SortKey::Int(l.value.len() as i128)),
            Col::Rate => SortKey::Number(of.updates_per_sec),
            // The youngest has the smallest age.
            Col::Age => latest.map_or(SortKey::Missing, |l| SortKey::Int(-i128::from(l.at.0))),
            Col::Updates => SortKey::Int(of.updates.into()),
            Col::Last => latest.map_or(SortKey::Missing, |l| SortKey::Int(l.at.0.into())),
            Col::Path | Col::Type | Col::Selectors => SortKey::Text(self.text(row, column)),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        !matches!(column, Col::Path | Col::Type | Col::Selectors)
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: Col) {
        let tokens = Tokens::of(ui);
        let of = &self.rows[row];
        let strong = if of.ended.is_some() { tokens.text_faint } else { tokens.text };
        let text = self.text(row, column);
        match column {
            Col::Path => {
                // Cut in the middle: siblings differ at the end.
                let fits = (cell.width() / 8.0) as usize;
                cell.text(ui, &number::middle_cut(&text, fits.max(8)), strong);
                cell.wants(text.chars().count() as f32 * 8.0);
            }
            Col::Type => {
                let painter = ui.painter().with_clip_rect(cell.rect().intersect(ui.clip_rect()));
                let taken = badge::paint_type(&painter, tokens, cell.rect().left_center(), of.spec.topic_type);
                cell.wants(taken.width());
            }
            Col::Value => cell.mono(ui, &text, if of.latest.is_some() { strong } else { tokens.text_faint }),
            _ => cell.text(ui, &text, tokens.text_muted),
        }
    }

    fn name(&self, row: usize) -> Option<String> {
        let row = &self.rows[row];
        let rate = number::rate(row.updates_per_sec);
        Some(format!("{}, {}, {rate}", row.path, row.spec.topic_type.name()))
    }

    fn hover(&self, row: usize) -> Option<String> {
        let row = &self.rows[row];
        let latest = row.latest.as_ref()?;
        Some(format!(
            "{}\nReceived here at {}\n{}",
            row.path,
            format::moment(latest.at),
            number::exact_size(latest.value.len() as u64)
        ))
    }

    fn menu_ui(&self, ui: &mut Ui, rows: &[usize]) {
        let paths: Vec<TopicPath> = rows.iter().map(|row| self.rows[*row].path.clone()).collect();
        let words = if paths.len() == 1 { "Copy path" } else { "Copy paths" };
        if ui.button(theme::text(words)).clicked() {
            let text: Vec<&str> = paths.iter().map(TopicPath::as_str).collect();
            self.cx.send(crate::model::Intent::Copy(text.join("\n")));
            ui.close();
        }
        if let [row] = rows
            && let Row { path, spec, latest: Some(latest), .. } = &self.rows[*row]
        {
            crate::ui::dialogs::copy_as::value_items_ui(ui, self.cx, path, spec, &latest.value, latest.at);
        }
        crate::ui::dialogs::copy_as::menu_ui(ui, self.cx, &paths);
        if let [path] = paths.as_slice()
            && ui.button("Show in the tree").clicked()
        {
            self.cx.send(crate::model::topics::Intent::Reveal(path.clone()));
            ui.close();
        }
    }
}
