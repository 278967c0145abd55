//! Small parts that several pages use.
//!
//! Invariant: a button's words are its name; an icon never is.

use super::{
    app::Ui,
    i18n::Tongue,
    icons::{Icon, icon, mark},
};
use leptos::{ev, html, prelude::*};
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
                // Without `autoplay` allowed by the browser the person starts it by any click; the promise is of no use.
                let _ = media.play();
            }
        }
    });
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
        .child(Tongue::ALL.map(|tongue| language_button(ui, tongue)).into_iter().collect_view());
    html::header().class("page-top").child((brand, choice)).into_any()
}

fn language_button(ui: Ui, tongue: Tongue) -> AnyView {
    html::button()
        .attr("type", "button")
        .lang(tongue.tag())
        .attr("aria-pressed", move || if ui.tongue.get() == tongue { "true" } else { "false" })
        .on(ev::click, move |_| ui.tongue.set(tongue))
        .child((tongue.tag().to_uppercase(), html::span().class("sr").child(format!(" {}", tongue.own_name()))))
        .into_any()
}
