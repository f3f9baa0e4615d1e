//! The connection dialog: the form, the test with its steps, saving.

use super::WindowDialog;
use crate::data::{Secret, ServerUrl};
use crate::model::connections::{Environment, Form, Intent, Profile, SecretState, Test};
use crate::model::error_text;
use crate::model::link::{OfferedCertificate, Step, StepReport, protocol};
use crate::ui::cx::Cx;
use crate::ui::environment;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog, DialogUi, FirstFocus};
use crate::ui::widgets::{layout, states};
use egui::{Id, Key, TextEdit, Ui, vec2};

/// What the dialog remembers about how it looks.
#[derive(Default)]
pub(crate) struct Connect {
    revealed: bool,
    advanced: bool,
}

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Connect,
    Test,
    Save,
    Delete,
}

impl WindowDialog for Connect {
    const ID: &'static str = "connect";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some(form) = &cx.model.connections.form else {
            *self = Self::default();
            return;
        };
        let known = cx.model.connections.stored(&form.profile.key).is_some();
        let title = if known { "Edit connection" } else { "Connect to a server" };
        let output = Dialog::new(Self::ID, title).width(500.0).keeps_text().show(ui, |dialog| {
            dialog.ui.add_space(8.0);
            dialog.body(|ui, first| {
                self.form_ui(ui, cx, form, first);
                if let Some(test) = &form.test {
                    ui.add_space(10.0);
                    test_ui(ui, cx, test);
                }
            });
            buttons_ui(dialog, form, known)
        });
        if let Some(answer) = output.answer_or(Answer::Cancel) {
            cx.send(match answer {
                Answer::Cancel => Intent::Cancel,
                Answer::Connect => Intent::Connect,
                Answer::Test => Intent::Test,
                Answer::Save => Intent::Save,
                Answer::Delete => Intent::Delete(form.profile.key.clone()),
            });
        }
    }
}

