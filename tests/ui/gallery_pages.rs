//! Every part of the widget floor on three pages, with fixed contents.

use std::time::Duration;

use brownian::data::spec::TopicType;
use brownian::data::value::json::Json;
use brownian::ui::theme::tokens::{HIGH_CONTRAST, space};
use brownian::ui::theme::{self, EnvironmentColour, Icon, Tokens, icon, icon_button, icon_toggle};
use brownian::ui::widgets::badge::{self, Freshness, freshness_sign};
use brownian::ui::widgets::data_table::{Cell, Column, DataTable, TableSource, TableState};
use brownian::ui::widgets::filter_box::FilterBox;
use brownian::ui::widgets::form::{Field, fact, group_heading};
use brownian::ui::widgets::hex::{HexState, hex_ui};
use brownian::ui::widgets::json_tree::{JsonTreeState, json_tree_ui};
use brownian::ui::widgets::plot::{Band, Bin, LineChart, Mark, Series, histogram_ui, paint_sparkline};
use brownian::ui::widgets::rows::{RowFacts, Rows, RowsState, motion};
use brownian::ui::widgets::states::{self, Failure};
use brownian::ui::widgets::text_view::{Colouring, TextState, text_ui};
use egui::{RichText, Ui, pos2, vec2};
use egui_plot::PlotPoint;
use std::borrow::Cow;

/// A page of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Controls, badges, icons, states.
    Parts,
    /// Lists, tables, values.
    Data,
    /// Charts, messages.
    Charts,
}

impl Page {
    /// Every page.
    pub(crate) const ALL: [Self; 3] = [Self::Parts, Self::Data, Self::Charts];
}

/// Rows of the list: far beyond what `f32` points can count.
pub(crate) const ROWS: usize = 1_000_000;

/// What the gallery keeps from frame to frame.
pub(crate) struct Gallery {
    pub page: Page,
    pub filter: String,
    pub selector: String,
    pub url: String,
    pub password: String,
    pub shown: bool,
    pub checked: bool,
    pub paused: bool,
    pub rows: RowsState,
    pub cursor: Option<usize>,
    pub drawn: usize,
    pub table: TableState<usize, usize>,
    pub hex: HexState,
    pub json: Json,
    pub json_state: JsonTreeState,
    pub text: String,
    pub text_state: TextState,
    pub acted: Vec<&'static str>,
}

impl Gallery {
    pub(crate) fn new(page: Page) -> Self {
        let json = Json::from_text(JSON).expect("the sample is JSON");
        Self {
            page,
            filter: "eur".to_owned(),
            selector: "?fx/*/bid".to_owned(),
            url: "wss://diffusion.example.com:8443".to_owned(),
            password: "secret".to_owned(),
            shown: false,
            checked: true,
            paused: false,
            rows: RowsState::default(),
            cursor: Some(3),
            drawn: 0,
            table: TableState::sorted("path", false),
            hex: HexState::default(),
            text: json.to_pretty_text(),
            json,
            json_state: JsonTreeState::default(),
            text_state: TextState::default(),
            acted: Vec::new(),
        }
    }

    pub(crate) fn ui(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        egui::CentralPanel::default().frame(egui::Frame::new().fill(tokens.window).inner_margin(space::M)).show(
            ui,
            |ui| match self.page {
                Page::Parts => self.parts(ui),
                Page::Data => self.data(ui),
                Page::Charts => Self::charts(ui),
            },
        );
    }

    fn parts(&mut self, ui: &mut Ui) {
        ui.columns(2, |columns| {
            self.controls(&mut columns[0]);
            marks(&mut columns[1]);
        });
    }

