//! The tile of somebody's shared screen.
//!
//! Invariant: it is a `figure` named after whose screen it is, it shows the whole screen uncropped, and nothing that could not be
//! verified.

use super::shown::Shown;
use super::state::Meeting;
use super::tile::{Spot, is_silenced, silence_tag, stands};
use crate::model::{MemberId, Pictures};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon, small_icon},
    parts::plays,
};
use wire::Track;

/// What there is to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    /// The screen.
    Picture,
    /// It has not come yet.
    Coming,
    /// The person here wants no pictures.
    Spared,
    /// It cannot be verified.
    Veiled,
}

/// The tile of a member's screen; gone when it is no longer shared.
pub(super) fn screen_tile(ui: Ui, meeting: Meeting, member: MemberId, spot: Memo<Spot>, acts: AnyView) -> AnyView {
    let of = (member, Track::Screen);
    let there = move || meeting.streams.with(|streams| streams.contains_key(&of));
    let face = Memo::new(move || match () {
        () if meeting.veiled.with(|veiled| veiled.contains(&of)) => Face::Veiled,
        () if meeting.pictures.get() == Pictures::None => Face::Spared,
        () if there() => Face::Picture,
        () => Face::Coming,
    });
    let stream = move || {
        let shown = face.get() == Face::Picture;
        shown.then(|| meeting.streams.with(|streams| streams.get(&of).cloned())).flatten()
    };
    let video = html::video()
        .attr("autoplay", "")
        .attr("playsinline", "")
        .attr("disablepictureinpicture", "")
        .prop("muted", true)
        .directive(move |element| plays(element, stream))
        .attr("hidden", move || (face.get() != Face::Picture).then_some(""));
    let name = move || ui.say("screen-of", &[("name", meeting.name_of(ui, member).into())]);
    let shown = Shown { member, screen: true };
    let label = move || {
        let picture = match face.get() {
            Face::Picture | Face::Coming => None,
            Face::Spared => Some("tile-spared"),
            Face::Veiled => Some("tile-veiled"),
        };
        let sound = is_silenced(meeting, shown).then_some("tile-veiled-sound");
        let pinned = meeting.spotlight.is_pinned(shown).then_some("tile-pinned");
        let words = picture.into_iter().chain(sound).chain(pinned).map(|id| ui.say(id, &[]));
        std::iter::once(name()).chain(words).collect::<Vec<_>>().join(", ")
    };
    let tags = html::div().class("tile-top").aria_hidden("true").child(move || silence_tag(ui, meeting, shown));
    let class = move || {
        let veiled = if face.get() == Face::Veiled { " veiled" } else { "" };
        format!("tile contain{veiled}{}", spot.get().class())
    };
    let plate = html::figcaption().class("tile-name").child((small_icon(Icon::Screen), html::span().child(name)));
    html::figure()
        .class(class)
        .aria_label(label)
        .directive(move |element| stands(element, spot))
        .child((video, move || inner(ui, face.get()), tags, plate, acts))
        .into_any()
}

fn inner(ui: Ui, face: Face) -> Option<AnyView> {
    let words = |id| html::div().class("tile-in").child(html::p().class("tile-words").child(ui.t(id))).into_any();
    match face {
        Face::Picture => None,
        Face::Coming => Some(words("screen-coming")),
        Face::Spared => Some(words("tile-spared-body")),
        Face::Veiled => {
            let note = (icon(Icon::Veil), html::b().child(ui.t("tile-veiled-title")), html::p().child(ui.t("tile-veiled-body")));
            Some(html::div().class("tile-in").child(html::div().class("tile-note").child(note)).into_any())
        }
    }
}
