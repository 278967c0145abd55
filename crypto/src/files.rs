//! A file that members hand to each other: what an offer says, and how its pieces are sealed and checked.
//!
//! **Invariant:** what is opened is what was offered: each chunk must hash to its place in a list, and the list to the root in the offer. A
//! chunk is sealed only if it does, so that no key and nonce ever meet two plaintexts.
//!
//! ```text
//!   root   = SHA-256("incamera/1 file" ‖ id ‖ size64 ‖ SHA-256(chunk 0) ‖ SHA-256(chunk 1) ‖ …)
//!   data   = HKDF-SHA256(file key, "incamera/1 file data"), 32 bytes: AES-256-GCM, nonce 0^64 ‖ index32, AAD id ‖ index32
//!   asks   = HKDF-SHA256(file key, "incamera/1 file asks"), 32 bytes: AES-256-GCM, random nonce, AAD id
//! ```

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a chunk; the last may be shorter. Larger costs less, smaller lets heartbeats of who has a slow way up go between two of them.
pub const CHUNK_BYTES: usize = 32 * 1024;
/// Largest file, bytes. More would keep one member's way up busy for longer than meetings like.
pub const FILE_BYTES: u64 = 50 * 1024 * 1024;
/// Longest name of a file, in characters.
pub const FILE_NAME_CHARACTERS: usize = 120;
/// In place of an index: the list of hashes.
pub(crate) const LIST: u32 = u32::MAX;
const NONCE_BYTES: usize = 12;

/// SHA-256 of a chunk.
pub type ChunkHash = [u8; 32];

/// A file as members know it; drawn by who offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub [u8; 16]);

/// What a file is, as far as a page would show it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// Anything that is saved and not shown.
    Other,
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// `image/webp`.
    Webp,
    /// `image/gif`.
    Gif,
}

/// What people are told of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Which.
    pub id: FileId,
    /// Its name: one line, nothing in it that turns the direction of writing or leads to another folder.
    pub name: String,
    /// What it is said to be.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
}

/// An offer: with it, and a member who has the file, one gets it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) info: FileInfo,
    pub(crate) key: FileKey,
    pub(crate) root: [u8; 32],
}

/// What a file is sealed with; known to those whom it is offered to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct FileKey([u8; 32]);

impl FileInfo {
    /// How many chunks it has; `None` for what is empty or too large to be offered.
    pub fn chunks(&self) -> Option<u32> {
        let sane = self.size > 0 && self.size <= FILE_BYTES;
        sane.then(|| u32::try_from(self.size.div_ceil(CHUNK_BYTES as u64)).ok()).flatten()
    }

    /// Bytes of a chunk; `None` if there is none of this index.
    pub(crate) fn bytes_of(&self, index: u32) -> Option<usize> {
        let start = u64::from(index).checked_mul(CHUNK_BYTES as u64)?;
        let left = self.size.checked_sub(start).filter(|left| *left > 0)?;
        usize::try_from(left.min(CHUNK_BYTES as u64)).ok()
    }
}

impl Offer {
    /// An offer of these chunks, under a key of 32 fresh bytes; `None` if they are not the file's.
    pub(crate) fn new(info: FileInfo, hashes: &[ChunkHash], key: [u8; 32]) -> Option<Self> {
        let info = FileInfo { name: tidy_name(&info.name), ..info };
        let whole = info.chunks()? as usize == hashes.len();
        whole.then(|| Self { root: root(&info, hashes), info, key: FileKey(key) })
    }

    /// As it may be taken from a member.
    pub(crate) fn is_sane(&self) -> bool {
        self.info.chunks().is_some() && self.info.name == tidy_name(&self.info.name)
    }

    /// Seals a chunk, or with [`LIST`] the list; `None` if it is not what was offered.
    pub(crate) fn seal(&self, index: u32, plain: &[u8], hashes: &[ChunkHash]) -> Option<Vec<u8>> {
        let offered = if index == LIST { self.is_list(plain) } else { self.is_chunk(index, plain, hashes) };
        let payload = Payload { msg: plain, aad: &self.place(index) };
        offered.then(|| self.cipher(b"incamera/1 file data")?.encrypt(&nonce(index).into(), payload).ok()).flatten()
    }

