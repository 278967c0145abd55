//! The receiving end: one per frame worker.

use super::{
    AudioLevel, EpochKeys, Kid, SHIM_DELTA, SHIM_KEY, Stream,
    aead::{OpeningKey, SUITE, TAG_BYTES},
    audio, header, herald, metadata,
    vouch::{FrameHash, Hasher, Hashes, Sealed},
    window::ReplayWindow,
};
use sframe::crypto::DecryptionBufferView;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How long frames of the last epoch are still opened: what was under way when the keys moved on.
const GRACE_MS: u64 = 2_000;
/// The same after somebody was removed: long enough for the network, short for whoever must no longer be heard.
const GRACE_AFTER_REMOVAL_MS: u64 = 300;
/// Most generations of one stream and layer in one epoch. A worker that restarts takes another, and a new epoch follows at once;
/// without a limit a member could make every other one hold keys without end.
const MAX_GENERATIONS: usize = 8;

/// Where a frame came in: what the screen will say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// MLS leaf index of the member under whose name it would be shown.
    pub leaf: u32,
    /// The stream it would be shown as.
    pub stream: Stream,
}

/// What is known of an opened frame; its content is in the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// MLS epoch it was sealed in.
    pub epoch: u64,
    /// The sender's simulcast or spatial layer.
    pub layer: u8,
    /// Of a picture, whether it stands alone. Authenticated.
    pub key_frame: Option<bool>,
    /// Of sound, how loud the sender measured it.
    pub level: Option<AudioLevel>,
}

/// Why a frame is neither played nor shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No bytes at all: browsers show such audio frames at the start of a call.
    #[error("the frame is empty")]
    Empty,
    /// Too short to be a sealed frame.
    #[error("the frame is too short")]
    TooShort,
    /// Seen before, or older than the replay window reaches. Browsers repeat key frames by themselves.
    #[error("the frame was seen before, or comes much too late")]
    Replay,
    /// Our own frame, reflected by the host.
    #[error("the frame is our own")]
    Own,
    /// Sealed by another member than the one it came in for, or by nobody in the group.
    #[error("the frame is of another sender")]
    OtherSender,
    /// Sealed for another stream, or for none that exists.
    #[error("the frame is of another stream")]
    OtherStream,
    /// Sealed in an epoch ahead of ours: our commit is still on its way.
    #[error("the keys of this epoch are not here yet")]
    UnknownEpoch,
    /// Sealed in an epoch whose grace is over, or by a member who was removed.
    #[error("the keys of this epoch are gone")]
    Retired,
    /// The member changes keys more often than any restart explains.
    #[error("the sender uses too many keys")]
    TooManyKeys,
    /// Not authentic: changed, or sealed with a key that is not the claimed member's. Or authentic, but not what this protocol
    /// seals: the member's client is broken.
    #[error("the frame is not authentic")]
    Forged,
}

impl OpenError {
    /// Whether it happens in an honest meeting too, so that nobody needs to be told.
    pub fn silent(self) -> bool {
        matches!(self, Self::Empty | Self::Replay | Self::UnknownEpoch | Self::Retired)
    }
}

/// Opens other members' frames.
#[derive(Default)]
pub struct FrameOpener {
    now: Option<Now>,
    /// At most two: the epoch before the current one while its grace lasts, and the current one.
    epochs: Vec<OpeningEpoch>,
    opened: Hashes,
}

/// Where the group stands, whether or not its frames may be opened.
struct Now {
    epoch: u64,
    my_leaf: u32,
    opens_from: u64,
    secret: Zeroizing<[u8; 32]>,
}

struct OpeningEpoch {
    epoch: u64,
    secret: Zeroizing<[u8; 32]>,
    /// Leaves whose frames are opened, sorted.
    leaves: Vec<u32>,
    /// End of the grace, once another epoch has followed.
    until_ms: Option<u64>,
    /// By KID: only keys that opened an authentic frame.
    senders: BTreeMap<u64, Sender>,
    hasher: Option<Hasher>,
}

struct Sender {
    key: OpeningKey,
    window: ReplayWindow,
}

impl FrameOpener {
    /// Opens nothing until keys are installed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens frames of this epoch from now on, and those of the one before it for a grace of 2 s: 300 ms if somebody
    /// was removed (`removal`, or `keys.removed`), whose own frames are refused at once.
    ///
    /// Keys of the current epoch again change nothing. Keys of an earlier epoch, or of the same with another secret, are another
    /// group's: everything held before is wiped.
    pub fn install(&mut self, now_ms: u64, keys: &EpochKeys, removal: bool) {
        self.expire(now_ms);
        let follows = self.now.as_ref().and_then(|now| now.epoch.checked_add(1)) == Some(keys.epoch);
        let (again, opens_from) = match &self.now {
            Some(now) => {
                let again = now.epoch == keys.epoch && bool::from(now.secret[..].ct_eq(&keys.secret()[..]));
                let later = keys.epoch > now.epoch;
                (again, if again || later { now.opens_from.max(keys.opens_from) } else { keys.opens_from })
            }
            None => (false, keys.opens_from),
        };
        if follows {
            let grace = if removal || !keys.removed.is_empty() { GRACE_AFTER_REMOVAL_MS } else { GRACE_MS };
            self.epochs.iter_mut().for_each(|old| old.retire(keys, now_ms.saturating_add(grace)));
        } else if !again {
            // Another group; or epochs in between are unknown, and so is who was removed in them.
            self.epochs.clear();
        }
        if !again && keys.epoch >= opens_from {
            self.epochs.push(OpeningEpoch::new(keys));
        }
        self.epochs.retain(|epoch| epoch.epoch >= opens_from);
        self.now = Some(Now { epoch: keys.epoch, my_leaf: keys.my_leaf, opens_from, secret: keys.secret().clone() });
    }