impl Connect {
    fn form_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, form: &Form, first: &mut FirstFocus<'_>) {
        let mut profile = form.profile.clone();
        let tokens = Tokens::of(ui);
        let wide = f32::INFINITY;
        field_ui(ui, "URL", |ui, label| {
            let mut url = form.url_text.clone();
            let edit = TextEdit::singleline(&mut url).hint_text("ws://localhost:8080").desired_width(wide);
            let response = ui.add(edit).labelled_by(label);
            first.give(&response);
            if response.changed() {
                cx.send(Intent::ChangeUrl(url));
            }
            connect_by_key(ui, cx, &response);
            if let Some(error) = &form.url_error {
                ui.label(theme::text(error).color(tokens.error.strong).size(theme::tokens::text::SMALL));
            } else if let Some(note) = form.url_note {
                ui.label(theme::text(note).color(tokens.warn.strong).size(theme::tokens::text::SMALL));
            }
        });
        field_ui(ui, "Principal", |ui, label| {
            let edit = TextEdit::singleline(&mut profile.principal)
                .hint_text("empty for an anonymous session")
                .desired_width(wide);
            let response = ui.add(edit).labelled_by(label);
            connect_by_key(ui, cx, &response);
        });
        field_ui(ui, "Password", |ui, label| {
            let mut password = form.password.clone();
            ui.horizontal(|ui| {
                let edit = TextEdit::singleline(password.edit())
                    .password(!self.revealed)
                    .desired_width(ui.available_width() - 34.0);
                let response = ui.add_enabled(!profile.principal.is_empty(), edit).labelled_by(label);
                if response.changed() {
                    cx.send(Intent::ChangePassword(Secret::new(password.expose())));
                }
                connect_by_key(ui, cx, &response);
                let words = if self.revealed { "Hide the password" } else { "Show the password" };
                if theme::icon_button(ui, Icon::View, words).clicked() {
                    self.revealed = !self.revealed;
                }
            });
            match &form.secret {
                SecretState::Waiting => {
                    ui.label(theme::faint(ui, "Waiting for the system keyring; you can type the password instead"));
                }
                SecretState::Found => {
                    ui.label(theme::faint(ui, "From the system keychain"));
                }
                SecretState::Unavailable(why) => {
                    let text =
                        format!("The system keychain cannot be used, so the password is asked for each time: {why}");
                    ui.label(theme::text(text).color(tokens.warn.strong).size(theme::tokens::text::SMALL));
                }
                SecretState::None => {}
            }
            ui.checkbox(&mut profile.keep_password, "Keep the password in the system keychain");
            if let Some(host) = profile.options(None, cx.now()).readable_on_the_way_to() {
                let why = format!("Everybody on the way to {host} can read them. Use wss:// if the server offers TLS");
                let what = "Principal and password travel readable";
                states::banner(ui, tokens.warn, Icon::Warning, what, &why, |_| ());
            }
        });
        field_ui(ui, "Name", |ui, label| {
            let edit = TextEdit::singleline(&mut profile.name).hint_text("as shown on the tab").desired_width(wide);
            let response = ui.add(edit).labelled_by(label);
            connect_by_key(ui, cx, &response);
        });
        field_ui(ui, "Environment", |ui, _| {
            ui.horizontal(|ui| {
                for choice in Environment::CHOICES {
                    let colours = tokens.environment(environment::colour(choice));
                    let chosen = profile.environment == choice;
                    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
                    ui.painter().rect_filled(rect, 2, colours.fill);
                    if ui.selectable_label(chosen, theme::text(choice.name())).clicked() {
                        profile.environment = choice;
                    }
                }
            });
        });
        ui.add_space(4.0);
        let header = if self.advanced { "Hide advanced" } else { "Advanced" };
        if ui.button(theme::muted(ui, header)).clicked() {
            self.advanced = !self.advanced;
        }
        if self.advanced {
            advanced_ui(ui, &mut profile);
        }
        if profile != form.profile {
            cx.send(Intent::Change(Box::new(profile)));
        }
    }
}

/// Enter in a field connects.
fn connect_by_key(ui: &Ui, cx: &Cx<'_>, field: &egui::Response) {
    if field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
        cx.send(Intent::Connect);
    }
}

fn advanced_ui(ui: &mut Ui, profile: &mut Profile) {
    ui.add_space(6.0);
    field_ui(ui, "Connect timeout", |ui, label| {
        ui.add(egui::DragValue::new(&mut profile.connect_timeout_secs).range(1..=600).suffix(" s")).labelled_by(label);
    });
    field_ui(ui, "Keep a lost session", |ui, label| {
        ui.add(egui::DragValue::new(&mut profile.reconnect_secs).range(0..=86_400).suffix(" s"))
            .labelled_by(label)
            .on_hover_text("How long the server is asked to keep the session after a loss of the line; 0 is off");
    });
    field_ui(ui, "Protocol", |ui, label| {
        let words = |version: u8| match version {
            0 => "Newest that the server speaks".to_owned(),
            version => format!("Only {version}"),
        };
        let combo = egui::ComboBox::from_id_salt("protocol").selected_text(words(profile.protocol)).width(220.0);
        let shown = combo.show_ui(ui, |ui| {
            ui.selectable_value(&mut profile.protocol, 0, theme::text(words(0)));
            for version in protocol::SPOKEN.rev() {
                ui.selectable_value(&mut profile.protocol, version, theme::text(words(version)));
            }
        });
        shown.response.labelled_by(label).on_hover_text("Servers from 6.5 on speak one of 18 to 29");
        if profile.protocol == 0 && profile.agreed_protocol > 0 {
            ui.label(theme::faint(ui, format!("The last session had protocol {}", profile.agreed_protocol)));
        }
    });
    field_ui(ui, "Compression", |ui, _| {
        ui.checkbox(&mut profile.compression, "Accept compressed values");
    });
    field_ui(ui, "Trusted certificates", |ui, label| {
        let edit = TextEdit::multiline(&mut profile.extra_ca_pem)
            .hint_text("PEM text of authorities trusted besides the system's")
            .desired_rows(3)
            .font(egui::TextStyle::Monospace)
            .desired_width(f32::INFINITY);
        ui.add(edit).labelled_by(label);
    });
    if let Some(certificate) = profile.trusted_certificate {
        field_ui(ui, "Trusted by you", |ui, _| {
            ui.add(egui::Label::new(theme::mono(certificate.fingerprint())).wrap());
            if ui.button("Trust it no more").clicked() {
                profile.trusted_certificate = None;
            }
        });
    }
    field_ui(ui, "Session properties", |ui, _| {
        let mut removed = None;
        for (at, (key, value)) in profile.properties.iter_mut().enumerate() {
            ui.horizontal(|ui| {
                let key_edit = TextEdit::singleline(key).hint_text("name").desired_width(130.0);
                ui.add(key_edit).widget_info(|| named(format!("Property name {}", at + 1)));
                let value_edit = TextEdit::singleline(value).hint_text("value").desired_width(160.0);
                ui.add(value_edit).widget_info(|| named(format!("Property value {}", at + 1)));
                if theme::icon_button(ui, Icon::Close, &format!("Remove property {}", at + 1)).clicked() {
                    removed = Some(at);
                }
            });
        }
        if let Some(at) = removed {
            profile.properties.remove(at);
        }
        if ui.button("Add property").clicked() {
            profile.properties.push((String::new(), String::new()));
        }
    });
}

