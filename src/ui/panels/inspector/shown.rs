//! A value as the views of the inspector are given it.

use crate::data::TopicSpec;
use crate::data::value::Value;
use crate::ui::format;
use crate::ui::theme::Icon;
use bytes::Bytes;
use egui::Ui;

/// A value to be drawn.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    /// Another one for each other value.
    pub generation: u64,
    /// The specification it is read by: its topic's, or that of the events of a time series.
    pub spec: &'a TopicSpec,
    /// The specification of its topic, by which the history is read.
    pub topic: &'a TopicSpec,
    /// Whether it is the latest one.
    pub latest: bool,
    /// Its bytes.
    pub bytes: &'a Bytes,
    /// What they mean.
    pub value: &'a Value,
}

/// The topic says that it has no value, which is not the same as an empty text or nought.
pub(super) fn no_value_ui(ui: &mut Ui) {
    let text = "The last update set the topic to no value. That is neither an empty text nor zero";
    format::empty_ui(ui, Icon::Ring, "No value", text);
}
