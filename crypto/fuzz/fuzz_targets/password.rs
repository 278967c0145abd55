//! What people type as a password, judged while they type.
#![no_main]

use crypto::password::CommonPasswords;
use crypto::strength::{Budget, estimate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: (&str, &str)| {
    assert!(estimate(typed.0, &[typed.1], Budget::USUAL, &CommonPasswords::built_in()).one_in >= 1);
});