    /// Opens the list.
    pub(crate) fn open_list(&self, sealed: &[u8]) -> Option<Vec<ChunkHash>> {
        let plain = self.open(LIST, sealed)?;
        self.is_list(&plain).then(|| plain.as_chunks::<32>().0.to_vec())
    }

    /// Opens a chunk that is in the list.
    pub(crate) fn open_chunk(&self, index: u32, sealed: &[u8], hashes: &[ChunkHash]) -> Option<Vec<u8>> {
        self.open(index, sealed).filter(|plain| self.is_chunk(index, plain, hashes))
    }

    /// Seals a question; `entropy` is fresh.
    pub(crate) fn seal_ask(&self, entropy: &[u8; 32], plain: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = *entropy.first_chunk()?;
        let payload = Payload { msg: plain, aad: &self.info.id.0 };
        let sealed = self.cipher(b"incamera/1 file asks")?.encrypt(&nonce.into(), payload).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a question.
    pub(crate) fn open_ask(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: &self.info.id.0 };
        self.cipher(b"incamera/1 file asks")?.decrypt(nonce.into(), payload).ok()
    }

    fn open(&self, index: u32, sealed: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload { msg: sealed, aad: &self.place(index) };
        self.cipher(b"incamera/1 file data")?.decrypt(&nonce(index).into(), payload).ok()
    }

    fn is_list(&self, plain: &[u8]) -> bool {
        let (hashes, rest) = plain.as_chunks::<32>();
        let whole = rest.is_empty() && self.info.chunks().is_some_and(|chunks| chunks as usize == hashes.len());
        whole && root(&self.info, hashes) == self.root
    }

    fn is_chunk(&self, index: u32, plain: &[u8], hashes: &[ChunkHash]) -> bool {
        let wanted = usize::try_from(index).ok().and_then(|index| hashes.get(index));
        wanted.is_some_and(|wanted| *wanted == chunk_hash(plain)) && self.info.bytes_of(index) == Some(plain.len())
    }

    fn place(&self, index: u32) -> Vec<u8> {
        [self.info.id.0.as_slice(), &index.to_be_bytes()].concat()
    }

    fn cipher(&self, label: &[u8]) -> Option<Aes256Gcm> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &self.key.0).expand(label, &mut *key).ok()?;
        Aes256Gcm::new_from_slice(&*key).ok()
    }
}

/// The hash of a chunk, for the list.
pub fn chunk_hash(chunk: &[u8]) -> ChunkHash {
    Sha256::digest(chunk).into()
}

fn root(info: &FileInfo, hashes: &[ChunkHash]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"incamera/1 file");
    hasher.update(info.id.0);
    hasher.update(info.size.to_be_bytes());
    hasher.update(hashes.as_flattened());
    hasher.finalize().into()
}

fn nonce(index: u32) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    if let Some(end) = nonce.last_chunk_mut() {
        *end = index.to_be_bytes();
    }
    nonce
}

