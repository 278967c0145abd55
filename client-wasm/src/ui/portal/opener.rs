//! Who may open a room, on a host that asks: shown to whoever is the first in a room there, and to nobody else.
//!
//! Invariant: what is typed here goes to the host with nothing that names a room, and what opens the room goes there with nothing that names a
//! person. The key that the host issues with is fetched before it knows who asks, and what it issues is taken with a proof that it is that key.

use super::Obstacle;
use crate::model::End;
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::{button, hint, icon_button},
};
use crypto::tokens::Request;
use leptos::{ev, task::spawn_local};
use wire::permission::{
    Answer, Asks, CREDENTIAL_BYTES, Credential, Identification, NotIssued, PERMISSION_PATH, Permission, Token,
};

const NAME: &str = "opener-name";
const SECRET: &str = "opener-secret";
const HINT: &str = "opener-hint";

/// What a host wants to know, what is typed, and what it has given.
#[derive(Clone, Copy)]
pub(crate) struct Opener {
    /// What the host asks, once it has said so.
    permission: RwSignal<Option<Permission>>,
    name: RwSignal<String>,
    secret: RwSignal<String>,
    trouble: RwSignal<Option<Trouble>>,
    busy: RwSignal<bool>,
    /// What opens rooms: one each. In this page's memory, and nowhere else.
    pub(crate) tokens: RwSignal<Vec<Token>>,
    /// The person waits until somebody else opens the room.
    pub(crate) waits: RwSignal<bool>,
}

/// Why the room is not open yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nothing was typed.
    Missing,
    /// The host said why.
    Refused(NotIssued),
    /// It did not answer, or not as it must.
    NoAnswer,
}

impl Opener {
    /// Nobody has asked yet.
    pub(crate) fn new() -> Self {
        Self {
            permission: RwSignal::new(None),
            name: RwSignal::new(String::new()),
            secret: RwSignal::new(String::new()),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
            tokens: RwSignal::new(Vec::new()),
            waits: RwSignal::new(false),
        }
    }

    /// The host wants to know who opens the room: finds out what.
    pub(crate) fn begin(self) {
        self.trouble.set(None);
        spawn_local(async move {
            match shown().await {
                Some(permission) => {
                    let first = if permission.asks == Asks::Account { NAME } else { SECRET };
                    self.permission.set(Some(permission));
                    browser::focus_soon(first);
                }
                None => self.trouble.set(Some(Trouble::NoAnswer)),
            }
        });
    }

    /// One is spent: the last.
    pub(crate) fn spent(self) {
        self.tokens.update(|tokens| drop(tokens.pop()));
    }

    /// Nothing typed or given stays.
    pub(crate) fn forget(self) {
        self.tokens.set(Vec::new());
        self.name.set(String::new());
        self.secret.set(String::new());
        self.permission.set(None);
    }

    /// Says who the person is, and comes back with what opens rooms.
    async fn identify(self) -> Result<Vec<Token>, Trouble> {
        // Shown before it knows who asks.
        let permission = shown().await.ok_or(Trouble::NoAnswer)?;
        self.permission.set(Some(permission.clone()));
        let request = Request::new(permission.key, browser::entropy()).ok_or(Trouble::NoAnswer)?;
        let secret = self.secret.get_untracked();
        let by = match permission.asks {
            Asks::Word => Credential::Word(secret),
            Asks::Account => Credential::Account { name: self.name.get_untracked(), password: secret },
        };
        let said = Identification { by, period: permission.key.period, blinded: request.blinded().to_vec() };
        let body = zeroize::Zeroizing::new(wire::encode(&said));
        let answer = browser::post(PERMISSION_PATH, &body).await.ok_or(Trouble::NoAnswer)?;
        match wire::decode(&answer).map_err(|_| Trouble::NoAnswer)? {
            Answer::Issued(issued) => request.finish(&issued).map_err(|_| Trouble::NoAnswer),
            Answer::NotIssued(why) => Err(Trouble::Refused(why)),
        }
    }
}

async fn shown() -> Option<Permission> {
    wire::decode(&browser::fetch_bytes(PERMISSION_PATH).await?).ok()
}

/// True while the form asks who opens the room.
pub(super) fn is_asked(ui: Ui) -> bool {
    ui.draft.obstacle.get() == Some(Obstacle::Ended(End::PermissionNeeded))
}

/// What the form asks of whoever opens a room.
pub(super) fn fields(ui: Ui) -> impl Fn() -> Option<AnyView> + Send + 'static {
    let asked = Memo::new(move || is_asked(ui));
    let asks = Memo::new(move || ui.opener.permission.get().map(|permission| permission.asks));
    move || {
        asked.get().then(|| {
            let lead = html::div().class("grow").child((html::b().child(ui.t("opener-title")), " ", ui.t("opener-lead")));
            let banner = html::div().class("banner banner-ask").role("status").child((icon(Icon::Door), lead));
            let account = (asks.get() == Some(Asks::Account)).then(|| name(ui));
            let secret = asks.get().map(|asks| secret(ui, asks));
            html::div().class("stack").child((banner, account, secret, move || refusal(ui))).into_any()
        })
    }
}