fn named(name: String) -> egui::WidgetInfo {
    egui::WidgetInfo::labeled(egui::Role::TextInput, true, theme::spoken(name))
}

fn field_ui(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui, Id)) {
    ui.horizontal_top(|ui| {
        let label =
            ui.allocate_ui_with_layout(vec2(124.0, 24.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.set_min_width(124.0);
                ui.label(theme::muted(ui, name)).id
            });
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - 8.0);
            add(ui, label.inner);
        });
    });
    ui.add_space(4.0);
}

fn test_ui(ui: &mut Ui, cx: &Cx<'_>, test: &Test) {
    let tokens = Tokens::of(ui);
    let failed = test.reports.iter().any(|r| r.outcome.is_err());
    ui.spacing_mut().item_spacing.y = 3.0;
    for step in Step::ALL {
        let report = test.reports.iter().find(|r| r.step == step && !r.was_refused());
        let current = test.current() == Some(step) && !failed;
        if report.is_none() && !current {
            continue;
        }
        for refused in test.reports.iter().filter(|r| r.step == step && r.was_refused()) {
            refused_ui(ui, refused);
        }
        ui.horizontal(|ui| {
            let (icon, colour) = match report.map(|r| r.outcome.is_ok()) {
                Some(true) => (Icon::Ok, tokens.ok.strong),
                Some(false) => (Icon::Error, tokens.error.strong),
                None => (Icon::Ring, tokens.info.strong),
            };
            theme::icon(ui, icon, 14.0, colour);
            ui.label(theme::text(error_text::step(step)));
            let time = report.map_or_else(
                || format!("{:.0} s", cx.now().secs_since(test.started)),
                |report| format::micros(report.micros),
            );
            ui.label(theme::faint(ui, time));
        });
        if report.is_none_or(|r| r.outcome.as_ref().is_ok_and(String::is_empty)) {
            continue;
        }
        ui.horizontal_top(|ui| {
            ui.add_space(22.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                match report.map(|r| &r.outcome) {
                    Some(Ok(found)) if !found.is_empty() => {
                        ui.label(theme::faint(ui, found.clone()));
                    }
                    Some(Err(error)) => {
                        let words = error_text::link(error);
                        ui.label(theme::text(words.summary).color(tokens.error.strong));
                        if !words.remedy.is_empty() {
                            ui.label(theme::muted(ui, words.remedy));
                        }
                        if let Some(offered) = error.offered_certificate() {
                            certificate_ui(ui, cx, offered);
                        }
                        if !words.details.is_empty() {
                            ui.collapsing("Show details", |ui| {
                                ui.label(theme::mono(words.details.clone()));
                            });
                        }
                    }
                    _ => {}
                }
            });
        });
    }
    if !test.done && !failed {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
    }
    if test.done {
        let text = report_text(test);
        let copy = ui.button("Copy report");
        // How it ended is in sight, also where the form above leaves little room.
        layout::scroll_to_new(ui, ui.scope_id().with(("tested", test.started.0)), copy.rect);
        if copy.clicked() {
            cx.send(crate::model::Intent::Copy(text));
        }
    }
}

