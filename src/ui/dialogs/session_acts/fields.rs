//! What is written into the sheet of an act: roles, properties, a selector with its scope.

use crate::data::shown;
use crate::model::number;
use crate::model::session_acts::Intent;
use crate::model::session_acts::act::Act;
use crate::model::session_acts::form::{Field, Kind, MAX_PROPERTIES};
use crate::model::session_acts::sheet::Sheet;
use crate::ui::cx::Cx;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::dialog::FirstFocus;
use crate::ui::widgets::form;
use egui::{Response, TextEdit, Ui};
use std::collections::BTreeMap;

/// Groups of sessions with the same roles that are listed.
const ROLE_GROUPS: usize = 6;

/// Draws what the act asks for; the first field has the keyboard, since the button is off until something is written.
pub(super) fn fields_ui(ui: &mut Ui, focus: &mut FirstFocus<'_>, cx: &Cx<'_>, sheet: &Sheet) {
    let form = &sheet.form;
    match form.kind {
        Kind::Close | Kind::Revoke => {}
        Kind::Roles => {
            let add = text_ui(ui, cx, "Add roles", Field::AddRoles, &form.add_roles);
            focus.give(&add);
            text_ui(ui, cx, "Take away roles", Field::RemoveRoles, &form.remove_roles);
            roles_ui(ui, sheet);
        }
        Kind::Properties => properties_ui(ui, focus, cx, sheet),
        Kind::Conflation => {
            for (on, words) in [(true, "Turn conflation on"), (false, "Turn conflation off")] {
                if ui.radio(form.conflation_on == on, theme::text(words)).clicked() {
                    cx.send(Intent::SetConflation(on));
                }
            }
        }
        Kind::Subscribe | Kind::Unsubscribe => {
            let selector = text_ui(ui, cx, "Topic selector", Field::Selector, &form.selector);
            focus.give(&selector);
            if form.kind == Kind::Unsubscribe {
                let mut all = form.all_scopes;
                if ui.checkbox(&mut all, theme::text("In all scopes")).changed() {
                    cx.send(Intent::SetAllScopes(all));
                }
            }
            if form.kind == Kind::Subscribe || !form.all_scopes {
                text_ui(ui, cx, "Scope", Field::Scope, &form.scope);
                ui.label(theme::faint(ui, "Empty is the default one; none begins with $"));
            }
        }
    }
}

fn text_ui(ui: &mut Ui, cx: &Cx<'_>, label: &str, field: Field, text: &str) -> Response {
    let mut text = text.to_owned();
    let response = form::Field::new(label).mono(ui, &mut text);
    if response.changed() {
        cx.send(Intent::Write(field, text));
    }
    response
}

/// Which roles sessions have now, and which they will have.
fn roles_ui(ui: &mut Ui, sheet: &Sheet) {
    let Ok(Act::Roles { add, remove }) = sheet.act() else {
        return;
    };
    let mut groups: BTreeMap<(String, String), u64> = BTreeMap::new();
    let (mut same, mut unknown) = (0_u64, 0_u64);
    for target in sheet.sessions.iter().chain(sheet.own.as_ref().filter(|_| sheet.include_own)) {
        let Some(before) = &target.roles else {
            unknown += 1;
            continue;
        };
        let mut after: Vec<&String> = before.iter().filter(|role| !remove.contains(role)).chain(&add).collect();
        after.sort_unstable();
        after.dedup();
        let text = |roles: &[&String]| {
            if roles.is_empty() {
                "none".to_owned()
            } else {
                roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
            }
        };
        let mut before: Vec<&String> = before.iter().collect();
        before.sort_unstable();
        if before == after {
            same += 1;
        } else {
            *groups.entry((text(&before), text(&after))).or_default() += 1;
        }
    }
    let mut lines: Vec<(u64, String)> =
        groups.into_iter().map(|((from, to), count)| (count, format!("{from} → {to}"))).collect();
    lines.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let hidden: u64 = lines.iter().skip(ROLE_GROUPS).map(|(count, _)| count).sum();
    lines.truncate(ROLE_GROUPS);
    let rest = [(same, "already so"), (unknown, "roles not known"), (hidden, "others")];
    lines.extend(rest.into_iter().filter(|(count, _)| *count > 0).map(|(count, words)| (count, words.to_owned())));
    let words: Vec<String> =
        lines.iter().map(|(count, words)| format!("{}: {}", shown(words), number::grouped(*count))).collect();
    ui.add(egui::Label::new(theme::muted(ui, words.join("; "))).wrap());
}

fn properties_ui(ui: &mut Ui, focus: &mut FirstFocus<'_>, cx: &Cx<'_>, sheet: &Sheet) {
    let rows = &sheet.form.properties;
    for (at, row) in rows.iter().enumerate() {
        ui.horizontal(|ui| {
            let mut line = |name: String, hint: &str, field: Field, text: &str| {
                let mut text = text.to_owned();
                let edit = TextEdit::singleline(&mut text)
                    .font(egui::TextStyle::Monospace)
                    .hint_text(theme::text(hint))
                    .desired_width(170.0);
                let response = ui.add(edit);
                response.widget_info(|| {
                    let mut info = egui::WidgetInfo::text_edit(true, text.as_str(), text.as_str(), hint);
                    info.label = Some(theme::spoken(&name));
                    info
                });
                if response.changed() {
                    cx.send(Intent::Write(field, text));
                }
                response
            };
            let number = at + 1;
            let key = line(format!("Key {number}"), "Key", Field::Key(at), &row.key);
            if at == 0 {
                focus.give(&key);
            }
            if !row.is_removed {
                line(format!("Value {number}"), "Value", Field::Value(at), &row.value);
            }
            let mut is_removed = row.is_removed;
            if ui.checkbox(&mut is_removed, theme::text("Remove it")).changed() {
                cx.send(Intent::SetRemoved(at, is_removed));
            }
        });
    }
    let add = theme::icon_button(ui, Icon::Plus, "One more property");
    if rows.len() < MAX_PROPERTIES && add.clicked() {
        cx.send(Intent::AddProperty);
    }
}
