//! Who hears whom, and where it fails why.
//!
//! Invariant: what is broken is said in words beside whom it concerns, the gravest first; a sign of three bars never stands without words,
//! and none of it is spoken by itself: it comes and goes with the network.

use super::state::Meeting;
use crate::engine::outputs;
use crate::model::{Arrival, Flow, MediaCommand, MediaEvent, MemberId, Noise, Person, Trouble};
use crate::ui::view::prelude::*;
use crate::ui::{announce::Happening, app::Ui, portal::watch_devices};
use crypto::sorted::SortedMap;
use leptos::{svg, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlMediaElement, MediaStream};
use wire::Track;

/// What is known of hearing and being heard.
#[derive(Clone, Copy)]
pub(crate) struct Sound {
    /// How what the others send comes.
    arrivals: RwSignal<SortedMap<MemberId, Arrival>>,
    /// Our own way is weak.
    pub(crate) weak: RwSignal<bool>,
    /// The browser plays nothing until somebody clicks.
    pub(crate) held_back: RwSignal<bool>,
    /// How loud our microphone is, 0 to 100, while somebody looks.
    pub(crate) level: RwSignal<u8>,
}

impl Sound {
    pub(super) fn new() -> Self {
        Self {
            arrivals: RwSignal::new(SortedMap::new()),
            weak: RwSignal::new(false),
            held_back: RwSignal::new(false),
            level: RwSignal::new(0),
        }
    }

    pub(super) fn clear(self) {
        self.arrivals.update(SortedMap::clear);
        self.weak.set(false);
        self.held_back.set(false);
        self.level.set(0);
    }
}

/// The gravest of what stands between a person and us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Their connection is lost.
    Away,
    /// What comes as their voice cannot be verified, so nothing is played.
    Veiled,
    /// Their microphone gives nothing, and they did not choose that.
    Broken(Trouble),
    /// Their microphone is open, and nothing comes.
    Nothing,
    /// Our browser plays nothing yet.
    HeldBack,
    /// Their voice comes with gaps; whose way is weak, if that is known: theirs (true) or ours.
    Gaps(Option<bool>),
    /// Their way is weak; one notices it at the picture.
    Weak,
    /// Their picture comes with gaps; whether our way is weak.
    PictureGaps(bool),
    /// All is well, or there is nothing to hear because they chose so.
    Well,
}

/// What is known around one person.
#[derive(Clone, Copy, Debug, Default)]
struct Around {
    arrival: Arrival,
    /// Their sound is silenced.
    veiled: bool,
    /// Our browser plays nothing.
    held_back: bool,
    /// Our own way is weak.
    weak: bool,
}

impl Reach {
    fn of(person: &Person, around: Around) -> Self {
        let gaps = || if person.weak { Some(true) } else { around.weak.then_some(false) };
        match () {
            () if person.joining => Self::Well,
            () if !person.connected => Self::Away,
            () if around.veiled => Self::Veiled,
            () if person.trouble == Some(Trouble::Silent) && person.microphone => Self::Broken(Trouble::Silent),
            () if person.microphone && around.arrival.sound == Flow::Nothing => Self::Nothing,
            () if person.microphone && around.held_back => Self::HeldBack,
            () if person.microphone && around.arrival.sound == Flow::Gaps => Self::Gaps(gaps()),
            () if person.weak => Self::Weak,
            () if person.camera && around.arrival.picture == Flow::Gaps => Self::PictureGaps(around.weak),
            () => match person.trouble {
                Some(trouble) if trouble != Trouble::Silent && !person.microphone => Self::Broken(trouble),
                _ => Self::Well,
            },
        }
    }

    /// How many of three bars stand.
    fn bars(self) -> u8 {
        match self {
            Self::Away | Self::Nothing => 0,
            Self::Gaps(_) => 1,
            Self::Weak | Self::PictureGaps(_) => 2,
            Self::Veiled | Self::Broken(_) | Self::HeldBack | Self::Well => 3,
        }
    }

    /// Whether it is worth a sign on the tile: what passes and what somebody can do something about.
    pub(super) fn is_news(self) -> bool {
        !matches!(self, Self::Away | Self::Veiled | Self::Well)
            && !matches!(self, Self::Broken(Trouble::NotAllowed | Trouble::NotFound | Trouble::Busy))
    }