/// The other way in: somebody else opens the room.
pub(super) fn wait(ui: Ui) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        is_asked(ui).then(|| button("btn btn-quiet btn-wide", Some(Icon::Clock), ui.t("opener-wait"), move || ui.wait_for_room()))
    }
}

fn name(ui: Ui) -> AnyView {
    let input = html::input()
        .id(NAME)
        .attr("autocomplete", "username")
        .attr("spellcheck", "false")
        .attr("autocapitalize", "none")
        .attr("maxlength", CREDENTIAL_BYTES.to_string())
        .attr("aria-label", ui.t("opener-name"))
        .prop("value", move || ui.opener.name.get())
        .on(ev::input, move |event| ui.opener.name.set(event_target_value(&event)));
    let label = html::label().class("label").attr("for", NAME).child(ui.t("opener-name"));
    html::div().class("field").child((label, html::div().class("input").child(input))).into_any()
}

fn secret(ui: Ui, asks: Asks) -> AnyView {
    let shown = RwSignal::new(false);
    let (words, filled) = match asks {
        Asks::Word => ("opener-word", "off"),
        Asks::Account => ("opener-password", "current-password"),
    };
    let bad = move || matches!(ui.opener.trouble.get(), Some(Trouble::Missing | Trouble::Refused(NotIssued::Wrong)));
    let input = html::input()
        .id(SECRET)
        .attr("type", move || if shown.get() { "text" } else { "password" })
        .attr("autocomplete", filled)
        .attr("spellcheck", "false")
        .attr("autocapitalize", "none")
        .attr("maxlength", CREDENTIAL_BYTES.to_string())
        .attr("aria-label", ui.t(words))
        .aria_describedby(HINT)
        .attr("aria-invalid", move || bad().then_some("true"))
        .prop("value", move || ui.opener.secret.get())
        .on(ev::input, move |event| {
            ui.opener.secret.set(event_target_value(&event));
            ui.opener.trouble.set(None);
        });
    let show = move || {
        let (picture, words) = if shown.get() { (Icon::EyeOff, "opener-hide") } else { (Icon::Eye, "opener-show") };
        icon_button(picture, "ib", ui.t(words), move || shown.update(|shown| *shown = !*shown))
    };
    let label = html::label().class("label").attr("for", SECRET).child(ui.t(words));
    let frame = html::div().class(move || if bad() { "input bad" } else { "input" }).child((input, show));
    let note = html::div().id(HINT).child(hint("hint", None, ui.t("opener-learns")));
    html::div().class("field").child((label, frame, note)).into_any()
}

fn refusal(ui: Ui) -> Option<AnyView> {
    let words = match ui.opener.trouble.get()? {
        Trouble::Missing => "opener-missing",
        Trouble::NoAnswer => "opener-no-answer",
        Trouble::Refused(why) => refused(why, ui.opener.permission.get().map(|permission| permission.asks)),
    };
    Some(html::div().role("alert").child(hint("hint hint-bad", Some(Icon::Info), ui.t(words))).into_any())
}

fn refused(why: NotIssued, asks: Option<Asks>) -> &'static str {
    match why {
        NotIssued::Wrong if asks == Some(Asks::Account) => "opener-wrong-account",
        NotIssued::Wrong => "opener-wrong-word",
        NotIssued::NotAllowed => "opener-not-allowed",
        NotIssued::TooOften => "opener-too-often",
        NotIssued::EnoughForToday => "opener-enough",
        NotIssued::DirectoryUnreachable => "opener-directory",
        NotIssued::OtherPeriod | NotIssued::Malformed => "opener-no-answer",
    }
}

/// The form was sent: the room is opened, or it is said why not.
pub(super) fn open(ui: Ui) {
    let opener = ui.opener;
    if opener.busy.get_untracked() {
        return;
    }
    if opener.permission.with_untracked(Option::is_none) {
        // What the host asks could not be had; there is nothing yet that could be typed.
        return opener.begin();
    }
    let asks_name = opener.permission.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.asks == Asks::Account));
    let nameless = asks_name && opener.name.with_untracked(|name| name.trim().is_empty());
    if nameless || opener.secret.with_untracked(String::is_empty) {
        opener.trouble.set(Some(Trouble::Missing));
        return browser::focus_soon(if nameless { NAME } else { SECRET });
    }
    opener.busy.set(true);
    opener.trouble.set(None);
    spawn_local(async move {
        let identified = opener.identify().await;
        opener.busy.set(false);
        match identified {
            Ok(tokens) => {
                opener.tokens.set(tokens);
                opener.secret.set(String::new());
                ui.draft.obstacle.set(None);
                ui.join_as_before();
            }
            Err(trouble) => {
                opener.trouble.set(Some(trouble));
                browser::focus_soon(SECRET);
            }
        }
    });
}

/// What the form's button says.
pub(super) fn action(ui: Ui) -> &'static str {
    if ui.opener.busy.get() || ui.common.is_awaited() {
        "opener-busy"
    } else if is_asked(ui) {
        "opener-open"
    } else {
        "portal-join"
    }
}
