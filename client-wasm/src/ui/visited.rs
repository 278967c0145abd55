//! The rooms that were visited, the person's own name, and how good pictures are to be, on this device.
//!
//! Invariant: unless the person switched it on, nothing of this is in the browser's storage; never in it are passwords and other
//! people. Switching it off, or burning, leaves nothing.

use super::browser;
use crate::browser::offline;
use crate::model::Pictures;
use crate::ui::view::prelude::*;

/// So many rooms are remembered; the one that was visited longest ago gives way.
const MOST_ROOMS: usize = 20;

/// Names of rooms and of persons are shorter.
const LONGEST: usize = 160;

/// One room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Its name, normalised.
    pub(crate) room: String,
    /// Whether it had a password. Not which.
    pub(crate) password: bool,
    /// When it was entered last, in milliseconds since 1970.
    pub(crate) when: u64,
}

/// All that is remembered. It is written as text: a line for the person, with what pictures may cost unless that is as usual, then a line for each room, fields parted by tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// The person's name; empty before the first visit.
    pub(crate) person: String,
    /// What pictures may cost. That somebody wants none is a matter of one meeting.
    pub(crate) pictures: Pictures,
    /// The newest first.
    pub(crate) rooms: Vec<Visit>,
}

impl Remembered {
    /// Reads what was written. Lines that make no sense, of another version perhaps, are left out.
    fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let mut first = lines.next().unwrap_or_default().split('\t');
        let person = first.next().map(clean).unwrap_or_default();
        let pictures = match first.next() {
            Some(BEST) => Pictures::Best,
            Some(SAVE) => Pictures::SaveData,
            _ => Pictures::Standard,
        };
        let visit = |line: &str| {
            let mut fields = line.split('\t');
            let (when, password, room) = (fields.next()?.parse().ok()?, fields.next()? == "1", fields.next()?);
            (!room.is_empty() && room.len() <= LONGEST).then(|| Visit { room: room.to_owned(), password, when })
        };
        Self { person, pictures, rooms: lines.filter_map(visit).take(MOST_ROOMS).collect() }
    }

    fn written(&self) -> String {
        let room = |visit: &Visit| format!("\n{}\t{}\t{}", visit.when, u8::from(visit.password), visit.room);
        let pictures = match self.pictures {
            Pictures::Best => format!("\t{BEST}"),
            Pictures::SaveData => format!("\t{SAVE}"),
            Pictures::Standard | Pictures::None => String::new(),
        };
        clean(&self.person) + &pictures + &self.rooms.iter().map(room).collect::<String>()
    }

    fn visited(&mut self, visit: Visit) {
        self.rooms.retain(|other| other.room != visit.room);
        self.rooms.insert(0, visit);
        self.rooms.truncate(MOST_ROOMS);
    }
}

/// A name in one line.
fn clean(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}

/// What is remembered, if the person wants it; a handle, copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Visits(RwSignal<Option<Remembered>>);

impl Visits {
    /// As an earlier visit left it.
    pub(crate) fn found() -> Self {
        Self(RwSignal::new(browser::stored(KEY).map(|text| Remembered::read(&text))))
    }

    /// Whether the person wants it.
    pub(crate) fn wanted(self) -> bool {
        self.0.with(Option::is_some)
    }

    /// The same, for handlers.
    pub(crate) fn wanted_now(self) -> bool {
        self.0.with_untracked(Option::is_some)
    }

    /// The rooms, the newest first.
    pub(crate) fn rooms(self) -> Vec<Visit> {
        self.0.with(|kept| kept.as_ref().map(|kept| kept.rooms.clone()).unwrap_or_default())
    }

    /// The person's name as it was last; empty when it is not known.
    pub(crate) fn person(self) -> String {
        self.0.with_untracked(|kept| kept.as_ref().map(|kept| kept.person.clone()).unwrap_or_default())
    }

    /// What pictures may cost; as usual when nothing is known.
    pub(crate) fn pictures(self) -> Pictures {
        self.0.with_untracked(|kept| kept.as_ref().map(|kept| kept.pictures).unwrap_or_default())
    }

