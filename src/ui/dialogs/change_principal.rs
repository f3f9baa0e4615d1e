//! The form in which this session becomes somebody else, or stays who it is for longer.

use super::{WindowDialog, send_key};
use crate::data::{Secret, shown};
use crate::model::who_am_i::{Failure, Form, Intent};
use crate::model::{Connected, error_text};
use crate::ui::cx::Cx;
use crate::ui::environment::server_ui;
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::dialog::{Button, Dialog};
use crate::ui::widgets::form::Field;
use egui::Ui;

/// The dialog; whether the password is shown.
#[derive(Default)]
pub(crate) struct ChangePrincipal {
    is_revealed: bool,
}

#[derive(Clone, Copy)]
enum Answer {
    Cancel,
    Change,
}

impl WindowDialog for ChangePrincipal {
    const ID: &'static str = "change-principal";

    fn ui(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let Some((connected, form)) = cx.connected().and_then(|c| Some((c, c.who_am_i.form.as_ref()?))) else {
            *self = Self::default();
            return;
        };
        let title = if form.is_renewal { "Authenticate again" } else { "Change principal" };
        let output = Dialog::new(Self::ID, title).width(480.0).keeps_text().show(ui, |dialog| {
            dialog.ui.horizontal(|ui| server_ui(ui, connected));
            dialog.ui.add_space(8.0);
            let is_asking = form.asking.is_some();
            let mut by_enter = false;
            dialog.body(|ui, focus| {
                ui.add_enabled_ui(!is_asking, |ui| {
                    let mut principal = form.principal.clone();
                    let field = Field::new("Principal").hint("empty = anonymous").text(ui, &mut principal);
                    if field.changed() {
                        cx.send(Intent::Type(principal));
                    }
                    let mut password = form.password.clone();
                    let secret = Field::new("Password").password(ui, password.edit(), &mut self.is_revealed);
                    if secret.changed() {
                        cx.send(Intent::TypePassword(Secret::new(password.expose())));
                    }
                    let is_left = field.lost_focus() || secret.lost_focus();
                    by_enter = is_left && ui.input(|input| input.key_pressed(egui::Key::Enter));
                    focus.give(if form.is_renewal { &secret } else { &field });
                });
                words_ui(ui, connected, form);
            });
            if let Some(why) = form.failure.as_ref().map(|failure| failure_words(connected, failure)) {
                dialog.problem(&why);
            }
            let block = if is_asking {
                Some("The server is being asked")
            } else {
                connected.read_block_reason().map(crate::model::BlockReason::sentence)
            };
            let (key, by_send) = send_key(dialog, cx);
            let words = if form.is_renewal {
                "Authenticate again".to_owned()
            } else if form.principal.is_empty() {
                "Change to anonymous".to_owned()
            } else {
                format!("Change to {}", shown(&form.principal))
            };
            let change = Button::primary(words, Answer::Change).key((key, by_send || by_enter)).unless(block);
            dialog.buttons(|_| (), &[Button::safe("Cancel", Answer::Cancel), change])
        });
        match output.answer_or(Answer::Cancel) {
            Some(Answer::Change) => cx.send(Intent::Change),
            Some(Answer::Cancel) => cx.send(Intent::Cancel),
            None => {}
        }
    }
}

fn words_ui(ui: &mut Ui, connected: &Connected, form: &Form) {
    ui.add_space(6.0);
    if !form.is_renewal {
        let words = "Session, subscriptions, locks and handlers stay. Roles change; topics may come and go";
        ui.add(egui::Label::new(theme::muted(ui, words)).wrap());
    }
    let keys: Vec<&str> = connected
        .who_am_i
        .told
        .ready()
        .map_or_else(Vec::new, |told| told.user_properties.iter().map(|(key, _)| key.as_str()).collect());
    if !keys.is_empty() {
        warning_ui(ui, &format!("User properties may be dropped: {}", shown(&keys.join(", "))));
    }
    let mut options = connected.options.clone();
    options.principal = Some(form.principal.clone());
    if let Some(host) = options.readable_on_the_way_to() {
        warning_ui(ui, &format!("The password travels readable to {}", shown(&host)));
    }
    if !form.is_renewal {
        let own = connected.options.principal.as_deref().filter(|name| !name.is_empty()).unwrap_or("anonymous");
        let words = format!("The profile still says {}; a new session uses that", shown(own));
        ui.add(egui::Label::new(theme::muted(ui, words)).wrap());
    }
}

fn warning_ui(ui: &mut Ui, words: &str) {
    ui.horizontal_wrapped(|ui| {
        theme::icon(ui, Icon::Warning, 13.0, Tokens::of(ui).warn.strong);
        ui.label(theme::text(words));
    });
}

fn failure_words(connected: &Connected, failure: &Failure) -> String {
    let own = connected.session.as_ref().map(|session| session.principal.clone()).unwrap_or_default();
    let own = if own.is_empty() { "anonymous".to_owned() } else { own };
    match failure {
        Failure::NotAccepted(name) => {
            let name = if name.is_empty() { "anonymous" } else { name };
            let (name, own) = (shown(name), shown(&own));
            format!("{name} was not accepted: wrong password, or not allowed. You are still {own}")
        }
        Failure::Call(error) => {
            format!("{}. You are still {}", error_text::call(error, "change the principal").summary, shown(&own))
        }
    }
}