/// The certificate that was not accepted, and the button that trusts it.
fn certificate_ui(ui: &mut Ui, cx: &Cx<'_>, offered: &OfferedCertificate) {
    ui.add_space(2.0);
    theme::well(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        for (name, text) in
            [("For", &offered.subject), ("Signed by", &offered.issuer), ("Valid until", &offered.last_day)]
        {
            ui.horizontal(|ui| {
                ui.label(theme::muted(ui, name));
                ui.add(egui::Label::new(theme::text(text)).truncate());
            });
        }
        ui.label(theme::muted(ui, "SHA-256"));
        ui.add(egui::Label::new(theme::mono(offered.sha256.fingerprint())).wrap());
        ui.add_space(2.0);
        let trust = ui.add_enabled(offered.fits, egui::Button::new("Trust this certificate"));
        let trust = trust.on_hover_text(
            "For this connection only. Its name and time are still checked, and any other certificate is judged as before",
        );
        if trust.on_disabled_hover_text("It is not for this server's name, or its time is over").clicked() {
            cx.send(Intent::Trust(offered.sha256));
        }
    });
}

/// A protocol version that was offered and not accepted.
fn refused_ui(ui: &mut Ui, report: &StepReport) {
    let (Some((version, _)), Ok(found)) = (report.offered, &report.outcome) else { return };
    ui.horizontal(|ui| {
        theme::icon(ui, Icon::Struck, 14.0, Tokens::of(ui).text_faint);
        ui.label(theme::muted(ui, format!("Protocol {version}: {found}")));
        ui.label(theme::faint(ui, format::micros(report.micros)));
    });
}

fn report_text(test: &Test) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("Brownian connection test\n");
    for report in &test.reports {
        let outcome = match &report.outcome {
            Ok(found) if report.was_refused() => {
                format!("protocol {}: {found}", report.offered.map_or(0, |(version, _)| version))
            }
            Ok(found) => format!("done: {found}"),
            Err(error) => {
                let words = error_text::link(error);
                format!("failed: {} ({})", words.summary, words.details)
            }
        };
        let _ = writeln!(out, "{} ({}): {outcome}", error_text::step(report.step), format::micros(report.micros));
    }
    out
}

fn buttons_ui(dialog: &mut DialogUi<'_>, form: &Form, known: bool) -> Option<Answer> {
    let block = ServerUrl::parse(&form.url_text).is_err().then_some("Enter the server's URL");
    let testing = form.test.as_ref().is_some_and(|test| !test.done).then_some("A test is under way");
    let mut buttons = vec![
        Button::plain("Test connection", Answer::Test).unless(block.or(testing)),
        Button::plain("Save", Answer::Save).unless(block),
        Button::safe("Cancel", Answer::Cancel),
        Button::primary("Connect", Answer::Connect).unless(block),
    ];
    if known {
        buttons
            .insert(0, Button::plain("Delete", Answer::Delete).hover("Removes this profile and its stored password"));
    }
    dialog.buttons(|_| (), &buttons)
}