    /// Wipes keys whose grace is over. [`open`](Self::open) does so too; a timer may call this when no frames come.
    pub fn expire(&mut self, now_ms: u64) {
        self.epochs.retain(|epoch| epoch.until_ms.is_none_or(|until| now_ms < until));
    }

    /// Opens one frame into `out`, replacing what is there.
    ///
    /// # Errors
    /// [`OpenError`]; `out` is then empty, and nothing has changed.
    pub fn open(&mut self, now_ms: u64, expected: Expected, sealed: &[u8], out: &mut Vec<u8>) -> Result<Opened, OpenError> {
        out.clear();
        if sealed.is_empty() {
            return Err(OpenError::Empty);
        }
        self.expire(now_ms);
        let frame = Parsed::read(sealed, expected.stream)?;
        let epoch = match self.epoch_of(&frame, expected) {
            Err(OpenError::Own) => {
                self.overhear(&frame, out);
                return Err(OpenError::Own);
            }
            epoch => epoch?,
        };
        let (opened, hash) = epoch.open(&frame, out).inspect_err(|_| out.clear())?;
        hash.into_iter().for_each(|hash| self.opened.push(hash));
        Ok(opened)
    }

    /// The hashes of what was opened since this was asked last, in order; none of epochs whose frames are not signed. Frames that somebody
    /// passes on in our own name are among them: they are refused, but they authenticated.
    pub fn take_opened(&mut self) -> Vec<FrameHash> {
        self.opened.take()
    }

    /// A frame in our own name. Where frames are signed it matters whether it is one: others will have heard it.
    fn overhear(&mut self, frame: &Parsed<'_>, out: &mut Vec<u8>) {
        let epoch = self.epochs.iter_mut().find(|epoch| epoch.hasher.is_some() && epoch.epoch as u8 == frame.kid.epoch);
        if let Some(Ok((_, Some(hash)))) = epoch.map(|epoch| epoch.open(frame, out)) {
            self.opened.push(hash);
        }
        out.clear();
    }

    /// Opens one frame of the herald at `leaf`, leaving what it passes on, still sealed, in `passed_on`. Returns the leaf of whom it
    /// claims to pass on, or nothing for a frame that only fills the time. [`open`](Self::open) proves the claim, with that leaf and
    /// [`Stream::Audio`] expected; there too a frame that came on two ways is accepted once.
    ///
    /// # Errors
    /// [`OpenError`] of the herald's own frame; `passed_on` is then empty.
    pub fn open_herald(
        &mut self,
        now_ms: u64,
        leaf: u32,
        sealed: &[u8],
        passed_on: &mut Vec<u8>,
    ) -> Result<Option<u32>, OpenError> {
        self.open(now_ms, Expected { leaf, stream: Stream::Herald }, sealed, passed_on)?;
        herald::strip(passed_on).ok_or(OpenError::Forged).inspect_err(|_| passed_on.clear())?;
        if passed_on.is_empty() {
            return Ok(None);
        }
        let claimed = Parsed::read(passed_on, Stream::Audio).map(|frame| u32::from(frame.kid.leaf));
        claimed.map(Some).inspect_err(|_| passed_on.clear())
    }

    /// Everything that can be said against a frame before any key is touched.
    fn epoch_of(&mut self, frame: &Parsed<'_>, expected: Expected) -> Result<&mut OpeningEpoch, OpenError> {
        let now = self.now.as_ref().ok_or(OpenError::UnknownEpoch)?;
        let leaf = u32::from(frame.kid.leaf);
        if leaf == now.my_leaf {
            return Err(OpenError::Own);
        }
        if leaf != expected.leaf {
            return Err(OpenError::OtherSender);
        }
        if frame.kid.stream != expected.stream {
            return Err(OpenError::OtherStream);
        }
        // The KID has the epoch's low byte alone: within half a turn ahead it is to come, otherwise it is over.
        let ahead = frame.kid.epoch.wrapping_sub(now.epoch as u8);
        let missing = if (1..=127).contains(&ahead) { OpenError::UnknownEpoch } else { OpenError::Retired };
        let current = now.epoch;
        let epoch = self.epochs.iter_mut().find(|epoch| epoch.epoch as u8 == frame.kid.epoch).ok_or(missing)?;
        match epoch.leaves.binary_search(&leaf) {
            Ok(_) => Ok(epoch),
            Err(_) if epoch.epoch == current => Err(OpenError::OtherSender),
            Err(_) => Err(OpenError::Retired),
        }
    }
}

