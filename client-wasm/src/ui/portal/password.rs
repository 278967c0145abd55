//! The password: optional, unless the link says that the room has one.
//!
//! Invariant: the hint tells this protocol's truth (each guess needs somebody inside, who sees it), and a wrong password is told
//! here, with the number of the try.

use super::{Obstacle, Origin};
use crate::model::End;
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::{button, hint, icon_button},
};
use crypto::password::CommonPasswords;
use crypto::strength::{Budget, Verdict, estimate};
use leptos::ev;

/// Id of the text box.
pub(super) const FIELD: &str = "pw";
const HINT: &str = "pw-hint";

/// The field with its label, buttons, strength and errors.
pub(super) fn field(ui: Ui) -> AnyView {
    let draft = ui.draft;
    let shown = RwSignal::new(false);
    let required = move || draft.password_required.get();
    let bad = move || draft.obstacle.get().is_some_and(Obstacle::is_about_password);
    let label = html::label().class("label").attr("for", FIELD).child(ui.t("password"));
    let optional = move || (!required()).then(|| html::span().class("quiet").child((" ", ui.t("password-optional"))));
    let suggest = move || (!required()).then(|| suggest_button(ui, shown));
    let input = html::input()
        .id(FIELD)
        .attr("type", move || if shown.get() { "text" } else { "password" })
        .attr("aria-label", ui.t("password"))
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("autocapitalize", "none")
        .attr("maxlength", "512")
        .aria_describedby(HINT)
        .attr("aria-invalid", move || bad().then_some("true"))
        .prop("value", move || draft.password.get())
        .on(ev::focus, move |_| ui.common.fetch())
        .on(ev::input, move |event| {
            draft.password.set(event_target_value(&event));
            if draft.obstacle.get_untracked().is_some_and(Obstacle::is_about_password) {
                draft.obstacle.set(None);
            }
        });
    let frame =
        html::div().class(move || if bad() { "input bad" } else { "input" }).child((input, move || show_button(ui, shown)));
    let top = html::div().class("field-top").child((html::span().child((label, optional)), suggest));
    html::div().class("field").child((top, frame, move || explanation(ui))).into_any()
}

fn show_button(ui: Ui, shown: RwSignal<bool>) -> AnyView {
    let (picture, words) = if shown.get() { (Icon::EyeOff, "password-hide") } else { (Icon::Eye, "password-show") };
    icon_button(picture, "ib", ui.t(words), move || shown.update(|shown| *shown = !*shown))
}

/// Three words; shown, because they are to be told to others.
fn suggest_button(ui: Ui, shown: RwSignal<bool>) -> AnyView {
    button("btn btn-link", Some(Icon::Dice), ui.t("password-suggest"), move || {
        let entropy = zeroize::Zeroizing::new(browser::entropy());
        let words = crypto::words::generate_password(ui.tongue.get_untracked().word_list(), entropy);
        ui.draft.password.set(words.to_string());
        shown.set(true);
    })
}

fn explanation(ui: Ui) -> AnyView {
    let draft = ui.draft;
    match draft.obstacle.get() {
        Some(Obstacle::Ended(End::WrongPassword { tries })) => wrong(ui, tries),
        Some(Obstacle::NoPassword) => alert(ui, "password-needed"),
        Some(Obstacle::CommonPassword) if draft.password_required.get() => alert(ui, "password-common-join"),
        Some(Obstacle::CommonPassword) => alert(ui, "password-common"),
        Some(Obstacle::UncheckedPassword) => alert(ui, "password-unchecked"),
        _ if draft.password_required.get() => quiet(ui, "password-required"),
        _ if draft.password.with(String::is_empty) => {
            if draft.origin.get() == Origin::Invited {
                ().into_any()
            } else {
                quiet(ui, "password-apart")
            }
        }
        _ if draft.password.get() == draft.last_password.get() => quiet(ui, "password-of-last"),
        _ => strength(ui),
    }
}

fn quiet(ui: Ui, words: &'static str) -> AnyView {
    html::div().id(HINT).child(hint("hint", None, ui.t(words))).into_any()
}

fn alert(ui: Ui, words: &'static str) -> AnyView {
    html::div().id(HINT).role("alert").child(hint("hint hint-bad", Some(Icon::Info), ui.t(words))).into_any()
}

/// Which try it was, and that those inside know.
fn wrong(ui: Ui, tries: u8) -> AnyView {
    let first = match tries {
        0 | 1 => "end-wrong-password-1",
        2 => "end-wrong-password-2",
        _ => "end-wrong-password-3",
    };
    let told = (tries < 3).then(|| html::span().child((" ", ui.t("end-wrong-password-told"))));
    let words = html::span().child((html::b().child(ui.t(first)), told));
    html::div().id(HINT).role("alert").child(html::p().class("hint hint-bad").child((icon(Icon::Info), words))).into_any()
}

/// Four steps for the eye, and the sentence that counts.
fn strength(ui: Ui) -> AnyView {
    // What is not compared yet is not judged.
    let Some(common) = ui.common.set() else { return ().into_any() };
    let (room, person) = (ui.draft.room.get(), ui.draft.person.get());
    let step = ui.draft.password.with(|password| Step::of(password, &[&room, &person], &common));
    let bar = html::div().class("strength-bar").aria_hidden("true").child((html::i(), html::i(), html::i(), html::i()));
    let class = if step == Step::Common { "hint hint-bad" } else { "hint" };
    html::div()
        .class("strength")
        .attr("data-level", step.level())
        .child((bar, html::div().id(HINT).child(hint(class, None, ui.t(step.words())))))
        .into_any()
}

/// How far a password carries in this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Common,
    Weak,
    Good,
    Strong,
}

/// From one chance in this many on, nobody will guess it whatever they know.
const STRONG_ONE_IN: u64 = 1_000_000_000;

impl Step {
    /// Judges a password; the names around it are what an attacker tries first.
    fn of(password: &str, near: &[&str], common: &CommonPasswords) -> Self {
        let strength = estimate(password, near, Budget::USUAL, common);
        match strength.verdict {
            Verdict::None | Verdict::Guessable => Self::Weak,
            Verdict::Common => Self::Common,
            Verdict::Enough if strength.one_in >= STRONG_ONE_IN => Self::Strong,
            Verdict::Enough => Self::Good,
        }
    }

    fn level(self) -> &'static str {
        match self {
            Self::Common => "1",
            Self::Weak => "2",
            Self::Good => "3",
            Self::Strong => "4",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Common => "password-common",
            Self::Weak => "password-weak",
            Self::Good => "password-good",
            Self::Strong => "password-strong",
        }
    }
}
