//! What the hosts of a machine's cores do for each other.
//!
//! **Invariant:** a room is kept on one core and a participant's media on one core ([`Spread`]); where the two differ, what the room wants of
//! the media goes as errands, in the order in which the room wanted it. Nobody waits for an answer.

use super::host::ConnectionId;
use super::media::{Media, OfferError, Seat};
use super::pipe::Word;
use super::spread::Spread;
use super::time::Time;
use std::collections::VecDeque;
use wire::{LayersWanted, Offer, ParticipantId, Subscription, Track};

/// Something for the host of another core.
pub struct Errand(pub(crate) Task);

/// Errands, and for which core each is.
pub(crate) type Errands = VecDeque<(u8, Errand)>;

pub(crate) enum Task {
    /// To where the media is: an offer came over this WebSocket.
    Offer { seat: Seat, connection: ConnectionId, offer: Offer },
    /// Back to the room: what came of it, and what the participant sends now.
    Answer { seat: Seat, connection: ConnectionId, answer: Result<String, OfferError>, tracks: Vec<Track> },
    /// To where the media is: sections show something else.
    Subscribe(Seat, Vec<Subscription>),
    /// To where the media is: the participant is gone.
    Close(Seat),
    /// To the room: its participant is to be told.
    LayersWanted(Seat, LayersWanted),
    /// From media to media.
    Media(Word),
}

impl core::fmt::Debug for Errand {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Errand")
    }
}

impl Errand {
    /// Bytes of media in it. Such an errand may be lost when the other core cannot follow, as a datagram would be; without media none may.
    pub fn media_bytes(&self) -> Option<usize> {
        match &self.0 {
            Task::Media(Word::Packets(batch)) => Some(batch.size()),
            _ => None,
        }
    }
}

/// The media of a room's participants, on whichever core it is.
pub(crate) struct AllMedia<'a> {
    /// That of this core.
    pub(crate) here: &'a mut Media,
    /// What goes to the others.
    pub(crate) errands: &'a mut Errands,
    /// Which core this is.
    pub(crate) spread: Spread,
}

impl AllMedia<'_> {
    /// [`Media::offer`], with what the participant sends then. `None`: the answer will come as [`Task::Answer`].
    pub(crate) fn offer(
        &mut self,
        now: Time,
        (seat, connection): (Seat, ConnectionId),
        offer: Offer,
    ) -> Option<(Result<String, OfferError>, Vec<Track>)> {
        let Some(core) = self.elsewhere(seat.participant) else {
            let answer = self.here.offer(now, seat, &offer);
            return Some((answer, self.here.tracks(seat)));
        };
        self.send(core, Task::Offer { seat, connection, offer });
        None
    }

    /// [`Media::subscribe`].
    pub(crate) fn subscribe(&mut self, now: Time, seat: Seat, wanted: Vec<Subscription>) {
        match self.elsewhere(seat.participant) {
            Some(core) => self.send(core, Task::Subscribe(seat, wanted)),
            None => self.here.subscribe(now, seat, &wanted),
        }
    }

    /// [`Media::close`].
    pub(crate) fn close(&mut self, now: Time, seat: Seat) {
        match self.elsewhere(seat.participant) {
            Some(core) => self.send(core, Task::Close(seat)),
            None => self.here.close(now, seat),
        }
    }

    fn send(&mut self, core: u8, task: Task) {
        self.errands.push_back((core, Errand(task)));
    }

    fn elsewhere(&self, participant: ParticipantId) -> Option<u8> {
        Some(self.spread.of_media(participant)).filter(|&core| core != self.spread.own())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::core::pipe::Batch;

    /// Media of so many bytes.
    pub(crate) fn media(bytes: usize) -> Errand {
        Errand(Task::Media(Word::Packets(Batch::of(bytes))))
    }

    /// Something that may not be lost.
    pub(crate) fn word() -> Errand {
        Errand(Task::Media(Word::Spent(Vec::new())))
    }
}
