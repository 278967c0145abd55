//! What the others say, as text at the foot of the stage: understood on this device, for this person alone (decision 0044).
//!
//! Invariant: nothing is offered where the browser would have to ask a service elsewhere; what stands here is kept nowhere and told to
//! nobody. It is no live region: a screen reader reads it when it is asked to, not over the voices themselves.

use super::state::Meeting;
use crate::engine::{captions, captions::Recogniser, devices};
use crate::model::MemberId;
use crate::ui::view::prelude::*;
use crate::ui::{announce::Happening, app::Ui, browser, icons::Icon, menu::Item};
use crypto::sorted::SortedMap;
use leptos::task::spawn_local;
use wire::Track;

/// Lines on screen at most: more hide the people.
const LINES: usize = 3;
/// Milliseconds after its last change for which a line stays. Shorter is gone before slow readers are through.
const STAYS: u64 = 8_000;
/// Milliseconds before a recogniser that stopped begins again: browsers stop them at silence.
const AGAIN: u32 = 300;

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    id: u32,
    member: MemberId,
    text: String,
    /// It will not change any more.
    done: bool,
    changed: u64,
}

/// The lines on screen, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lines {
    lines: Vec<Line>,
    last: u32,
}

impl Lines {
    /// This member says this, at this time in milliseconds; another guess at the same replaces the first one.
    fn said(&mut self, member: MemberId, text: String, done: bool, now: u64) {
        match self.lines.iter_mut().find(|line| line.member == member && !line.done) {
            Some(line) => (line.text, line.done, line.changed) = (text, done, now),
            None => {
                self.last = self.last.wrapping_add(1);
                self.lines.push(Line { id: self.last, member, text, done, changed: now });
            }
        }
        let over = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..over);
    }

    /// Takes away what has stood long enough.
    fn fade(&mut self, now: u64) {
        self.lines.retain(|line| line.changed + STAYS > now);
    }
}

/// What is known of captions.
#[derive(Clone, Copy)]
pub(crate) struct Captions {
    /// This browser can, in the page's language.
    can: RwSignal<bool>,
    /// The person wants them.
    on: RwSignal<bool>,
    lines: RwSignal<Lines>,
}

impl Captions {
    pub(super) fn new() -> Self {
        Self { can: RwSignal::new(false), on: RwSignal::new(false), lines: RwSignal::new(Lines::default()) }
    }

    pub(super) fn clear(self) {
        self.on.set(false);
        self.lines.set(Lines::default());
    }
}

/// The language that is listened for: the page's, as recognisers call it.
fn language(ui: Ui) -> String {
    match ui.tongue.get().tag() {
        "fr" => "fr-FR".to_owned(),
        "en" => "en-US".to_owned(),
        other => other.to_owned(),
    }
}

/// Finds out whether there can be any, and listens while they are wanted, for as long as the caller's owner lives.
pub(super) fn listen(ui: Ui, meeting: Meeting) {
    let state = meeting.captions;
    Effect::new(move || {
        let language = language(ui);
        spawn_local(async move {
            let can = captions::can_recognise(&language).await;
            state.can.set(can);
            if !can {
                state.on.set(false);
            }
        });
    });
    let again = RwSignal::new(0_u32);
    let kept = StoredValue::new((String::new(), SortedMap::<MemberId, (String, Recogniser)>::new()));
    Effect::new(move || {
        again.track();
        let language = language(ui);
        let voices = if state.on.get() { voices(meeting) } else { Vec::new() };
        kept.update_value(|(spoken, listening)| {
            if *spoken != language {
                listening.clear();
                *spoken = language.clone();
            }
            listening.retain(|member, (id, _)| voices.iter().any(|(other, voice)| other == member && voice.id() == *id));
            for (member, voice) in voices {
                if listening.get(&member).is_none() {
                    let said = move |text: String, done| {
                        state.lines.update(|lines| lines.said(member, text.trim().to_owned(), done, browser::now()));
                    };
                    let ended = move |for_good: bool| {
                        over(ui, meeting, for_good, move || {
                            kept.update_value(|(_, listening)| drop(listening.remove(&member)));
                            again.update(|times| *times = times.wrapping_add(1));
                        })
                    };
                    if let Some(recogniser) = Recogniser::new(&voice, &language, said, ended) {
                        listening.insert(member, (voice.id(), recogniser));
                    }
                }
            }
        });
    });
    browser::every(1_000, move || {
        state.lines.maybe_update(|lines| {
            let before = lines.lines.len();
            lines.fade(browser::now());
            lines.lines.len() != before
        })
    });
    on_cleanup(move || kept.set_value(Default::default()));
}

