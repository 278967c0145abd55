//! What a WebSocket message costs whoever sends it.
//!
//! **Invariant:** it goes by the work and the memory that the message makes, not by what it says.

use wire::ToHost;

/// How many messages a message counts for, by the work it makes: a signature to check, a log to send, a description to read.
pub(crate) fn price(message: &ToHost) -> usize {
    match message {
        ToHost::Enter(_) => 30,
        ToHost::Fetch(_) => 20,
        ToHost::Offer(_) => 10,
        _ => 1,
    }
}

/// How many bytes of a message the host may have to hold or hand on.
pub(crate) fn weight(message: &ToHost) -> usize {
    match message {
        ToHost::Knock(body) | ToHost::Relay { body, .. } | ToHost::Broadcast(body) => body.len(),
        ToHost::Commit(submission) => submission.commit.len() + 16 * (submission.admit.len() + submission.evict.len()),
        ToHost::Offer(offer) => offer.sdp.len(),
        ToHost::Subscribe(subscriptions) => 64 * subscriptions.len(),
        ToHost::Enter(_) | ToHost::Create(_) | ToHost::Fetch(_) | ToHost::Leave | ToHost::Alive => 0,
    }
}
