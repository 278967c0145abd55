//! Planted secrets, and how they may be written down.
//!
//! Invariant: a secret that is stored as text in any common encoding is found, whatever stands before and after it.

use aho_corasick::AhoCorasick;
use std::collections::BTreeSet;

/// What a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A participant's name.
    Name,
    /// A line of chat.
    Chat,
    /// The room's name.
    Room,
    /// The password.
    Password,
    /// A piece of an encoded picture.
    Picture,
    /// A piece of encoded sound.
    Sound,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::Name, Self::Chat, Self::Room, Self::Password, Self::Picture, Self::Sound];
}

/// The secrets of one meeting.
#[derive(Clone, Debug, Default)]
pub struct Canaries {
    patterns: Vec<(Kind, Vec<u8>)>,
}

/// Length of the pieces of frames that are looked for: long enough never to occur by chance.
const PIECE: usize = 24;
/// Where a piece begins: behind the headers of VP8 and Opus, which say little and repeat.
const PICTURE_OFFSET: usize = 64;
const SOUND_OFFSET: usize = 12;

impl Canaries {
    /// Plants a text, in all its forms.
    pub fn plant(&mut self, kind: Kind, text: &str) {
        self.patterns.extend(forms(text).into_iter().map(|form| (kind, form)));
    }

    /// Plants a frame as the browser's encoder made it. Frames too short to be told apart are left out.
    pub fn plant_frame(&mut self, kind: Kind, frame: &[u8]) {
        let offset = if kind == Kind::Picture { PICTURE_OFFSET } else { SOUND_OFFSET };
        let Some(piece) = frame.get(offset..offset + PIECE) else { return };
        let different = piece.iter().collect::<BTreeSet<_>>().len();
        if different >= PIECE / 2 {
            self.patterns.push((kind, piece.to_vec()));
        }
    }

    /// How many patterns of a kind are planted.
    pub fn planted(&self, kind: Kind) -> usize {
        self.patterns.iter().filter(|(of, _)| *of == kind).count()
    }

    /// Prepares a search for all of them at once.
    ///
    /// # Panics
    /// When there are more patterns than memory.
    pub fn search(&self) -> Search<'_> {
        let automaton = AhoCorasick::new(self.patterns.iter().map(|(_, pattern)| pattern)).expect("some thousand patterns fit");
        Search { canaries: self, automaton }
    }
}

/// A search, prepared once and used on many pieces of memory.
#[derive(Debug)]
pub struct Search<'a> {
    canaries: &'a Canaries,
    automaton: AhoCorasick,
}

impl Search<'_> {
    /// Length of the longest pattern, in bytes: by so much must pieces of a longer text overlap.
    pub fn longest(&self) -> usize {
        self.canaries.patterns.iter().map(|(_, pattern)| pattern.len()).max().unwrap_or(0)
    }

    /// The kinds of which something is in `haystack`.
    pub fn kinds_in(&self, haystack: &[u8]) -> BTreeSet<Kind> {
        self.automaton.find_overlapping_iter(haystack).map(|found| self.canaries.patterns[found.pattern().as_usize()].0).collect()
    }
}

/// A text as UTF-8, UTF-16, hexadecimal and base64, with spaces as they are, as hyphens, percent-encoded and left out.
fn forms(text: &str) -> BTreeSet<Vec<u8>> {
    let spaced = ["", " ", "-", "_", "+", "%20"].map(|space| text.split(' ').collect::<Vec<_>>().join(space));
    let texts: BTreeSet<String> = spaced.iter().flat_map(|text| [text.clone(), text.to_lowercase()]).collect();
    let mut forms = BTreeSet::new();
    for text in texts {
        let utf8 = text.as_bytes().to_vec();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&utf8, &little] {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            forms.insert(hex.to_uppercase().into_bytes());
            forms.insert(hex.into_bytes());
            forms.extend((0..3).map(|shift| base64_within(bytes, shift)));
        }
        forms.extend([utf8, little, big]);
    }
    forms
}

/// The base64 characters that do not depend on what stands around `bytes`, when it begins `shift` bytes into a group of three.
/// The two alphabets differ in two characters, which texts of letters, digits and hyphens do not produce.
fn base64_within(bytes: &[u8], shift: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = &bytes[(3 - shift) % 3..];
    let groups = whole.chunks_exact(3);
    groups
        .flat_map(|group| {
            let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
            [18, 12, 6, 0].map(|at| ALPHABET[(bits >> at & 63) as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(haystack: &[u8]) -> bool {
        let mut canaries = Canaries::default();
        canaries.plant(Kind::Chat, "The heron flies at nineteen");
        !canaries.search().kinds_in(haystack).is_empty()
    }

    #[test]
    fn a_text_is_found_in_every_form() {
        for text in [
            "xxThe heron flies at ninteenxx The heron flies at nineteen",
            "the-heron-flies-at-nineteen",
            "THEHERON theheronfliesatnineteen",
        ] {
            assert!(found(text.as_bytes()), "{text}");
        }
        let utf16: Vec<u8> = "..The heron flies at nineteen..".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(found(&utf16));
        // `printf 'aThe heron flies at nineteenb' | base64`, with nought, one and two bytes before.
        assert!(found(b"VGhlIGhlcm9uIGZsaWVzIGF0IG5pbmV0ZWVuYg=="));
        assert!(found(b"YVRoZSBoZXJvbiBmbGllcyBhdCBuaW5ldGVlbmI="));
        assert!(found(b"YWFUaGUgaGVyb24gZmxpZXMgYXQgbmluZXRlZW5i"));
        assert!(found(b"546865206865726f6e20666c696573206174206e696e657465656e"));
    }

    #[test]
    fn other_texts_are_not_found() {
        assert!(!found(b"The heron flies at eighteen, VGhlIGNyYW5l, 5468652063"));
    }

    #[test]
    fn frames_are_found_by_a_piece_and_dull_ones_left_out() {
        let frame: Vec<u8> = (0..=255).collect();
        let mut canaries = Canaries::default();
        canaries.plant_frame(Kind::Picture, &frame);
        canaries.plant_frame(Kind::Sound, &[0; 160]);
        canaries.plant_frame(Kind::Sound, &[1, 2, 3]);
        assert_eq!((canaries.planted(Kind::Picture), canaries.planted(Kind::Sound)), (1, 0));
        assert!(canaries.search().kinds_in(&frame[50..120]).contains(&Kind::Picture));
        assert!(canaries.search().kinds_in(&frame[90..]).is_empty());
    }
}
