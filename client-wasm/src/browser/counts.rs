//! What a connection's statistics say of each stream that comes in, and of the way out.
//!
//! **Invariant:** a number that the browser does not give is zero or absent, never guessed.

use crate::model::{Measured, Taken};
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

/// One entry of an `RTCStatsReport`.
struct Entry(JsValue);

impl Entry {
    fn property(&self, name: &str) -> Option<JsValue> {
        Reflect::get(&self.0, &name.into()).ok()
    }

    fn text(&self, name: &str) -> String {
        self.property(name).and_then(|text| text.as_string()).unwrap_or_default()
    }

    fn number(&self, name: &str) -> f64 {
        self.property(name).and_then(|number| number.as_f64()).unwrap_or_default()
    }

    fn is(&self, name: &str) -> bool {
        self.property(name).is_some_and(|is| is.is_truthy())
    }
}

fn each(statistics: &JsValue, mut look: impl FnMut(&Entry)) {
    // The report has the methods of a map, and is none.
    statistics.unchecked_ref::<js_sys::Map>().for_each(&mut |one, _| look(&Entry(one)));
}

/// Reads what comes in and how from an `RTCStatsReport`.
pub(crate) fn measured(statistics: &JsValue) -> Measured {
    let (mut measured, mut pairs, mut ends, mut selected) = (Measured::default(), Vec::new(), Vec::new(), String::new());
    each(statistics, |one| match one.text("type").as_str() {
        "inbound-rtp" => {
            measured.pictures += one.number("framesDecoded");
            measured.packets += one.number("packetsReceived");
            measured.lost += one.number("packetsLost").max(0.0);
        }
        "transport" => selected = one.text("selectedCandidatePairId"),
        "candidate-pair" => {
            // Where no transport says which, Firefox says it of the pair.
            let in_use = one.is("selected") || one.is("nominated") && one.text("state") == "succeeded";
            pairs.push((one.text("id"), one.text("localCandidateId"), one.number("currentRoundTripTime"), in_use));
        }
        "local-candidate" => ends.push((one.text("id"), taken(one))),
        _ => {}
    });
    let pair = pairs.iter().find(|(id, ..)| *id == selected).or_else(|| pairs.iter().find(|(.., in_use)| *in_use));
    if let Some((_, local, round_trip, _)) = pair {
        measured.taken = ends.iter().find(|(id, _)| id == local).and_then(|(_, taken)| *taken);
        measured.round_trip = round_trip * 1_000.0;
    }
    measured
}

fn taken(local: &Entry) -> Option<Taken> {
    match (local.text("candidateType").as_str(), local.text("protocol").as_str()) {
        ("relay", _) => Some(Taken::Relay),
        (_, "udp") => Some(Taken::Udp),
        (_, "tcp") => Some(Taken::Tcp),
        _ => None,
    }
}

/// Reads an `RTCStatsReport`.
pub(crate) fn read(statistics: &JsValue) -> Counts {
    let mut counts = Counts::default();
    each(statistics, |one| match one.text("type").as_str() {
        "inbound-rtp" => counts.inbound.push(Inbound {
            mid: one.text("mid"),
            packets: one.number("packetsReceived"),
            samples: one.number("totalSamplesReceived"),
            concealed: (one.number("concealedSamples") - one.number("silentConcealedSamples")).max(0.0),
            frozen: one.number("totalFreezesDuration"),
        }),
        "remote-inbound-rtp" => counts.lost = counts.lost.max(one.number("fractionLost")),
        "candidate-pair" if one.is("nominated") => {
            counts.round_trip = counts.round_trip.max(one.number("currentRoundTripTime"));
        }
        _ => {}
    });
    counts
}