    /// The message that says it; `None` where nothing is to be said.
    fn message(self) -> Option<&'static str> {
        Some(match self {
            Self::Well => return None,
            Self::Away => "person-away",
            Self::Veiled => "reach-veiled",
            Self::Broken(Trouble::NotAllowed) => "reach-not-allowed",
            Self::Broken(Trouble::NotFound) => "reach-none",
            Self::Broken(Trouble::Busy) => "reach-busy",
            Self::Broken(Trouble::Silent) => "reach-silent",
            Self::Nothing => "reach-nothing",
            Self::HeldBack => "reach-held-back",
            Self::Gaps(None) => "reach-gaps",
            Self::Gaps(Some(true)) => "reach-gaps-weak",
            Self::Gaps(Some(false)) => "reach-gaps-you",
            Self::Weak => "reach-weak",
            Self::PictureGaps(false) => "reach-picture",
            Self::PictureGaps(true) => "reach-picture-you",
        })
    }

    /// The words, about somebody of this name.
    pub(super) fn words(self, ui: Ui, name: &str) -> Option<String> {
        self.message().map(|id| ui.say(id, &[("name", name.into())]))
    }
}

impl Meeting {
    /// What stands between this person and us, for views.
    pub(super) fn reach(self, person: &Person) -> Reach {
        if person.me {
            return if self.sound.weak.get() { Reach::Weak } else { Reach::Well };
        }
        let arrival = self.sound.arrivals.with(|all| all.get(&person.member).copied()).unwrap_or_default();
        let veiled = self.veiled.with(|veiled| veiled.contains(&(person.member, Track::Audio)));
        let (held_back, weak) = (self.sound.held_back.get(), self.sound.weak.get());
        Reach::of(person, Around { arrival, veiled, held_back, weak })
    }

    /// Takes in what the engine tells of sound and devices.
    pub(super) fn media(self, ui: Ui, event: MediaEvent) {
        match event {
            MediaEvent::Arrivals(arrivals) => self.sound.arrivals.set(arrivals),
            MediaEvent::Weak(weak) => self.sound.weak.set(weak),
            MediaEvent::Level(level) => self.sound.level.set(level),
            MediaEvent::Silent(silent) => {
                self.notices.silent(silent);
                if silent {
                    self.speak(ui, "own-silent");
                }
            }
            MediaEvent::SpeaksClosed if self.myself().is_some_and(|me| !me.may_speak) => {}
            MediaEvent::SpeaksClosed => {
                self.notices.speaks_closed();
                self.speak(ui, "own-closed");
            }
            MediaEvent::Unfiltered => {
                ui.preview.sound.update(|wishes| wishes.noise = Noise::Browser);
                self.notices.unfiltered();
                self.speak(ui, "unfiltered");
            }
            MediaEvent::Switched { label, .. } => {
                self.speak(ui, "switched-microphone");
                self.notices.switched(label);
            }
        }
    }

    fn speak(self, ui: Ui, id: &'static str) {
        ui.speech.politely(ui, Happening::Sentence(ui.say_now(id, &[])), self.count());
    }

    /// Plays what the browser held back; from within a click.
    pub(super) fn play_all(self) {
        let Ok(found) = crate::ui::browser::document().query_selector_all("audio") else { return };
        let media = (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<HtmlMediaElement>().ok());
        self.sound.held_back.set(false);
        media.for_each(|media| self.start(&media));
    }

    fn start(self, media: &HtmlMediaElement) {
        let Ok(playing) = media.play() else { return };
        spawn_local(async move {
            let refused = JsFuture::from(playing).await.err();
            if refused.is_some_and(|error| name_of(&error) == "NotAllowedError") {
                self.sound.held_back.set(true);
            }
        });
    }

    /// Follows what is plugged in and out, for as long as the caller's owner lives.
    pub(super) fn follow_devices(self, ui: Ui) {
        watch_devices(ui.preview);
        ui.preview.list_devices();
        Effect::new(move || {
            let gone = ui.preview.outputs.with(|all| {
                let chosen = ui.preview.speaker.get_untracked();
                chosen.is_some_and(|chosen| !all.is_empty() && !all.iter().any(|device| device.id == chosen))
            });
            if gone {
                ui.preview.speaker.set(None);
                self.notices.speaker_gone();
                self.speak(ui, "speaker-gone");
            }
        });
    }

