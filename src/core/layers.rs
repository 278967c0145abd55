//! Which simulcast layer a receiver gets.
//!
//! **Invariant:** a receiver's picture changes layers only at a key frame of the new layer, and asks for none that is not being sent.

use wire::PixelHeight;

/// What is known of one layer of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayerState {
    /// Height in pixels.
    pub(crate) height: u16,
    /// Packets of it came within the last moments.
    pub(crate) alive: bool,
}

/// The layer for a place `wanted` pixels high: the smallest that fills it (a tenth less passes for filled), else the largest; then
/// `steps_down` smaller ones for a receiver whose path does not carry it. `None` when nothing is being sent, or nothing is wanted.
pub(crate) fn choose(layers: &[LayerState], wanted: PixelHeight, steps_down: u8) -> Option<u8> {
    if wanted.0 == 0 {
        return None;
    }
    let alive = || layers.iter().enumerate().filter(|(_, layer)| layer.alive);
    let fills = |layer: &LayerState| u32::from(layer.height) * 10 >= u32::from(wanted.0) * 9;
    let smallest_filling = alive().filter(|(_, layer)| fills(layer)).min_by_key(|(_, layer)| layer.height);
    let (mut index, mut found) = smallest_filling.or_else(|| alive().max_by_key(|(_, layer)| layer.height))?;
    for _ in 0..steps_down {
        let Some(next) = alive().filter(|(_, layer)| layer.height < found.height).max_by_key(|(_, layer)| layer.height) else {
            break;
        };
        (index, found) = next;
    }
    u8::try_from(index).ok()
}

/// Heights until key frames tell better ones: by position, lowest first, a camera of 720 lines as the clients ask for.
pub(crate) fn assumed_height(position: usize, count: usize) -> u16 {
    720u16 >> count.saturating_sub(position + 1).min(4)
}

/// What a section does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It belongs to the layer shown.
    Forward,
    /// From here on its layer is shown.
    Switch,
    /// Not for this receiver.
    Drop,
}

/// One section's position among the layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The layer shown.
    pub(crate) current: Option<u8>,
    /// The layer wanted.
    pub(crate) target: Option<u8>,
}

impl Position {
    /// True when a key frame of the target is awaited.
    pub(crate) fn waits(&self) -> bool {
        self.target.is_some() && self.target != self.current
    }

    /// What to do with a packet of `layer`; `may_begin` when a decoder can begin with it.
    pub(crate) fn admit(&mut self, layer: u8, may_begin: bool) -> Admission {
        if self.target.is_none() {
            return Admission::Drop;
        }
        if may_begin && self.target == Some(layer) && self.current != Some(layer) {
            self.current = Some(layer);
            return Admission::Switch;
        }
        if self.current == Some(layer) { Admission::Forward } else { Admission::Drop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layers(alive: [bool; 3]) -> Vec<LayerState> {
        [180, 360, 720].iter().zip(alive).map(|(&height, alive)| LayerState { height, alive }).collect()
    }

    #[test]
    fn the_smallest_layer_that_fills_the_place_is_chosen() {
        let all = layers([true; 3]);
        let chosen = |height| choose(&all, PixelHeight(height), 0);
        assert_eq!([1, 180, 199, 201, 400, 401, 2_000].map(chosen), [0, 0, 0, 1, 1, 2, 2].map(Some));
        assert_eq!(chosen(0), None);
    }

    #[test]
    fn a_layer_that_is_not_sent_is_not_chosen() {
        assert_eq!(choose(&layers([true, true, false]), PixelHeight(720), 0), Some(1));
        assert_eq!(choose(&layers([false, false, true]), PixelHeight(180), 0), Some(2));
        assert_eq!(choose(&layers([false; 3]), PixelHeight(180), 0), None);
    }

    #[test]
    fn a_poor_path_gets_the_next_smaller_ones() {
        let all = layers([true; 3]);
        assert_eq!([0, 1, 2, 9].map(|steps| choose(&all, PixelHeight(720), steps)), [2, 1, 0, 0].map(Some));
    }

    #[test]
    fn heights_are_assumed_from_the_top() {
        assert_eq!([0, 1, 2].map(|at| assumed_height(at, 3)), [180, 360, 720]);
        assert_eq!([0, 1].map(|at| assumed_height(at, 2)), [360, 720]);
        assert_eq!(assumed_height(0, 1), 720);
    }

    proptest! {
        #[test]
        fn the_picture_changes_only_at_key_frames(events in proptest::collection::vec((0u8..3, any::<bool>(), proptest::option::of(0u8..3)), 1..100)) {
            let mut position = Position::default();
            for (layer, key, target) in events {
                position.target = target;
                let before = position.current;
                match position.admit(layer, key) {
                    Admission::Switch => prop_assert!(key && target == Some(layer) && before != Some(layer)),
                    Admission::Forward => prop_assert!(before == Some(layer) && target.is_some()),
                    Admission::Drop => prop_assert_eq!(position.current, before),
                }
            }
        }
    }
}
