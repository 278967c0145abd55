//! The chat as a plain text that anybody can open.
//!
//! Invariant: a line of the file begins with a time in brackets only where somebody wrote one: further lines of the same message are
//! indented, so that nobody writes a message of somebody else's.

use super::Line;
use crate::model::{Content, Delivery};
use crate::ui::app::Ui;
use crate::ui::view::prelude::*;
use js_sys::{Date, Object};
use wasm_bindgen::JsValue;

/// The whole file.
pub(super) fn text(ui: Ui, room: &str, lines: &[Line]) -> String {
    let first = lines.first().map_or_else(Date::now, |line| line.at);
    let day = Date::new(&JsValue::from_f64(first)).to_locale_date_string(ui.tongue.get_untracked().tag(), &Object::new());
    let head = ui.say_now("chat-file-head", &[("room", room.into()), ("date", String::from(day).into())]);
    let you = ui.say_now("you", &[]);
    let line = |line: &Line| entry(&time(line.at), &author(ui, line, &you), &text_of(ui, line));
    let lines: String = lines.iter().map(line).collect();
    format!("{head}\n\n{lines}")
}

/// Who wrote, and to whom if not to all.
pub(super) fn author(ui: Ui, line: &Line, you: &str) -> String {
    match (&line.aside, line.mine) {
        (None, true) => you.to_owned(),
        (None, false) => line.name.clone(),
        (Some(aside), true) => ui.say_now("chat-only-to", &[("name", aside.name.as_str().into())]),
        (Some(aside), false) => ui.say_now("chat-to-you", &[("name", aside.name.as_str().into())]),
    }
}

fn text_of(ui: Ui, line: &Line) -> String {
    let undelivered = line.aside.as_ref().filter(|aside| {
        line.mine && ui.meeting.chat.deliveries.with_untracked(|all| all.get(&aside.id) != Some(&Delivery::Delivered))
    });
    let text = match &line.what {
        Content::Text(text) => text.clone(),
        Content::File(file) => ui.say_now("chat-file-line", &[("name", file.name.as_str().into())]),
    };
    match undelivered {
        Some(_) => format!("{text} ({})", ui.say_now("chat-undelivered", &[])),
        None => text,
    }
}

/// Says nothing of the room: file names are seen by whoever looks over a shoulder.
pub(super) fn file_name() -> String {
    let now = Date::new_0();
    let day = format!("{}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date());
    format!("incamera-{day}-{:02}{:02}.txt", now.get_hours(), now.get_minutes())
}

/// Hours and minutes of this device.
pub(super) fn time(at: f64) -> String {
    let at = Date::new(&JsValue::from_f64(at));
    format!("{:02}:{:02}", at.get_hours(), at.get_minutes())
}

fn entry(time: &str, who: &str, text: &str) -> String {
    let who: String = who.chars().filter(|c| !ends_line(*c)).collect();
    let text: Vec<&str> = text.split(ends_line).filter(|part| !part.is_empty()).collect();
    format!("[{time}] {who}: {}\n", text.join("\n        "))
}

/// What some program or other begins a new line at, and everything else that prints nothing.
fn ends_line(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_a_line_of_somebody_elses() {
        assert_eq!(entry("10:21", "Karim", "one\n[10:22] Nora: two"), "[10:21] Karim: one\n        [10:22] Nora: two\n");
        assert_eq!(entry("10:21", "Ka\nrim", "a\r\n\u{2028}b\u{85}c"), "[10:21] Karim: a\n        b\n        c\n");
    }
}
