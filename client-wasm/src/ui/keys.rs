//! The keyboard of the meeting.
//!
//! Invariant: letters work only outside text fields and without Ctrl, Alt or Meta, can be switched off, and none of them leaves.

use super::{
    announce::Happening,
    app::Ui,
    browser,
    meeting::{Meeting, Open, Panel, View, toggle_full_screen},
};
use crate::engine::devices;
use crate::model::Pictures;
use crate::ui::view::prelude::*;
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Microphone,
    Camera,
    Screen,
    Hand,
    View,
    Speak,
    Chat,
    Participants,
    Invite,
    SafetyCode,
    FullScreen,
    NextArea,
    Help,
    Close,
}

/// Where a key was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    /// In a field that takes text, or a menu that takes letters.
    text: bool,
    /// On a control that Space presses, other than the microphone.
    control: bool,
    /// With Ctrl, Alt or Meta held.
    modified: bool,
    /// While a dialog is open.
    dialog: bool,
}

/// The action of a key by its value (`KeyboardEvent.key`, so that every keyboard layout works).
fn action(key: &str, place: Place, letters: bool) -> Option<Action> {
    let anywhere = match key {
        "F6" => Some(Action::NextArea),
        "Escape" => Some(Action::Close),
        _ => None,
    };
    if anywhere.is_some() || place.text || place.modified || place.dialog || !letters {
        return anywhere.filter(|_| !place.dialog);
    }
    match key {
        " " if !place.control => Some(Action::Speak),
        "?" => Some(Action::Help),
        _ => match key.to_lowercase().as_str() {
            "m" => Some(Action::Microphone),
            "v" => Some(Action::Camera),
            "s" => Some(Action::Screen),
            "h" => Some(Action::Hand),
            "g" => Some(Action::View),
            "c" => Some(Action::Chat),
            "p" => Some(Action::Participants),
            "i" => Some(Action::Invite),
            "k" => Some(Action::SafetyCode),
            "f" => Some(Action::FullScreen),
            _ => None,
        },
    }
}

/// Listens while the meeting is on screen.
pub(super) fn listen(ui: Ui, meeting: Meeting) {
    // True while Space is held and opened the microphone.
    let speaking = StoredValue::new(false);
    let down = window_event_listener(ev::keydown, move |event| {
        let Some(action) = action(&event.key(), place(meeting, &event), ui.shortcuts.get_untracked()) else { return };
        if event.repeat() {
            if action == Action::Speak {
                event.prevent_default();
            }
            return;
        }
        if act(action, ui, meeting, speaking) {
            event.prevent_default();
        }
    });
    let up = window_event_listener(ev::keyup, move |event| {
        if event.key() == " " && speaking.get_value() {
            event.prevent_default();
            speaking.set_value(false);
            meeting.switch_microphone(false);
        }
    });
    let away = window_event_listener(ev::blur, move |_| {
        if speaking.get_value() {
            speaking.set_value(false);
            meeting.switch_microphone(false);
        }
    });
    on_cleanup(move || {
        down.remove();
        up.remove();
        away.remove();
    });
}

fn place(meeting: Meeting, event: &KeyboardEvent) -> Place {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let (tag, kind, id) = match &target {
        Some(element) => (element.tag_name().to_lowercase(), element.get_attribute("type").unwrap_or_default(), element.id()),
        None => Default::default(),
    };
    Place {
        text: matches!(tag.as_str(), "textarea" | "select") || tag == "input" && kind != "checkbox",
        control: matches!(tag.as_str(), "button" | "a" | "summary" | "input") && id != "microphone",
        modified: event.ctrl_key() || event.alt_key() || event.meta_key(),
        dialog: meeting.open.with_untracked(Option::is_some),
    }
}