/// A recogniser stopped: later it begins again, unless there is no use in that.
fn over(ui: Ui, meeting: Meeting, for_good: bool, begin: impl FnOnce() + 'static) {
    let later = move || {
        if for_good {
            fail(ui, meeting);
        } else {
            begin();
        }
    };
    browser::after(if for_good { 0 } else { AGAIN }, later).forget();
}

fn fail(ui: Ui, meeting: Meeting) {
    meeting.captions.clear();
    meeting.notices.no_captions();
    ui.speech.politely(ui, Happening::Sentence(ui.say_now("captions-failed", &[])), meeting.count());
}

/// The others' voices that can be verified.
fn voices(meeting: Meeting) -> Vec<(MemberId, web_sys::MediaStreamTrack)> {
    let veiled = |member| meeting.veiled.with(|veiled| veiled.contains(&(member, Track::Audio)));
    let streams = meeting.streams.with(|streams| {
        let voices = streams.iter().filter(|((_, track), _)| *track == Track::Audio);
        // The handle: a stream's own `clone` would be another stream.
        voices.map(|((member, _), stream)| (*member, Clone::clone(stream))).collect::<Vec<_>>()
    });
    let voices = streams.into_iter().filter(|(member, _)| !veiled(*member));
    voices.filter_map(|(member, stream)| Some((member, devices::tracks(&stream).next()?))).collect()
}

/// What stands in the menu, where there can be captions.
pub(super) fn item(ui: Ui, meeting: Meeting) -> Option<Item> {
    let state = meeting.captions;
    let on = state.on.get_untracked();
    let turn = move || {
        if on {
            return state.clear();
        }
        let language = untrack(|| language(ui));
        spawn_local(async move {
            if captions::prepare(&language).await {
                state.on.set(true);
            } else {
                fail(ui, meeting);
            }
        });
    };
    let words = ui.t(if on { "captions-hide" } else { "captions-show" });
    let small = Some(ui.say_now("captions-small", &[]));
    state.can.get_untracked().then(|| Item::new(Icon::Chat, "", words, small, turn))
}

/// The lines, over the foot of the stage.
pub(super) fn captions(ui: Ui, meeting: Meeting) -> impl Fn() -> Option<AnyView> + Send {
    let state = meeting.captions;
    move || {
        state.on.get().then(|| {
            let each = move || state.lines.with(|lines| lines.lines.clone());
            let line = move |Line { id, member, .. }: Line| {
                let text = move || {
                    let found = |lines: &Lines| lines.lines.iter().find(|line| line.id == id).map(|line| line.text.clone());
                    state.lines.with(found).unwrap_or_default()
                };
                html::p().child((html::b().child(move || meeting.name_of(ui, member)), " ", html::span().child(text))).into_any()
            };
            let none = move || {
                state.lines.with(|lines| lines.lines.is_empty()).then(|| html::p().class("soft").child(ui.t("captions-none")))
            };
            html::section()
                .class("captions")
                .aria_label(ui.t("captions"))
                .child((keyed(each, |line| line.id, line), none))
                .into_any()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 16]);
    const BEN: MemberId = MemberId([2; 16]);

    fn texts(lines: &Lines) -> Vec<&str> {
        lines.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_better_guess_replaces_the_first_and_two_do_not_mix() {
        let mut lines = Lines::default();
        lines.said(ANN, "good".into(), false, 0);
        lines.said(BEN, "hell".into(), false, 0);
        lines.said(ANN, "good morning".into(), true, 100);
        lines.said(BEN, "hello".into(), true, 100);
        lines.said(ANN, "all".into(), false, 200);
        assert_eq!(texts(&lines), ["good morning", "hello", "all"]);
        lines.said(ANN, "all of you".into(), true, 300);
        lines.said(BEN, "and you".into(), true, 300);
        assert_eq!(texts(&lines), ["hello", "all of you", "and you"], "no more than fit");
    }

    #[test]
    fn a_line_goes_some_time_after_its_last_change() {
        let mut lines = Lines::default();
        lines.said(ANN, "one".into(), true, 0);
        lines.said(ANN, "two".into(), false, 5_000);
        lines.fade(STAYS);
        assert_eq!(texts(&lines), ["two"]);
        lines.said(ANN, "two, and more".into(), true, 12_000);
        lines.fade(13_000 + STAYS / 2);
        assert_eq!(texts(&lines), ["two, and more"]);
        lines.fade(12_000 + STAYS);
        assert_eq!(lines.lines, []);
    }
}
