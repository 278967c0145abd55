//! A small window that stays on top of everything: the picture that matters, and what one needs most.
//!
//! Invariant: it opens only because the person asked, is made of the page's own elements and style sheets, and goes with the meeting.

use super::bar;
use super::shown::Shown;
use super::state::Meeting;
use super::tile::{Spot, tile};
use crate::browser::task;
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
};
use js_sys::{Function, Object, Promise, Reflect};
use leptos::{ev, task::spawn_local};
use std::any::Any;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, Window};

/// Size of the window at first, in CSS pixels; people make it what they like.
const SIZE: (f64, f64) = (384.0, 300.0);

/// Height of its buttons; the rest is picture.
const BUTTONS: f64 = 76.0;

/// What this browser can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A window of our own (Document Picture-in-Picture).
    Window,
    /// One picture, with the browser's buttons.
    Picture,
    /// Nothing for pages; it has a button of its own on every picture.
    Browser,
}

/// What this browser can do.
pub(crate) fn way() -> Way {
    let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED);
    match () {
        () if of(&browser::window(), "documentPictureInPicture").is_object() => Way::Window,
        () if of(&browser::document(), "pictureInPictureEnabled").is_truthy() => Way::Picture,
        () => Way::Browser,
    }
}

/// The window, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Apart {
    /// The height of its picture in CSS pixels.
    height: RwSignal<Option<f64>>,
    opened: StoredValue<Option<Opened>>,
}

/// An event of the window, and what listens to it.
type Listener = (&'static str, Closure<dyn Fn()>);

/// What is dropped when it closes.
struct Opened {
    window: Window,
    _view: Box<dyn Any>,
    listeners: [Listener; 2],
}

impl Apart {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { height: RwSignal::new(None), opened: StoredValue::new(None) }
    }

    /// Whether it is open.
    pub(crate) fn is_open(self) -> bool {
        self.height.get().is_some()
    }

    /// Closes it.
    pub(super) fn close(self) {
        self.height.set(None);
        if let Some(Opened { window, listeners, .. }) = self.opened.try_update_value(Option::take).flatten() {
            for (event, listener) in &listeners {
                let _ = window.remove_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
            }
            let _ = window.close();
        }
        let document = browser::document();
        if Reflect::get(&document, &"pictureInPictureElement".into()).is_ok_and(|lifted| lifted.is_object()) {
            let _ = call(&document, "exitPictureInPicture", &JsValue::UNDEFINED);
        }
    }
}

/// What it shows: the first of what is large, else who spoke last, else the first of the others, else oneself.
fn shown(meeting: Meeting) -> Option<Shown> {
    let large = meeting.people.with(|people| meeting.spotlight.large(people)).first().copied();
    let person = |member| Shown { member, screen: false };
    large.or_else(|| meeting.spotlight.leader().map(person)).or_else(|| {
        meeting.people.with(|people| people.iter().find(|one| !one.me).or(people.first()).map(|one| person(one.member)))
    })
}

/// The picture it shows and the height of its place, for the host.
pub(super) fn place(meeting: Meeting) -> Option<(Shown, f64)> {
    meeting.apart.height.get().and_then(|height| Some((shown(meeting)?, height)))
}

/// Opens it, or closes it. Only in answer to what the person pressed: browsers ask for that.
pub(crate) fn toggle(ui: Ui, meeting: Meeting) {
    if meeting.apart.height.get_untracked().is_some() {
        return meeting.apart.close();
    }
    match way() {
        Way::Window => open(ui, meeting),
        Way::Picture => lift(meeting),
        Way::Browser => {}
    }
}

fn call(object: &JsValue, name: &str, argument: &JsValue) -> Option<Promise> {
    let function: Function = Reflect::get(object, &name.into()).ok()?.dyn_into().ok()?;
    function.call1(object, argument).ok()?.dyn_into().ok()
}

