//! What a connection's statistics say of each stream that comes in, and of the way out.
//!
//! **Invariant:** a number that the browser does not give is zero or absent, never guessed.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

/// One incoming stream, since its section opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inbound {
    /// The section's name.
    pub(crate) mid: String,
    /// Packets received.
    pub(crate) packets: f64,
    /// Samples of sound played.
    pub(crate) samples: f64,
    /// Those of them that were made up although there was something to hear.
    pub(crate) concealed: f64,
    /// Seconds for which the picture stood still.
    pub(crate) frozen: f64,
}

/// A look at a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Every incoming stream that something came of.
    pub(crate) inbound: Vec<Inbound>,
    /// Share of our packets that the host missed lately, 0 to 1: the worst of our streams.
    pub(crate) lost: f64,
    /// Seconds to the host and back.
    pub(crate) round_trip: f64,
}

/// Reads an `RTCStatsReport`.
pub(crate) fn read(statistics: &JsValue) -> Counts {
    let mut counts = Counts::default();
    // The report has the methods of a map, and is none.
    statistics.unchecked_ref::<js_sys::Map>().for_each(&mut |one, _| {
        let property = |name: &str| Reflect::get(&one, &name.into()).ok();
        let text = |name: &str| property(name).and_then(|text| text.as_string()).unwrap_or_default();
        let number = |name: &str| property(name).and_then(|number| number.as_f64()).unwrap_or_default();
        match text("type").as_str() {
            "inbound-rtp" => counts.inbound.push(Inbound {
                mid: text("mid"),
                packets: number("packetsReceived"),
                samples: number("totalSamplesReceived"),
                concealed: (number("concealedSamples") - number("silentConcealedSamples")).max(0.0),
                frozen: number("totalFreezesDuration"),
            }),
            "remote-inbound-rtp" => counts.lost = counts.lost.max(number("fractionLost")),
            "candidate-pair" if property("nominated").is_some_and(|is| is.is_truthy()) => {
                counts.round_trip = counts.round_trip.max(number("currentRoundTripTime"));
            }
            _ => {}
        }
    });
    counts
}
