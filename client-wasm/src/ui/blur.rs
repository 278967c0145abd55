//! The switch for a blurred background, beside the choice of camera.
//!
//! Invariant: it stands only where the camera can do both, and shows what the camera does, whoever changed it.

use super::{app::Ui, parts::switch};
use crate::engine::{blur, devices};
use crate::ui::view::prelude::*;
use leptos::task::spawn_local;
use web_sys::{MediaStream, MediaStreamTrack};

/// The switch for the camera in this stream, or nothing.
pub(super) fn blur_switch(ui: Ui, stream: impl Fn() -> Option<MediaStream> + 'static) -> impl Fn() -> Option<AnyView> + Send {
    let state = RwSignal::new(None::<bool>);
    let camera = StoredValue::new(None::<(MediaStreamTrack, blur::Watch)>);
    let look = move || {
        let now = camera.try_with_value(|camera| camera.as_ref().and_then(|(camera, _)| blur::state(camera))).flatten();
        state.set(now);
    };
    Effect::new(move || {
        let found = stream().and_then(|stream| devices::tracks(&stream).find(|track| track.kind() == "video"));
        camera.set_value(found.map(|found| {
            let watch = blur::Watch::new(&found, look);
            (found, watch)
        }));
        look();
    });
    let there = Memo::new(move || state.get().is_some());
    let turn = move |on: bool| {
        let Some(camera) = camera.with_value(|camera| camera.as_ref().map(|(camera, _)| Clone::clone(camera))) else { return };
        let pictures = ui.meeting.pictures.get_untracked();
        spawn_local(async move {
            blur::blur(camera, on, pictures).await;
            look();
        });
    };
    move || {
        there
            .get()
            .then(|| switch(ui.t("blur"), Some(ui.t("blur-hint")), Signal::derive(move || state.get() == Some(true)), turn))
    }
}