fn open(ui: Ui, meeting: Meeting) {
    let options = Object::new();
    for (name, value) in [("width", SIZE.0), ("height", SIZE.1)] {
        // A plain object takes any property.
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let Ok(pip) = Reflect::get(&browser::window(), &"documentPictureInPicture".into()) else { return };
    let Some(promise) = call(&pip, "requestWindow", &options) else { return };
    spawn_local(async move {
        // The browser may refuse; then there is no window, and nothing else happens.
        if let Ok(window) = JsFuture::from(promise).await {
            furnish(ui, meeting, window.unchecked_into());
        }
    });
}

/// Puts our style sheets and our elements into the new window, which is another world: what comes from it is an instance of nothing here.
fn furnish(ui: Ui, meeting: Meeting, window: Window) {
    let apart = meeting.apart;
    let Some(document) = window.document() else { return };
    let (Some(own), Some(root)) = (browser::document().document_element(), document.document_element()) else { return };
    for name in ["lang", "dir", "data-theme"] {
        let _ = own.get_attribute(name).map(|value| root.set_attribute(name, &value));
    }
    document.set_title(&ui.say_now("apart", &[]));
    if let (Ok(sheets), Some(head)) = (browser::document().query_selector_all("link[rel=stylesheet]"), document.head()) {
        for sheet in (0..sheets.length()).filter_map(|at| sheets.item(at)) {
            let address = Reflect::get(&sheet, &"href".into()).ok().and_then(|address| address.as_string());
            let copy = document.create_element("link").ok();
            if let (Some(address), Some(copy)) = (address, copy) {
                let _ = copy.set_attribute("rel", "stylesheet");
                let _ = copy.set_attribute("href", &address);
                let _ = head.append_child(&copy);
            }
        }
    }
    let Some(body) = document.body() else { return };
    let view = leptos::mount::mount_to(body.unchecked_into::<HtmlElement>(), move || view(ui, meeting));
    let measure = {
        let window = window.clone();
        move || {
            let height = window.inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(SIZE.1);
            apart.height.set(Some((height - BUTTONS).max(1.0)));
        }
    };
    measure();
    let gone = task::callback(move || {
        // Not from within the listener that is dropped with the rest.
        browser::after(0, move || apart.close()).forget();
    });
    let resized = task::callback(measure);
    let listeners = [("pagehide", gone), ("resize", resized)];
    for (event, listener) in &listeners {
        let _ = window.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    }
    apart.opened.set_value(Some(Opened { window, _view: Box::new(view), listeners }));
}

fn view(ui: Ui, meeting: Meeting) -> AnyView {
    let now = Memo::new(move || shown(meeting));
    let (spot, stop) = (Memo::new(|| Spot::Row), Memo::new(|| None));
    let picture = move || now.get().map(|shown| tile(ui, meeting, shown, spot, stop));
    let leave = html::button()
        .attr("type", "button")
        .class("ctl ctl-leave")
        .aria_label(ui.t("leave"))
        .on(ev::click, move |_| ui.leave())
        .child((icon(Icon::Leave), html::span().child(ui.t("bar-leave"))));
    let buttons = html::div().class("apart-bar").role("group").aria_label(ui.t("controls")).child((
        bar::microphone(ui, meeting),
        bar::camera(ui, meeting),
        leave,
    ));
    html::main()
        .class("apart-window")
        .child((html::h1().class("sr").child(ui.t("apart")), html::div().class("apart-picture").child(picture), buttons))
        .into_any()
}

/// Where there are no windows of our own: the large picture alone, or the first one of somebody else.
fn lift(meeting: Meeting) {
    let videos = [".grid .large video:not([hidden])", ".grid .tile:not(.mirror) video:not([hidden])"];
    let video = videos.into_iter().find_map(|which| browser::document().query_selector(which).ok().flatten());
    let Some(video) = video else { return };
    // It says no to the browser's own button, because the tiles have ours.
    let _ = video.remove_attribute("disablepictureinpicture");
    let Some(promise) = call(&video, "requestPictureInPicture", &JsValue::UNDEFINED) else { return };
    spawn_local(async move {
        if JsFuture::from(promise).await.is_ok() {
            meeting.apart.height.set(Some(SIZE.1));
            when_back(&video, meeting);
        }
    });
}

/// The picture came back into the page.
fn when_back(video: &Element, meeting: Meeting) {
    let again = video.clone();
    let back = task::once(move || {
        let _ = again.set_attribute("disablepictureinpicture", "");
        meeting.apart.height.set(None);
    });
    let _ = video.add_event_listener_with_callback("leavepictureinpicture", back.unchecked_ref());
}
