//! Inviting: the link, a ready message, mail, calendar, the device's own sheet, a QR code; and the password, another way.
//!
//! Invariant: nothing of these holds the password but its own field, which is copied by itself and on purpose.

use super::{qr, when};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    i18n::{self, Tongue},
    icons::{Icon, icon},
    link,
    meeting::Meeting,
    parts::{button, hint, icon_button},
};
use leptos::{ev, task::spawn_local};

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    let room = ui.draft.room.get_untracked();
    let rules = meeting.rules.get_untracked();
    let known = ui.draft.password.get_untracked();
    // Of a password that somebody else chose we know that it is there, and not which.
    let password = if ui.password_gen.get_untracked() == rules.pw_gen { known } else { String::new() };
    // Who was let in without the password invites to a room that has one all the same.
    let required = ui.draft.password_required.get_untracked();
    let has_password = if rules.pw_gen == 0 { required || !password.is_empty() } else { rules.has_password };
    let address = link::address(&browser::origin_and_path(), &room, has_password);
    let outcome = RwSignal::new(None);
    let field = read_only("invite-link", &address, "text");
    let copy = copy_button(ui, Icon::Copy, "invite-copy-link", outcome, {
        let address = address.clone();
        move || address.clone()
    });
    let link_field = html::div().class("field").child((
        html::label().class("label").attr("for", "invite-link").child(ui.t("invite-link")),
        html::div().class("input").child((field, copy)),
    ));
    let ways = ways(ui, &address, has_password, outcome);
    let apart = match () {
        () if !rules.takes_passwords => Some(hint("hint", Some(Icon::Info), ui.t("invite-closed"))),
        () if has_password && password.is_empty() => Some(hint("hint", Some(Icon::Info), ui.t("invite-other-password"))),
        () => has_password.then(|| apart(ui, &password, outcome)),
    };
    let left = html::div().class("stack").child((link_field, ways, apart));
    let side = html::div()
        .class("invite-side")
        .child((qr::qr(ui, &address), html::p().class("small soft").child(ui.t("invite-qr-note"))));
    html::div().class("invite").child((left, side)).into_any()
}

/// What can be done with the link in one go; the calendar opens below.
fn ways(ui: Ui, address: &str, has_password: bool, outcome: RwSignal<Option<bool>>) -> AnyView {
    let address = StoredValue::new(address.to_owned());
    let tongue = move || ui.tongue.get();
    let message = move |tongue| address.with_value(|address| message(tongue, address, has_password));
    let later = RwSignal::new(false);
    let ready = button("btn btn-primary", Some(Icon::Copy), ui.t("invite-copy-message"), move || {
        put(message(ui.tongue.get_untracked()), outcome);
    });
    // In a tab of its own: where mail is a web page, it would otherwise take the place of the meeting.
    let mail = html::a()
        .class("btn btn-line")
        .attr("target", "_blank")
        .attr("rel", "noopener noreferrer")
        .attr("href", move || mail(&ui.say("invite-subject", &[]), &message(tongue())))
        .child((icon(Icon::Mail), ui.t("invite-mail")));
    let calendar = html::button()
        .attr("type", "button")
        .class("btn btn-line")
        .attr("aria-expanded", move || if later.get() { "true" } else { "false" })
        .on(ev::click, move |_| later.update(|later| *later = !*later))
        .child((icon(Icon::Clock), ui.t("invite-calendar")));
    let share = browser::can_share().then(|| {
        button("btn btn-line", Some(Icon::Send), ui.t("invite-share"), move || {
            browser::share(&message(ui.tongue.get_untracked()))
        })
    });
    let told = move || {
        outcome.get().map(|done: bool| {
            let words = ui.t(if done { "invite-copied" } else { "invite-copy-failed" });
            html::span().class(if done { "soft small" } else { "hint hint-bad" }).child(words)
        })
    };
    let told = html::span().class("copied").role("status").child(told);
    let form = move || later.get().then(|| when::form(ui, address.get_value(), move || message(ui.tongue.get_untracked())));
    (html::div().class("rowbtns").child((ready, mail, calendar, share, told)), form).into_any()
}

