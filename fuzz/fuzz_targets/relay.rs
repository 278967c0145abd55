#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| incamera::relay::fuzz::relay(bytes));
