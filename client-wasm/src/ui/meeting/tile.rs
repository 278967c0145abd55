//! One person's tile.
//!
//! Invariant: it is a `figure` whose name begins with the person's name, it always holds the `video`, and the `video` shows nothing
//! that could not be verified.

use super::open::Menu;
use super::reach;
use super::screen_tile::screen_tile;
use super::shown::Shown;
use super::sound::bars;
use super::state::{Meeting, shown_name};
use super::together;
use crate::fraction::px;
use crate::model::{Doubt, MemberId, Person, Pictures};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon, small_icon},
    layout::Rect,
    parts::plays,
};
use leptos::ev;
use wasm_bindgen::JsCast;
use wire::Track;

/// What a tile shows beside the name, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    /// The picture cannot be verified.
    Veiled,
    /// The connection is lost.
    Away,
    /// On the way in.
    Joining,
    /// No picture: the niche with the initials.
    Niche,
    /// The same because the person here wants no pictures.
    Spared,
    /// The picture.
    Picture,
}

/// Where a tile stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spot {
    /// Among those of one size.
    Row,
    /// Large, here.
    Large(Rect),
    /// Small, in the corner, over the others.
    Corner,
}

impl Spot {
    /// Its class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Row => "",
            Self::Large(_) => " large",
            Self::Corner => " corner",
        }
    }
}

/// A member's tile, or that of their screen; gone with them. Tab stops at one tile only.
pub(super) fn tile(ui: Ui, meeting: Meeting, shown: Shown, spot: Memo<Spot>, stop: Memo<Option<Shown>>) -> AnyView {
    let acts = acts(ui, meeting, shown, spot, stop);
    if shown.screen {
        screen_tile(ui, meeting, shown.member, spot, acts)
    } else {
        person_tile(ui, meeting, shown.member, spot, acts)
    }
}

/// Keeps a large tile in its place.
pub(super) fn stands(element: web_sys::Element, spot: Memo<Spot>) {
    Effect::new(move || {
        let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() else { return };
        if let Spot::Large(place) = spot.get() {
            for (name, value) in [("--x", place.x), ("--y", place.y), ("--w", place.width), ("--h", place.height)] {
                // A property of ours and a number: cannot fail.
                let _ = element.style().set_property(name, &px(value));
            }
        }
    });
}

/// The button that makes a tile large, or gives the place back, and the one that opens all there is to do.
fn acts(ui: Ui, meeting: Meeting, shown: Shown, spot: Memo<Spot>, stop: Memo<Option<Shown>>) -> AnyView {
    let pinned = Memo::new(move || meeting.spotlight.is_pinned(shown));
    let what = move || {
        let name = meeting.name_of(ui, shown.member);
        if shown.screen { ui.say("screen-of", &[("name", name.into())]) } else { name }
    };
    let name = move || ui.say(if pinned.get() { "tile-unpin" } else { "tile-pin" }, &[("name", what().into())]);
    let hidden = move || match spot.get() {
        Spot::Large(_) => !pinned.get(),
        Spot::Row => false,
        Spot::Corner => true,
    };
    let pin = html::button()
        .attr("type", "button")
        .class("ib pin")
        .aria_label(name)
        .attr("tabindex", "-1")
        .attr("aria-pressed", move || if pinned.get() { "true" } else { "false" })
        .attr("hidden", move || hidden().then_some(""))
        .on(ev::click, move |_| meeting.spotlight.pin(shown, !pinned.get_untracked()))
        .child(icon(Icon::Pin));
    let open = move || meeting.menu.get().is_some_and(|(menu, _)| menu == Menu::Tile(shown));
    let more = html::button()
        .attr("type", "button")
        .class(format!("ib {}", reach::STOP))
        .aria_label(move || ui.say("tile-menu", &[("name", what().into())]))
        .attr("aria-haspopup", "menu")
        .attr("aria-expanded", move || if open() { "true" } else { "false" })
        .attr("tabindex", move || if stop.get() == Some(shown) { "0" } else { "-1" })
        .on(ev::focus, move |_| meeting.views.stop.set(Some(shown)))
        .on(ev::click, move |_| meeting.open_menu(Menu::Tile(shown)))
        .child(icon(Icon::More));
    html::div().class("tile-acts").child((pin, more)).into_any()
}

