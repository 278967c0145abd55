//! Errands between the cores.
//!
//! **Invariant:** they arrive in order. Media that another core is too slow for is lost; whatever else there is arrives, and there is no more
//! of it than WebSockets and half-second clocks bring in.

use crate::core::errand::Errand;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Bytes of media that may wait for one core: a quarter of a second of a gigabit.
const WAITING: usize = 32 << 20;

/// The way to one core.
#[derive(Clone)]
pub(crate) struct ErrandsTo {
    errands: UnboundedSender<(u8, Errand)>,
    waiting: Arc<AtomicUsize>,
}

/// What comes to a core.
pub(crate) struct ErrandsHere {
    errands: UnboundedReceiver<(u8, Errand)>,
    waiting: Arc<AtomicUsize>,
}

pub(crate) fn errands() -> (ErrandsTo, ErrandsHere) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (ErrandsTo { errands: sender, waiting: Arc::clone(&waiting) }, ErrandsHere { errands: receiver, waiting })
}

impl ErrandsTo {
    /// Core `from` sends an errand. False when it was lost.
    pub(crate) fn send(&self, from: u8, errand: Errand) -> bool {
        if let Some(bytes) = errand.media_bytes()
            && self.waiting.fetch_add(bytes, Ordering::Relaxed) > WAITING
        {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        // Fails only when the core's thread is gone, and then the program ends.
        self.errands.send((from, errand)).is_ok()
    }
}

impl ErrandsHere {
    /// The next, when there is one; `None` when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<(u8, Errand)> {
        let errand = self.errands.recv().await;
        self.taken(errand)
    }

    /// The next, if there is one.
    pub(crate) fn waiting(&mut self) -> Option<(u8, Errand)> {
        let errand = self.errands.try_recv().ok();
        self.taken(errand)
    }

    fn taken(&self, errand: Option<(u8, Errand)>) -> Option<(u8, Errand)> {
        if let Some(bytes) = errand.as_ref().and_then(|(_, errand)| errand.media_bytes()) {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        }
        errand
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::errand::tests::{media, word};

    #[test]
    fn media_is_lost_when_too_much_waits_and_words_are_not() {
        let (to, mut here) = errands();
        let most = WAITING / media(60_000).media_bytes().unwrap();
        let sent = (0..2 * most).take_while(|_| to.send(1, media(60_000))).count();
        assert!((most..=most + 1).contains(&sent), "{sent} of {most}");
        assert!(to.send(1, word()), "a word arrives whatever waits");
        assert!(!to.send(1, media(60_000)));
        let waited = std::iter::from_fn(|| here.waiting()).filter(|(from, _)| *from == 1).count();
        assert_eq!(waited, sent + 1);
        assert!(to.send(1, media(60_000)), "there is room again");
    }
}
