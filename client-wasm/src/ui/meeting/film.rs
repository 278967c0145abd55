//! A video or sound file played to everybody: chosen, played, stopped.
//!
//! Invariant: who shares it hears and sees what the others do, works it by the browser's own player, and it ends by itself.

use super::state::Meeting;
use crate::engine::film::Film;
use crate::model::{MediaCommand, MeetingCommand};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::Icon,
    parts::{button, play},
};
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, File, HtmlInputElement, HtmlVideoElement, Url};

/// The file that was chosen, as an address of this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    address: String,
    name: String,
}

const INPUT: &str = "share-file";

/// Has the person choose a file; from within a click.
pub(super) fn choose() {
    if let Some(input) = browser::document().get_element_by_id(INPUT).and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
    {
        // The same file may be chosen again.
        input.set_value("");
        input.click();
    }
}

/// The hidden field behind [`choose`], and the player while a file is shared.
pub(super) fn film(ui: Ui, meeting: Meeting) -> AnyView {
    let input = html::input()
        .attr("type", "file")
        .id(INPUT)
        .attr("accept", "video/*,audio/*")
        .attr("hidden", "")
        .aria_label(ui.t("film-choose"))
        .on(ev::change, move |event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            if let Some(file) = input.and_then(|input| input.files()).and_then(|files| files.get(0)) {
                open(meeting, &file);
            }
        });
    (input, move || meeting.film.get().map(|chosen| player(ui, meeting, chosen))).into_any()
}

fn open(meeting: Meeting, file: &File) {
    if let Ok(address) = Url::create_object_url_with_blob(file) {
        meeting.share_screen(false);
        meeting.film.set(Some(Chosen { address, name: file.name() }));
    }
}

fn player(ui: Ui, meeting: Meeting, Chosen { address, name }: Chosen) -> AnyView {
    let playing = StoredValue::new(None::<Film>);
    let begin = {
        let name = name.clone();
        move |element: &HtmlVideoElement| {
            let speaker = ui.preview.speaker.get_untracked().unwrap_or_default();
            if playing.with_value(Option::is_some) {
                return;
            }
            match Film::of(element, &name, &speaker) {
                Ok(film) => {
                    meeting.command(MeetingCommand::Media(MediaCommand::ShareFilm(film.stream())));
                    playing.set_value(Some(film));
                    play(element);
                }
                Err(_) => refuse(meeting),
            }
        }
    };
    let video = html::video()
        .attr("controls", "")
        .attr("playsinline", "")
        .attr("disablepictureinpicture", "")
        .attr("controlslist", "nodownload noplaybackrate noremoteplayback")
        .aria_label(name.clone())
        .attr("src", address.clone())
        .on(ev::loadedmetadata, move |event| {
            if let Some(element) = event.target().and_then(|target| target.dyn_into::<HtmlVideoElement>().ok()) {
                begin(&element);
            }
        })
        .on(ev::error, move |_| refuse(meeting))
        .on(ev::ended, move |_| meeting.share_screen(false))
        .directive(focus);
    on_cleanup(move || {
        playing.set_value(None);
        let _ = Url::revoke_object_url(&address);
    });
    let stop = button("btn btn-primary", Some(Icon::ScreenOff), ui.t("film-stop"), move || meeting.share_screen(false));
    let head = html::div().class("player-head").child((html::b().class("grow").child(name), stop));
    html::section().class("player").aria_label(ui.t("film-player")).child((video, head)).into_any()
}

fn focus(element: Element) {
    browser::after(0, move || {
        if let Some(element) = element.dyn_ref::<HtmlVideoElement>() {
            let _ = element.focus();
        }
    })
    .forget();
}

/// This browser cannot play it.
fn refuse(meeting: Meeting) {
    meeting.film.set(None);
    meeting.share_screen(false);
    meeting.notices.film_refused();
}
