//! The dock: panels in tabs and splits that the user arranges; the arrangement can be stored.

use crate::ui::cx::Cx;
use crate::ui::panels::{self, AnyPanel, Place};
use crate::ui::theme::{self, Icon, Tokens};
use crate::ui::widgets::data_table::TableLayouts;
use egui::{Role, Sense, WidgetInfo, vec2};
use egui_tiles::{Container, LinearDir, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse};

/// The panels and how they are arranged.
pub struct Dock {
    tree: Tree<String>,
    panels: Vec<Box<dyn AnyPanel>>,
    /// What the user changed about the tables in the panels, as of the latest drawing.
    tables: TableLayouts,
    /// The tables are to be laid out by `tables` at the next drawing.
    applies_tables: bool,
    /// The panel that was entered last.
    entered: Option<String>,
}

/// Where the layouts of tables stand beside the arrangement of the panels.
const TABLES: &str = "tables";

impl Default for Dock {
    fn default() -> Self {
        Self {
            tree: first_layout(),
            panels: panels::all(),
            tables: TableLayouts::default(),
            applies_tables: false,
            entered: None,
        }
    }
}

/// Tree on the left, the inspector large in the middle with the other big panels, what is small below.
fn first_layout() -> Tree<String> {
    let mut tiles = Tiles::default();
    let mut tabs = |place: Place| {
        let open = panels::LIST.iter().filter(|panel| panel.place == place && panel.open_at_first);
        let panes: Vec<TileId> = open.map(|panel| tiles.insert_pane(panel.id.to_owned())).collect();
        tiles.insert_tab_tile(panes)
    };
    let [left, centre, right, bottom] = [Place::Left, Place::Centre, Place::Right, Place::Bottom].map(&mut tabs);
    let upper = tiles.insert_container(shares(LinearDir::Horizontal, &[(centre, 0.68), (right, 0.32)]));
    let main = tiles.insert_container(shares(LinearDir::Vertical, &[(upper, 0.75), (bottom, 0.25)]));
    let root = tiles.insert_container(shares(LinearDir::Horizontal, &[(left, 0.34), (main, 0.66)]));
    Tree::new(egui::Id::unique("dock"), root, tiles)
}

fn shares(dir: LinearDir, parts: &[(TileId, f32)]) -> Container {
    let mut linear = egui_tiles::Linear::new(dir, parts.iter().map(|p| p.0).collect());
    for (id, share) in parts {
        linear.shares.set_share(*id, *share);
    }
    Container::Linear(linear)
}

impl Dock {
    /// The arrangement, to be stored.
    #[must_use]
    pub fn layout(&self) -> serde_json::Value {
        let mut layout = serde_json::to_value(&self.tree).unwrap_or_default();
        if let (Some(members), false) = (layout.as_object_mut(), self.tables.is_empty()) {
            members.insert(TABLES.to_owned(), serde_json::to_value(&self.tables).unwrap_or_default());
        }
        layout
    }

    /// Arranges as stored; panels that are not known any more are left out. False if the layout cannot be used.
    pub fn restore(&mut self, layout: &serde_json::Value) -> bool {
        let Ok(mut tree) = serde_json::from_value::<Tree<String>>(layout.clone()) else { return false };
        let unknown: Vec<TileId> = tree
            .tiles
            .iter()
            .filter(|(_, tile)| matches!(tile, Tile::Pane(id) if !self.panels.iter().any(|p| p.id() == id)))
            .map(|(id, _)| *id)
            .collect();
        for id in unknown {
            tree.remove_recursively(id);
        }
        if tree.root().is_none_or(|root| tree.tiles.get(root).is_none()) || tree.tiles.is_empty() {
            return false;
        }
        self.tree = tree;
        self.entered = None;
        // Layouts of earlier versions have none; what cannot be read is left out.
        self.tables = layout.get(TABLES).and_then(|t| serde_json::from_value(t.clone()).ok()).unwrap_or_default();
        self.applies_tables = true;
        true
    }

    /// The arrangement of the first start.
    pub fn reset(&mut self) {
        self.tree = first_layout();
        self.tables = TableLayouts::default();
        self.applies_tables = true;
    }

