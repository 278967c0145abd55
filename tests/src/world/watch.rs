//! Who looks on: the properties of PROTOCOL.md §1 that a simulated world can break.
//!
//! **Invariant:** it believes no session's account of itself. It compares what several of them were given: keys, rosters,
//! frames that open and frames that do not.

use super::network::Millis;
use super::person::Person;
use crypto::frames::{EpochKeys, Expected, Stream};
use crypto::group::MemberId;
use std::collections::{BTreeSet, HashMap, HashSet};

/// One epoch of one group, as the frame workers know it.
type EpochId = (Vec<u8>, u64);

/// What has been seen so far.
#[derive(Default)]
pub struct Watch {
    secrets: HashMap<EpochId, ([u8; 32], Vec<u32>)>,
    rosters: HashMap<EpochId, BTreeSet<MemberId>>,
    headers: HashSet<(EpochId, Vec<u8>)>,
    /// As whom each person was last seen in a group. Whoever leaves or is thrown out keeps the keys it had.
    ids: HashMap<usize, MemberId>,
    /// Frames that somebody opened.
    pub opened: u64,
    /// Frames that somebody could not open, as it should be.
    pub kept_out: u64,
}

impl Watch {
    /// Epochs seen so far, in all groups.
    pub fn epochs(&self) -> u64 {
        self.secrets.len() as u64
    }

    /// After every step: one commit per epoch, and equal rosters where epochs are equal.
    ///
    /// # Panics
    /// When a property does not hold.
    pub fn look(&mut self, people: &[Person]) {
        for person in people {
            let (Some(session), Some(keys)) = (&person.session, &person.keys) else { continue };
            let Some(view) = session.group_view() else { continue };
            self.ids.insert(person.number, view.me);
            if view.epoch != keys.epoch {
                continue;
            }
            let id = (view.group, view.epoch);
            let leaves = keys.members.clone();
            let known = self.secrets.entry(id.clone()).or_insert_with(|| (secret_of(keys), leaves.clone()));
            assert!(known.0 == secret_of(keys), "two commits for epoch {}: person {} has other keys", view.epoch, person.number);
            assert_eq!(known.1, leaves, "person {} has other leaves in epoch {}", person.number, view.epoch);
            let roster: BTreeSet<_> = view.members.iter().copied().collect();
            let known = self.rosters.entry(id).or_insert_with(|| roster.clone());
            assert_eq!(*known, roster, "person {} sees another roster in epoch {}", person.number, view.epoch);
        }
    }

    /// One sealed frame, offered to everybody: it opens for members of its epoch only, and its counter is new.
    ///
    /// # Panics
    /// When a property does not hold.
    pub fn frame(&mut self, now: Millis, people: &mut [Person], who: usize) {
        let speaker = &mut people[who];
        let (Some(session), Some(keys), false) = (&speaker.session, &speaker.keys, speaker.paused) else { return };
        let Some(view) = session.group_view().filter(|view| view.epoch == keys.epoch) else { return };
        let (id, leaf, me) = ((view.group, view.epoch), keys.my_leaf, view.me);
        let mut sealed = Vec::new();
        let plain = [b"frame of ".as_slice(), &me.0].concat();
        if speaker.sealer.seal(Stream::Audio, 0, None, &plain, &mut sealed).is_err() {
            return;
        }
        let header = header_of(&sealed).map(<[u8]>::to_vec);
        assert!(header.is_some(), "a sealed frame begins with a header");
        assert!(
            self.headers.insert((id.clone(), header.unwrap_or_default())),
            "person {who} used a counter twice in epoch {}",
            id.1
        );
        let roster = self.rosters.get(&id).cloned().unwrap_or_default();
        for (number, other) in people.iter_mut().enumerate().filter(|(number, _)| *number != who) {
            let mut out = Vec::new();
            let opened = other.opener.open(now, Expected { leaf, stream: Stream::Audio }, &sealed, &mut out);
            if opened.is_err() {
                self.kept_out += 1;
                continue;
            }
            self.opened += 1;
            assert_eq!(out, plain, "person {number} opened something else");
            let listener = self.ids.get(&number);
            assert!(listener.is_some_and(|me| roster.contains(me)), "person {number} opened a frame of an epoch it is not in");
        }
    }
}

/// The epoch secret, from where [`EpochKeys::to_bytes`] documents it.
fn secret_of(keys: &EpochKeys) -> [u8; 32] {
    let bytes = keys.to_bytes();
    let mut secret = [0; 32];
    secret.copy_from_slice(&bytes[21..53]);
    secret
}

/// The SFrame header (RFC 9605 §4.3): config byte, KID, CTR.
fn header_of(sealed: &[u8]) -> Option<&[u8]> {
    let config = *sealed.first()?;
    let field = |extended: bool, bits: u8| if extended { usize::from(bits & 7) + 1 } else { 0 };
    sealed.get(..1 + field(config & 0x80 != 0, config >> 4) + field(config & 0x08 != 0, config))
}
