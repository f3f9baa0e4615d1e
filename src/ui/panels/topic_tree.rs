//! The topic tree.
use super::Panel;
use crate::ui::cx::Cx;
/// How the tree looks.
#[derive(Default)]
pub struct TopicTree {}
impl Panel for TopicTree {
    const ID: &'static str = "topic-tree";
    const TITLE: &'static str = "Topics";
    fn ui(&mut self, _ui: &mut egui::Ui, _cx: &Cx<'_>) {}
}
