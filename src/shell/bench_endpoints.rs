//! `POST /whip/<room>/<n>` and `POST /whep/<room>`: a way in for independent load clients, so that the host can be measured from outside and
//! beside others (benches/README.md says how to start it).
//!
//! **Invariant:** compiled only under the cargo feature `bench-endpoints`, which no release has: whoever can reach the page could send and
//! receive here without being a member. Behind the door everything is as for a meeting: the same [`Media`], by the same two calls
//! (an offer, a subscription) that a room makes.
//!
//! Sections of a receiver are filled in order: its i-th audio section has the i-th audio track of the room, its i-th video section the i-th
//! video track, ordered by the publishers' numbers. Tracks for which no section is left are not sent; sections that are left wait for later
//! publishers.

use super::bench_offer::{Reading, publications};
use super::cores::Cores;
use crate::core::Time;
use crate::core::media::{Media, OfferError, Seat};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use wire::{Mid, Offer, ParticipantId, PixelHeight, RoomId, Subscription, Track};

/// What a program carries that has these endpoints. `cargo xtask` refuses to serve or pack a host in which it finds this.
pub(crate) const MARK: &str = "incamera-bench-endpoints";

/// Receivers want the largest layer.
const HEIGHT: PixelHeight = PixelHeight(4_320);

/// Who is connected by way of these endpoints. Touched by the threads that the rooms live on.
#[derive(Clone)]
struct Bench {
    cores: Cores,
    rooms: Arc<Mutex<HashMap<RoomId, Gathering>>>,
}

/// One room.
#[derive(Default)]
struct Gathering {
    publishers: BTreeMap<u64, Seat>,
    receivers: BTreeMap<u64, Receiver>,
    next: u64,
}

struct Receiver {
    seat: Seat,
    sections: Vec<Place>,
}

/// A receiving section and what is in it.
struct Place {
    mid: Mid,
    audio: bool,
    shows: Option<(ParticipantId, Track)>,
}

/// The endpoints, as routes.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(cores: Cores) -> Router<S> {
    tracing::warn!("{MARK}: anybody who reaches this host can send and receive. For measurements only");
    Router::new()
        .route("/whip/{room}/{number}", post(publish).delete(unpublish))
        .route("/whep/{room}", post(receive))
        .route("/whep/{room}/{number}", delete(leave))
        .with_state(Bench { cores, rooms: Arc::default() })
}

async fn publish(State(bench): State<Bench>, Path((room, number)): Path<(String, u64)>, body: String) -> Response {
    let Some(Reading { sdp, sections }) = Reading::of(&body, "sendonly", "recvonly") else { return unreadable() };
    let offer = Offer { sdp, publications: publications(&sections) };
    let location = format!("/whip/{room}/{number}");
    let seat = Seat { room: room_id(&room), participant: participant(b'p', number) };
    let answer = bench.with(seat.room, move |gathering, media, now| {
        // Whoever had this number is another connection.
        media.close(seat);
        gathering.publishers.remove(&number);
        let answer = media.offer(now, seat, &offer);
        if answer.is_ok() {
            gathering.publishers.insert(number, seat);
        }
        gathering.fill(media, now);
        answer
    });
    answered(answer.await, &location)
}

async fn receive(State(bench): State<Bench>, Path(room): Path<String>, body: String) -> Response {
    let Some(Reading { sdp, sections }) = Reading::of(&body, "recvonly", "sendonly") else { return unreadable() };
    let offer = Offer { sdp, publications: Vec::new() };
    let id = room_id(&room);
    let answer = bench.with(id, move |gathering, media, now| {
        let number = gathering.next;
        let seat = Seat { room: id, participant: participant(b'r', number) };
        let answer = media.offer(now, seat, &offer)?;
        gathering.next += 1;
        let sections = sections.into_iter().map(|(mid, audio)| Place { mid, audio, shows: None }).collect();
        gathering.receivers.insert(number, Receiver { seat, sections });
        gathering.fill(media, now);
        Ok((answer, number))
    });
    match answer.await {
        Some(Ok((answer, number))) => answered(Some(Ok(answer)), &format!("/whep/{room}/{number}")),
        Some(Err(error)) => answered(Some(Err(error)), ""),
        None => answered(None, ""),
    }
}

async fn unpublish(State(bench): State<Bench>, Path((room, number)): Path<(String, u64)>) -> StatusCode {
    let gone = bench.with(room_id(&room), move |gathering, media, now| {
        let seat = gathering.publishers.remove(&number)?;
        media.close(seat);
        gathering.fill(media, now);
        Some(())
    });
    ended(gone.await)
}

async fn leave(State(bench): State<Bench>, Path((room, number)): Path<(String, u64)>) -> StatusCode {
    let gone = bench.with(room_id(&room), move |gathering, media, _| {
        let receiver = gathering.receivers.remove(&number)?;
        media.close(receiver.seat);
        Some(())
    });
    ended(gone.await)
}

fn ended(gone: Option<Option<()>>) -> StatusCode {
    gone.flatten().map_or(StatusCode::NOT_FOUND, |()| StatusCode::OK)
}

fn answered(answer: Option<Result<String, OfferError>>, location: &str) -> Response {
    match answer {
        Some(Ok(sdp)) => {
            let headers = [(header::CONTENT_TYPE, "application/sdp"), (header::LOCATION, location)];
            (StatusCode::CREATED, headers, sdp).into_response()
        }
        Some(Err(OfferError::Full)) | None => (StatusCode::SERVICE_UNAVAILABLE, "The host is full or ends.\n").into_response(),
        Some(Err(error)) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

fn unreadable() -> Response {
    (StatusCode::BAD_REQUEST, "An offer has media sections (m=audio, m=video).\n").into_response()
}

impl Bench {
    /// Does something where the room lives. `None` when the core is gone.
    async fn with<T: Send + 'static>(
        &self,
        room: RoomId,
        step: impl FnOnce(&mut Gathering, &mut Media, Time) -> T + Send + 'static,
    ) -> Option<T> {
        let rooms = Arc::clone(&self.rooms);
        let step = move |media: &mut Media, now: Time| {
            let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
            step(rooms.entry(room).or_default(), media, now)
        };
        self.cores.core(self.cores.of(room))?.with_media(step).await
    }
}

impl Gathering {
    /// Gives every receiving section the track it should have.
    fn fill(&mut self, media: &mut Media, now: Time) {
        let publishers = self.publishers.values();
        let tracks = publishers.flat_map(|seat| media.tracks(*seat).into_iter().map(|track| (seat.participant, track)));
        let (audio, video): (Vec<_>, Vec<_>) = tracks.partition(|(_, track)| track.is_audio());
        for receiver in self.receivers.values_mut() {
            let (mut audio, mut video) = (audio.iter().copied(), video.iter().copied());
            let mut changes = Vec::new();
            for place in &mut receiver.sections {
                let shows = if place.audio { audio.next() } else { video.next() };
                if place.shows != shows {
                    place.shows = shows;
                    changes.push(Subscription { mid: place.mid.clone(), source: shows, height: HEIGHT });
                }
            }
            media.subscribe(now, receiver.seat, &changes);
        }
    }
}

/// The name of a room is whatever stands in the path.
fn room_id(name: &str) -> RoomId {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("{MARK}/{name}").as_bytes());
    let mut id = [0; 16];
    id.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    RoomId(id)
}

/// A publisher (`p`) or receiver (`r`) of that number.
fn participant(kind: u8, number: u64) -> ParticipantId {
    let mut id = [kind; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    ParticipantId(id)
}