    /// Shows a panel: makes its tab the active one, adding it where there is room if it was closed.
    pub fn show(&mut self, id: &str) {
        let found = self.tree.tiles.find_pane(&id.to_owned());
        let tile = if let Some(tile) = found {
            tile
        } else {
            if !self.panels.iter().any(|p| p.id() == id) {
                return;
            }
            let tile = self.tree.tiles.insert_pane(id.to_owned());
            match self.home(id).or(self.tree.root()).and_then(|home| self.tree.tiles.get_mut(home)) {
                Some(Tile::Container(container)) => container.add_child(tile),
                _ => self.tree.root = Some(tile),
            }
            tile
        };
        self.tree.make_active(|candidate, _| candidate == tile);
    }

    /// Shows a panel and gives it the keyboard. One that has it, or that was entered last while no panel has it, turns
    /// to its other view. `keyboard` is the panel that has the keyboard.
    pub fn enter(&mut self, id: &str, keyboard: Option<&str>) {
        let again = self.is_active(id) && keyboard.or(self.entered.as_deref()) == Some(id);
        self.entered = Some(id.to_owned());
        self.show(id);
        if let Some(panel) = self.panels.iter_mut().find(|panel| panel.id() == id) {
            panel.enter(again);
        }
    }

    /// No panel is on screen any more.
    pub fn forget_entered(&mut self) {
        self.entered = None;
    }

    /// Where a closed panel opens: beside a panel of the same place, else in the middle, else anywhere.
    fn home(&self, id: &str) -> Option<TileId> {
        let place = panels::facts(id).map_or(Place::Centre, |panel| panel.place);
        let beside = |place: Place| {
            let of_place = panels::LIST.iter().filter(move |panel| panel.place == place && panel.id != id);
            of_place
                .filter_map(|panel| self.tree.tiles.find_pane(&panel.id.to_owned()))
                .find_map(|pane| self.tree.tiles.parent_of(pane))
        };
        [place, Place::Centre, Place::Left, Place::Right, Place::Bottom].into_iter().find_map(beside)
    }

    /// Whether a panel on screen moves on by itself, so that it is to be drawn also while no event comes.
    #[must_use]
    pub fn shows_live(&self) -> bool {
        panels::LIST.iter().any(|panel| panel.live && self.is_active(panel.id))
    }

    /// Whether a panel has a tab.
    #[must_use]
    pub fn is_open(&self, id: &str) -> bool {
        self.tree.tiles.find_pane(&id.to_owned()).is_some()
    }

    /// Whether a panel is on screen: open and the active one of its tabs.
    #[must_use]
    pub fn is_active(&self, id: &str) -> bool {
        self.tree
            .active_tiles()
            .into_iter()
            .any(|tile| matches!(self.tree.tiles.get(tile), Some(Tile::Pane(pane)) if pane == id))
    }

    /// Draws everything.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &Cx<'_>) {
        if std::mem::take(&mut self.applies_tables) {
            self.tables.clone().apply(ui.ctx());
        }
        let mut behavior = Behavior { panels: &mut self.panels, cx, close: None };
        self.tree.ui(&mut behavior, ui);
        if let Some(tile) = behavior.close {
            if let Some(Tile::Pane(id)) = self.tree.tiles.get(tile)
                && let Some(panel) = self.panels.iter_mut().find(|panel| panel.id() == id)
            {
                panel.close(cx);
            }
            self.tree.remove_recursively(tile);
        }
        self.tables = TableLayouts::of(ui.ctx());
    }
}

/// Room between the title of a tab and the button that closes it.
const CLOSE_GAP: f32 = 4.0;

struct Behavior<'a, 'b> {
    panels: &'a mut Vec<Box<dyn AnyPanel>>,
    cx: &'a Cx<'b>,
    close: Option<TileId>,
}

impl egui_tiles::Behavior<String> for Behavior<'_, '_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile_id: TileId, id: &mut String) -> UiResponse {
        if let Some(panel) = self.panels.iter_mut().find(|p| p.id() == id) {
            let room = ui.max_rect();
            crate::ui::panels::frame_ui(ui, |ui| panel.draw(ui, self.cx));
            panels::note_keyboard(ui.ctx(), id, room);
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, id: &String) -> egui::WidgetText {
        self.panels.iter().find(|p| p.id() == id).map_or("", |p| p.title()).into()
    }

