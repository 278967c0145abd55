//! The sending end: one per frame worker.

use super::{
    AudioLevel, EpochKeys, Kid, SHIM_DELTA, SHIM_KEY, Stream,
    aead::{SUITE, SealingKey, TAG_BYTES},
    audio::{self, HighWater},
    header::{self, Header},
    herald, metadata,
    vouch::{FrameHash, Hasher, Hashes, Sealed},
};
use crate::sorted::SortedMap;
use sframe::crypto::EncryptionBufferView;
use zeroize::Zeroizing;

/// Why a frame was not sealed, and so must not be sent. Always on our own side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No keys yet: we are not in the group.
    #[error("no keys are installed")]
    NoKeys,
    /// Somebody is being removed: nothing is sealed to a group that still holds them.
    #[error("sealing is paused")]
    Paused,
    /// The encoder gave an empty frame.
    #[error("the frame is empty")]
    Empty,
    /// A layer above 15, or a key frame of a stream without them, or a picture that is neither key nor delta.
    #[error("the frame does not fit its stream")]
    Unfit,
    /// A counter has run out, or the AEAD refused: never seen in a meeting of any length.
    #[error("the key is used up")]
    Exhausted,
}

/// Seals our own frames.
///
/// Invariant: **the counter of a KID only grows, for as long as the sealer lives**, whatever keys are installed meanwhile; and another
/// sealer has another generation.
pub struct FrameSealer {
    generation: u32,
    paused: bool,
    epoch: Option<SealingEpoch>,
    /// Next counter of every KID ever used, except those in `epoch`. The epoch has only eight bits in it, so this stays small.
    counters: SortedMap<u64, u64>,
    sealed: Hashes,
}

struct SealingEpoch {
    epoch: u8,
    leaf: u16,
    base_key: Zeroizing<[u8; 32]>,
    /// The few streams and layers we send, in order of first use: a scan is faster than a tree.
    streams: Vec<SealingStream>,
    hasher: Option<Hasher>,
}

struct SealingStream {
    stream: Stream,
    layer: u8,
    key: SealingKey,
    next: u64,
    high_water: HighWater,
}

impl FrameSealer {
    /// `generation` must be drawn at random for each start of a frame worker.
    pub fn new(generation: u32) -> Self {
        Self { generation, paused: false, epoch: None, counters: SortedMap::new(), sealed: Hashes::default() }
    }

    /// Seals under these keys from now on. Keys with a leaf that a KID cannot name are as good as none.
    pub fn install(&mut self, keys: &EpochKeys) {
        for stream in self.epoch.take().into_iter().flat_map(|epoch| epoch.streams) {
            self.counters.insert(stream.key.key_id(), stream.next);
        }
        self.epoch = u16::try_from(keys.my_leaf).ok().map(|leaf| SealingEpoch {
            epoch: keys.epoch as u8,
            leaf,
            base_key: EpochKeys::base_key_of(keys.secret(), keys.my_leaf),
            streams: Vec::new(),
            hasher: Hasher::of(keys),
        });
    }

    /// Whether what is sealed is to be vouched for: it is so in each epoch that the room's policy says so of.
    pub fn signs(&self) -> bool {
        self.epoch.as_ref().is_some_and(|epoch| epoch.hasher.is_some())
    }

    pub(super) fn has_sealed(&self) -> bool {
        !self.sealed.is_empty()
    }

    /// The hashes of what was sealed since this was asked last, in order; none of epochs whose frames are not signed.
    pub fn take_sealed(&mut self) -> Vec<FrameHash> {
        self.sealed.take()
    }

    /// Seals nothing from now on: somebody is being removed and the group still holds them.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Seals again.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Seals one frame into `out`, replacing what is there.
    ///
    /// `key_frame` is `None` for sound and says of a picture whether it stands alone. Sound sealed by this counts as
    /// silence; use [`seal_audio`](Self::seal_audio) to tell its level.
    ///
    /// # Errors
    /// [`SealError`]; `out` is then empty.
    pub fn seal(
        &mut self,
        stream: Stream,
        layer: u8,
        key_frame: Option<bool>,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        if stream.is_audio() {
            out.clear();
            return if layer == 0 && key_frame.is_none() {
                self.seal_audio(stream, AudioLevel::SILENCE, plain, out)
            } else {
                Err(SealError::Unfit)
            };
        }
        let shim = key_frame.map(|key| if key { SHIM_KEY } else { SHIM_DELTA });
        self.seal_parts(Part { stream, layer, key_frame, shim, level: None }, plain, out)
    }

