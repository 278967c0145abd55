//! What people type, paste or open as a link.
#![no_main]

use crypto::name::{MAX_NAME_BYTES, RoomName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    if let Some(name) = RoomName::normalise(typed) {
        assert!(name.as_str().len() <= MAX_NAME_BYTES);
        assert!(RoomName::normalise(name.as_str()).as_ref() == Some(&name));
        let suffixed = name.with_suffix([7; 32]);
        assert!(suffixed.is_drawn());
        assert!(RoomName::normalise(suffixed.as_str()) == Some(suffixed));
    }
});