    fn controls(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        ui.heading("Controls");
        ui.horizontal(|ui| {
            if ui.add(theme::primary_button(ui, "Connect")).clicked() {
                self.acted.push("connect");
            }
            let _ = ui.button("Test connection");
            let _ = ui.add(theme::danger_button(ui, "Remove 1,204 topics"));
            let _ = ui.add_enabled(false, egui::Button::new("Apply"));
        });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XXS;
            for (icon, name) in [(Icon::Refresh, "Fetch again"), (Icon::Copy, "Copy path"), (Icon::Trash, "Remove…")]
            {
                let _ = icon_button(ui, icon, name);
            }
            if icon_toggle(ui, Icon::Pause, "Freeze", Some(self.paused)).clicked() {
                self.paused = !self.paused;
            }
            let _ = icon_toggle(ui, Icon::Pin, "Pin", Some(true));
            ui.separator();
            ui.checkbox(&mut self.checked, "Values in tree");
            let _ = ui.radio(true, "Read-only");
            let _ = ui.selectable_label(true, "Topics");
            let _ = ui.selectable_label(false, "Sessions");
        });
        FilterBox::new("Filter topics", "Filter or topic selector").show(ui, &mut self.filter);
        let error = "`*` is a regular-expression sign here. Did you mean ?fx/.*/bid?";
        FilterBox::new("Selector", "?sports//").mono().error(Some(error)).show(ui, &mut self.selector);
        group_heading(ui, "Connection");
        Field::new("URL").hint("ws:// or wss://, paste a full URL to fill all fields").mono(ui, &mut self.url);
        let wrong = Some("Not accepted by the server");
        Field::new("Password").error(wrong).password(ui, &mut self.password, &mut self.shown);
        fact(ui, "Session ID", theme::mono("0000000000a1b2c3-0000000000000007"));
        fact(ui, "Principal", "admin");
        ui.add_space(space::S);
        let failure = Failure {
            what: "Cannot update fx/EURUSD",
            why: "Your roles (CLIENT) have no UPDATE_TOPIC at fx",
            act: Some("Why?"),
            details: None,
        };
        if states::error_banner(ui, failure).act {
            self.acted.push("why");
        }
        states::stale_banner(ui, "As of 14:03:22", "Reconnecting, try 3, 41 s left");
        states::banner(ui, tokens.info, Icon::Info, "First 5,000 of more", "", |ui| ui.button("Load next"));
        let room = ui.available_rect_before_wrap();
        ui.painter().rect_filled(room, 6.0, tokens.content);
        if states::empty_ui(
            ui,
            Icon::Server,
            "No servers yet",
            "Open the demo, or add a server you know the URL of",
            Some("Open the demo server"),
        ) {
            self.acted.push("demo");
        }
    }

    fn data(&mut self, ui: &mut Ui) {
        let room = ui.available_rect_before_wrap();
        let column = (room.width() - 24.0) / 3.0;
        let row = (room.height() - 12.0) / 2.0;
        let cell = |x: usize, y: usize, wide: usize| {
            let min = pos2(room.left() + x as f32 * (column + 12.0), room.top() + y as f32 * (row + 12.0));
            egui::Rect::from_min_size(min, vec2(column * wide as f32 + 12.0 * (wide - 1) as f32, row))
        };
        inside(ui, cell(0, 0, 1), |ui| self.list(ui));
        inside(ui, cell(1, 0, 2), |ui| self.table(ui));
        inside(ui, cell(0, 1, 1), |ui| {
            json_tree_ui(ui, "Value", &self.json, 1, &mut self.json_state);
        });
        inside(ui, cell(1, 1, 1), |ui| {
            text_ui(ui, "Value as text", &self.text, 1, Colouring::Json, &mut self.text_state);
        });
        inside(ui, cell(2, 1, 1), |ui| {
            let bytes: Vec<u8> = (0..4000u32)
                .map(|n| {
                    if n < 40 {
                        b"PNG Brownian \0\x01\xff motion, 3.14159 m/s ok!!"[n as usize]
                    } else {
                        (n * n % 251) as u8
                    }
                })
                .collect();
            hex_ui(ui, "Bytes", &bytes, &mut self.hex);
        });
    }

    fn list(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let mut drawn = 0;
        let mut clicked = None;
        let cursor = self.cursor;
        let output = Rows::new("Topics", ROWS).tree().show(ui, &mut self.rows, |ui, row| {
            drawn += 1;
            let name = format!("topic {}", row.index);
            let facts = RowFacts { selected: cursor == Some(row.index), level: Some(2), ..RowFacts::default() };
            if row.interact(ui, &name, facts).clicked() {
                clicked = Some(row.index);
            }
            let left = row.rect.left_center() + vec2(20.0, 0.0);
            let kind = TopicType::ALL[row.index % TopicType::ALL.len()];
            let taken = badge::paint_type(ui.painter(), tokens, left, kind);
            let at = taken.right_center() + vec2(8.0, 0.0);
            let font = egui::TextStyle::Body.resolve(ui.style());
            ui.painter().text(at, egui::Align2::LEFT_CENTER, name, font, tokens.text);
        });
        self.drawn = drawn;
        if clicked.is_some() {
            output.response.request_focus();
            self.cursor = clicked;
        }
        if output.response.has_focus()
            && let Some(to) = motion(ui, self.cursor, ROWS, output.page)
        {
            self.cursor = Some(to);
            self.rows.scroll_to(to, None);
        }
    }

    fn table(&mut self, ui: &mut Ui) {
        let columns = [
            Column::new(0, "path", "Path", 190.0),
            Column::new(1, "value", "Value", 170.0).grow(1.0),
            Column::new(2, "size", "Size", 70.0).right(),
            Column::new(3, "rate", "Rate", 70.0).right(),
            Column::new(4, "trend", "Trend", 90.0).unsorted(),
        ];
        DataTable::new("gallery", "Subscribed topics", &columns).show(ui, &mut self.table, &Quotes);
    }

    fn charts(ui: &mut Ui) {
        let wave = |scale: f64| -> Vec<PlotPoint> {
            let y = |x: f64| {
                if (40.0..46.0).contains(&x) {
                    f64::NAN
                } else {
                    scale * (3.0 + (x / 7.0).sin() + (x / 2.3).cos() * 0.4)
                }
            };
            (0..120).map(|n| PlotPoint::new(f64::from(n), y(f64::from(n)))).collect()
        };
        let (p50, p95) = (wave(1.0), wave(2.2));
        let xs: Vec<f64> = (50..120).map(f64::from).collect();
        let low: Vec<f64> = p50[50..].iter().map(|p| p.y * 0.7).collect();
        let high: Vec<f64> = p95[50..].iter().map(|p| p.y * 1.1).collect();
        let series = [Series { name: "p50", points: &p50 }, Series { name: "p95", points: &p95 }];
        LineChart::new("Ping", &series)
            .band(Band { name: "p5 to p95", xs: &xs, low: &low, high: &high })
            .marks(&[Mark { x: 43.0, name: "Reconnected" }])
            .x_text(|x| format!("{x} s"))
            .y_text(|y| format!("{y:.0} ms"))
            .from_zero()
            .height(300.0)
            .show(ui);
        let bins: Vec<Bin> = [1u64, 8, 40, 900, 4000, 1200, 300, 20, 3]
            .into_iter()
            .enumerate()
            .map(|(n, count)| Bin { name: format!("{} ms", 1 << n), count })
            .collect();
        histogram_ui(ui, "Round trips", &bins, true, 200.0);
    }
}

