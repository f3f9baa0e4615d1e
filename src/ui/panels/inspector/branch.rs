//! A path without a topic: what is known of the topics below it.

use crate::data::{TopicPath, TopicSelector, TopicType, selector::Descendants, shown};
use crate::model::number;
use crate::model::topics::{Exploration, NodeId, Tree};
use crate::model::{Connected, subscriptions, topics};
use crate::ui::cx::{Cx, ShellRequest};
use crate::ui::theme::tokens::{radius, space, text};
use crate::ui::theme::{self, Tokens, fonts};
use crate::ui::widgets::badge;
use egui::{Align2, Margin, Rect, Role, Sense, Ui, WidgetInfo, vec2};

/// Paths looked at.
const MOST_LOOKED_AT: usize = 50_000;
/// A tree that changes is counted again this often.
const RENEW_SECS: f64 = 1.0;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    by_type: Vec<(TopicType, u64)>,
    topics: u64,
    branches: u64,
    deepest: usize,
    more: bool,
    partial: bool,
}

/// The counts and when they were made.
#[derive(Default)]
pub(super) struct BranchView {
    made: Option<(u64, f64, Counts)>,
}

impl BranchView {
    /// Draws what is known below a path; false if nothing is.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Cx<'_>, connected: &Connected, path: &TopicPath) -> bool {
        let tree = &connected.topics.tree;
        let Some(node) = tree.find(path.as_str()).filter(|node| tree.can_open(*node)) else { return false };
        let now = ui.input(|i| i.time);
        let old = self.made.as_ref().is_none_or(|(version, at, _)| *version != tree.version() && now - at > RENEW_SECS);
        if old {
            self.made = Some((tree.version(), now, count(tree, node)));
        }
        let Some((_, _, counts)) = &self.made else { return false };
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(Margin::symmetric(14, 10)).show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = space::S;
                ui.label(theme::muted(ui, "There is no topic at this path itself, only below it."));
                counts_ui(ui, counts);
                ui.add_space(space::XS);
                acts_ui(ui, cx, path);
            });
        });
        true
    }
}

fn counts_ui(ui: &mut Ui, counts: &Counts) {
    let tokens = Tokens::of(ui);
    let more = if counts.more || counts.partial { " known so far" } else { "" };
    let title = format!("{}{more}", number::count_of(counts.topics, "topic", "topics"));
    ui.label(theme::text(title).font(fonts::strong(text::HEADING)));
    let mut words = format!(
        "in {}, up to {} below here",
        number::count_of(counts.branches, "branch", "branches"),
        number::count_of(counts.deepest as u64, "level", "levels")
    );
    if counts.more {
        words = format!("{words}; the first {} paths were counted", number::grouped(MOST_LOOKED_AT as u64));
    } else if counts.partial {
        words.push_str("; not every branch has been fetched");
    }
    ui.label(theme::faint(ui, words));
    let most = counts.by_type.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
    for (topic_type, n) in &counts.by_type {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width().min(460.0), 20.0), Sense::hover());
        let spoken = format!("{}: {}", topic_type.name(), number::count_of(*n, "topic", "topics"));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, theme::spoken(&spoken)));
        let tint = tokens.topic_type(*topic_type);
        badge::paint_type(ui.painter(), tokens, rect.left_center(), *topic_type);
        let lane = Rect::from_min_max(rect.min + vec2(54.0, 4.0), rect.max - vec2(74.0, 4.0));
        let share = (*n as f32 / most as f32).clamp(0.0, 1.0);
        ui.painter().rect_filled(lane, radius::S, tokens.hover);
        let bar = lane.with_max_x(lane.left() + (lane.width() * share).max(2.0));
        ui.painter().rect_filled(bar, radius::S, tint.strong.gamma_multiply(0.75));
        let font = fonts::mono(text::MONO);
        ui.painter().text(
            rect.right_center(),
            Align2::RIGHT_CENTER,
            theme::line(number::grouped(*n)),
            font,
            tokens.text,
        );
        response.on_hover_text(theme::text(spoken));
    }
}

fn acts_ui(ui: &mut Ui, cx: &Cx<'_>, path: &TopicPath) {
    ui.horizontal_wrapped(|ui| {
        let selector = TopicSelector::of_branch(path.as_str(), Descendants::MatchAndBelow).expression().to_owned();
        let hover = format!("Subscribes with {selector} and shows the topics as a table");
        if ui.add(theme::primary_button(ui, "Watch all as a table")).on_hover_text(theme::text(hover)).clicked() {
            cx.send(subscriptions::Intent::Add(selector.clone()));
            cx.ask_shell(ShellRequest::ShowPanel("subscriptions"));
        }
        if ui.button("Open all below").on_hover_text("Loads the branches below, up to 1,000 topics").clicked() {
            cx.send(topics::Intent::Reveal(path.clone()));
            cx.send(topics::Intent::OpenAll(path.clone()));
        }
        if ui.button("Export branch…").on_hover_text("Specifications, values and events to a file").clicked() {
            cx.send(crate::model::export::Intent::Open(Some(path.clone())));
        }
        if ui.button("Import branch…").on_hover_text("Topics of such a file to this server").clicked() {
            let import = crate::model::import::Intent::ChooseBranch;
            cx.send(import);
        }
        if ui.button("Copy selector").on_hover_text(theme::text(shown(&selector))).clicked() {
            cx.send(crate::model::Intent::Copy(selector));
        }
    });
}

fn count(tree: &Tree, node: NodeId) -> Counts {
    let mut counts = Counts::default();
    let mut by_type: Vec<(TopicType, u64)> = TopicType::ALL.iter().map(|t| (*t, 0)).collect();
    let mut left = MOST_LOOKED_AT;
    let mut waiting = vec![(node, 0)];
    while let Some((node, depth)) = waiting.pop() {
        if tree.can_open(node) {
            let known = tree.child_count(node) > 0;
            counts.branches += u64::from(depth > 0);
            let unfinished = matches!(tree.exploration(node), Exploration::MoreAfter(_) | Exploration::Unexplored);
            counts.partial |= unfinished || !known;
        }
        for child in tree.children(node) {
            if left == 0 {
                counts.more = true;
                break;
            }
            left -= 1;
            counts.deepest = counts.deepest.max(depth + 1);
            if let Some(kind) = tree.topic_type(child)
                && let Some(entry) = by_type.iter_mut().find(|(t, _)| *t == kind)
            {
                entry.1 += 1;
            }
            if tree.can_open(child) {
                waiting.push((child, depth + 1));
            }
        }
    }
    by_type.retain(|(_, n)| *n > 0);
    by_type.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts.by_type = by_type;
    counts.topics = tree.topics_below(node) as u64;
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_below_are_counted_by_type() {
        let mut tree = Tree::default();
        for (path, kind) in [("a/b", TopicType::Json), ("a/c/d", TopicType::Json), ("a/c/e", TopicType::Int64)] {
            tree.insert_topic(path, kind);
        }
        tree.insert_topic("z", TopicType::Double);
        let counts = count(&tree, tree.find("a").expect("known"));
        assert_eq!(counts.by_type, [(TopicType::Json, 2), (TopicType::Int64, 1)]);
        assert_eq!((counts.topics, counts.branches, counts.deepest), (3, 1, 2));
        assert!(!counts.more && !counts.partial);
    }
}
