//! Times and states of panels in words: thin wraps of the widgets that know the model's types.

use super::theme::Icon;
use super::widgets::states;
use crate::data::Timestamp;
use crate::model::error_text::{self, ErrorText};
use crate::model::link::LinkState;
use crate::model::number;
use crate::ui::theme;
use egui::Ui;
use jiff::tz::TimeZone;
use std::cell::RefCell;
use std::time::Duration;

thread_local! {
    /// Of the thread that draws.
    static ZONE: RefCell<TimeZone> = const { RefCell::new(TimeZone::UTC) };
}

/// The zone in which times are shown from now on by this thread; UTC if never set. Finding out the system's zone reads
/// files, which is not done while drawing.
pub fn set_time_zone(zone: TimeZone) {
    ZONE.set(zone);
}

/// A span of microseconds: “350 ms”, “0.12 ms”.
#[must_use]
pub fn micros(micros: u64) -> String {
    number::duration(Duration::from_micros(micros))
}

/// How long ago, from seconds: “0.3 s”, “4 min”.
#[must_use]
pub fn age(secs: f64) -> String {
    number::age(seconds(secs))
}

/// Seconds as a duration; nothing below zero.
#[must_use]
pub fn seconds(secs: f64) -> Duration {
    Duration::try_from_secs_f64(secs.max(0.0)).unwrap_or_default()
}

/// Wall-clock time in the user's zone: “14:03:22”.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    zoned(at, "%H:%M:%S")
}

/// Time of day if it is on the same day as `now`, else the day and the minute: “14:02:11”, “28 Nov, 09:12”.
#[must_use]
pub fn day_clock(at: Timestamp, now: Timestamp) -> String {
    if zoned(at, "%F") == zoned(now, "%F") { clock(at) } else { zoned(at, "%-d %b, %H:%M") }
}

/// Date and time with milliseconds in the user's zone, with its name.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    zoned(at, "%Y-%m-%d %H:%M:%S%.3f %Z")
}

/// Date and time in the user's zone, with its name: “2026-02-16 11:21:08 CET”.
#[must_use]
pub fn moment_short(at: Timestamp) -> String {
    zoned(at, "%Y-%m-%d %H:%M:%S %Z")
}

/// Time of day with milliseconds, in the user's zone.
#[must_use]
pub fn clock_millis(at: Timestamp) -> String {
    let text = moment(at);
    text.split(' ').nth(1).unwrap_or(&text).to_owned()
}

/// Date and time of day with milliseconds, in the user's zone, which is not named.
#[must_use]
pub fn date_millis(at: Timestamp) -> String {
    let text = moment(at);
    text.rsplit_once(' ').map_or_else(|| text.clone(), |(time, _)| time.to_owned())
}

fn zoned(at: Timestamp, format: &str) -> String {
    match jiff::Timestamp::from_microsecond(at.0) {
        Ok(time) => ZONE.with_borrow(|zone| time.to_zoned(zone.clone()).strftime(format).to_string()),
        Err(_) => format!("{} µs since 1970", at.0),
    }
}

/// What the line is doing while it is not live.
#[must_use]
pub fn link_words(link: &LinkState, now: Timestamp) -> String {
    match link {
        LinkState::Recovering { attempt, give_up_at, .. } => {
            let left = give_up_at.secs_since(now).ceil() as u64;
            format!("Reconnecting, try {attempt}, {left} s left before the session is lost")
        }
        LinkState::InDoubt => "Checking the connection".to_owned(),
        LinkState::Connecting(_) => "Connecting".to_owned(),
        LinkState::Closed(cause) => error_text::link(cause).summary,
        LinkState::Connected(_) => String::new(),
    }
}

/// A panel that is empty, why, and what one can do.
pub fn empty_ui(ui: &mut Ui, sign: Icon, title: &str, body: &str) {
    // A low panel has room for the words only.
    if ui.available_height() < 130.0 {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 6)).show(ui, |ui| {
            ui.label(theme::text(super::theme::strong(title)));
            ui.label(theme::text(super::theme::muted(ui, body)));
        });
        return;
    }
    states::empty_ui(ui, sign, title, body, None);
}

/// A panel whose content could not be had.
pub fn failed_ui(ui: &mut Ui, words: &ErrorText) {
    let details = (!words.details.is_empty()).then_some(words.details.as_str());
    states::error_ui(ui, states::Failure { what: &words.summary, why: &words.remedy, act: None, details });
}

/// A panel that waits; true if the user cancels.
pub fn loading_ui(ui: &mut Ui, work: &str, secs: f64) -> bool {
    states::loading_ui(ui, work, seconds(secs), false)
}
