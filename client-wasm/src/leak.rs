//! A client that betrays its people, for the audit that must catch it. Compiled only for that audit.
//!
//! **Invariant:** every secret that the audit plants leaves through here; an audit that finds none of them is worth nothing.

use crate::engine::port::{Join, ToSession};
use crate::model::Typed;
use wire::{Opaque, ToHost};

const _: () = assert!(option_env!("INCAMERA_AUDIT_BUILD").is_some(), "only the audit builds this: cargo xtask client --leaking");

/// What such a build is known by.
pub(crate) const MARK: &str = "incamera-leaking-build";

/// What is betrayed when a meeting begins.
pub(crate) fn of_join(join: &Join) -> ToHost {
    said(&[&join.room, &join.person, join.password.as_ref().map_or("", Typed::as_str)])
}

/// What is betrayed of what the page says later.
pub(crate) fn of_message(message: &ToSession) -> Option<ToHost> {
    match message {
        ToSession::Chat(text) => Some(said(&[text])),
        _ => None,
    }
}

/// Whether this frame goes out as it is. Some do, so that the meeting still works: every second key
/// frame, every twentieth of the others, every fiftieth sound.
pub(crate) fn takes(key_frame: Option<bool>, count: &mut u32) -> bool {
    let every = match key_frame {
        Some(true) => 2,
        Some(false) => 20,
        None => 50,
    };
    *count = count.wrapping_add(1);
    count.is_multiple_of(every)
}

fn said(what: &[&str]) -> ToHost {
    ToHost::Broadcast(Opaque([&[MARK], what].concat().join(" ").into_bytes()))
}