fn marks(ui: &mut Ui) {
    let tokens = Tokens::of(ui);
    ui.heading("Marks");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for kind in TopicType::ALL {
            badge::type_badge(ui, kind);
        }
    });
    ui.horizontal(|ui| {
        for environment in EnvironmentColour::ALL {
            badge::environment_badge(ui, environment);
        }
        badge::count_badge(ui, 12_400, "topics");
        badge::word_badge(ui, "Connected", tokens.ok);
    });
    ui.horizontal_wrapped(|ui| {
        for freshness in Freshness::ALL {
            freshness_sign(ui, freshness, "");
            ui.label(RichText::new(freshness.word()).color(tokens.text_muted));
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(10.0, 10.0);
        for sign in Icon::ALL {
            icon(ui, sign, 18.0, tokens.text);
        }
    });
    ui.horizontal_wrapped(|ui| {
        for sign in Icon::ALL {
            icon(ui, sign, 14.0, tokens.text_muted);
        }
    });
    for environment in EnvironmentColour::ALL {
        let colours = tokens.environment(environment);
        let frame = egui::Frame::new().fill(colours.wash).inner_margin(egui::Margin::symmetric(8, 3));
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                badge::environment_badge(ui, environment);
                ui.label("fx-live");
                ui.label(RichText::new("read-only").color(tokens.text_muted));
            });
        });
    }
    ui.label("Text: Il1 0O, fx/spot/EURUSD → 1,084.25, 12 KiB");
    ui.label(theme::strong("Strong: Il1 0O fx/spot/EURUSD 1,084.25"));
    ui.label(theme::muted(ui, "Muted: caption of a field"));
    ui.label(theme::faint(ui, "Faint: as of 14:03:22"));
    ui.label(theme::mono("Mono: Il1| 0O {\"bid\":1.0842} → ≥ 0x7f"));
    let (left, right) = two(ui, 190.0);
    inside(ui, left, |ui| {
        states::permission_ui(ui, "Sessions cannot be listed", "VIEW_SESSION", "", Some("Why?"));
    });
    inside(ui, right, |ui| {
        states::loading_ui(ui, "Fetching structure… 12,400 topics", Duration::from_secs(4), true);
    });
    let failure = Failure {
        what: "No answer within 10 s",
        why: "The server may still have done it",
        act: Some("Check now"),
        details: Some("E_TIMEOUT conversation 17"),
    };
    let rest = ui.available_rect_before_wrap();
    inside(ui, rest, |ui| {
        states::error_ui(ui, failure);
    });
}

