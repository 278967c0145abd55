//! The form of a new vote.
//!
//! Invariant: what is sent is what the session takes: a question, and two to eight answers with words in them.

use super::super::state::Meeting;
use crate::model::{ANSWER_CHARACTERS, ANSWERS, Act, MeetingCommand, QUESTION_CHARACTERS, Question, VoteAct};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    parts::{NO_WORDS, button, switch},
};
use leptos::ev;

/// Of fewer, each would know what the others chose.
const FEWEST_SECRET: usize = crypto::vote::FEWEST;

/// What is being written.
#[derive(Clone, Copy)]
struct Draft {
    text: RwSignal<String>,
    /// One signal for each field, so that writing in one leaves the others alone; counted, because they outlive the view that adds them.
    answers: RwSignal<Vec<ArcRwSignal<String>>>,
    many: RwSignal<bool>,
    secret: RwSignal<bool>,
}

impl Draft {
    fn new() -> Self {
        let answers = vec![ArcRwSignal::new(String::new()), ArcRwSignal::new(String::new())];
        Self {
            text: RwSignal::new(String::new()),
            answers: RwSignal::new(answers),
            many: RwSignal::new(false),
            secret: RwSignal::new(false),
        }
    }

    /// Fields that were left empty are no answers.
    fn question(self) -> Option<Question> {
        let answers = self.answers.get().into_iter().map(|answer| answer.get()).filter(|answer| !answer.trim().is_empty());
        Question { text: self.text.get(), answers: answers.collect(), many: self.many.get(), secret: self.secret.get() }.tidy()
    }

    fn fill(self, answers: impl IntoIterator<Item = String>) {
        self.answers.set(answers.into_iter().map(ArcRwSignal::new).collect());
    }
}

/// The form; it closes when the vote is opened or given up.
pub(super) fn form(ui: Ui, meeting: Meeting, asking: RwSignal<bool>) -> AnyView {
    let draft = Draft::new();
    browser::focus_soon("vote-question");
    let question = field("vote-question".to_owned(), ui.t("vote-question"), draft.text, QUESTION_CHARACTERS);
    let answers = move || {
        let fields = draft.answers.get().into_iter().enumerate().map(|(at, answer)| {
            let words = move || ui.say("vote-answer", &[("number", (at + 1).into())]);
            field(format!("vote-answer-{at}"), words, answer.into(), ANSWER_CHARACTERS)
        });
        html::div().class("stack").child(fields.collect_view())
    };
    let more = move || {
        let add = move || draft.answers.update(|answers| answers.push(ArcRwSignal::new(String::new())));
        let room = draft.answers.with(Vec::len) < *ANSWERS.end();
        room.then(|| button("btn btn-link", None, ui.t("vote-add"), add))
    };
    let yes_no = button("btn btn-link", None, ui.t("vote-yes-no"), move || {
        draft.fill(["vote-yes", "vote-no"].map(|id| ui.say_now(id, &[])));
    });
    let many = switch(ui.t("vote-many"), NO_WORDS, draft.many.into(), move |on| draft.many.set(on));
    let enough = Memo::new(move || meeting.people.with(|people| people.len() >= FEWEST_SECRET));
    let secret = move || match enough.get() {
        true => switch(ui.t("vote-secret"), Some(ui.t("vote-secret-hint")), draft.secret.into(), move |on| draft.secret.set(on)),
        false => html::p().class("small quiet").child(ui.t("vote-secret-few")).into_any(),
    };
    let send = move || {
        if let Some(question) = draft.question() {
            meeting.command(MeetingCommand::Together(Act::Vote(VoteAct::Open(question))));
            asking.set(false);
        }
    };
    let open = html::button()
        .attr("type", "submit")
        .class("btn btn-primary")
        .prop("disabled", move || draft.question().is_none())
        .child(ui.t("vote-ask"));
    let cancel = button("btn btn-quiet", None, ui.t("cancel"), move || asking.set(false));
    html::form()
        .class("stack vote-form")
        .aria_label(ui.t("vote-new"))
        .on(ev::submit, move |event| {
            event.prevent_default();
            send();
        })
        .child((
            question,
            answers,
            html::div().class("rowbtns").child((more, yes_no)),
            many,
            secret,
            html::div().class("rowbtns").child((open, cancel)),
        ))
        .into_any()
}

fn field(id: String, words: impl crate::ui::parts::Words, text: RwSignal<String>, longest: usize) -> AnyView {
    let input = html::input()
        .id(id.clone())
        .attr("type", "text")
        .attr("autocomplete", "off")
        .attr("dir", "auto")
        .attr("maxlength", longest.to_string())
        .prop("value", move || text.get())
        .on(ev::input, move |event| text.set(event_target_value(&event)));
    let label = html::label().class("label").attr("for", id).child(words);
    html::div().class("field").child((label, html::div().class("input").child(input))).into_any()
}
