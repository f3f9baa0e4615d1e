//! The list of panels; one file each.

use super::commands::{Command, Section, Target, needs_connection};
use super::cx::{Cx, ShellRequest};
use super::theme::Icon;

/// A panel of the dock: it holds how things look, the facts are in the model. One file, and one line in `panels!`.
pub trait Panel {
    /// Stored in layouts: never renamed.
    const ID: &'static str;
    /// Shown on the tab.
    const TITLE: &'static str;
    /// On the rail.
    const ICON: Icon;
    /// Its group on the rail.
    const GROUP: Group;
    /// The permission without which the server refuses what it is for.
    const NEEDS: Option<&'static str>;
    /// Whether what it shows moves on by itself while no event comes, so that it is drawn every second.
    const LIVE: bool;
    /// Where it opens.
    const PLACE: Place;
    /// Whether it is open at the first start.
    const OPEN_AT_FIRST: bool;
    /// The command that shows it; its id is the panel's.
    const COMMAND: Command =
        Command::new(Self::ID, Self::TITLE, Section::Panel, show::<Self>).icon(Self::ICON).unless(needs_connection);
    /// The user went to it with the keyboard; `again` if it was shown already, so that it turns to its other view.
    fn entered(&mut self, _again: bool) {}
    /// Its tab was closed.
    fn closed(&mut self, _cx: &Cx<'_>) {}
    /// Draws it.
    fn ui(&mut self, ui: &mut egui::Ui, cx: &Cx<'_>);
}

/// A group of the rail, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Topics and their values.
    Topics,
    /// What this session takes part in at the server.
    Session,
    /// What happens and how well.
    Activity,
}

/// A part of the window where panels open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The column at the left.
    Left,
    /// The large part in the middle.
    Centre,
    /// The column at the right.
    Right,
    /// Low, below the middle.
    Bottom,
}

/// What is known of a panel without drawing it.
pub struct PanelFacts {
    /// [`Panel::ID`].
    pub id: &'static str,
    /// [`Panel::TITLE`].
    pub title: &'static str,
    /// [`Panel::ICON`].
    pub icon: Icon,
    /// [`Panel::GROUP`].
    pub group: Group,
    /// [`Panel::NEEDS`].
    pub needs: Option<&'static str>,
    /// [`Panel::LIVE`].
    pub live: bool,
    /// [`Panel::PLACE`].
    pub place: Place,
    /// [`Panel::OPEN_AT_FIRST`].
    pub open_at_first: bool,
}

impl PanelFacts {
    const fn of<P: Panel>() -> Self {
        Self {
            id: P::ID,
            title: P::TITLE,
            icon: P::ICON,
            group: P::GROUP,
            needs: P::NEEDS,
            live: P::LIVE,
            place: P::PLACE,
            open_at_first: P::OPEN_AT_FIRST,
        }
    }
}

/// The facts of a panel; none if it is of another version.
#[must_use]
pub fn facts(id: &str) -> Option<&'static PanelFacts> {
    LIST.iter().find(|panel| panel.id == id)
}

/// Runs the command of a panel that the user goes to with the keyboard.
fn enter<P: Panel + ?Sized>(on: &Target<'_>) {
    on.cx.ask_shell(ShellRequest::EnterPanel(P::ID));
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
    /// [`Panel::entered`].
    fn enter(&mut self, again: bool);
    /// [`Panel::closed`].
    fn close(&mut self, cx: &Cx<'_>);
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
    fn enter(&mut self, again: bool) {
        self.entered(again);
    }
    fn close(&mut self, cx: &Cx<'_>) {
        self.closed(cx);
    }
    fn draw(&mut self, ui: &mut egui::Ui, cx: &Cx<'_>) {
        self.ui(ui, cx);
    }
}

/// Declares the modules of the panels and their lists.
macro_rules! panels {
    ($($module:ident :: $name:ident,)*) => {
        $(pub mod $module;)*

        /// Every panel, as at the first start.
        #[must_use]
        pub fn all() -> Vec<Box<dyn AnyPanel>> {
            vec![$(Box::new($module::$name::default()),)*]
        }

        /// What is known of every panel.
        pub static LIST: &[PanelFacts] = &[$(PanelFacts::of::<$module::$name>(),)*];

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
    messages::Messages,
    sessions::Sessions,
    locks::Locks,
    latency::Latency,
    log::Log,
    journal::Journal,
}

/// Where the panel with the keyboard is remembered from frame to frame.
fn keyboard_id() -> egui::Id {
    egui::Id::unique("panel with the keyboard")
}

/// The panel that had the keyboard when it was drawn last.
#[must_use]
pub fn with_keyboard(ctx: &egui::Context) -> Option<&'static str> {
    ctx.data(|data| data.get_temp::<Option<&'static str>>(keyboard_id())).flatten()
}

/// Remembers whether the keyboard is in this panel, which was drawn here.
pub(super) fn note_keyboard(ctx: &egui::Context, id: &str, drawn: egui::Rect) {
    let Some(panel) = facts(id) else { return };
    // Not by its response: asking for that once more takes the keyboard away from what was just clicked.
    let place = ctx.memory(egui::Memory::focused).and_then(|focused| {
        ctx.viewport(|viewport| {
            let drawn = viewport.this_pass.widgets.get(focused).or_else(|| viewport.prev_pass.widgets.get(focused));
            drawn.map(|widget| widget.rect)
        })
    });
    let is_here = place.is_some_and(|place| drawn.contains(place.center()));
    ctx.data_mut(|data| {
        let noted = data.get_temp_mut_or_default::<Option<&'static str>>(keyboard_id());
        if is_here {
            *noted = Some(panel.id);
        } else if *noted == Some(panel.id) {
            *noted = None;
        }
    });
}

/// The surface every panel stands on.
pub fn frame_ui(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    let tokens = super::theme::Tokens::of(ui);
    egui::Frame::new().fill(tokens.content).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        add(ui);
    });
}