/// The address of a new mail to nobody yet (RFC 6068).
fn mail(subject: &str, body: &str) -> String {
    format!("mailto:?subject={}&body={}", percent_encoded(subject), percent_encoded(&body.replace('\n', "\r\n")))
}

/// Everything but letters and digits of ASCII and `-._~` (RFC 3986 §2.3) as octets.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for octet in text.bytes() {
        match octet {
            b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(octet)),
            octet if octet.is_ascii_alphanumeric() => encoded.push(char::from(octet)),
            octet => encoded.push_str(&format!("%{octet:02X}")),
        }
    }
    encoded
}

/// The message that is copied whole.
fn message(tongue: Tongue, address: &str, has_password: bool) -> String {
    let id = if has_password { "invite-message-password" } else { "invite-message" };
    i18n::text(tongue, id, &[("link", address.into())])
}

fn read_only(id: &'static str, value: &str, kind: &'static str) -> AnyView {
    let field = html::input().id(id).attr("type", kind).attr("readonly", "").attr("spellcheck", "false");
    field.prop("value", value.to_owned()).into_any()
}

/// The password to be told by voice.
fn apart(ui: Ui, password: &str, outcome: RwSignal<Option<bool>>) -> AnyView {
    let shown = RwSignal::new(false);
    let field = html::input()
        .id("invite-password")
        .attr("type", move || if shown.get() { "text" } else { "password" })
        .attr("readonly", "")
        .attr("autocomplete", "off")
        .prop("value", password.to_owned());
    let eye = move || {
        let (sign, words) = if shown.get() { (Icon::EyeOff, "password-hide") } else { (Icon::Eye, "password-show") };
        icon_button(sign, "ib", ui.t(words), move || shown.update(|shown| *shown = !*shown))
    };
    let password = password.to_owned();
    let copy = copy_button(ui, Icon::Copy, "invite-copy-password", outcome, move || password.clone());
    let label = html::label().class("label").attr("for", "invite-password").child(ui.t("invite-password"));
    let note = html::p().class("small").child(ui.t("invite-password-note"));
    html::div().class("apart").child((label, html::div().class("input").child((field, eye, copy)), note)).into_any()
}

fn copy_button(
    ui: Ui,
    sign: Icon,
    words: &'static str,
    outcome: RwSignal<Option<bool>>,
    text: impl Fn() -> String + 'static,
) -> AnyView {
    icon_button(sign, "ib", ui.t(words), move || put(text(), outcome))
}

/// Puts a text on the clipboard and tells how that went.
fn put(text: String, outcome: RwSignal<Option<bool>>) {
    outcome.set(None);
    spawn_local(async move {
        let done = browser::copy(text).await;
        outcome.set(Some(done));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_holds_the_link_and_no_password() {
        for tongue in Tongue::all() {
            let open = message(tongue, "https://meet.example.org/#velvet", false);
            let closed = message(tongue, "https://meet.example.org/#velvet!", true);
            assert!(open.contains("\nhttps://meet.example.org/#velvet\n"), "{open}");
            assert!(closed.contains("\nhttps://meet.example.org/#velvet!\n"), "{closed}");
            assert_ne!(open, closed.replace('!', ""));
        }
    }

    #[test]
    fn a_mail_program_reads_subject_and_body_as_they_were_meant() {
        let address = mail("Réunion & café", "Lien\u{a0}:\nhttps://meet.example.org/#velvet!\n100 %");
        let subject = "R%C3%A9union%20%26%20caf%C3%A9";
        let body = "Lien%C2%A0%3A%0D%0Ahttps%3A%2F%2Fmeet.example.org%2F%23velvet%21%0D%0A100%20%25";
        assert_eq!(address, format!("mailto:?subject={subject}&body={body}"));
    }
}
