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
use crate::core::spread::Spread;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::Mutex;
use wire::{Mid, Offer, ParticipantId, PixelHeight, RoomId, Subscription, Track};

/// What a program carries that has these endpoints. `cargo xtask` refuses to serve or pack a host in which it finds this.
pub(crate) const MARK: &str = "incamera-bench-endpoints";

/// Receivers want the largest layer.
const HEIGHT: PixelHeight = PixelHeight(4_320);

/// Who is connected by way of these endpoints.
#[derive(Clone)]
struct Bench {
    cores: Cores,
    rooms: Arc<Mutex<HashMap<RoomId, Gathering>>>,
}

/// One room. Its people are spread over the cores as those of a meeting are.
#[derive(Default)]
struct Gathering {
    publishers: BTreeMap<u64, Publisher>,
    receivers: BTreeMap<u64, Receiver>,
    next: u64,
}

struct Publisher {
    seat: Seat,
    tracks: Vec<Track>,
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
    let mut rooms = bench.rooms.lock().await;
    let (room, gathering) = gathering(&mut rooms, &room);
    // Whoever had this number is another connection.
    if let Some(before) = gathering.publishers.remove(&number) {
        bench.close(before.seat).await;
    }
    let seat = gathering.seat(bench.cores.spread(), room, (b'p', number));
    let step = move |media: &mut Media, now| (media.offer(now, seat, &offer), media.tracks(seat));
    let Some((answer, tracks)) = bench.with(seat, step).await else { return answered(None, "") };
    if answer.is_ok() {
        gathering.publishers.insert(number, Publisher { seat, tracks });
    }
    bench.fill(gathering).await;
    answered(Some(answer), &location)
}

async fn receive(State(bench): State<Bench>, Path(room): Path<String>, body: String) -> Response {
    let Some(Reading { sdp, sections }) = Reading::of(&body, "recvonly", "sendonly") else { return unreadable() };
    let offer = Offer { sdp, publications: Vec::new() };
    let mut rooms = bench.rooms.lock().await;
    let (id, gathering) = gathering(&mut rooms, &room);
    let number = gathering.next;
    let seat = gathering.seat(bench.cores.spread(), id, (b'r', number));
    let answer = bench.with(seat, move |media, now| media.offer(now, seat, &offer)).await;
    if let Some(Ok(_)) = answer {
        gathering.next += 1;
        let sections = sections.into_iter().map(|(mid, audio)| Place { mid, audio, shows: None }).collect();
        gathering.receivers.insert(number, Receiver { seat, sections });
        bench.fill(gathering).await;
    }
    answered(answer, &format!("/whep/{room}/{number}"))
}

async fn unpublish(State(bench): State<Bench>, Path((room, number)): Path<(String, u64)>) -> StatusCode {
    let mut rooms = bench.rooms.lock().await;
    let (_, gathering) = gathering(&mut rooms, &room);
    let Some(gone) = gathering.publishers.remove(&number) else { return StatusCode::NOT_FOUND };
    bench.close(gone.seat).await;
    bench.fill(gathering).await;
    StatusCode::OK
}

async fn leave(State(bench): State<Bench>, Path((room, number)): Path<(String, u64)>) -> StatusCode {
    let mut rooms = bench.rooms.lock().await;
    let (_, gathering) = gathering(&mut rooms, &room);
    let Some(gone) = gathering.receivers.remove(&number) else { return StatusCode::NOT_FOUND };
    bench.close(gone.seat).await;
    StatusCode::OK
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
    /// Does something where a seat's media is. `None` when that core is gone.
    async fn with<T: Send + 'static>(&self, seat: Seat, step: impl FnOnce(&mut Media, Time) -> T + Send + 'static) -> Option<T> {
        let core = self.cores.spread().of_media(seat.participant);
        self.cores.core(core.into())?.with_media(step).await
    }

    async fn close(&self, seat: Seat) {
        self.with(seat, move |media, now| media.close(now, seat)).await;
    }

    /// Gives every receiving section the track it should have.
    async fn fill(&self, gathering: &mut Gathering) {
        for (seat, changes) in gathering.changes() {
            self.with(seat, move |media, now| media.subscribe(now, seat, &changes)).await;
        }
    }
}

impl Gathering {
    /// The seat of a newcomer.
    fn seat(&self, spread: Spread, room: RoomId, (kind, number): (u8, u64)) -> Seat {
        let seated = self.publishers.values().map(|publisher| publisher.seat);
        let seated = seated.chain(self.receivers.values().map(|receiver| receiver.seat));
        let core = spread.for_newcomer(room, seated.map(|seat| seat.participant));
        Seat { room, participant: spread.named(name(kind, number), core) }
    }

    /// The sections that have to show something else than before.
    fn changes(&mut self) -> Vec<(Seat, Vec<Subscription>)> {
        let tracks = self.publishers.values().flat_map(|Publisher { seat, tracks }| {
            let participant = seat.participant;
            tracks.iter().map(move |&track| (participant, track))
        });
        let (audio, video): (Vec<_>, Vec<_>) = tracks.partition(|(_, track)| track.is_audio());
        let mut all = Vec::new();
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
            if !changes.is_empty() {
                all.push((receiver.seat, changes));
            }
        }
        all
    }
}

/// A room by its name, which is whatever stands in the path.
fn gathering<'a>(rooms: &'a mut HashMap<RoomId, Gathering>, name: &str) -> (RoomId, &'a mut Gathering) {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("{MARK}/{name}").as_bytes());
    let mut id = [0; 16];
    id.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    (RoomId(id), rooms.entry(RoomId(id)).or_default())
}

/// A publisher (`p`) or receiver (`r`) of that number.
fn name(kind: u8, number: u64) -> [u8; 16] {
    let mut id = [kind; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}
