//! A member that speaks in another's name.
//!
//! **Invariant:** it does nothing that a member of the group could not do with the keys it was given, by the protocol, over the real host: it
//! holds everybody's frame keys, and as a herald it needs nobody's help. It exists in builds for tests only.

use super::life::Life;
use super::{Frame, Member, Order, Published};
use crypto::frames::{EpochKeys, FrameSealer, SealError, Stream};
use crypto::group::MemberId;
use wire::Track;
use zeroize::Zeroizing;

/// What it takes to seal as somebody else: the keys of the epoch.
#[derive(Default)]
pub(crate) struct Forger {
    keys: Zeroizing<Vec<u8>>,
    sealer: Option<(u32, FrameSealer)>,
}

impl Forger {
    /// The keys of a new epoch.
    pub(crate) fn keep(&mut self, keys: &EpochKeys) {
        (self.keys, self.sealer) = (keys.to_bytes(), None);
    }

    /// Seals a frame of sound as this leaf does.
    pub(crate) fn seal(&mut self, leaf: u32, frame: &Frame) -> Result<Vec<u8>, SealError> {
        if self.sealer.as_ref().is_none_or(|(of, _)| *of != leaf) {
            let mut keys = EpochKeys::from_bytes(&self.keys).ok_or(SealError::NoKeys)?;
            keys.my_leaf = leaf;
            let mut sealer = FrameSealer::new(u32::MAX);
            sealer.install(&keys);
            self.sealer = Some((leaf, sealer));
        }
        let (_, sealer) = self.sealer.as_mut().ok_or(SealError::NoKeys)?;
        let mut sealed = Vec::new();
        sealer.seal_audio(Stream::Audio, frame.level, &frame.content, &mut sealed)?;
        Ok(sealed)
    }
}

impl Life {
    /// Passes on, as a herald, what the victim never said.
    pub(super) async fn forge(&mut self, victim: MemberId, frame: &Frame) -> Published {
        let Some(leaf) = self.leaf_of(victim) else { return Published::Withheld };
        let mut sealed = Vec::new();
        match self.keyholder.forge(leaf, frame, &mut sealed) {
            Ok(()) => self.peer.send(Track::Herald, &sealed).await.map_or(Published::Withheld, Published::Sent),
            Err(_) => Published::Withheld,
        }
    }

    fn leaf_of(&self, member: MemberId) -> Option<u32> {
        self.people.iter().find(|person| person.member == member).map(|person| person.leaf)
    }
}

impl Member {
    /// Speaks in another's name, if this member is a herald.
    pub async fn forge(&self, victim: MemberId, frame: Frame) -> Published {
        self.ask(|answer| Order::Forge(victim, frame, answer)).await.unwrap_or(Published::Withheld)
    }
}