    /// Notes what pictures may cost, if that is wanted. No pictures at all is a choice for one meeting.
    pub(crate) fn note_pictures(self, pictures: Pictures) {
        if pictures != Pictures::None {
            self.change(|kept| kept.pictures = pictures);
        }
    }

    /// Begins to remember, or forgets everything.
    pub(crate) fn want(self, wanted: bool) {
        self.0.update(|kept| *kept = wanted.then(|| kept.take().unwrap_or_default()));
        self.write();
        if wanted {
            offline::keep();
        } else if !offline::is_installed() {
            offline::stop();
        }
    }

    /// Notes a visit and the visitor's name, if that is wanted.
    pub(crate) fn note(self, room: &str, password: bool, person: &str) {
        let visit = Visit { room: room.to_owned(), password, when: browser::now() };
        self.change(|kept| {
            kept.person = clean(person);
            kept.visited(visit);
        });
    }

    /// Forgets one room.
    pub(crate) fn forget(self, room: &str) {
        self.change(|kept| kept.rooms.retain(|visit| visit.room != room));
    }

    /// Forgets all rooms, and goes on remembering.
    pub(crate) fn forget_all(self) {
        self.change(|kept| kept.rooms.clear());
    }

    /// Whether this room is remembered.
    pub(crate) fn knows(self, room: &str) -> bool {
        self.0.with(|kept| kept.as_ref().is_some_and(|kept| kept.rooms.iter().any(|visit| visit.room == room)))
    }

    fn change(self, change: impl FnOnce(&mut Remembered)) {
        if self.0.with_untracked(Option::is_some) {
            self.0.update(|kept| {
                if let Some(kept) = kept {
                    change(kept);
                }
            });
            self.write();
        }
    }

    fn write(self) {
        browser::store(KEY, self.0.with_untracked(|kept| kept.as_ref().map(Remembered::written)).as_deref());
    }
}

/// How what pictures may cost is written.
const BEST: &str = "best";
const SAVE: &str = "save";

/// Under this name it is stored.
const KEY: &str = "incamera-visited";

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(room: &str, when: u64) -> Visit {
        Visit { room: room.to_owned(), password: when % 2 == 1, when }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut kept = Remembered { person: "Élodie Martin".into(), ..Remembered::default() };
        assert_eq!(Remembered::read(&kept.written()), kept);
        kept.visited(visit("velvet-harbor", 1_795_273_500_123));
        kept.visited(visit("comite", 1_795_273_600_000));
        assert_eq!(kept.written(), "Élodie Martin\n1795273600000\t0\tcomite\n1795273500123\t1\tvelvet-harbor");
        assert_eq!(Remembered::read(&kept.written()), kept);
        assert_eq!(Remembered::read(""), Remembered::default());
        for pictures in [Pictures::Best, Pictures::Standard, Pictures::SaveData] {
            kept.pictures = pictures;
            assert_eq!(Remembered::read(&kept.written()), kept);
        }
    }

    #[test]
    fn a_room_is_there_once_and_the_oldest_gives_way() {
        let mut kept = Remembered::default();
        for number in 0..30 {
            kept.visited(visit(&format!("room-{number}"), number));
        }
        kept.visited(visit("room-15", 31));
        assert_eq!(kept.rooms.len(), MOST_ROOMS);
        assert_eq!((kept.rooms[0].room.as_str(), kept.rooms[1].room.as_str()), ("room-15", "room-29"));
        assert_eq!(kept.rooms.iter().filter(|visit| visit.room == "room-15").count(), 1);
        assert!(!kept.rooms.iter().any(|visit| visit.room == "room-9"));
    }

    #[test]
    fn what_makes_no_sense_is_left_out_and_names_stay_in_their_line() {
        let text = format!("Ada\nnonsense\n12\t1\n13\t1\t{}\n14\t0\tgood\nx\t0\tbad", "x".repeat(161));
        assert_eq!(Remembered::read(&text).rooms, [visit("good", 14)]);
        let sly = Remembered { person: "Eve\tbest\n1\t1\troom\t".into(), ..Remembered::default() };
        assert_eq!(Remembered::read(&sly.written()), Remembered { person: "Evebest11room".into(), ..Remembered::default() });
    }
}