/// Does it; true when the browser must not do its own thing with the key.
fn act(action: Action, ui: Ui, meeting: Meeting, speaking: StoredValue<bool>) -> bool {
    match action {
        Action::Microphone => {
            let on = !meeting.microphone.get_untracked();
            meeting.switch_microphone(on);
            confirm(ui, meeting, if on { "said-microphone-on" } else { "said-microphone-off" });
        }
        Action::Camera | Action::Screen if meeting.pictures.get_untracked() == Pictures::None => {}
        Action::Screen => {
            if devices::can_share() {
                meeting.share_screen(!meeting.sharing.get_untracked());
            }
        }
        Action::Camera => {
            let on = !meeting.camera.get_untracked();
            meeting.switch_camera(on);
            confirm(ui, meeting, if on { "said-camera-on" } else { "said-camera-off" });
        }
        Action::Hand => {
            let up = !meeting.hand_is_up();
            meeting.raise_hand(up);
            confirm(ui, meeting, if up { "said-hand-up" } else { "said-hand-down" });
        }
        Action::Speak => {
            if meeting.microphone.get_untracked() {
                return false;
            }
            speaking.set_value(true);
            meeting.switch_microphone(true);
        }
        Action::View => {
            let speaker = meeting.spotlight.view.get_untracked() == View::Everyone;
            meeting.spotlight.look_at(if speaker { View::Speaker } else { View::Everyone });
            confirm(ui, meeting, if speaker { "said-view-speaker" } else { "said-view-everyone" });
        }
        Action::Chat => meeting.toggle_panel(Panel::Chat),
        Action::Participants => meeting.toggle_panel(Panel::Participants),
        Action::Invite => meeting.open_dialog(Open::Invite),
        Action::SafetyCode => meeting.open_dialog(Open::SafetyCode(None)),
        Action::Help => meeting.open_dialog(Open::Shortcuts),
        Action::FullScreen => toggle_full_screen(),
        Action::NextArea => next_area(),
        Action::Close => {
            let open = meeting.panel.get_untracked().is_some();
            meeting.panel.set(None);
            return open;
        }
    }
    true
}

/// A key changes a button that may not have the focus: what became of it is said.
fn confirm(ui: Ui, meeting: Meeting, id: &str) {
    ui.speech.politely(ui, Happening::Sentence(ui.say_now(id, &[])), meeting.count());
}

/// Top, tiles, panel, bar, and round again.
fn next_area() {
    const AREAS: [&str; 4] = ["area-top", "area-tiles", "area-panel", "area-bar"];
    let document = browser::document();
    let areas: Vec<HtmlElement> = AREAS.iter().filter_map(|id| document.get_element_by_id(id)?.dyn_into().ok()).collect();
    let focused = browser::focused();
    let at = areas.iter().position(|area| area.contains(focused.as_ref().map(|element| element.as_ref())));
    let next = at.map_or(0, |at| (at + 1) % areas.len().max(1));
    let Some(area) = areas.get(next) else { return };
    let first = area.query_selector("button:not([disabled]), input, textarea, [tabindex]").ok().flatten();
    let target =
        first.and_then(|element| element.dyn_into::<HtmlElement>().ok()).filter(|element| element.offset_parent().is_some());
    let _ = target.as_ref().unwrap_or(area).focus();
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Place = Place { text: false, control: false, modified: false, dialog: false };

    #[test]
    fn letters_work_outside_text_only_and_can_be_switched_off() {
        assert_eq!(action("m", FREE, true), Some(Action::Microphone));
        assert_eq!(action("M", FREE, true), Some(Action::Microphone));
        assert_eq!(action("m", FREE, false), None);
        assert_eq!(action("m", Place { text: true, ..FREE }, true), None);
        assert_eq!(action("m", Place { modified: true, ..FREE }, true), None);
        assert_eq!(action("m", Place { dialog: true, ..FREE }, true), None);
    }

    #[test]
    fn space_speaks_unless_it_presses_something() {
        assert_eq!(action(" ", FREE, true), Some(Action::Speak));
        assert_eq!(action(" ", Place { control: true, ..FREE }, true), None);
        assert_eq!(action(" ", Place { text: true, ..FREE }, true), None);
    }

    #[test]
    fn areas_and_closing_work_from_within_text_but_leave_dialogs_alone() {
        let text = Place { text: true, ..FREE };
        assert_eq!((action("F6", text, false), action("Escape", text, false)), (Some(Action::NextArea), Some(Action::Close)));
        assert_eq!(action("Escape", Place { dialog: true, ..FREE }, true), None);
    }

    #[test]
    fn no_key_leaves() {
        let keys = ('a'..='z')
            .map(String::from)
            .chain(["Escape", "Enter", "Delete", "Backspace", "q", "F6", " ", "?"].map(String::from));
        let did: Vec<Action> = keys.filter_map(|key| action(&key, FREE, true)).collect();
        assert_eq!(did.len(), 14 - 1 + 1, "every action is reached once, and there is none that leaves");
    }
}
