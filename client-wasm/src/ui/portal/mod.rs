//! The portal: name of the room, password, own name, camera and microphone; then the door.
//!
//! Invariant: nothing typed here leaves the page before "Join", and then only what the engine needs.

use super::{
    app::Ui,
    browser,
    icons::{Icon, chamber, icon},
    parts::{button, hint, page_top},
};
use crate::browser::kept;
use crate::model::End;
use crate::ui::view::prelude::*;
use leptos::ev;

mod draft;
mod keeping;
mod opener;
mod password;
mod preview;
mod room;
mod trust;
mod visited;

pub(crate) use draft::{Draft, Obstacle, Origin};
pub(crate) use keeping::{replaced, watch as watch_keeper};
pub(crate) use opener::Opener;
pub(crate) use preview::{Preview, device_choice, lamps, lamps_of, watch_devices};

/// The page.
pub(crate) fn portal(ui: Ui) -> AnyView {
    arrive(ui);
    let trust_open = RwSignal::new(false);
    let left = html::section().aria_labelledby("title").child((heading(ui), preview::preview(ui)));
    let right =
        html::section().aria_label(ui.t("portal-form")).child((form(ui), visited::visited(ui), trust::link(ui, trust_open)));
    let main = html::main().class("portal").child((left, right));
    html::div().class("page").child((chamber(false), page_top(ui), main, trust::dialog(ui, trust_open))).into_any()
}

/// Focus goes to the first field that still needs something.
fn arrive(ui: Ui) {
    let draft = ui.draft;
    let password_next = draft.obstacle.get_untracked().is_some_and(|obstacle| obstacle.is_about_password())
        || draft.password_required.get_untracked() && draft.password.get_untracked().is_empty();
    let named = !draft.person.get_untracked().is_empty();
    browser::focus_soon(if password_next {
        password::FIELD
    } else if named {
        JOIN
    } else {
        PERSON
    });
    ui.preview.open_again(ui);
}

const PERSON: &str = "me";
const JOIN: &str = "join";

fn heading(ui: Ui) -> AnyView {
    let long = html::span().class("no-phone").child(ui.t("portal-lead-long"));
    let short = html::span().class("only-phone").child(ui.t("portal-lead-short"));
    let lead = html::p().class("lead").child((ui.t("portal-lead"), " ", long, short));
    (html::h1().id("title").child(ui.t("portal-title")), lead).into_any()
}

fn form(ui: Ui) -> AnyView {
    let compared = ui.common.first(move || submit(ui));
    let join = html::button()
        .attr("type", "submit")
        .id(JOIN)
        .class("btn btn-primary btn-big btn-wide")
        .attr("aria-disabled", move || if stopped(ui) { Some("true") } else { None })
        .child(move || ui.t(opener::action(ui))());
    html::form()
        .class("portal-form")
        .attr("novalidate", "")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            ui.draft.settle();
            if ui.draft.password.with_untracked(String::is_empty) { submit(ui) } else { compared() }
        })
        .child((
            room::field(ui),
            password::field(ui),
            person(ui),
            refusal(ui),
            opener::fields(ui),
            join,
            opener::wait(ui),
            asking(ui),
        ))
        .into_any()
}

/// The other way in, for who has no password: offered when the link says that there is one, or when the password led nowhere.
fn asking(ui: Ui) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        let failed = ui.draft.obstacle.get().is_some_and(Obstacle::leads_to_asking);
        let offered = ui.draft.password_required.get() || failed || ui.draft.failed_tries.get() > 0;
        offered.then(|| button("btn btn-quiet btn-wide", Some(Icon::Door), ui.t("ask-in"), move || ask(ui)))
    }
}

fn ask(ui: Ui) {
    ui.draft.settle();
    let missing = ui.draft.missing_to_ask();
    ui.draft.obstacle.set(missing);
    match missing {
        None => ui.ask(),
        Some(Obstacle::NoRoom) => browser::focus_soon(room::FIELD),
        Some(_) => browser::focus_soon(PERSON),
    }
}

