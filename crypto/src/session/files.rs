//! Files that members offer each other, and how their pieces go from seat to seat.
//!
//! **Invariant:** a file goes only to who asks for it, may have it and is still a member; whoever gets it takes no piece that is not in the
//! offer. Nobody is sent more than so many pieces in a second, and this session holds none of them: they come from the page and go to it.
//!
//! ```text
//!   who offers                                                        who fetches
//!     offer: name, size, root, key (to all, or inside an aside) ────▶ shown
//!     ◀───────────────────────────────────── File(ask: list, chunks), sealed under the file's key
//!     File(data) one by one, in its own time ──────────────────────▶  checked, to the page
//!     ◀───────────────────────────────────── File(ask: have)
//! ```
//!
//! Pieces are letters to one seat and no MLS messages: thousands of them would run through a ratchet that others have to follow.

use super::api::{Event, Millis, Notice};
use super::core::Core;
use super::fetch::{Fetch, GIVE_UP, WINDOW};
use super::letter::Letter;
use super::post::{FileState, PostEvent, What};
use super::room::Room;
use crate::files::{CHUNK_BYTES, ChunkHash, FileId, FileInfo, LIST, Offer};
use crate::group::MemberId;
use crate::sorted::{SortedMap, SortedSet};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Bytes per second that we send of files, all together: half of what the host lets one connection send for long, and less than what a
/// picture takes. More makes files faster and meetings worse.
const RATE: u64 = 512 * 1024;
/// Files that are fetched at a time.
const AT_ONCE: usize = 3;
/// How long the page may take to read a piece, ms.
const READ_WITHIN: u64 = 10_000;
/// Files of our own that others can fetch.
const OFFERED: usize = 128;
/// Offers of one member that are remembered; older ones can no longer be fetched.
const REMEMBERED: usize = 64;

/// One of these in [`Letter::File`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Piece {
    /// 0. A question, sealed under the file's key.
    Ask(Vec<u8>),
    /// 1. A chunk, or the list of hashes ([`LIST`]), sealed under the file's key.
    Data { index: u32, sealed: Vec<u8> },
}

/// What is asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ask {
    /// Who.
    from: MemberId,
    /// Counts the questions of this member about this file; each counts once.
    serial: u32,
    what: Wanted,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Wanted {
    /// 0. Chunks, or [`LIST`].
    Pieces(Vec<u32>),
    /// 1. Nothing more: I have it.
    Nothing,
}

/// Files of this session. It outlives the room, as what is said to one does.
#[derive(Default)]
pub(super) struct Files {
    // Trees: these hold keys of files, and a vector that grows would leave copies of them (crate::sorted).
    mine: BTreeMap<FileId, Mine>,
    theirs: BTreeMap<FileId, Theirs>,
    /// What others have asked for, in order.
    asked: VecDeque<(FileId, MemberId, u32)>,
    /// What the page is reading for the first of those, and since when.
    reading: Option<((FileId, MemberId, u32), Millis)>,
    /// Nothing is sent before.
    next: Millis,
    /// Counts what the person wants to have.
    wanted: u64,
}

struct Mine {
    offer: Offer,
    hashes: Vec<ChunkHash>,
    /// Who may have it, if not all.
    to: Option<MemberId>,
    serials: SortedMap<MemberId, u32>,
    have: SortedSet<MemberId>,
}

struct Theirs {
    offer: Offer,
    from: MemberId,
    fetch: Option<Fetch>,
    /// It goes on from here when it is wanted again.
    serial: u32,
}

impl Files {
    /// An offer of a member's, for us.
    pub(super) fn offered(&mut self, from: MemberId, offer: Offer) {
        if self.theirs.contains_key(&offer.info.id) || self.mine.contains_key(&offer.info.id) {
            return;
        }
        let of_theirs = |theirs: &&Theirs| theirs.from == from;
        if self.theirs.values().filter(of_theirs).count() >= REMEMBERED {
            let idle = self.theirs.iter().find(|(_, theirs)| theirs.from == from && theirs.fetch.is_none()).map(|(id, _)| *id);
            let Some(idle) = idle else { return };
            self.theirs.remove(&idle);
        }
        self.theirs.insert(offer.info.id, Theirs { offer, from, fetch: None, serial: 0 });
    }

    /// The person wants a file.
    pub(super) fn fetch(&mut self, id: FileId, now: Millis) -> FileState {
        self.wanted = self.wanted.saturating_add(1);
        let order = self.wanted;
        match self.theirs.get_mut(&id) {
            Some(theirs) => {
                theirs.fetch.get_or_insert_with(|| Fetch::new(order, now));
                FileState::Coming(0)
            }
            None => FileState::Gone,
        }
    }

    /// The person no longer wants it.
    pub(super) fn stop(&mut self, id: FileId) {
        if let Some(theirs) = self.theirs.get_mut(&id) {
            theirs.fetch = None;
        }
    }

