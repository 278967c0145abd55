//! Bytes of the port between the two workers.
#![no_main]

use crypto::frames::EpochKeys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(keys) = EpochKeys::from_bytes(bytes) {
        assert_eq!(&keys.to_bytes()[..], bytes);
    }
});