/// After three wrong passwords this page asks no more; another room may still be chosen.
fn stopped(ui: Ui) -> bool {
    ui.draft.failed_tries.get() >= 3
}

fn submit(ui: Ui) {
    if untrack(|| stopped(ui)) {
        return;
    }
    let asked = untrack(|| opener::is_asked(ui));
    let missing = ui.draft.missing(ui.common);
    if missing.is_some() || !asked {
        ui.draft.obstacle.set(missing);
    }
    match missing {
        None if asked => opener::open(ui),
        None => ui.join(),
        Some(Obstacle::NoRoom) => browser::focus_soon(room::FIELD),
        Some(Obstacle::NoPassword | Obstacle::CommonPassword | Obstacle::UncheckedPassword) => {
            browser::focus_soon(password::FIELD)
        }
        Some(Obstacle::NoPerson | Obstacle::Ended(_)) => browser::focus_soon(PERSON),
    }
}

fn person(ui: Ui) -> AnyView {
    let missing = move || ui.draft.obstacle.get() == Some(Obstacle::NoPerson);
    let input = html::input()
        .id(PERSON)
        .attr("autocomplete", "name")
        .attr("maxlength", "64")
        .attr("aria-label", ui.t("name"))
        .aria_describedby("me-hint me-error")
        .attr("aria-invalid", move || missing().then_some("true"))
        .prop("value", move || ui.draft.person.get())
        .on(ev::input, move |event| {
            ui.draft.person.set(event_target_value(&event));
            if ui.draft.obstacle.get_untracked() == Some(Obstacle::NoPerson) {
                ui.draft.obstacle.set(None);
            }
        });
    let label = html::label().class("label").attr("for", PERSON).child(ui.t("name"));
    let note = html::span().class("quiet").id("me-hint").child(ui.t("name-hint"));
    let error = move || {
        missing().then(|| {
            html::div().role("alert").id("me-error").child(hint("hint hint-bad", Some(Icon::Info), ui.t("name-missing")))
        })
    };
    let frame = html::div().class(move || if missing() { "input bad" } else { "input" }).child(input);
    html::div().class("field").child((html::span().child((label, " ", note)), frame, error)).into_any()
}

/// Why the last try did not lead in, unless a field of its own says it.
fn refusal(ui: Ui) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        let Some(Obstacle::Ended(end)) = ui.draft.obstacle.get() else { return None };
        let words = end_words(end)?;
        let reload = (end == End::OtherVersion).then(|| {
            html::button()
                .attr("type", "button")
                .class("btn btn-line")
                .on(ev::click, |_| {
                    leptos::task::spawn_local(async {
                        kept::ask_again().await;
                        let _ = browser::window().location().reload();
                    });
                })
                .child(ui.t("reload"))
        });
        let text = html::div().class("grow").child(ui.t(words));
        Some(html::div().class("banner banner-stop").role("alert").child((icon(Icon::Info), text, reload)).into_any())
    }
}

/// The message for an end that came before the meeting. Wrong passwords are told at their field.
fn end_words(end: End) -> Option<&'static str> {
    match end {
        // Told at their own fields.
        End::Left | End::WrongPassword { .. } | End::PermissionNeeded => None,
        End::GuessingSuspected => Some("end-guessing"),
        End::Locked => Some("end-locked"),
        End::AskToBeLetIn => Some("end-ask"),
        End::EndedForAll => Some("end-ended"),
        End::NoAnswer => Some("end-no-answer"),
        End::RoomFull => Some("end-room-full"),
        End::HostFull => Some("end-host-full"),
        End::TooManyKnocking => Some("end-crowd"),
        End::OtherVersion => Some("end-version"),
        End::Removed => Some("end-removed"),
        End::Lost => Some("end-lost"),
        End::Refused => Some("end-refused"),
        End::Closed => Some("end-closed"),
    }
}
