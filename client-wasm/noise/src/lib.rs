//! Takes noise out of a voice (RNNoise: Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", 2018), as a
//! WebAssembly module of its own for an `AudioWorklet` (decision 0043).
//!
//! **Invariant:** what goes in comes out [`DELAY`] samples later, as many samples as went in, whatever size the blocks have; a sample that is no
//! number counts as silence, so that it spoils nothing after it.
//!
//! Nothing is imported and no glue is needed: the worklet asks where the samples stand ([`samples`]), writes there, calls [`filter`], and
//! reads there. It is 48 kHz, one channel, -1 to 1.

use frames::{FRAME, Frames};
use nnnoiseless::DenoiseState;
use std::cell::RefCell;

mod frames;

/// Samples from input to output: one frame is gathered, one overlaps the next. 20 ms.
pub const DELAY: usize = 2 * FRAME;

/// Samples in a block at most. Browsers hand over 128 at a time (Web Audio API, render quantum).
pub const BLOCK: usize = 128;

/// What full scale is for RNNoise: it was trained on samples of 16 bits.
const FULL_SCALE: f32 = 32_767.0;

/// One voice.
pub struct Filter {
    frames: Frames,
    state: Box<DenoiseState<'static>>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { frames: Frames::default(), state: DenoiseState::new() }
    }
}

impl Filter {
    /// Replaces samples by filtered ones of [`DELAY`] earlier.
    pub fn pass(&mut self, samples: &mut [f32]) {
        let state = &mut self.state;
        self.frames.pass(samples, |frame, filtered| {
            for sample in frame.iter_mut() {
                *sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) * FULL_SCALE } else { 0.0 };
            }
            state.process_frame(filtered, frame);
            for sample in filtered.iter_mut() {
                *sample = (*sample / FULL_SCALE).clamp(-1.0, 1.0);
            }
        });
    }
}

struct Worklet {
    filter: Filter,
    samples: Box<[f32; BLOCK]>,
}

thread_local! {
    static WORKLET: RefCell<Worklet> = RefCell::new(Worklet { filter: Filter::default(), samples: Box::new([0.0; BLOCK]) });
}

/// Where the [`BLOCK`] samples stand that [`filter`] works on. To be asked before the memory is looked at: the first call makes the filter.
#[expect(unsafe_code, reason = "a name in the module's exports; nothing else has it")]
#[unsafe(no_mangle)]
pub extern "C" fn samples() -> *const f32 {
    WORKLET.with_borrow(|worklet| worklet.samples.as_ptr())
}

/// Replaces the first `count` samples by filtered ones.
#[expect(unsafe_code, reason = "a name in the module's exports; nothing else has it")]
#[unsafe(no_mangle)]
pub extern "C" fn filter(count: usize) {
    WORKLET.with_borrow_mut(|Worklet { filter, samples }| filter.pass(&mut samples[..count.min(BLOCK)]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    const RATE: usize = 48_000;

    /// xorshift, -1 to 1.
    fn noise(state: &mut u32) -> f32 {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *state as f32 / u32::MAX as f32 * 2.0 - 1.0
    }

    /// A second of a vowel, a second of nothing, and so on: harmonics of a voice around 120 Hz.
    fn vowel(at: usize) -> f32 {
        let time = (at % (2 * RATE)) as f32 / RATE as f32;
        let loud = (time / 0.05).min((1.0 - time) / 0.05).clamp(0.0, 1.0) * (0.55 + 0.45 * (TAU * 4.0 * time).sin());
        let phase = TAU * (120.0 * time + 2.0 * (TAU * 0.7 * time).sin());
        (1..=30u8).map(|n| (phase * f32::from(n)).sin() / f32::from(n)).sum::<f32>() * loud * 0.15
    }

    fn power(samples: &[f32]) -> f32 {
        samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
    }

    fn passed(samples: &[f32]) -> Vec<f32> {
        let mut filter = Filter::default();
        let mut out = samples.to_vec();
        out.chunks_mut(BLOCK).for_each(|block| filter.pass(block));
        out
    }

    #[test]
    fn noise_falls_by_twenty_decibels_and_the_voice_stays() {
        let mut state = 1;
        let noisy: Vec<f32> = (0..12 * RATE).map(|at| vowel(at) + 0.01 * noise(&mut state)).collect();
        let filtered = passed(&noisy);
        // The last second and the one before it, without their edges.
        let decibels = |from: f32, to: f32| {
            let of = |samples: &[f32], delay: usize| {
                power(&samples[(from * RATE as f32) as usize + delay..(to * RATE as f32) as usize + delay])
            };
            10.0 * (of(&filtered, DELAY) / of(&noisy, 0)).log10()
        };
        let (voice, pause) = (decibels(10.1, 10.9), decibels(11.4, 11.9));
        assert!(pause < -20.0, "{pause} dB of noise");
        assert!(voice.abs() < 3.0, "{voice} dB of voice");
    }

    #[test]
    fn silence_stays_silence_and_what_is_no_number_spoils_nothing() {
        assert!(passed(&[0.0; 4_800]).iter().all(|sample| *sample == 0.0));
        let mut spoilt: Vec<f32> = (0..RATE).map(vowel).collect();
        spoilt[1_000] = f32::NAN;
        spoilt[1_001] = f32::INFINITY;
        let filtered = passed(&spoilt);
        assert!(filtered.iter().all(|sample| sample.abs() <= 1.0));
        assert!(power(&filtered[RATE / 2..]) > 0.1 * power(&spoilt[RATE / 2..]));
    }

    #[test]
    fn the_worklets_way_in_is_the_same() {
        assert_eq!(samples(), samples());
        filter(BLOCK);
        filter(usize::MAX);
        assert!(WORKLET.with_borrow(|worklet| worklet.samples.iter().all(|sample| *sample == 0.0)));
    }
}
