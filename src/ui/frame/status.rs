//! The status bar and the banner that says when what is shown is not live.

use crate::data::shown;
use crate::model::connections;
use crate::model::error_text;
use crate::model::link::{LinkError, LinkState, protocol};
use crate::model::number;
use crate::model::{Connected, Intent, latency, who_am_i};
use crate::ui::commands::{Target, connection, tip};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::{menu, states};
use egui::{Color32, Frame, Margin, Panel as Side, Ui};

/// Icon, colour and words of a link's state.
#[must_use]
pub fn link_sign(tokens: &Tokens, link: &LinkState) -> (Icon, Color32, String) {
    match link {
        LinkState::Connecting(step) => {
            (Icon::Ring, tokens.info.strong, format!("connecting: {}", error_text::step(*step)))
        }
        LinkState::Connected(_) => (Icon::Live, tokens.ok.strong, "connected".into()),
        LinkState::InDoubt => (Icon::Ring, tokens.warn.strong, "checking the connection".into()),
        LinkState::Recovering { attempt, .. } => {
            (Icon::Disconnected, tokens.warn.strong, format!("recovering, attempt {attempt}"))
        }
        LinkState::Closed(cause) if **cause == LinkError::ClosedByClient => {
            (Icon::Struck, tokens.text_faint, "closed".into())
        }
        LinkState::Closed(_) => (Icon::Error, tokens.error.strong, "not connected".into()),
    }
}

/// Session state, session id, principal, ping, rates, topics known, memory.
pub fn bar_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let tokens = Tokens::of(ui);
    let Some(connected) = cx.connected() else { return };
    let frame = Frame::new().fill(tokens.window).inner_margin(Margin::symmetric(10, 3));
    Side::bottom("status").frame(frame).exact_size(26.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            let (icon, colour, state) = link_sign(tokens, &connected.link);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                theme::icon(ui, icon, 10.0, colour);
                ui.label(theme::text(small(&state, tokens.text)));
            });
            if let Some(session) = &connected.session {
                let id = session.id.to_string();
                let label = egui::Label::new(theme::text(small(&id, tokens.text_muted).monospace())).sense(egui::Sense::click());
                let who = tip(ui, &Target::current(cx), &connection::WHO_AM_I);
                let details = format!(
                    "Session ID. Click for {}\nProtocol {}, {}",
                    who, session.version, session.transport
                );
                let response = ui.add(label).on_hover_text(theme::text(details));
                if response.clicked() {
                    cx.send(who_am_i::Intent::Open);
                }
                menu::context(&response, |ui| {
                    if ui.button("Copy session ID").clicked() {
                        cx.send(Intent::Copy(id));
                        ui.close();
                    }
                });
                let principal = if session.principal.is_empty() { "anonymous" } else { &session.principal };
                ui.label(theme::text(small(&String::from(shown(principal)), tokens.text_muted))).on_hover_text("Principal");
                expiry_ui(ui, cx, connected);
                if session.version < protocol::NEWEST {
                    let text = format!("protocol {}", session.version);
                    let why = "An older server: what its protocol lacks is off, with the reason";
                    ui.label(theme::text(small(&text, tokens.text_muted))).on_hover_text(theme::text(why));
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 14.0;
                if let Some(bytes) = cx.model.memory_bytes {
                    memory_ui(ui, cx, bytes);
                }
                let known = connected.topics.known();
                ui.label(theme::text(small(
                    &format!("{} known", number::count_of(known as u64, "topic", "topics")),
                    tokens.text_muted,
                )));
                let dropped = connected.traffic.dropped;
                if dropped > 0 {
                    ui.label(theme::text(small(&format!("{} dropped", number::grouped(dropped)), tokens.warn.strong)))
                        .on_hover_text(
                            "Log lines, notifications, history values and former states of topics dropped because the window was behind",
                        );
                }
                let rates = format!(
                    "in {} · out {}",
                    number::rate(connected.values_in_per_sec()),
                    number::rate(connected.messages_out_per_sec())
                );
                ui.label(theme::text(small(&rates, tokens.text_muted))).on_hover_text("Values received and messages sent a second");
                ping_ui(ui, cx, connected);
            });
        });
    });
}

/// When the session ends unless it authenticates again, and the way to do so.
fn expiry_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let Some(at) = connected.who_am_i.expires_at.filter(|_| connected.is_live()) else { return };
    let tokens = Tokens::of(ui);
    let secs = at.secs_since(cx.now());
    let colour = if secs < 120.0 { tokens.warn.strong } else { tokens.text_muted };
    let words = if secs > 0.0 { format!("expires in {}", format::age(secs)) } else { "expires now".to_owned() };
    ui.label(theme::text(small(&words, colour)));
    if ui.add(egui::Button::new(theme::text(small("Re-authenticate", tokens.text))).small()).clicked() {
        cx.send(who_am_i::Intent::OpenForm(true));
    }
}

/// Says, as long as the window is open, that nothing of it is kept.
pub(super) fn not_kept_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let Some(why) = &cx.model.not_kept else { return };
    let tokens = Tokens::of(ui);
    let frame = Frame::new().fill(tokens.window).inner_margin(Margin::symmetric(8, 4));
    Side::top("not-kept").frame(frame).show_separator_line(false).show(ui, |ui| {
        states::banner(ui, tokens.warn, Icon::Warning, "Nothing of this window is kept", why, |_| ());
    });
}

