//! Small parts that several pages use.
//!
//! Invariant: a button's words are its name; an icon never is.

use super::{
    app::Ui,
    i18n::Tongue,
    icons::{Icon, icon, mark},
};
use crate::ui::view::prelude::*;
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{HtmlMediaElement, MediaStream};

/// Keeps a `video` or `audio` element at a stream. The element is touched only when the stream is another one, because setting the
/// same stream again would make the picture blink.
pub(crate) fn plays(element: web_sys::Element, stream: impl Fn() -> Option<MediaStream> + 'static) {
    let media: HtmlMediaElement = element.unchecked_into();
    Effect::new(move || {
        let next = stream();
        if media.src_object() != next {
            media.set_src_object(next.as_ref());
            if next.is_some() {
                play(&media);
            }
        }
    });
}

/// Plays, if the browser lets it. Without `autoplay` allowed the person starts it by any click; a stream that takes its place interrupts
/// it. Neither is a fault, so nobody hears of it.
pub(crate) fn play(media: &HtmlMediaElement) {
    if let Ok(playing) = media.play() {
        leptos::task::spawn_local(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(playing).await;
        });
    }
}

/// A message that follows the language, or anything else that yields words.
pub(crate) trait Words: Fn() -> String + Send + Sync + Clone + 'static {}
impl<F: Fn() -> String + Send + Sync + Clone + 'static> Words for F {}

/// Where words may stand and none do.
pub(crate) const NO_WORDS: Option<fn() -> String> = None;

/// A square button that is an icon for the eye and words for everybody else; the words are its tooltip too.
pub(crate) fn icon_button(name: Icon, class: &'static str, words: impl Words, act: impl Fn() + 'static) -> AnyView {
    let tip = words.clone();
    html::button()
        .attr("type", "button")
        .class(class)
        .aria_label(words)
        .attr("data-tip", tip)
        .on(ev::click, move |_| act())
        .child(icon(name))
        .into_any()
}

/// A button with words, and an icon before them if given.
pub(crate) fn button(class: &'static str, name: Option<Icon>, words: impl Words, act: impl Fn() + 'static) -> AnyView {
    html::button().attr("type", "button").class(class).on(ev::click, move |_| act()).child((name.map(icon), words)).into_any()
}

/// A switch with words, and a line in small below them. It shows `on`, whatever was pressed.
pub(crate) fn switch(words: impl Words, small: Option<impl Words>, on: Signal<bool>, act: impl Fn(bool) + 'static) -> AnyView {
    let small = small.map(|small| (html::br(), html::span().class("small quiet").child(small)));
    let input =
        html::input().attr("type", "checkbox").role("switch").prop("checked", move || on.get()).on(ev::change, move |event| {
            act(event_target_checked(&event));
            // Until it is so, it is not shown.
            if let Some(input) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) {
                input.set_checked(on.get_untracked());
            }
        });
    html::label().class("switch").child((html::span().child((html::b().child(words), small)), input)).into_any()
}

/// Opens and closes a microphone, on a page that is not the meeting yet.
pub(crate) fn microphone_switch(ui: Ui, on: bool, act: impl Fn() + 'static) -> AnyView {
    let (class, sign, words) = match on {
        true => ("ib", Icon::Mic, "microphone-mute"),
        false => ("ib off", Icon::MicOff, "microphone-unmute"),
    };
    icon_button(sign, class, ui.t(words), act)
}

/// The same for a camera.
pub(crate) fn camera_switch(ui: Ui, on: bool, act: impl Fn() + 'static) -> AnyView {
    let (class, sign, words) = match on {
        true => ("ib", Icon::Camera, "camera-turn-off"),
        false => ("ib off", Icon::CameraOff, "camera-turn-on"),
    };
    icon_button(sign, class, ui.t(words), act)
}

/// One's own picture, as in a mirror.
pub(crate) fn mirror(ui: Ui, stream: impl Fn() -> Option<MediaStream> + Copy + 'static) -> AnyView {
    let video = html::video()
        .attr("autoplay", "")
        .attr("playsinline", "")
        .prop("muted", true)
        .directive(move |element| plays(element, stream));
    html::figure().class("tile mirror").aria_label(ui.t("preview-you")).child(video).into_any()
}

/// Words to be read aloud, numbered, in their own language.
pub(crate) fn word_list(ui: Ui, class: &'static str, words: Vec<String>, french: bool) -> AnyView {
    let word =
        |(at, word): (usize, String)| html::li().child((html::span().aria_hidden("true").child((at + 1).to_string()), word));
    let items = words.into_iter().enumerate().map(word).collect_view();
    html::ol().class(class).lang(if french { "fr" } else { "en" }).aria_label(ui.t("code-list")).child(items).into_any()
}

/// A line of explanation under a field.
pub(crate) fn hint(class: &'static str, name: Option<Icon>, words: impl Words) -> AnyView {
    html::p().class(class).child((name.map(icon), html::span().child(words))).into_any()
}

/// The head of every page outside the meeting: the mark, and the choice of language.
pub(crate) fn page_top(ui: Ui) -> AnyView {
    let brand = html::span().class("brand").child((mark(), html::span().child("incamera")));
    let choice = html::div()
        .class("push seg")
        .role("group")
        .aria_label(ui.t("language"))
        .child(Tongue::all().map(|tongue| language_button(ui, tongue)).collect_view());
    html::header().class("page-top").child((brand, choice)).into_any()
}

fn language_button(ui: Ui, tongue: Tongue) -> AnyView {
    html::button()
        .attr("type", "button")
        .lang(tongue.tag())
        .attr("aria-pressed", move || if ui.tongue.get() == tongue { "true" } else { "false" })
        .on(ev::click, move |_| ui.speak(tongue))
        .child((tongue.tag().to_uppercase(), html::span().class("sr").child(format!(" {}", tongue.locale().name))))
        .into_any()
}