    #[cfg(test)]
    pub(super) fn offer_of(&self, id: FileId) -> Option<Offer> {
        self.theirs.get(&id).map(|theirs| theirs.offer.clone())
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.theirs.len()
    }

    /// Takes the questions of somebody who asks for pieces of ours, each of which is answered once.
    fn asked(&mut self, id: FileId, ask: Ask) -> Option<usize> {
        let mine = self.mine.get_mut(&id)?;
        let serial = mine.serials.entry(ask.from).or_default();
        if ask.serial <= *serial {
            return None;
        }
        *serial = ask.serial;
        match ask.what {
            Wanted::Pieces(pieces) => {
                let waits =
                    |queue: &VecDeque<(FileId, MemberId, u32)>| queue.iter().filter(|(_, who, _)| *who == ask.from).count();
                for index in pieces.into_iter().take(WINDOW) {
                    let one = (id, ask.from, index);
                    let being_read = self.reading.is_some_and(|(reading, _)| reading == one);
                    if waits(&self.asked) < WINDOW * AT_ONCE && !being_read && !self.asked.contains(&one) {
                        self.asked.push_back(one);
                    }
                }
                None
            }
            Wanted::Nothing => mine.have.insert(ask.from).then_some(mine.have.len()),
        }
    }
}

impl Room {
    /// We offer a file, to all or to one. The page has hashed it.
    pub(super) fn offer_file(&mut self, core: &mut Core, to: Option<MemberId>, info: FileInfo, hashes: Vec<ChunkHash>) {
        let entropy = core.draw();
        let may = match to {
            Some(to) => to != self.group.my_id() && self.group.member(to).is_some() && self.may_write(self.group.my_id(), to),
            None => self.may_chat(),
        };
        let offer = Offer::new(info, &hashes, entropy).filter(|_| may && core.files.mine.len() < OFFERED);
        let Some(offer) = offer else { return core.notice(Notice::NotDone) };
        let mine = Mine { offer: offer.clone(), hashes, to, serials: SortedMap::new(), have: SortedSet::new() };
        core.files.mine.insert(offer.info.id, mine);
        match to {
            Some(to) => super::asides::hold_aside(core, to, What::File(offer)),
            None => self.chat_file(core, offer),
        }
    }

    /// A piece that the page has read, or could not.
    pub(super) fn piece_read(&mut self, core: &mut Core, id: FileId, index: u32, bytes: Option<&[u8]>) {
        let reading = core.files.reading.take_if(|((of, _, at), _)| *of == id && *at == index);
        let Some(((_, to, _), _)) = reading else { return };
        match bytes {
            Some(bytes) => self.send_piece(core, id, to, index, bytes),
            None => {
                core.files.mine.remove(&id);
                core.files.asked.retain(|(of, ..)| *of != id);
                core.tell(Event::Post(PostEvent::File { id, state: FileState::Unreadable }));
            }
        }
    }

    fn send_piece(&mut self, core: &mut Core, id: FileId, to: MemberId, index: u32, bytes: &[u8]) {
        let sealed = core.files.mine.get(&id).and_then(|mine| mine.offer.seal(index, bytes, &mine.hashes));
        let Some(sealed) = sealed else { return };
        core.files.next = core.now.saturating_add((bytes.len() as u64).saturating_mul(1_000).div_ceil(RATE));
        if let Some(seat) = self.people.seat_of(to) {
            core.write_to(seat, &Letter::File { id, piece: Piece::Data { index, sealed } });
        }
    }

    /// A letter about a file.
    pub(super) fn heard_piece(&mut self, core: &mut Core, id: FileId, piece: Piece) {
        match piece {
            Piece::Ask(sealed) => self.heard_ask(core, id, &sealed),
            Piece::Data { index, sealed } => self.heard_data(core, id, index, &sealed),
        }
    }

    fn heard_ask(&mut self, core: &mut Core, id: FileId, sealed: &[u8]) {
        let Some(mine) = core.files.mine.get(&id) else { return };
        let Some(ask) = mine.offer.open_ask(sealed).and_then(|plain| postcard::from_bytes::<Ask>(&plain).ok()) else { return };
        let may = mine.to.is_none_or(|to| to == ask.from) && ask.from != self.group.my_id();
        if !may || self.group.member(ask.from).is_none() {
            return;
        }
        if let Some(have) = core.files.asked(id, ask) {
            core.tell(Event::Post(PostEvent::File { id, state: FileState::HadBy(have) }));
        }
    }

    pub(super) fn files_deadline(&self, core: &Core) -> Option<Millis> {
        let files = &core.files;
        let sends = match files.reading {
            Some((_, since)) => Some(since.saturating_add(READ_WITHIN)),
            None => (!files.asked.is_empty()).then_some(files.next),
        };
        let fetches = files.theirs.values().filter(|theirs| self.reaches(theirs.from, core.now));
        let fetches = fetches.filter_map(|theirs| theirs.fetch.as_ref().filter(|fetch| fetch.asked_at.is_some()));
        fetches.map(Fetch::deadline).chain(sends).min()
    }

