//! How the rest of the shell speaks to a core's thread.
//!
//! **Invariant:** whoever speaks waits only for a place among the commands, never for the core's work, unless it asks for an answer.

use super::super::clock;
use super::super::mailbox::Mailbox;
use super::super::sight::desk::Snapshot;
#[cfg(test)]
use super::COMMANDS;
use super::{Command, Core, Luggage};
#[cfg(feature = "bench-endpoints")]
use crate::core::Time;
use crate::core::host::ConnectionId;
use crate::core::media::Ceiling;
use tokio::sync::oneshot;
use wire::{DecodeError, Refusal, ToHost};

impl Core {
    /// A WebSocket opened, and its letters go there.
    pub(crate) async fn open(&self, id: ConnectionId, mailbox: Mailbox) {
        self.tell(Command::Open(id, mailbox)).await;
    }

    /// Takes a WebSocket out, to be brought to another core. `None` when it is gone or has a seat here.
    pub(crate) async fn depart(&self, id: ConnectionId) -> Option<Luggage> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Depart(id, answer)).await;
        answered.await.ok().flatten()
    }

    /// Brings a WebSocket from another core.
    pub(crate) async fn arrive(&self, id: ConnectionId, luggage: Luggage) {
        self.tell(Command::Arrive(id, luggage)).await;
    }

    /// A WebSocket message came, or bytes that are none.
    pub(crate) async fn received(&self, id: ConnectionId, message: Result<ToHost, DecodeError>) {
        let command = match message {
            Ok(message) => Command::Message(id, message, clock::now()),
            Err(error) => Command::Unreadable(id, error),
        };
        self.tell(command).await;
    }

    /// A WebSocket asked for more than it may.
    pub(crate) async fn turned_away(&self, id: ConnectionId, why: Refusal) {
        self.tell(Command::TurnedAway(id, why)).await;
    }

    /// What each receiver may be sent at most.
    pub(crate) async fn limit(&self, ceiling: Ceiling) {
        self.tell(Command::Limit(ceiling)).await;
    }

    /// A WebSocket is gone.
    pub(crate) async fn closed(&self, id: ConnectionId) {
        self.tell(Command::Closed(id)).await;
    }

    /// Its commands lie unread.
    #[cfg(test)]
    pub(crate) fn deaf() -> Self {
        let (commands, unread) = tokio::sync::mpsc::channel(COMMANDS);
        std::mem::forget(unread);
        Self { commands }
    }

    /// What it has counted. `None` when the core is gone.
    pub(crate) async fn count(&self) -> Option<Snapshot> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Count(answer)).await;
        answered.await.ok()
    }

    /// Ends the core and closes every mailbox.
    pub(crate) async fn stop(&self) {
        self.tell(Command::Stop).await;
    }

    /// Does something with the media where they live. `None` when the core is gone.
    #[cfg(feature = "bench-endpoints")]
    pub(crate) async fn with_media<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut crate::core::media::Media, Time) -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        self.tell(Command::Media(Box::new(move |media, now| drop(done.send(step(media, now)))))).await;
        result.await.ok()
    }

    async fn tell(&self, command: Command) {
        // Fails only when the core's thread is gone, and then there is nobody to tell.
        let _ = self.commands.send(command).await;
    }
}
