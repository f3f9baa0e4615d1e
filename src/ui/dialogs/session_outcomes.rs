//! What became of each session of an act: a table that can be filtered, sorted and copied.

use super::WindowDialog;
use crate::data::shown;
use crate::model::letter_case::capitalized;
use crate::model::number;
use crate::model::session_acts::act::end_of_id;
use crate::model::session_acts::report::{Line, LineOutcome};
use crate::model::session_acts::{Intent, Run};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme;
use crate::ui::widgets::data_table::{Column, DataTable, SortKey, TableSource, TableState};
use crate::ui::widgets::dialog::{Button, Dialog};
use egui::Ui;
use std::borrow::Cow;

/// The dialog, with how its table looks.
#[derive(Default)]
pub(crate) struct SessionOutcomes {
    table: TableState<usize, Col>,
    shown: Shown,
}

/// Which outcomes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    #[default]
    All,
    Done,
    Gone,
    Refused,
    Unknown,
}

impl Shown {
    const fn takes(self, outcome: &LineOutcome) -> bool {
        match self {
            Self::All => true,
            Self::Done => matches!(outcome, LineOutcome::Done(_)),
            Self::Gone => matches!(outcome, LineOutcome::Gone),
            Self::Refused => matches!(outcome, LineOutcome::Refused { .. }),
            Self::Unknown => matches!(outcome, LineOutcome::Unknown),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Principal,
    Session,
    Outcome,
    Took,
    Details,
}

const COLUMNS: [Column<'_, Col>; 5] = [
    Column::new(Col::Principal, "principal", "Principal", 120.0).grow(0.4),
    Column::new(Col::Session, "session", "ID", 60.0).help("The end of the session ID; copied whole"),
    Column::new(Col::Outcome, "outcome", "Outcome", 90.0),
    Column::new(Col::Took, "took", "Took", 70.0).right(),
    Column::new(Col::Details, "details", "Details", 200.0).grow(0.6),
];

impl WindowDialog for SessionOutcomes {
    const ID: &'static str = "session-outcomes";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let run = cx.connected().and_then(|connected| connected.session_acts.run.as_ref());
        let Some(run) = run.filter(|run| run.is_shown) else {
            *self = Self::default();
            return;
        };
        let title = run.runner.act.under_way(&number::count_of(run.runner.report.asked, "session", "sessions"));
        let output = Dialog::new(Self::ID, title).width(640.0).height(420.0).show(ui, |dialog| {
            self.chips_ui(dialog.ui, run);
            let lines = &run.runner.report.lines;
            let rows = (0..lines.len()).filter(|at| self.shown.takes(&lines[*at].outcome)).collect();
            let source = Rows { run, rows, shown: self.shown };
            let room = (dialog.ui.available_height() - 50.0).max(60.0);
            dialog.ui.allocate_ui(egui::vec2(dialog.ui.available_width(), room), |ui| {
                ui.set_height(room);
                DataTable::new("session-outcomes", "Outcomes", &COLUMNS).show(ui, &mut self.table, &source);
            });
            dialog.buttons(|_| (), &[Button::safe("Close", ())])
        });
        if output.answer_or(()).is_some() {
            cx.send(Intent::Show(false));
        }
    }
}

impl SessionOutcomes {
    fn chips_ui(&mut self, ui: &mut Ui, run: &Run) {
        let report = &run.runner.report;
        let done = run.runner.act.participle();
        let all = report.done + report.gone + report.refused + report.unknown;
        ui.horizontal_wrapped(|ui| {
            for (shown, words, count) in [
                (Shown::All, "all", all),
                (Shown::Done, done, report.done),
                (Shown::Gone, "had gone", report.gone),
                (Shown::Refused, "refused", report.refused),
                (Shown::Unknown, "not known", report.unknown),
            ] {
                if shown != Shown::All && count == 0 {
                    continue;
                }
                let words = format!("{} {}", capitalized(words), number::grouped(count));
                if ui.selectable_label(self.shown == shown, theme::text(words)).clicked() {
                    self.shown = shown;
                }
            }
            if all > report.lines.len() as u64 {
                let words = format!("The first {} are listed", number::grouped(report.lines.len() as u64));
                ui.label(theme::muted(ui, words));
            }
        });
    }
}

struct Rows<'a> {
    run: &'a Run,
    rows: Vec<usize>,
    shown: Shown,
}

impl Rows<'_> {
    fn line(&self, row: usize) -> &Line {
        &self.run.runner.report.lines[self.rows[row]]
    }
}

impl TableSource for Rows<'_> {
    type Key = usize;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn revision(&self) -> u64 {
        let report = &self.run.runner.report;
        // Lines only come, but for an unknown one that an event settles.
        (report.lines.len() as u64) << 20 | report.unknown << 4 | self.shown as u64
    }

    fn key(&self, row: usize) -> usize {
        self.rows[row]
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        let line = self.line(row);
        match column {
            Col::Principal if line.principal.is_empty() => "anonymous".into(),
            Col::Principal => String::from(shown(&line.principal)).into(),
            Col::Session => format!("…{}", end_of_id(line.session)).into(),
            Col::Outcome => match &line.outcome {
                LineOutcome::Done(_) => self.run.runner.act.participle().into(),
                LineOutcome::Gone => "had gone".into(),
                LineOutcome::Refused { .. } => "refused".into(),
                LineOutcome::Unknown => "not known".into(),
            },
            Col::Took => format::micros(line.micros).into(),
            Col::Details => match &line.outcome {
                LineOutcome::Done(done) if !done.previous.is_empty() || !done.added.is_empty() => {
                    let former = done.previous.iter().map(|(key, value)| format!("{key} was {value}"));
                    let added = done.added.iter().map(|key| format!("{key} is new"));
                    let all: Vec<String> = former.chain(added).collect();
                    String::from(shown(&all.join(", "))).into()
                }
                LineOutcome::Done(_) => "".into(),
                LineOutcome::Gone => "NO_SUCH_SESSION".into(),
                LineOutcome::Refused { code, why } => {
                    let name = crate::data::ErrorCode(*code).name();
                    match name {
                        Some("ACCESS_DENIED") => "needs MODIFY_SESSION".into(),
                        Some(name) => format!("{name}: {}", shown(why)).into(),
                        None => String::from(shown(why)).into(),
                    }
                }
                LineOutcome::Unknown => "no answer came; it may have been done".into(),
            },
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Session => self.line(row).session.to_string().into(),
            Col::Took => self.line(row).micros.to_string().into(),
            _ => self.text(row, column),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Took => SortKey::Number(self.line(row).micros as f64),
            _ => SortKey::Text(self.text(row, column)),
        }
    }
}
