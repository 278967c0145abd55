//! Messages between page and workers as postcard bytes in a `Uint8Array`.
//!
//! **Invariant:** no copy of a message outlives its delivery: buffers are handed over, not cloned, and wiped after reading.

use js_sys::{Array, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroize;

/// A message as a buffer of its own, and the list that hands it over when posted.
pub(crate) fn packed(message: &impl Serialize) -> (Uint8Array, Array) {
    #[expect(clippy::expect_used, reason = "postcard fails only on types without a length; ours have one")]
    let mut bytes = postcard::to_allocvec(message).expect("a message has a length");
    let array = Uint8Array::from(bytes.as_slice());
    bytes.zeroize();
    let handed_over = Array::of1(&array.buffer());
    (array, handed_over)
}

/// Reads a message and wipes the buffer it came in. `None` for everything that is not a message of this type.
pub(crate) fn unpacked<T: DeserializeOwned>(data: &JsValue) -> Option<T> {
    let array: &Uint8Array = data.dyn_ref()?;
    let mut bytes = array.to_vec();
    array.fill(0, 0, array.length());
    let message = postcard::from_bytes(&bytes).ok();
    bytes.zeroize();
    message
}
