//! The doctor's page: whether a meeting would come about on this device, in this network, at this host.
//!
//! Invariant: nothing begins before a person asks for it, and no line but what was found is copied: no address, no name of a browser.

use super::{
    app::Ui,
    browser,
    icons::{Icon, chamber, icon},
    parts::{button, hint, page_top, plays},
};
use crate::engine::made_up::MadeUp;
use crate::ui::view::prelude::*;
use leptos::task::spawn_local;
use lines::{Finding, Line, Sign};
use web_sys::MediaStream;

mod lines;
mod trial;

/// Where the host serves it.
const PATH: &str = "/doctor";

/// Whether the page was asked for under the doctor's address.
pub(crate) fn is_asked() -> bool {
    browser::window().location().pathname().is_ok_and(|path| path.ends_with(PATH))
}

/// How far it has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unasked,
    Running,
    Done,
}

/// What the page shows; a bundle of handles, copied freely.
#[derive(Clone, Copy)]
struct Board {
    stage: RwSignal<Stage>,
    findings: RwSignal<Vec<(Line, Finding)>>,
    /// What is sent, and what arrives.
    sent: RwSignal<Option<MediaStream>>,
    received: RwSignal<Option<MediaStream>>,
    copied: RwSignal<bool>,
}

impl Board {
    fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Unasked),
            findings: RwSignal::new(Self::nothing()),
            sent: RwSignal::new(None),
            received: RwSignal::new(None),
            copied: RwSignal::new(false),
        }
    }

    fn nothing() -> Vec<(Line, Finding)> {
        Line::ALL.map(|line| (line, Finding::WAITING)).into()
    }

    fn note(self, line: Line, finding: Finding) {
        self.findings.update(|findings| {
            findings.iter_mut().filter(|(known, _)| *known == line).for_each(|(_, known)| *known = finding);
        });
    }

    /// What has not been tried by now will not be.
    fn give_up_the_rest(self) {
        self.findings.update(|findings| {
            let open = findings.iter_mut().filter(|(_, finding)| matches!(finding.sign, Sign::Waiting | Sign::Trying));
            open.for_each(|(_, finding)| *finding = Finding::UNTRIED);
        });
    }

    /// Somebody receives this picture.
    fn show(self, picture: Option<MediaStream>) {
        if picture.is_some() && self.received.get_untracked() != picture {
            self.received.set(picture);
        }
    }

    /// Begins, or begins again.
    fn begin(self, ui: Ui) {
        // Now, while the click lets the page sound. Without it the picture's line says that none came.
        let made_up = MadeUp::new().ok();
        self.findings.set(Self::nothing());
        self.copied.set(false);
        self.sent.set(made_up.as_ref().and_then(|made_up| made_up.stream().ok()));
        self.stage.set(Stage::Running);
        spawn_local(async move {
            trial::run(ui, self, made_up).await;
            self.received.set(None);
            self.sent.set(None);
            self.stage.set(Stage::Done);
            browser::focus_soon("sum");
        });
    }
}

/// "Would a meeting work here?"
pub(crate) fn doctor(ui: Ui) -> AnyView {
    let board = Board::new();
    let head = html::div().child((html::h1().child(ui.t("doctor-title")), html::p().class("lead").child(ui.t("doctor-lead"))));
    let card =
        html::div().class("card card-wide").child((head, sum(ui, board), stage(ui, board), list(ui, board), actions(ui, board)));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}

/// What it comes to, told to screen readers as soon as it is known.
fn sum(ui: Ui, board: Board) -> AnyView {
    let words = move || match board.stage.get() {
        Stage::Unasked => None,
        Stage::Running => Some(banner("banner", Icon::Clock, ui.t("doctor-running"))),
        Stage::Done => {
            let (sign, words) = board.findings.with(|findings| lines::sum(findings));
            let (class, icon) = match sign {
                Sign::Bad => ("banner banner-stop", Icon::Warn),
                Sign::Fair => ("banner banner-ask", Icon::Info),
                _ => ("banner", Icon::Check),
            };
            Some(banner(class, icon, ui.t(words)))
        }
    };
    html::div().id("sum").role("status").attr("tabindex", "-1").class("doctor-sum").child(words).into_any()
}

fn banner(class: &'static str, sign: Icon, words: impl Fn() -> String + Send + 'static) -> AnyView {
    html::div().class(class).child((icon(sign), html::b().class("grow").child(words))).into_any()
}