fn person_tile(ui: Ui, meeting: Meeting, member: MemberId, spot: Memo<Spot>, acts: AnyView) -> AnyView {
    let person = Memo::new(move || meeting.people.with(|people| people.iter().find(|person| person.member == member).cloned()));
    let me = person.with_untracked(|person| person.as_ref().is_some_and(|person| person.me));
    let face = Memo::new(move || person.with(|person| person.as_ref().map_or(Face::Niche, |person| face(meeting, person))));
    let speaking = Memo::new(move || meeting.speaking.with(|speaking| speaking.contains(&member)));
    let class = move || {
        let state = match face.get() {
            Face::Veiled => " veiled",
            Face::Away => " faded",
            Face::Picture if me && meeting.views.mirrored.get() => " mirror",
            Face::Picture => "",
            Face::Niche | Face::Spared | Face::Joining => of_member(member, &NICHE_GROUNDS),
        };
        let ring = if speaking.get() && face.get() != Face::Veiled { " speaking" } else { "" };
        format!("tile{state}{ring}{}", spot.get().class())
    };
    let label =
        move || person.with(|person| person.as_ref().map(|person| label(ui, meeting, person, face.get(), speaking.get())));
    html::figure()
        .class(class)
        .aria_label(label)
        .directive(move |element| stands(element, spot))
        .child((
            video(meeting, member, face),
            move || inner(ui, person, face.get(), niche(member)),
            tags(ui, meeting, person),
            name_plate(ui, person),
            together::floating(meeting, member),
            acts,
        ))
        .into_any()
}

const NICHE_GROUNDS: [&str; 6] = [" tile-n1", " tile-n2", " tile-n3", " tile-n4", " tile-n5", " tile-n6"];
const NICHES: [&str; 6] = ["niche n1", "niche n2", "niche n3", "niche n4", "niche n5", "niche n6"];

/// The arch of a member, as a class.
pub(super) fn niche(member: MemberId) -> &'static str {
    of_member(member, &NICHES)
}