/// A name under which a file may be shown and saved: its end stays, because it says what the file is.
pub fn tidy_name(name: &str) -> String {
    let printed = |c: &char| {
        let turns =
            matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        !c.is_control() && !turns
    };
    let safe = |c: char| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c };
    let all: String = name.chars().filter(printed).map(safe).collect();
    let trimmed = all.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end().to_owned();
    let characters: Vec<char> = trimmed.chars().collect();
    match characters.len() {
        0 => "file".to_owned(),
        long if long > FILE_NAME_CHARACTERS => {
            let (head, tail) = (FILE_NAME_CHARACTERS - 21, 20);
            let start: String = characters.iter().take(head).collect();
            let end: String = characters.iter().skip(long - tail).collect();
            format!("{start}…{end}")
        }
        _ => trimmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(bytes: usize) -> (Vec<Vec<u8>>, Vec<ChunkHash>, Offer) {
        let all: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
        let chunks: Vec<Vec<u8>> = all.chunks(CHUNK_BYTES).map(<[u8]>::to_vec).collect();
        let hashes: Vec<ChunkHash> = chunks.iter().map(|chunk| chunk_hash(chunk)).collect();
        let info = FileInfo { id: FileId([1; 16]), name: "a.pdf".into(), kind: FileKind::Other, size: bytes as u64 };
        let offer = Offer::new(info, &hashes, [2; 32]).expect("an offer");
        (chunks, hashes, offer)
    }

    #[test]
    fn what_was_offered_comes_back_and_nothing_else_is_sealed_or_opened() {
        let (chunks, hashes, offer) = file(2 * CHUNK_BYTES + 5);
        let list = offer.seal(LIST, hashes.as_flattened(), &hashes).expect("sealed");
        assert_eq!(offer.open_list(&list), Some(hashes.clone()));
        let sealed = offer.seal(2, &chunks[2], &hashes).expect("sealed");
        assert_eq!(offer.open_chunk(2, &sealed, &hashes), Some(chunks[2].clone()));
        assert_eq!(offer.open_chunk(1, &sealed, &hashes), None, "at another place");
        assert!(offer.seal(1, &chunks[0], &hashes).is_none() && offer.seal(2, &chunks[2][1..], &hashes).is_none());
        assert!(offer.seal(3, &[], &hashes).is_none() && offer.seal(LIST, &hashes.as_flattened()[32..], &hashes).is_none());
        // Who has the key, as every member has, forges a chunk all the same: it is not in the list.
        let mut other = hashes.clone();
        other[2] = chunk_hash(&[7; 5]);
        let forged = Offer { root: root(&offer.info, &other), ..offer.clone() }.seal(2, &[7; 5], &other).expect("sealed");
        assert_eq!(offer.open_chunk(2, &forged, &hashes), None);
    }

    #[test]
    fn lies_about_the_size_are_no_offer() {
        let (_, hashes, offer) = file(CHUNK_BYTES + 1);
        let of = |size| FileInfo { size, ..offer.info.clone() };
        for size in [0, FILE_BYTES + 1, u64::MAX, 3 * CHUNK_BYTES as u64] {
            assert!(Offer::new(of(size), &hashes, [0; 32]).is_none(), "{size}");
        }
        assert!(!Offer { info: of(FILE_BYTES + 1), ..offer.clone() }.is_sane() && offer.is_sane());
        assert!(!Offer { info: FileInfo { name: "../x".into(), ..offer.info.clone() }, ..offer }.is_sane());
    }

    #[test]
    fn questions_open_under_the_same_key_for_the_same_file() {
        let (_, _, offer) = file(1);
        let asked = offer.seal_ask(&[3; 32], b"which").expect("sealed");
        assert_eq!(offer.open_ask(&asked).as_deref(), Some(b"which".as_slice()));
        let info = FileInfo { id: FileId([9; 16]), ..offer.info.clone() };
        assert!(Offer { info, ..offer.clone() }.open_ask(&asked).is_none() && offer.open_ask(&asked[..11]).is_none());
        assert!(Offer { key: FileKey([3; 32]), ..offer }.open_ask(&asked).is_none());
    }

    #[test]
    fn names_say_what_a_file_is_and_nothing_that_it_is_not() {
        assert_eq!(tidy_name("photo\u{202e}gpj.exe"), "photogpj.exe");
        assert_eq!(tidy_name(" ../../etc/pass\u{7}wd "), "_.._etc_passwd");
        assert_eq!((tidy_name(""), tidy_name("..")), ("file".to_owned(), "file".to_owned()));
        let long = tidy_name(&format!("{}.tar.gz", "x".repeat(500)));
        assert!(long.chars().count() == FILE_NAME_CHARACTERS && long.ends_with(".tar.gz"));
    }

    proptest! {
        #[test]
        fn a_tidy_name_stays_as_it_is(name in "\\PC{0,200}") {
            let tidy = tidy_name(&name);
            prop_assert_eq!(tidy_name(&tidy), tidy.clone());
            prop_assert!(tidy.chars().count() <= FILE_NAME_CHARACTERS && !tidy.is_empty());
        }
    }
}