    /// Looks at the microphone's level for as long as the caller's owner lives.
    pub(crate) fn watch_level(self) {
        self.command(crate::model::MeetingCommand::Media(MediaCommand::Level(true)));
        on_cleanup(move || self.command(crate::model::MeetingCommand::Media(MediaCommand::Level(false))));
    }
}

fn name_of(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}

/// Keeps an `audio` element at a stream and at the loudspeaker that was chosen.
pub(super) fn plays_sound(ui: Ui, meeting: Meeting, element: Element, stream: impl Fn() -> Option<MediaStream> + 'static) {
    let media: HtmlMediaElement = element.unchecked_into();
    let pointed = media.clone();
    Effect::new(move || {
        let next = stream();
        if media.src_object() != next {
            media.set_src_object(next.as_ref());
            if next.is_some() {
                meeting.start(&media);
            }
        }
    });
    Effect::new(move || {
        let speaker = ui.preview.speaker.get();
        if let Some(pointing) = outputs::point(&pointed, speaker.as_deref().unwrap_or_default()) {
            spawn_local(async move {
                if pointing.await.is_err() && speaker.is_some() {
                    // It is gone, or no longer allowed: better any loudspeaker than none.
                    ui.preview.speaker.set(None);
                }
            });
        }
    });
}

/// Three bars, of which so many stand, and what that means.
pub(super) fn bars(ui: Ui, reach: Reach) -> AnyView {
    let standing = reach.bars();
    let words = match standing {
        0 => "bars-none",
        1 => "bars-weak",
        2 => "bars-fair",
        _ => "bars-good",
    };
    let bar = |at: u8| {
        let (x, y) = (f64::from(at).mul_add(6.0, 1.0), 20.0 - 5.5 * f64::from(at));
        svg::path().attr("class", if at <= standing { "stands" } else { "" }).attr("d", format!("M{x} 20.5V{y}"))
    };
    let drawing = svg::svg()
        .attr("class", "bars i i-s")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .child((1..=3).map(bar).collect_view());
    html::span().class("bars-sign").child((drawing, html::span().class("sr").child(ui.t(words)))).into_any()
}

#[cfg(test)]
mod tests {
    use super::super::shown::tests::person;
    use super::*;

    fn around(sound: Flow) -> Around {
        Around { arrival: Arrival { sound, ..Arrival::default() }, ..Around::default() }
    }

    #[test]
    fn the_gravest_is_said_first() {
        let mut ann = person(1, false);
        ann.weak = true;
        let gaps = Around { held_back: true, veiled: true, ..around(Flow::Gaps) };
        assert_eq!(Reach::of(&ann, gaps), Reach::Veiled);
        assert_eq!(Reach::of(&ann, Around { veiled: false, ..gaps }), Reach::HeldBack);
        assert_eq!(Reach::of(&ann, around(Flow::Nothing)), Reach::Nothing);
        assert_eq!(Reach::of(&ann, around(Flow::Gaps)), Reach::Gaps(Some(true)));
        assert_eq!(Reach::of(&ann, around(Flow::Well)), Reach::Weak);
        ann.connected = false;
        assert_eq!(Reach::of(&ann, gaps), Reach::Away);
    }

    #[test]
    fn who_chose_to_be_silent_is_not_missed() {
        let mut ann = person(1, false);
        ann.microphone = false;
        assert_eq!(Reach::of(&ann, Around { held_back: true, ..around(Flow::Nothing) }), Reach::Well);
        ann.trouble = Some(Trouble::NotAllowed);
        assert_eq!(Reach::of(&ann, around(Flow::Nothing)), Reach::Broken(Trouble::NotAllowed));
        assert!(!Reach::Broken(Trouble::NotAllowed).is_news() && Reach::Broken(Trouble::Silent).is_news());
    }

    #[test]
    fn gaps_are_ours_where_our_way_is_weak_and_nobodys_where_nothing_is_known() {
        let ann = person(1, false);
        assert_eq!(Reach::of(&ann, around(Flow::Gaps)), Reach::Gaps(None));
        assert_eq!(Reach::of(&ann, Around { weak: true, ..around(Flow::Gaps) }), Reach::Gaps(Some(false)));
    }

    #[test]
    fn fewer_bars_stand_the_graver_it_is() {
        let all = [Reach::Nothing, Reach::Gaps(None), Reach::Weak, Reach::Well];
        assert_eq!(all.map(Reach::bars), [0, 1, 2, 3]);
    }
}
