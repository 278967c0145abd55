//! What waits for one WebSocket.
//!
//! **Invariant:** no more than [`limits::MAILBOX_BYTES`] wait; whoever reads too slowly for that is cut off and comes back to the log.

use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wire::limits;

/// What a letter costs besides its bytes, so that empty ones are not free.
const LETTER_BYTES: usize = 64;

/// In place of a count: the mailbox was full once, and that is the end of it.
const CUT_OFF: usize = usize::MAX / 2;

/// The core's end. Dropping it lets the reader finish what waits.
pub(crate) struct Mailbox {
    letters: UnboundedSender<Bytes>,
    waiting: Arc<AtomicUsize>,
}

/// The socket's end.
pub(crate) struct Letters {
    letters: UnboundedReceiver<Bytes>,
    waiting: Arc<AtomicUsize>,
}

/// The mailbox is full, or its reader is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undeliverable;

pub(crate) fn mailbox() -> (Mailbox, Letters) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Mailbox { letters: sender, waiting: Arc::clone(&waiting) }, Letters { letters: receiver, waiting })
}

impl Mailbox {
    /// Adds a letter. After an error the mailbox is of no more use.
    pub(crate) fn put(&self, letter: Bytes) -> Result<(), Undeliverable> {
        let cost = letter.len() + LETTER_BYTES;
        if self.waiting.fetch_add(cost, Ordering::Relaxed) + cost > limits::MAILBOX_BYTES {
            self.waiting.store(CUT_OFF, Ordering::Relaxed);
            return Err(Undeliverable);
        }
        self.letters.send(letter).map_err(|_| Undeliverable)
    }
}

impl Letters {
    /// The next letter; `None` when there will be no more, or the reader is cut off. It counts as waiting until
    /// [`Letters::delivered`].
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        let letter = self.letters.recv().await;
        letter.filter(|_| self.waiting.load(Ordering::Relaxed) < CUT_OFF / 2)
    }

    /// The letter has left.
    pub(crate) fn delivered(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes + LETTER_BYTES, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_fills_it_a_quick_one_never() {
        let big = Bytes::from(vec![0; limits::MESSAGE_BYTES]);
        let (mailbox, mut letters) = mailbox();
        for _ in 0..100 {
            mailbox.put(big.clone()).unwrap();
            assert!(letters.letters.try_recv().is_ok());
            letters.delivered(big.len());
        }
        let fitted = std::iter::from_fn(|| mailbox.put(big.clone()).ok()).count();
        assert_eq!(fitted, limits::MAILBOX_BYTES / (limits::MESSAGE_BYTES + LETTER_BYTES));
        letters.delivered(big.len());
        assert_eq!(mailbox.put(Bytes::new()), Err(Undeliverable), "once cut off, for good");
    }

    #[test]
    fn a_reader_that_is_gone_is_noticed() {
        let (mailbox, letters) = mailbox();
        drop(letters);
        assert_eq!(mailbox.put(Bytes::new()), Err(Undeliverable));
    }
}
