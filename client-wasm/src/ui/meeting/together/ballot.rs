//! A ballot to be filled, one that was cast, and the result.
//!
//! Invariant: a ballot leaves this page when the person presses "Vote", once.

use super::super::state::{Meeting, shown_name};
use crate::model::{Act, Choices, MeetingCommand, Vote, VoteAct, VoteId};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon, small_icon},
    parts::button,
};
use leptos::ev;

/// Closes a vote.
pub(super) fn close(meeting: Meeting, id: VoteId) {
    meeting.command(MeetingCommand::Together(Act::Vote(VoteAct::Close(id))));
}

/// The answers to choose from.
pub(super) fn ballot(ui: Ui, meeting: Meeting, vote: &Vote) -> AnyView {
    let (id, many) = (vote.id, vote.question.many);
    let chosen = RwSignal::new(Choices::default());
    let group = format!("vote-{}", id.0.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>());
    let choice = |(at, answer): (usize, &String)| {
        let bit = 1_u8.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or_default();
        let input = html::input()
            .attr("type", if many { "checkbox" } else { "radio" })
            .attr("name", group.clone())
            .prop("checked", move || chosen.get().has(at))
            .on(ev::change, move |_| chosen.update(|chosen| chosen.0 = if many { chosen.0 ^ bit } else { bit }));
        html::label().class("choice").child((input, html::span().attr("dir", "auto").child(answer.clone())))
    };
    let choices = vote.question.answers.iter().enumerate().map(choice).collect_view();
    let legend = html::legend().class("sr").child(vote.question.text.clone());
    let list = html::fieldset().class("choices").child((legend, choices));
    let send = move || meeting.command(MeetingCommand::Together(Act::Vote(VoteAct::Cast(id, chosen.get_untracked()))));
    let cast = html::button()
        .attr("type", "button")
        .class("btn btn-primary")
        .prop("disabled", move || chosen.get() == Choices::default())
        .on(ev::click, move |_| send())
        .child((icon(Icon::Check), ui.t("vote-cast")));
    let blank = button("btn btn-quiet", None, ui.t("vote-blank"), move || {
        meeting.command(MeetingCommand::Together(Act::Vote(VoteAct::Cast(id, Choices::default()))));
    });
    html::div().class("stack").child((list, html::div().class("rowbtns").child((cast, blank)))).into_any()
}

/// What we chose, while the others still choose.
pub(super) fn cast(ui: Ui, vote: &Vote, mine: Choices) -> AnyView {
    let answers: Vec<&str> = chosen(vote, mine).collect();
    let words = match answers.as_slice() {
        [] => ui.say_now("vote-mine-blank", &[]),
        answers => ui.say_now("vote-mine", &[("answers", answers.join(", ").into())]),
    };
    html::p().class("vote-mine").child((small_icon(Icon::Check), html::span().attr("dir", "auto").child(words))).into_any()
}

fn chosen(vote: &Vote, choices: Choices) -> impl Iterator<Item = &str> {
    vote.question.answers.iter().enumerate().filter(move |(at, _)| choices.has(*at)).map(|(_, answer)| answer.as_str())
}

/// What came of it.
pub(super) fn results(ui: Ui, vote: &Vote) -> AnyView {
    let most = vote.counts.iter().copied().max().unwrap_or_default();
    let line = |(at, (answer, count)): (usize, (&String, &usize))| {
        let part = percent(*count, vote.voted);
        let mine = vote.mine.is_some_and(|mine| mine.has(at)).then(|| {
            html::span().class("vote-own").child((small_icon(Icon::Check), html::span().class("sr").child(ui.t("vote-yours"))))
        });
        let number = ui.say_now("vote-count", &[("count", (*count).into()), ("part", part.into())]);
        let head = html::div().class("vote-head").child((
            html::span().class("grow").attr("dir", "auto").child((answer.clone(), mine)),
            html::span().class("num").child(number),
        ));
        let bar = html::div()
            .class(if *count == most && most > 0 { "vote-bar most" } else { "vote-bar" })
            .aria_hidden("true")
            .child(html::span().style(("inline-size", format!("{part}%"))));
        let who: Vec<String> =
            vote.ballots.iter().filter(|(_, choices)| choices.has(at)).map(|(name, _)| shown_name(ui, name)).collect();
        let who = (!who.is_empty()).then(|| html::p().class("small quiet").attr("dir", "auto").child(who.join(", ")));
        html::li().child((head, bar, who))
    };
    let lines = vote.question.answers.iter().zip(&vote.counts).enumerate().map(line).collect_view();
    let title = ui.say_now("vote-results-of", &[("question", vote.question.text.as_str().into())]);
    html::ul().class("vote-results").aria_label(title).child(lines).into_any()
}

/// Whole per cent.
fn percent(count: usize, of: usize) -> usize {
    (count * 200 + of).checked_div(of * 2).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_are_whole_and_of_nobody_nothing() {
        assert_eq!([percent(1, 3), percent(2, 3), percent(3, 3), percent(0, 0)], [33, 67, 100, 0]);
    }
}
