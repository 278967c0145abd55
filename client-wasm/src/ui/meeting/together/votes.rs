//! Votes: the panel, and what is told of them.
//!
//! Invariant: numbers are shown when a vote is over, the same on every screen, as text beside the bars; before that only how many have voted.

use super::super::open::Panel;
use super::super::state::{Meeting, shown_name};
use super::{ballot, form};
use crate::model::{Rule, Stage, Vote, VoteId};
use crate::ui::view::prelude::*;
use crate::ui::{
    announce::Happening,
    app::Ui,
    icons::Icon,
    parts::{button, hint},
};

impl Meeting {
    pub(super) fn votes_are(self, ui: Ui, votes: Vec<Vote>) {
        let before = self.together.votes.get_untracked();
        for vote in &votes {
            let knew = before.iter().find(|other| other.id == vote.id);
            if vote.asked_again && knew.is_some_and(|knew| !knew.asked_again) {
                self.vote_asked_again(ui, vote);
            }
            let was = knew.map(|knew| knew.stage);
            match (was, vote.stage) {
                (None, Stage::Open | Stage::Gathering) if !self.is_me(vote.author) => self.vote_opened(ui, vote),
                (Some(Stage::Gathering | Stage::Open | Stage::Counting), Stage::Closed) => self.vote_closed(ui, vote),
                (Some(Stage::Gathering | Stage::Open | Stage::Counting), Stage::Void) => {
                    ui.speech.politely(ui, Happening::Sentence(ui.say_now("vote-void", &[])), self.count());
                }
                _ => {}
            }
        }
        self.together.votes.set(votes);
    }

    fn vote_opened(self, ui: Ui, vote: &Vote) {
        let name = shown_name(ui, &vote.author_name);
        let values = [("name", name.as_str().into()), ("question", vote.question.text.as_str().into())];
        ui.speech.politely(ui, Happening::Sentence(ui.say_now("vote-said-opened", &values)), self.count());
        if self.panel.get_untracked() != Some(Panel::Votes) {
            self.notices.vote_opened(name, vote.question.text.clone());
        }
    }

    /// So many have gone that what we chose is not cast among those who are left without our saying so.
    fn vote_asked_again(self, ui: Ui, vote: &Vote) {
        let question = vote.question.text.as_str();
        ui.speech.politely(
            ui,
            Happening::Sentence(ui.say_now("vote-said-again", &[("question", question.into())])),
            self.count(),
        );
        if self.panel.get_untracked() != Some(Panel::Votes) {
            self.notices.vote_opened(shown_name(ui, &vote.author_name), question.to_owned());
        }
    }

    /// The result is told, and stands in the chat, where it is kept with what was written.
    fn vote_closed(self, ui: Ui, vote: &Vote) {
        let question = vote.question.text.as_str();
        let words = ui.say_now("vote-said-closed", &[("question", question.into())]);
        ui.speech.politely(ui, Happening::Sentence(words), self.count());
        if self.panel.get_untracked() != Some(Panel::Votes) {
            self.notices.vote_closed(question.to_owned());
        }
        let name = shown_name(ui, &vote.author_name);
        self.chat.note(name, result_line(ui, vote), self.is_me(vote.author), false);
    }

    /// How many votes wait for our ballot.
    pub(crate) fn votes_to_answer(self) -> usize {
        let waits = |vote: &&Vote| vote.stage == Stage::Open && vote.may_vote && vote.mine.is_none();
        self.together.votes.with(|votes| votes.iter().filter(waits).count())
    }
}

/// A vote that is over, as one line of text.
fn result_line(ui: Ui, vote: &Vote) -> String {
    let answers = vote.question.answers.iter().zip(&vote.counts).map(|(answer, count)| format!("{answer} {count}"));
    let answers = answers.collect::<Vec<_>>().join(" · ");
    ui.say_now("vote-line", &[("question", vote.question.text.as_str().into()), ("answers", answers.into())])
}

