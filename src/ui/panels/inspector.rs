//! The value inspector.
use super::Panel;
use crate::ui::cx::Cx;
/// How the inspector looks.
#[derive(Default)]
pub struct Inspector {}
impl Panel for Inspector {
    const ID: &'static str = "inspector";
    const TITLE: &'static str = "Inspector";
    fn ui(&mut self, _ui: &mut egui::Ui, _cx: &Cx<'_>) {}
}