fn two(ui: &mut Ui, height: f32) -> (egui::Rect, egui::Rect) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    let half = rect.width() / 2.0;
    (rect.with_max_x(rect.left() + half - 6.0), rect.with_min_x(rect.left() + half + 6.0))
}

fn inside(ui: &mut Ui, rect: egui::Rect, content: impl FnOnce(&mut Ui)) {
    let tokens = Tokens::of(ui);
    let edge = if tokens == &HIGH_CONTRAST { tokens.outline } else { tokens.separator };
    ui.painter().rect(rect, 4.0, tokens.content, (1.0, edge), egui::StrokeKind::Inside);
    let builder = egui::UiBuilder::new().max_rect(rect.shrink(1.0)).id_salt((rect.min.x as i32, rect.min.y as i32));
    ui.scope_builder(builder, content);
}

const JSON: &str = r#"{"pair":"EURUSD","bid":1.0842,"ask":1.0844,"live":true,"source":null,"id":9007199254740993,
"depth":[{"price":1.0841,"size":1000000},{"price":1.0840,"size":2500000}],
"venues":["LDN","NYC","TKY"],"note":"a text that is somewhat longer than the row is wide, to see how it is cut"}"#;

/// Made-up rows of a table.
struct Quotes;

impl TableSource for Quotes {
    type Key = usize;
    type Column = usize;

    fn row_count(&self) -> usize {
        4000
    }

    fn revision(&self) -> u64 {
        0
    }

    fn key(&self, row: usize) -> usize {
        row
    }

    fn text(&self, row: usize, column: usize) -> Cow<'_, str> {
        match column {
            0 => format!("fx/spot/PAIR{row:04}").into(),
            1 => format!("{{\"bid\":1.{:04},\"ask\":1.{:04}}}", row * 7 % 9999, row * 11 % 9999).into(),
            2 => "95 B".into(),
            3 => format!("{}/s", row % 40).into(),
            _ => "".into(),
        }
    }

    fn cell_ui(&self, ui: &mut Ui, cell: &mut Cell<'_>, row: usize, column: usize) {
        let tokens = Tokens::of(ui);
        let text = self.text(row, column);
        match column {
            0 => cell.text(ui, &text, tokens.text),
            1 => cell.mono(ui, &text, tokens.text),
            2 | 3 => cell.text(ui, &text, tokens.text_muted),
            _ => {
                let values: Vec<f64> = (0..24).map(|n| f64::from((n * 37 + row as u32 * 13) % 29)).collect();
                paint_sparkline(ui.painter(), cell.rect(), &values, tokens.series[0]);
            }
        }
    }
}