/// The memory of the program, and what of it counts against the limit.
fn memory_ui(ui: &mut Ui, cx: &Cx<'_>, bytes: u64) {
    let tokens = Tokens::of(ui);
    let used = cx.model.memory_use();
    let size = |bytes: usize| number::size(bytes as u64);
    // Histories give way before anything else is lost; then the limit is at work.
    let is_full = used.total().saturating_mul(20) >= used.limit.saturating_mul(19);
    let colour = if is_full { tokens.warn.strong } else { tokens.text_muted };
    let details = format!(
        "Memory of Brownian. {} of the limit of {} are used: values of topics {}, histories {}, journal {}. \
         When it is reached, the oldest history goes first",
        size(used.total()),
        size(used.limit),
        size(used.topics),
        size(used.histories),
        size(used.journal)
    );
    ui.label(theme::text(small(&number::size(bytes), colour))).on_hover_text(theme::text(details));
}

fn ping_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let tokens = Tokens::of(ui);
    let figures = connected.latency.figures;
    let (text, colour) = if connected.latency.missed_in_a_row() >= 3 {
        ("no ping answer".to_owned(), tokens.error.strong)
    } else if figures.count == 0 {
        ("ping …".to_owned(), tokens.text_faint)
    } else {
        (format!("ping p50 {} · p95 {}", format::micros(figures.p50), format::micros(figures.p95)), tokens.text_muted)
    };
    let response = ui.add(egui::Label::new(theme::text(small(&text, colour))).sense(egui::Sense::click()));
    if response.clicked() {
        cx.ask_shell(crate::ui::cx::ShellRequest::ShowPanel("latency"));
    }
    menu::context(&response.on_hover_text("Round trip. Click for the plot"), |ui| {
        if ui.button("Copy figures").clicked() {
            cx.send(Intent::Copy(figures_text(&connected.latency)));
            ui.close();
        }
    });
}

/// The figures as one line of text.
#[must_use]
pub fn figures_text(latency: &latency::Latency) -> String {
    let f = latency.figures;
    format!(
        "p50 {}, p95 {}, p99 {}, max {} over {}",
        format::micros(f.p50),
        format::micros(f.p95),
        format::micros(f.p99),
        format::micros(f.max),
        window_words(latency.window)
    )
}

/// A window in words.
#[must_use]
pub const fn window_words(window: latency::Window) -> &'static str {
    match window {
        latency::Window::Minute => "1 min",
        latency::Window::TenMinutes => "10 min",
        latency::Window::Hour => "1 h",
    }
}

/// Says above the panels that what they show is not live, why, and what can be done.
pub fn banner_ui(ui: &mut Ui, cx: &Cx<'_>, connected: &Connected) {
    let tokens = Tokens::of(ui);
    let (tint, icon, text, act) = match &connected.link {
        LinkState::Connected(_) => return,
        LinkState::Connecting(step) => {
            let secs = cx.now().secs_since(connected.link_since);
            (tokens.info, Icon::Ring, format!("Connecting: {}… {secs:.0} s", error_text::step(*step)), String::new())
        }
        LinkState::InDoubt => {
            let text = format!("As of {}. The computer slept", format::clock(connected.link_since));
            (tokens.warn, Icon::Ring, text, "Looking whether the connection is still there".into())
        }
        LinkState::Recovering { attempt, give_up_at, cause } => {
            let left = give_up_at.secs_since(cx.now());
            let text = format!(
                "As of {}. Reconnecting, try {attempt}, {left:.0} s left before the session is lost",
                format::clock(connected.link_since)
            );
            (tokens.warn, Icon::Disconnected, text, error_text::link(cause).summary)
        }
        LinkState::Closed(cause) => {
            let words = error_text::link(cause);
            let since = if connected.session.is_some() {
                format!("As of {}. ", format::clock(connected.link_since))
            } else {
                String::new()
            };
            (tokens.error, Icon::Error, format!("{since}{}", words.summary), words.remedy)
        }
    };
    let frame = Frame::new().fill(tint.wash).inner_margin(Margin::symmetric(12, 6));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            theme::icon(ui, icon, 14.0, tint.strong);
            ui.label(theme::text(text).color(tokens.text));
            if !act.is_empty() {
                ui.label(theme::text(act).color(tokens.text_muted));
            }
            if let LinkState::Closed(cause) = &connected.link {
                if let (Some(_), Some(url)) = (cause.certificate_problem(), connected.options.url()) {
                    let look = ui.button("Look at the certificate…");
                    if look.on_hover_text("Tests the connection step by step and shows the certificate").clicked() {
                        let (key, url) = (connected.key.clone(), url.to_owned());
                        cx.send(connections::Intent::TestConnection { key, url });
                    }
                }
                if ui.button("Connect again").clicked() {
                    cx.send(Intent::Reconnect(connected.id));
                }
                if ui.button("Copy report").clicked() {
                    let words = error_text::link(cause);
                    cx.send(Intent::Copy(format!("{}\n{}\n{}", words.summary, words.remedy, words.details)));
                }
            } else if ui.button("Cancel").clicked() {
                cx.send(Intent::CloseLink(connected.id));
            }
        });
    });
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(500));
}

fn small(text: &str, colour: Color32) -> egui::RichText {
    theme::text(text).size(theme::tokens::text::SMALL).color(colour)
}