    pub(super) fn watch_files(&mut self, core: &mut Core) {
        self.give_pieces(core);
        let mut active: Vec<(u64, FileId)> = Vec::new();
        let wanted = core.files.theirs.iter().filter_map(|(id, theirs)| Some((theirs.fetch.as_ref()?.order, *id, theirs.from)));
        for (order, id, from) in wanted.collect::<Vec<_>>() {
            if self.can_come(core, id, from) {
                active.push((order, id));
            }
        }
        active.sort_unstable();
        for (_, id) in active.into_iter().take(AT_ONCE) {
            self.ask_for(core, id);
        }
    }

    /// Whether the one who has it is here; says so when that changes.
    fn can_come(&self, core: &mut Core, id: FileId, from: MemberId) -> bool {
        let (here, left) = (self.reaches(from, core.now), core.asides.has_left(from));
        let Some(theirs) = core.files.theirs.get_mut(&id) else { return false };
        let Some(fetch) = &mut theirs.fetch else { return false };
        let state = if left && self.group.member(from).is_none() {
            theirs.fetch = None;
            Some(FileState::Gone)
        } else if here == fetch.waiting {
            // It was here and is not, or the other way round.
            fetch.waiting = !here;
            fetch.begin_again();
            Some(if here { FileState::Coming(fetch.came) } else { FileState::Waiting })
        } else {
            None
        };
        if let Some(state) = state {
            core.tell(Event::Post(PostEvent::File { id, state }));
        }
        here
    }

    fn ask_for(&mut self, core: &mut Core, id: FileId) {
        let now = core.now;
        let Some(theirs) = core.files.theirs.get_mut(&id) else { return };
        let Some(fetch) = &mut theirs.fetch else { return };
        if fetch.asked_at.is_some() && now >= fetch.moved.saturating_add(GIVE_UP) {
            theirs.fetch = None;
            return core.tell(Event::Post(PostEvent::File { id, state: FileState::Failed }));
        }
        let pieces = fetch.ask(now);
        if pieces.is_empty() {
            return;
        }
        self.ask(core, id, Wanted::Pieces(pieces));
    }

    /// A question to the one who offered a file.
    fn ask(&mut self, core: &mut Core, id: FileId, what: Wanted) {
        let (entropy, from) = (core.draw(), self.group.my_id());
        let Some(theirs) = core.files.theirs.get_mut(&id) else { return };
        theirs.serial = theirs.serial.saturating_add(1);
        let plain = postcard::to_allocvec(&Ask { from, serial: theirs.serial, what }).unwrap_or_default();
        let (sealed, seat) = (theirs.offer.seal_ask(&entropy, &plain), self.people.seat_of(theirs.from));
        if let (Some(sealed), Some(seat)) = (sealed, seat) {
            core.write_to(seat, &Letter::File { id, piece: Piece::Ask(sealed) });
        }
    }

    /// A piece has come, from whatever seat: what it is worth is in the offer.
    fn heard_data(&mut self, core: &mut Core, id: FileId, index: u32, sealed: &[u8]) {
        let Some(theirs) = core.files.theirs.get_mut(&id) else { return };
        let Some(fetch) = theirs.fetch.as_mut().filter(|fetch| fetch.asked.contains(&index)) else { return };
        let Some(piece) = fetch.take(&theirs.offer, index, sealed) else { return };
        fetch.moved = core.now;
        let (came, all) = (fetch.came, theirs.offer.info.chunks());
        if Some(came) == all {
            theirs.fetch = None;
        }
        if let Some(bytes) = piece {
            core.tell(Event::Post(PostEvent::Piece { id, index, bytes }));
        }
        if Some(came) == all {
            core.tell(Event::Post(PostEvent::File { id, state: FileState::Whole }));
            return self.ask(core, id, Wanted::Nothing);
        }
        core.tell(Event::Post(PostEvent::File { id, state: FileState::Coming(came) }));
    }

    /// The next piece that somebody has asked for, as soon as it may go.
    fn give_pieces(&mut self, core: &mut Core) {
        let now = core.now;
        core.files.reading.take_if(|(_, since)| now >= since.saturating_add(READ_WITHIN));
        while core.files.reading.is_none() && now >= core.files.next {
            let Some((id, to, index)) = core.files.asked.pop_front() else { return };
            if !self.reaches(to, now) {
                continue;
            }
            let Some(mine) = core.files.mine.get(&id) else { continue };
            if index == LIST {
                let list = mine.hashes.as_flattened().to_vec();
                self.send_piece(core, id, to, LIST, &list);
            } else if let Some(bytes) = mine.offer.info.bytes_of(index) {
                core.files.reading = Some(((id, to, index), now));
                core.tell(Event::Post(PostEvent::Read { id, index, start: u64::from(index) * CHUNK_BYTES as u64, bytes }));
            }
        }
    }
}