    /// Seals one Opus frame with its level.
    ///
    /// # Errors
    /// [`SealError`]; `out` is then empty.
    pub fn seal_audio(&mut self, stream: Stream, level: AudioLevel, opus: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        if stream == Stream::Herald {
            out.clear();
            return Err(SealError::Unfit);
        }
        self.seal_parts(Part { stream, layer: 0, key_frame: None, shim: None, level: Some(level) }, opus, out)
    }

    /// Seals what a herald passes on: another member's sealed frame as it came, or nothing. Both are of one size.
    ///
    /// # Errors
    /// [`SealError`], [`Unfit`](SealError::Unfit) when the frame is longer than [`MOST_PASSED_ON`](super::MOST_PASSED_ON); `out` is then empty.
    pub fn seal_herald(&mut self, passed_on: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), SealError> {
        let Some(plain) = herald::filled(passed_on.unwrap_or_default()) else {
            out.clear();
            return Err(SealError::Unfit);
        };
        self.seal_parts(Part { stream: Stream::Herald, layer: 0, key_frame: None, shim: None, level: None }, &plain, out)
    }

    fn seal_parts(&mut self, part: Part, plain: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        out.clear();
        if self.paused {
            return Err(SealError::Paused);
        }
        if plain.is_empty() {
            return Err(SealError::Empty);
        }
        if part.layer > Kid::MAX_LAYER || part.stream.is_audio() == part.shim.is_some() {
            return Err(SealError::Unfit);
        }
        let generation = self.generation;
        let epoch = self.epoch.as_mut().ok_or(SealError::NoKeys)?;
        let sender = epoch.stream(part.stream, part.layer, generation, &self.counters)?;
        // The counter is spent before anything can fail: it never meets a second frame.
        let counter = sender.next;
        sender.next = counter.checked_add(1).ok_or(SealError::Exhausted)?;
        let start = sender.write(part, counter, plain, out).inspect_err(|_| out.clear())?;
        let kid = sender.key.key_id();
        if let (Some(hasher), Some(ciphertext)) = (&epoch.hasher, out.get(start..)) {
            let metadata = metadata(part.stream, part.key_frame);
            self.sealed.push(hasher.hash(Sealed { kid, counter, metadata, ciphertext }));
        }
        Ok(())
    }
}

/// What a frame is, beside its bytes.
#[derive(Clone, Copy)]
struct Part {
    stream: Stream,
    layer: u8,
    key_frame: Option<bool>,
    shim: Option<u8>,
    level: Option<AudioLevel>,
}

impl SealingEpoch {
    fn stream(
        &mut self,
        stream: Stream,
        layer: u8,
        generation: u32,
        counters: &SortedMap<u64, u64>,
    ) -> Result<&mut SealingStream, SealError> {
        let place = match self.streams.iter().position(|known| known.stream == stream && known.layer == layer) {
            Some(place) => place,
            None => {
                let kid = Kid { epoch: self.epoch, leaf: self.leaf, stream, layer, generation }.to_u64();
                let key = SealingKey::derive_from(SUITE, kid, &*self.base_key).map_err(|_| SealError::Exhausted)?;
                let next = counters.get(&kid).copied().unwrap_or(0);
                self.streams.push(SealingStream { stream, layer, key, next, high_water: HighWater::default() });
                self.streams.len() - 1
            }
        };
        self.streams.get_mut(place).ok_or(SealError::NoKeys)
    }
}

impl SealingStream {
    /// Where in `out` the ciphertext begins.
    fn write(&mut self, part: Part, counter: u64, plain: &[u8], out: &mut Vec<u8>) -> Result<usize, SealError> {
        let header = Header::new(self.key.key_id(), counter);
        let header = header.as_slice();
        // RFC 9605 §4.4.3: aad = header ‖ metadata.
        let mut aad = [0; header::MAX_BYTES + 2];
        let (aad, _) = aad.split_at_mut(header.len() + 2);
        let (bound_header, bound) = aad.split_at_mut(header.len());
        bound_header.copy_from_slice(header);
        bound.copy_from_slice(&metadata(part.stream, part.key_frame));

        let audio = part.level.map(|level| self.high_water.header(level, plain.len()));
        out.reserve(1 + header::MAX_BYTES + audio::HEADER_BYTES + plain.len() + usize::from(u8::MAX) + TAG_BYTES);
        out.extend(part.shim);
        out.extend_from_slice(header);
        let start = out.len();
        out.extend(audio.into_iter().flatten());
        out.extend_from_slice(plain);
        out.resize(out.len() + audio.map_or(0, |[_, padding]| usize::from(padding)), 0);
        let end = out.len();
        out.resize(end + TAG_BYTES, 0);
        let (_, sealed) = out.split_at_mut(start);
        let (data, tag) = sealed.split_at_mut(end - start);
        self.key.encrypt(EncryptionBufferView { aad, data, tag }, counter).map_err(|_| SealError::Exhausted)?;
        Ok(start)
    }
}