impl OpeningEpoch {
    fn new(keys: &EpochKeys) -> Self {
        let mut leaves = keys.members.clone();
        leaves.sort_unstable();
        Self {
            epoch: keys.epoch,
            secret: keys.secret().clone(),
            leaves,
            until_ms: None,
            senders: BTreeMap::new(),
            hasher: Hasher::of(keys),
        }
    }

    /// Another epoch has followed: what is under way may still come in, but not from those who are gone.
    fn retire(&mut self, next: &EpochKeys, until_ms: u64) {
        self.until_ms = Some(self.until_ms.map_or(until_ms, |until| until.min(until_ms)));
        self.leaves.retain(|leaf| next.members.contains(leaf) && !next.removed.contains(leaf));
    }

    /// Look, authenticate, commit.
    fn open(&mut self, frame: &Parsed<'_>, out: &mut Vec<u8>) -> Result<(Opened, Option<FrameHash>), OpenError> {
        if let Some(sender) = self.senders.get_mut(&frame.number) {
            if !sender.window.admits(frame.counter) {
                return Err(OpenError::Replay);
            }
            frame.decrypt(&sender.key, out)?;
            sender.window.record(frame.counter);
        } else {
            // Keys of other generations of this very stream and layer differ in the low half of the KID.
            let first = frame.number & !u64::from(u32::MAX);
            if self.senders.range(first..=first | u64::from(u32::MAX)).count() >= MAX_GENERATIONS {
                return Err(OpenError::TooManyKeys);
            }
            let base_key = EpochKeys::base_key_of(&self.secret, u32::from(frame.kid.leaf));
            let key = OpeningKey::derive_from(SUITE, frame.number, &*base_key).map_err(|_| OpenError::Forged)?;
            frame.decrypt(&key, out)?;
            let mut window = ReplayWindow::default();
            window.record(frame.counter);
            self.senders.insert(frame.number, Sender { key, window });
        }
        let level = match frame.kid.stream {
            Stream::Audio | Stream::ScreenAudio => Some(audio::strip(out).ok_or(OpenError::Forged)?),
            Stream::Camera | Stream::Screen | Stream::Herald => None,
        };
        let opened = Opened { epoch: self.epoch, layer: frame.kid.layer, key_frame: frame.key_frame, level };
        Ok((opened, self.hasher.as_ref().map(|hasher| hasher.hash(frame.sealed()))))
    }
}

/// A frame taken apart; nothing in it is authenticated.
struct Parsed<'a> {
    key_frame: Option<bool>,
    number: u64,
    kid: Kid,
    counter: u64,
    header: &'a [u8],
    ciphertext: &'a [u8],
}

impl<'a> Parsed<'a> {
    fn read(sealed: &'a [u8], stream: Stream) -> Result<Self, OpenError> {
        let (key_frame, sealed) = match sealed {
            _ if stream.is_audio() => (None, sealed),
            [SHIM_KEY, sealed @ ..] => (Some(true), sealed),
            [SHIM_DELTA, sealed @ ..] => (Some(false), sealed),
            _ => return Err(OpenError::Forged),
        };
        let (number, counter, length) = header::read(sealed).ok_or(OpenError::TooShort)?;
        let (header, ciphertext) = sealed.split_at_checked(length).ok_or(OpenError::TooShort)?;
        if ciphertext.len() <= TAG_BYTES {
            return Err(OpenError::TooShort);
        }
        let kid = Kid::from_u64(number).ok_or(OpenError::OtherStream)?;
        Ok(Self { key_frame, number, kid, counter, header, ciphertext })
    }

    fn sealed(&self) -> Sealed<'a> {
        let metadata = metadata(self.kid.stream, self.key_frame);
        Sealed { kid: self.number, counter: self.counter, metadata, ciphertext: self.ciphertext }
    }

    fn decrypt(&self, key: &OpeningKey, out: &mut Vec<u8>) -> Result<(), OpenError> {
        // RFC 9605 §4.4.4: aad = header ‖ metadata.
        let mut aad = [0; header::MAX_BYTES + 2];
        let aad = aad.get_mut(..self.header.len() + 2).ok_or(OpenError::TooShort)?;
        let (bound_header, bound) = aad.split_at_mut(self.header.len());
        bound_header.copy_from_slice(self.header);
        bound.copy_from_slice(&metadata(self.kid.stream, self.key_frame));
        out.extend_from_slice(self.ciphertext);
        key.decrypt(DecryptionBufferView { aad, data: out }, self.counter).map_err(|_| OpenError::Forged)?;
        out.truncate(out.len() - TAG_BYTES);
        Ok(())
    }
}