/// Which of the six belongs to a member: random, like the id.
fn of_member(member: MemberId, six: &[&'static str; 6]) -> &'static str {
    six.get(usize::from(member.0[0]) % six.len()).copied().unwrap_or_default()
}

fn face(meeting: Meeting, person: &Person) -> Face {
    let of = (person.member, Track::Camera);
    let veiled = meeting.veiled.with(|veiled| veiled.contains(&of));
    let picture = person.camera && meeting.streams.with(|streams| streams.contains_key(&of));
    match () {
        () if veiled && person.camera => Face::Veiled,
        () if !person.connected && !person.me => Face::Away,
        () if person.joining && !person.me => Face::Joining,
        () if person.camera && !person.me && meeting.pictures.get() == Pictures::None => Face::Spared,
        () if picture => Face::Picture,
        () => Face::Niche,
    }
}

/// The element that plays; hidden while there is nothing to show, or nothing that may be shown.
fn video(meeting: Meeting, member: MemberId, face: Memo<Face>) -> AnyView {
    let stream = move || {
        let shown = matches!(face.get(), Face::Picture | Face::Away);
        shown.then(|| meeting.streams.with(|streams| streams.get(&(member, Track::Camera)).cloned())).flatten()
    };
    html::video()
        .attr("autoplay", "")
        .attr("playsinline", "")
        .attr("disablepictureinpicture", "")
        .prop("muted", true)
        .directive(move |element| plays(element, stream))
        .attr("hidden", move || (!matches!(face.get(), Face::Picture | Face::Away)).then_some(""))
        .into_any()
}

/// What stands in the middle when there is no picture.
fn inner(ui: Ui, person: Memo<Option<Person>>, face: Face, arch: &'static str) -> Option<AnyView> {
    let name = person.with(|person| person.as_ref().map(|person| person.name.clone()).unwrap_or_default());
    let shown = shown_name(ui, &name);
    let in_niche = |words: AnyView| {
        let arch = html::span().class(arch).aria_hidden("true").child(initials(&name));
        html::div().class("tile-in").child(html::div().class("tile-stack").child((arch, words))).into_any()
    };
    match face {
        Face::Picture => None,
        Face::Niche => Some(in_niche(().into_any())),
        Face::Spared => Some(in_niche(html::p().class("tile-words").child(ui.t("tile-spared-body")).into_any())),
        Face::Joining => {
            Some(in_niche(html::p().class("tile-words").child(ui.say("tile-joining-body", &[("name", shown.into())])).into_any()))
        }
        Face::Away => {
            let words = html::p().class("tile-words plate").child(ui.say("tile-away-body", &[("name", shown.into())]));
            Some(html::div().class("tile-in").child(words).into_any())
        }
        Face::Veiled => {
            let note = (icon(Icon::Veil), html::b().child(ui.t("tile-veiled-title")), html::p().child(ui.t("tile-veiled-body")));
            Some(html::div().class("tile-in").child(html::div().class("tile-note").child(note)).into_any())
        }
    }
}

/// Yellow, above: what asks for attention.
fn tags(ui: Ui, meeting: Meeting, person: Memo<Option<Person>>) -> AnyView {
    let unverified = move || {
        let unknown = person.with(|person| person.as_ref().is_some_and(|person| meeting.is_unverified(person)));
        unknown.then(|| tag(Icon::Info, ui.t("tag-not-verified")))
    };
    let doubted = move || {
        let of = person.with(|person| person.as_ref().and_then(|person| Some((person.doubt?, shown_name(ui, &person.name)))));
        of.map(|(doubt, name)| {
            tag(Icon::Warn, move || match doubt {
                Doubt::Forged => ui.say("tag-forged", &[("name", name.as_str().into())]),
                Doubt::Unvouched => ui.say("tag-unvouched", &[]),
            })
        })
    };
    let no_sound = move || {
        let member = person.with(|person| person.as_ref().map(|person| person.member));
        member.and_then(|member| silence_tag(ui, meeting, Shown { member, screen: false }))
    };
    let reach = move || {
        person.with(|person| {
            let person = person.as_ref()?;
            let reach = meeting.reach(person);
            let words = reach.words(ui, &shown_name(ui, &person.name)).filter(|_| reach.is_news() && !person.me)?;
            Some(html::span().class("tag").child((bars(ui, reach), html::span().class("tag-text").child(words))))
        })
    };
    html::div()
        .class("tile-top")
        .aria_hidden("true")
        .child((together::badge(meeting, person), doubted, unverified, no_sound, reach))
        .into_any()
}

/// Says that the sound that comes with a tile is silenced.
pub(super) fn silence_tag(ui: Ui, meeting: Meeting, shown: Shown) -> Option<AnyView> {
    is_silenced(meeting, shown).then(|| tag(Icon::Veil, ui.t("tile-veiled-sound")))
}

/// The sound that comes with a tile cannot be verified: of a person, their own or what they pass on of others.
pub(super) fn is_silenced(meeting: Meeting, shown: Shown) -> bool {
    meeting.veiled.with(|veiled| shown.sound().iter().any(|track| veiled.contains(&(shown.member, *track))))
}

fn tag(sign: Icon, words: impl crate::ui::parts::Words) -> AnyView {
    html::span().class("tag").child((icon(sign), html::span().class("tag-text").child(words))).into_any()
}

/// Name, and the slashed microphone.
fn name_plate(ui: Ui, person: Memo<Option<Person>>) -> AnyView {
    let muted = move || person.with(|person| person.as_ref().is_some_and(|person| !person.microphone && !person.joining));
    let sign = move || muted().then(|| small_icon(Icon::MicOff));
    let name = move || {
        person.with(|person| match person {
            Some(person) if person.me => ui.t("you")(),
            Some(person) => shown_name(ui, &person.name),
            None => String::new(),
        })
    };
    html::figcaption().class("tile-name").child((sign, html::span().child(name))).into_any()
}

/// The name, then everything that the tile shows by signs.
fn label(ui: Ui, meeting: Meeting, person: &Person, face: Face, speaking: bool) -> String {
    let name = shown_name(ui, &person.name);
    let mut parts = vec![if person.me { ui.say("tile-me", &[("name", name.into())]) } else { name }];
    if let Some(place) = meeting.together.place_of(person.member) {
        parts.push(ui.say("tile-hand", &[("place", place.into())]));
    }
    let mut add = |there: bool, id: &'static str| {
        if there {
            parts.push(ui.say(id, &[]));
        }
    };
    add(person.doubt == Some(Doubt::Forged), "tile-forged");
    add(person.doubt == Some(Doubt::Unvouched), "tile-unvouched");
    add(speaking && face != Face::Veiled, "tile-speaking");
    add(face == Face::Joining, "tile-joining");
    add(face == Face::Away, "tile-away");
    add(face == Face::Spared, "tile-spared");
    add(face == Face::Veiled, "tile-veiled");
    add(is_silenced(meeting, Shown { member: person.member, screen: false }), "tile-veiled-sound");
    add(!person.microphone && face != Face::Joining, "tile-microphone-off");
    add(!person.camera && face != Face::Joining, "tile-camera-off");
    add(meeting.is_unverified(person), "tile-not-verified");
    add(meeting.spotlight.is_pinned(Shown { member: person.member, screen: false }), "tile-pinned");
    let reach = meeting.reach(person);
    if reach.is_news() && !person.me {
        parts.extend(reach.words(ui, &shown_name(ui, &person.name)));
    }
    parts.join(", ")
}

/// One or two letters of a name, for the arch.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if letters.is_empty() { "·".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Nora Lindqvist"), "NL");
        assert_eq!(initials("Jean-Luc de la Tour"), "JT");
        assert_eq!(initials("élodie"), "É");
        assert_eq!(initials(" "), "·");
    }
}
