//! How much of what waits is taken before everything else gets a look.
//!
//! **Invariant:** what was taken is handed on: nothing leaves a queue but to be done.

/// Receive calls and commands between two looks at everything else.
pub(crate) const TURNS: usize = 32;

/// Hands `first` and what waits behind it to `each`, [`TURNS`] of them at most; the rest stays where it waits. False as soon as `each` says so.
pub(crate) fn turn<T>(first: T, mut waiting: impl FnMut() -> Option<T>, mut each: impl FnMut(T) -> bool) -> bool {
    let mut next = Some(first);
    for left in (0..TURNS).rev() {
        let Some(one) = next else { return true };
        if !each(one) {
            return false;
        }
        // Behind the last nothing is taken out: nobody would do it.
        next = if left > 0 { waiting() } else { None };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    #[test]
    fn nothing_that_waits_is_lost_however_much_there_is() {
        for count in [1, TURNS - 1, TURNS, TURNS + 1, 10 * TURNS + 7] {
            let (mut queue, mut done) = ((0..count).collect::<VecDeque<_>>(), Vec::new());
            let mut turns = 0;
            while let Some(first) = queue.pop_front() {
                assert!(turn(
                    first,
                    || queue.pop_front(),
                    |one| {
                        done.push(one);
                        true
                    }
                ));
                turns += 1;
            }
            assert_eq!((done, turns), ((0..count).collect(), count.div_ceil(TURNS)));
        }
    }

    #[test]
    fn a_stop_is_a_stop() {
        let mut queue: VecDeque<u8> = (1..9).collect();
        assert!(!turn(0, || queue.pop_front(), |one| one < 3));
        assert_eq!(queue.len(), 5);
    }
}
