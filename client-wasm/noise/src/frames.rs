//! Blocks of any size become frames, and blocks again.
//!
//! **Invariant:** as many samples come out as go in, in order, [`FRAME`] later.

/// Samples that are worked on together: 10 ms at 48 kHz, as RNNoise has it.
pub(crate) const FRAME: usize = 480;

/// What waits for its frame to be whole, and what is done and has not left.
pub(crate) struct Frames {
    waiting: Box<[f32; FRAME]>,
    done: Box<[f32; FRAME]>,
    /// Place in both: what is before it in `waiting` has come, what is before it in `done` has left.
    at: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self { waiting: Box::new([0.0; FRAME]), done: Box::new([0.0; FRAME]), at: 0 }
    }
}

impl Frames {
    /// Replaces each sample by the one of [`FRAME`] earlier. `work` is called for every whole frame, and writes what becomes of it.
    pub(crate) fn pass(&mut self, samples: &mut [f32], mut work: impl FnMut(&mut [f32; FRAME], &mut [f32; FRAME])) {
        for sample in samples {
            std::mem::swap(&mut self.waiting[self.at], sample);
            *sample = self.done[self.at];
            self.at += 1;
            if self.at == FRAME {
                work(&mut self.waiting, &mut self.done);
                self.at = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_one_frame_later_whatever_the_size_of_blocks() {
        for size in [1, 7, 128, 479, 480, 481, 2_000] {
            let mut frames = Frames::default();
            let mut count = 0;
            let mut samples: Vec<f32> = (1..=4_000u16).map(f32::from).collect();
            for block in samples.chunks_mut(size) {
                frames.pass(block, |frame, out| {
                    count += 1;
                    out.copy_from_slice(frame);
                });
            }
            let expected = std::iter::repeat_n(0.0, FRAME).chain((1..=4_000u16).map(f32::from)).take(4_000);
            assert!(samples.into_iter().eq(expected), "blocks of {size}");
            assert_eq!(count, 4_000 / FRAME, "blocks of {size}");
        }
    }
}