    // As the library draws it, but the button that closes the tab is named for its panel and shows the focus.
    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<String>,
        ui: &mut egui::Ui,
        id: egui::Id,
        tile_id: TileId,
        state: &TabState,
    ) -> egui::Response {
        let title = self.tab_title_for_tile(tiles, tile_id);
        let font = egui::TextStyle::Button.resolve(ui.style());
        let galley = title.into_galley(ui, Some(egui::TextWrapMode::Extend), f32::INFINITY, font);
        let margin = self.tab_title_spacing(ui.visuals());
        let close_size = self.close_button_outer_size();
        let close_room = if state.closable { CLOSE_GAP + close_size } else { 0.0 };
        let width = galley.size().x + 2.0 * margin + close_room;
        let (_, rect) = ui.allocate_space(vec2(width, ui.available_height()));
        let tab = ui.interact(rect, id, Sense::click_and_drag()).on_hover_cursor(self.tab_hover_cursor_icon());
        let name = galley.text().to_owned();
        tab.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), state.active, theme::spoken(&name)));
        if !state.is_being_dragged && ui.is_rect_visible(rect) {
            ui.painter().rect_filled(rect, 0, self.tab_bg_color(ui.visuals(), tiles, tile_id, state));
            let colour = self.tab_text_color(ui.visuals(), tiles, tile_id, state);
            let at = egui::Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect.shrink(margin)).min;
            ui.painter().galley(at, galley, colour);
            if tab.has_focus() {
                theme::focus_ring(ui, rect.shrink(2.0), theme::tokens::radius::S);
            }
        }
        let mut closes = state.closable && tab.clicked_by(egui::PointerButton::Middle);
        if state.closable && !state.is_being_dragged {
            let square = egui::Vec2::splat(close_size);
            let place = egui::Align2::RIGHT_CENTER.align_size_within_rect(square, rect.shrink(margin));
            let close = ui.interact(place, id.with("close"), Sense::click()).on_hover_cursor(egui::CursorIcon::Default);
            close.widget_info(|| {
                WidgetInfo::labeled(Role::Button, ui.is_enabled(), theme::spoken(format!("Close {name}")))
            });
            let tokens = Tokens::of(ui);
            if close.hovered() {
                ui.painter().rect_filled(place.expand(2.0), theme::tokens::radius::S, tokens.pressed);
            }
            if close.has_focus() {
                theme::focus_ring(ui, place.expand(2.0), theme::tokens::radius::S);
            }
            let colour = if close.hovered() { tokens.text } else { tokens.text_faint };
            theme::icon_at(ui.painter(), place, Icon::Close, colour);
            closes |= close.on_hover_text(theme::text(format!("Close {name}"))).clicked();
        }
        if closes {
            self.on_tab_close(tiles, tile_id);
        }
        self.on_tab_button(tiles, tile_id, tab)
    }

    fn is_tab_closable(&self, _tiles: &Tiles<String>, _tile_id: TileId) -> bool {
        true
    }

    fn on_tab_close(&mut self, _tiles: &mut Tiles<String>, tile_id: TileId) -> bool {
        self.close = Some(tile_id);
        false
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> egui::Color32 {
        Tokens::of_visuals(visuals).window
    }

    fn tab_bg_color(&self, visuals: &egui::Visuals, _: &Tiles<String>, _: TileId, state: &TabState) -> egui::Color32 {
        let tokens = Tokens::of_visuals(visuals);
        if state.active { tokens.content } else { tokens.window }
    }

    fn tab_outline_stroke(&self, _: &egui::Visuals, _: &Tiles<String>, _: TileId, _: &TabState) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, visuals: &egui::Visuals) -> egui::Stroke {
        egui::Stroke::new(1.0, Tokens::of_visuals(visuals).separator)
    }

    fn tab_text_color(&self, visuals: &egui::Visuals, _: &Tiles<String>, _: TileId, state: &TabState) -> egui::Color32 {
        let tokens = Tokens::of_visuals(visuals);
        if state.active { tokens.text } else { tokens.text_muted }
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        1.0
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        crate::ui::theme::tokens::size::ROW_TALL
    }
}