/// The panel: the newest vote first; below, the way to another one.
pub(in super::super) fn panel(ui: Ui, meeting: Meeting) -> AnyView {
    let ids = move || meeting.together.votes.with(|votes| votes.iter().rev().map(|vote| vote.id).collect::<Vec<_>>());
    let cards = keyed(ids, |id| *id, move |id| card(ui, meeting, id));
    let none =
        move || meeting.together.votes.with(Vec::is_empty).then(|| html::p().class("quiet votes-none").child(ui.t("vote-none")));
    let body = html::div().class("panel-body").attr("tabindex", "0").child((none, html::div().class("votes").child(cards)));
    let asking = RwSignal::new(false);
    let may = Memo::new(move || meeting.may(Rule::ModeratorsChat));
    let mine = Memo::new(move || {
        meeting.together.votes.with(|votes| {
            votes.iter().any(|vote| !matches!(vote.stage, Stage::Closed | Stage::Void) && meeting.is_me(vote.author))
        })
    });
    let foot = move || match (may.get(), mine.get(), asking.get()) {
        (false, ..) => hint("hint", Some(Icon::Info), ui.t("vote-moderators")),
        (true, true, _) => hint("hint", Some(Icon::Info), ui.t("vote-one-at-a-time")),
        (true, false, false) => button("btn btn-line btn-wide", Some(Icon::Vote), ui.t("vote-new"), move || asking.set(true)),
        (true, false, true) => form::form(ui, meeting, asking),
    };
    (body, html::div().class("panel-foot").child(foot)).into_any()
}

fn card(ui: Ui, meeting: Meeting, id: VoteId) -> AnyView {
    let vote = Memo::new(move || meeting.together.votes.with(|votes| votes.iter().find(|vote| vote.id == id).cloned()));
    let title = move || vote.with(|vote| vote.as_ref().map(|vote| vote.question.text.clone()));
    let about = move || vote.with(|vote| vote.as_ref().map(|vote| about(ui, vote)));
    // What can be done changes with these alone: a ballot that is being filled stays as others vote.
    let state = Memo::new(move || vote.with(|vote| vote.as_ref().map(|vote| (vote.stage, vote.mine, vote.may_vote))));
    let gone = move || vote.with(|vote| vote.as_ref().and_then(|vote| gone(ui, vote)));
    let inner = move || {
        let (stage, mine, may) = state.get()?;
        let vote = vote.get_untracked()?;
        Some(match (stage, mine) {
            (Stage::Gathering, _) => html::p().class("quiet").child(ui.t("vote-gathering")).into_any(),
            (Stage::Open, None) if !may => hint("hint", Some(Icon::Info), ui.t("vote-watch")),
            (Stage::Open, None) => ballot::ballot(ui, meeting, &vote),
            (Stage::Open, Some(mine)) => ballot::cast(ui, &vote, mine),
            (Stage::Counting, _) => html::p().class("quiet").child(ui.t("vote-counting")).into_any(),
            (Stage::Closed, _) => ballot::results(ui, &vote),
            (Stage::Void, _) => hint("hint", Some(Icon::Warn), ui.t("vote-void")),
        })
    };
    let voted = move || {
        vote.with(|vote| {
            let vote = vote.as_ref()?;
            let values = [("voted", vote.voted.into()), ("voters", vote.voters.into())];
            Some(html::p().class("small quiet num").child(ui.say("vote-voted", &values)))
        })
    };
    let close = move || {
        let vote = vote.get()?;
        let may = vote.stage == Stage::Open && (meeting.is_me(vote.author) || meeting.moderates());
        may.then(|| button("btn btn-line", None, ui.t("vote-close"), move || ballot::close(meeting, vote.id)))
    };
    let foot = html::div().class("vote-foot").child((voted, close));
    html::section()
        .class("vote")
        .child((html::h3().attr("dir", "auto").child(title), html::p().class("small quiet").child(about), gone, inner, foot))
        .into_any()
}

/// Who has gone before a secret vote was counted, and whether we have to vote once more.
fn gone(ui: Ui, vote: &Vote) -> Option<AnyView> {
    if vote.without.is_empty() || vote.stage == Stage::Void {
        return None;
    }
    let names: Vec<String> = vote.without.iter().map(|name| shown_name(ui, name)).collect();
    let values = [("names", names.join(", ").into()), ("voters", vote.voters.into())];
    let asked = vote.asked_again && vote.mine.is_none() && vote.stage == Stage::Open;
    let words = ui.say(if asked { "vote-asked-again" } else { "vote-without" }, &values);
    Some(hint("hint", Some(Icon::Info), move || words.clone()))
}

/// Who asks, and what becomes of the ballots.
fn about(ui: Ui, vote: &Vote) -> String {
    let by = ui.say("vote-by", &[("name", shown_name(ui, &vote.author_name).into())]);
    let kind = ui.say(if vote.question.many { "vote-several" } else { "vote-one" }, &[]);
    [by, kind, ui.say(if vote.question.secret { "vote-is-secret" } else { "vote-open" }, &[])].join(" · ")
}
