//! The list of panels; one file each.

use super::commands::{Command, Section, Target, needs_connection};
use super::cx::{Cx, ShellRequest};

/// A panel of the dock: it holds how things look, the facts are in the model.
pub trait Panel {
    /// Stored in layouts: never renamed.
    const ID: &'static str;
    /// Shown on the tab.
    const TITLE: &'static str;
    /// The command that shows it; its id is the panel's.
    const COMMAND: Command = Command::new(Self::ID, Self::TITLE, Section::Panel, show::<Self>).unless(needs_connection);
    /// Draws it.
    fn ui(&mut self, ui: &mut egui::Ui, cx: &Cx<'_>);
}

fn show<P: Panel + ?Sized>(on: &Target<'_>) {
    on.cx.ask_shell(ShellRequest::ShowPanel(P::ID));
}

/// A panel whose type is forgotten, so that the dock can hold all of them.
pub trait AnyPanel {
    /// Its id.
    fn id(&self) -> &'static str;
    /// Its title.
    fn title(&self) -> &'static str;
    /// Draws it.
    fn draw(&mut self, ui: &mut egui::Ui, cx: &Cx<'_>);
}

impl<P: Panel> AnyPanel for P {
    fn id(&self) -> &'static str {
        P::ID
    }
    fn title(&self) -> &'static str {
        P::TITLE
    }
    fn draw(&mut self, ui: &mut egui::Ui, cx: &Cx<'_>) {
        self.ui(ui, cx);
    }
}

/// Declares the modules of the panels and their list.
macro_rules! panels {
    ($($module:ident :: $name:ident,)*) => {
        $(pub mod $module;)*

        /// Every panel, as at the first start.
        #[must_use]
        pub fn all() -> Vec<Box<dyn AnyPanel>> {
            vec![$(Box::new($module::$name::default()),)*]
        }

        /// Id and title of every panel.
        pub const LIST: &[(&str, &str)] = &[$((<$module::$name as Panel>::ID, <$module::$name as Panel>::TITLE),)*];

        /// The commands that show the panels.
        pub(super) static COMMANDS: &[&Command] = &[$({
            static COMMAND: Command = <$module::$name as Panel>::COMMAND;
            &COMMAND
        },)*];
    };
}

panels! {
    topic_tree::TopicTree,
    inspector::Inspector,
    specification::Specification,
    subscriptions::Subscriptions,
    update_streams::UpdateStreams,
    missing_topics::MissingTopics,
    latency::Latency,
    log::Log,
    journal::Journal,
}

/// The surface every panel stands on.
pub fn frame_ui(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    let tokens = super::theme::Tokens::of(ui);
    egui::Frame::new().fill(tokens.content).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        add(ui);
    });
}

/// The row of tools at the top of a panel.
pub fn toolbar_ui(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    let tokens = super::theme::Tokens::of(ui);
    let inner = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 4)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| add(ui));
    });
    let rect = inner.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.separator));
}
