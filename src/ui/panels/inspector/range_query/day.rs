//! The day of a point in time, chosen from a calendar; the time of day stays as typed.

use crate::data::Timestamp;
use crate::model::editor::check;
use egui::Ui;
use egui_extras::DatePickerButton;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// A button with the day of the time in `text`, or today if it has none. Days are those of UTC, as the text is.
pub(super) fn day_ui(ui: &mut Ui, salt: &str, text: &mut String, now: Timestamp) {
    let shown = moment(text).or_else(|| utc(now.millis())).unwrap_or_default().date();
    let mut day = shown;
    let picker = DatePickerButton::new(&mut day).id_salt(salt).show_icon(false).highlight_weekends(false);
    let chosen = ui.add(picker).on_hover_text("Choose the day (UTC)").changed();
    if chosen || day != shown {
        *text = with_day(text, day);
    }
}

fn utc(millis: i64) -> Option<DateTime> {
    let moment = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(TimeZone::UTC.to_datetime(moment))
}

/// The point in time that is typed.
fn moment(text: &str) -> Option<DateTime> {
    utc(check::timestamp(text).ok().flatten()?)
}

/// The text with another day; midnight if it has no time of day.
fn with_day(text: &str, day: Date) -> String {
    let time = moment(text).map_or(Time::midnight(), DateTime::time);
    format!("{}Z", day.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_day_keeps_the_time_of_day() {
        let day = jiff::civil::date(2026, 2, 3);
        assert_eq!(with_day("", day), "2026-02-03T00:00:00Z");
        assert_eq!(with_day("soon", day), "2026-02-03T00:00:00Z");
        assert_eq!(with_day("2025-12-31T23:59:58.5Z", day), "2026-02-03T23:59:58.5Z");
        assert_eq!(with_day("60000", day), "2026-02-03T00:01:00Z");
        // In the zone of the text, not in that of the machine.
        assert_eq!(with_day("2026-01-01T01:00:00+02:00", day), "2026-02-03T23:00:00Z");
        assert!(check::timestamp(&with_day("", day)).is_ok_and(|millis| millis.is_some()));
    }
}