/// What is sent, beside what arrives.
fn stage(ui: Ui, board: Board) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        (board.stage.get() == Stage::Running).then(|| {
            let sent = picture(ui, "doctor-sent", move || board.sent.get());
            let received = picture(ui, "doctor-received", move || board.received.get());
            html::div().class("doctor-stage").child((sent, received)).into_any()
        })
    }
}

fn picture(ui: Ui, name: &'static str, stream: impl Fn() -> Option<MediaStream> + Copy + 'static) -> AnyView {
    let video = html::video()
        .attr("autoplay", "")
        .attr("playsinline", "")
        .aria_label(ui.t(name))
        .prop("muted", true)
        .directive(move |element| plays(element, stream));
    let name = html::div().class("tile-name").child(html::span().child(ui.t(name)));
    html::div().class("tile").child((video, name)).into_any()
}

fn list(ui: Ui, board: Board) -> AnyView {
    let lines =
        move || board.findings.with(|all| all.iter().map(|(line, finding)| shown(ui, *line, *finding)).collect::<Vec<_>>());
    html::ul().class("facts doctor-lines").aria_label(ui.t("doctor-lines")).child(lines).into_any()
}

/// The sign as a word, for who does not see it, and in the text that is copied.
fn sign_word(sign: Sign) -> &'static str {
    match sign {
        Sign::Waiting => "doctor-sign-waiting",
        Sign::Trying => "doctor-sign-trying",
        Sign::Good => "doctor-sign-good",
        Sign::Unknown => "doctor-sign-unknown",
        Sign::Fair => "doctor-sign-fair",
        Sign::Bad => "doctor-sign-bad",
    }
}

fn shown(ui: Ui, line: Line, finding: Finding) -> AnyView {
    let (class, sign) = match finding.sign {
        Sign::Waiting => ("waiting", Icon::More),
        Sign::Trying => ("trying", Icon::Clock),
        Sign::Good => ("good", Icon::Check),
        Sign::Unknown => ("unknown", Icon::Info),
        Sign::Fair => ("fair", Icon::Info),
        Sign::Bad => ("bad", Icon::Warn),
    };
    let said = html::span().class("sr").child(move || format!("{}: ", ui.say(sign_word(finding.sign), &[])));
    let title = html::b().child(ui.t(line.title()));
    let words = html::span().child(move || ui.say(finding.words, &[("number", finding.number.into())]));
    let operator = finding.operator.map(|id| {
        let whom = html::i().child((ui.t("doctor-operator"), " "));
        html::span().class("small").child((whom, ui.t(id))).into_any()
    });
    html::li().class(class).child((icon(sign), html::div().child((said, title, words, operator)))).into_any()
}

fn actions(ui: Ui, board: Board) -> AnyView {
    let buttons = move || {
        let stage = board.stage.get();
        let begin = (stage == Stage::Unasked)
            .then(|| button("btn btn-primary", Some(Icon::Next), ui.t("doctor-begin"), move || board.begin(ui)));
        let done = (stage == Stage::Done).then(|| {
            let copy = button("btn btn-primary", Some(Icon::Copy), ui.t("doctor-copy"), move || copy(ui, board));
            let again = button("btn btn-quiet", Some(Icon::Refresh), ui.t("doctor-again"), move || board.begin(ui));
            (copy, again)
        });
        html::div().class("actions").child((begin, done))
    };
    let copied = move || board.copied.get().then(|| hint("hint", Some(Icon::Check), ui.t("doctor-copied")));
    html::div().child((buttons, html::div().role("status").child(copied))).into_any()
}

fn copy(ui: Ui, board: Board) {
    let text = report(ui, board);
    spawn_local(async move {
        board.copied.set(browser::copy(text).await);
    });
}

/// All lines as a text, in the language of this moment: for whoever is asked for help.
fn report(ui: Ui, board: Board) -> String {
    let when = browser::told_time(browser::now(), ui.tongue.get_untracked().tag());
    let host = browser::window().location().host().unwrap_or_default();
    let mut text = format!("Incamera – {host} – {when}\n");
    board.findings.with_untracked(|findings| {
        for (line, finding) in findings {
            let (sign, title) = (ui.say_now(sign_word(finding.sign), &[]), ui.say_now(line.title(), &[]));
            let words = ui.say_now(finding.words, &[("number", finding.number.into())]);
            text.push_str(&format!("[{sign}] {title}: {words}\n"));
            if let Some(operator) = finding.operator {
                text.push_str(&format!("    {} {}\n", ui.say_now("doctor-operator", &[]), ui.say_now(operator, &[])));
            }
        }
    });
    text
}
