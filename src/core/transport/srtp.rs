//! SRTP and SRTCP (RFC 3711): AES-128-GCM (RFC 7714) in place with ring, AES-CM-HMAC-SHA1-80 by `rtc-srtp` for clients that have nothing better.
//!
//! **Invariant:** nothing is remembered because of a packet that did not authenticate, and no nonce is used twice: outgoing RTP numbers
//! grow per SSRC by construction of the caller, outgoing RTCP numbers are counted here.

use super::rtp::{Header, Unwrapper, u32_at};
use aes::cipher::{BlockEncrypt, KeyInit};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc_crypto::RTCCryptoProvider;
use rtc_srtp::{context::Context, option, protection_profile::ProtectionProfile};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes of a GCM tag.
const TAG: usize = 16;
/// SSRCs whose SRTCP replay state is kept per peer. A browser uses one or two more than it has sections.
const RTCP_SOURCES: usize = 256;
/// Unknown SSRCs tried with the fallback before its trial context, which remembers each, is made anew.
const TRIALS: u32 = 64;

/// The two ciphers we negotiate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// SRTP_AEAD_AES_128_GCM.
    Gcm,
    /// SRTP_AES128_CM_HMAC_SHA1_80.
    Sha1,
}

/// RFC 3711 §4.3.1.
#[derive(Clone, Copy)]
enum Label {
    RtpKey = 0,
    RtpSalt = 2,
    RtcpKey = 3,
    RtcpSalt = 5,
}

/// Opens what one peer sends.
pub(crate) struct Opener(Opening);

#[expect(clippy::large_enum_variant, reason = "the large one is the rule, and is used per packet")]
enum Opening {
    Gcm { rtp: GcmKey, rtcp: GcmKey, sources: Vec<(u32, ReplayWindow)> },
    Sha1(Box<Sha1Opener>),
}

/// Seals what one peer shall get.
pub(crate) struct Sealer(Sealing);

#[expect(clippy::large_enum_variant, reason = "the large one is the rule, and is used per packet")]
enum Sealing {
    Gcm { rtp: GcmKey, rtcp: GcmKey, index: u32 },
    Sha1(Box<Context>),
}

struct GcmKey {
    key: LessSafeKey,
    salt: [u8; 12],
}

/// Which numbers have been seen: the highest and the 128 below it (RFC 3711 §3.3.2).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReplayWindow {
    highest: u64,
    seen: u128,
}

impl ReplayWindow {
    /// True when the number is new and not too old to tell.
    pub(crate) fn admits(&self, number: u64) -> bool {
        number > self.highest || self.seen == 0 || {
            let age = self.highest - number;
            age < 128 && self.seen >> age & 1 == 0
        }
    }

    /// Remembers the number of an authentic packet.
    pub(crate) fn commit(&mut self, number: u64) {
        if self.seen == 0 || number > self.highest {
            let step = if self.seen == 0 { 128 } else { number - self.highest };
            self.seen = if step >= 128 { 0 } else { self.seen << step } | 1;
            self.highest = number;
        } else if let Some(bit) = u32::try_from(self.highest - number).ok().filter(|&age| age < 128) {
            self.seen |= 1 << bit;
        }
    }
}

impl Profile {
    /// Bytes of DTLS keying material needed for both directions (RFC 5764 §4.2).
    pub(crate) fn material_length(self) -> usize {
        2 * (16 + self.salt_length())
    }

    fn salt_length(self) -> usize {
        match self {
            Self::Gcm => 12,
            Self::Sha1 => 14,
        }
    }

    /// Both directions from `material`, which is exported with the label `EXTRACTOR-dtls_srtp`.
    pub(crate) fn keys(
        self,
        material: &[u8],
        we_are_server: bool,
        provider: &Arc<dyn RTCCryptoProvider>,
    ) -> Option<(Opener, Sealer)> {
        let salt = self.salt_length();
        let (client_key, rest) = material.split_at_checked(16)?;
        let (server_key, rest) = rest.split_at_checked(16)?;
        let (client_salt, rest) = rest.split_at_checked(salt)?;
        let server_salt = rest.get(..salt)?;
        let (client, server) = ((client_key, client_salt), (server_key, server_salt));
        let (theirs, ours) = if we_are_server { (client, server) } else { (server, client) };
        Some(match self {
            Self::Gcm => (
                Opener(Opening::Gcm {
                    rtp: GcmKey::derive(theirs, Label::RtpKey, Label::RtpSalt)?,
                    rtcp: GcmKey::derive(theirs, Label::RtcpKey, Label::RtcpSalt)?,
                    sources: Vec::new(),
                }),
                Sealer(Sealing::Gcm {
                    rtp: GcmKey::derive(ours, Label::RtpKey, Label::RtpSalt)?,
                    rtcp: GcmKey::derive(ours, Label::RtcpKey, Label::RtcpSalt)?,
                    index: 0,
                }),
            ),
            Self::Sha1 => (
                Opener(Opening::Sha1(Box::new(Sha1Opener::new(theirs, provider)?))),
                Sealer(Sealing::Sha1(Box::new(sha1_context(ours, provider)?))),
            ),
        })
    }
}

/// AES-CM key derivation (RFC 3711 §4.3.3) for key derivation rate 0.
fn derive(master: (&[u8], &[u8]), label: Label, out: &mut [u8]) -> Option<()> {
    let cipher = aes::Aes128::new_from_slice(master.0).ok()?;
    let mut block = [0u8; 16];
    block.get_mut(..master.1.len())?.copy_from_slice(master.1);
    block[7] ^= label as u8;
    for (counter, chunk) in (0u16..).zip(out.chunks_mut(16)) {
        block[14..].copy_from_slice(&counter.to_be_bytes());
        let mut stream = block.into();
        cipher.encrypt_block(&mut stream);
        chunk.copy_from_slice(stream.get(..chunk.len())?);
    }
    Some(())
}

impl GcmKey {
    fn derive(master: (&[u8], &[u8]), key: Label, salt: Label) -> Option<Self> {
        let mut bytes = Zeroizing::new([0u8; 16]);
        derive(master, key, bytes.as_mut())?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, bytes.as_ref()).ok()?);
        let mut salt_bytes = [0; 12];
        derive(master, salt, &mut salt_bytes)?;
        Some(Self { key, salt: salt_bytes })
    }

    /// RFC 7714 §8.1 and §9.1: two zero bytes, the SSRC and a 48-bit number, under the salt.
    fn nonce(&self, ssrc: u32, number: u64) -> Nonce {
        let mut iv = [0u8; 12];
        iv[2..6].copy_from_slice(&ssrc.to_be_bytes());
        iv[6..].copy_from_slice(&number.to_be_bytes()[2..]);
        iv.iter_mut().zip(&self.salt).for_each(|(byte, salt)| *byte ^= salt);
        Nonce::assume_unique_for_key(iv)
    }
}

impl Opener {
    /// Opens an RTP packet in place and returns the length of header and plain payload.
    /// `number` is what the sequence number stands for ([`Unwrapper::guess`]).
    pub(crate) fn open_rtp(&mut self, header: &Header, number: u64, packet: &mut [u8]) -> Option<usize> {
        match &mut self.0 {
            Opening::Gcm { rtp, .. } => {
                let nonce = rtp.nonce(header.ssrc, rtp_number(number));
                let (clear, sealed) = packet.split_at_mut_checked(header.length)?;
                let plain = rtp.key.open_in_place(nonce, Aad::from(&*clear), sealed).ok()?;
                Some(header.length + plain.len())
            }
            Opening::Sha1(opener) => opener.open_rtp(header.ssrc, packet),
        }
    }

    /// Opens a compound RTCP packet in place and returns its length. Refuses replays.
    pub(crate) fn open_rtcp(&mut self, packet: &mut [u8]) -> Option<usize> {
        match &mut self.0 {
            Opening::Gcm { rtcp, sources, .. } => {
                let ssrc = u32_at(packet, 4)?;
                let end = packet.len().checked_sub(4)?;
                let word = u32_at(packet, end)?;
                let (index, sealed) = (word & 0x7fff_ffff, word >> 31 == 1);
                let known = sources.iter_mut().position(|(source, _)| *source == ssrc);
                if !sealed || known.and_then(|at| sources.get(at)).is_some_and(|(_, window)| !window.admits(index.into())) {
                    return None;
                }
                let mut aad = [0; 12];
                aad[..8].copy_from_slice(packet.get(..8)?);
                aad[8..].copy_from_slice(&word.to_be_bytes());
                let nonce = rtcp.nonce(ssrc, u64::from(index));
                let plain = rtcp.key.open_in_place(nonce, Aad::from(aad), packet.get_mut(8..end)?).ok()?;
                let length = 8 + plain.len();
                Self::remember(sources, ssrc, index);
                Some(length)
            }
            Opening::Sha1(opener) => opener.open_rtcp(packet),
        }
    }

    fn remember(sources: &mut Vec<(u32, ReplayWindow)>, ssrc: u32, index: u32) {
        if !sources.iter().any(|(source, _)| *source == ssrc) {
            if sources.len() >= RTCP_SOURCES {
                sources.remove(0);
            }
            sources.push((ssrc, ReplayWindow::default()));
        }
        if let Some((_, window)) = sources.iter_mut().find(|(source, _)| *source == ssrc) {
            window.commit(index.into());
        }
    }
}

/// Bytes of the header of a packet that we wrote: at most one block of extensions, no CSRC.
fn header_length(packet: &[u8]) -> Option<usize> {
    let extended = packet.first()? & 0x10 != 0;
    Some(super::rtp::HEADER + if extended { 4 + 4 * usize::from(super::rtp::u16_at(packet, super::rtp::HEADER + 2)?) } else { 0 })
}

fn rtp_number(number: u64) -> u64 {
    u64::from(Unwrapper::roll_over(number)) << 16 | number & 0xffff
}

impl Sealer {
    /// Bytes by which [`Sealer::seal_rtp`] makes a packet longer.
    pub(crate) fn tag_length(&self) -> usize {
        match self.0 {
            Sealing::Gcm { .. } => TAG,
            Sealing::Sha1(_) => 10,
        }
    }

    /// Seals the RTP packet that stands in `buffer` from `start` on, and appends the tag. `number` is the unwrapped sequence number.
    /// On `None` nothing may be sent.
    pub(crate) fn seal_rtp(&mut self, ssrc: u32, number: u64, buffer: &mut Vec<u8>, start: usize) -> Option<()> {
        match &mut self.0 {
            Sealing::Gcm { rtp, .. } => {
                let nonce = rtp.nonce(ssrc, rtp_number(number));
                let header = header_length(buffer.get(start..)?)?;
                let (clear, plain) = buffer.get_mut(start..)?.split_at_mut_checked(header)?;
                let tag = rtp.key.seal_in_place_separate_tag(nonce, Aad::from(&*clear), plain).ok()?;
                buffer.extend_from_slice(tag.as_ref());
            }
            Sealing::Sha1(context) => {
                let sealed = context.encrypt_rtp(buffer.get(start..)?).ok()?;
                buffer.truncate(start);
                buffer.extend_from_slice(&sealed);
            }
        }
        Some(())
    }

    /// Seals a packet with a header longer than ours, as browsers send.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn seal_rtp_behind(&mut self, header: usize, (ssrc, number): (u32, u64), packet: &mut Vec<u8>) -> Option<()> {
        match &mut self.0 {
            Sealing::Gcm { rtp, .. } => {
                let (clear, plain) = packet.split_at_mut_checked(header)?;
                let tag =
                    rtp.key.seal_in_place_separate_tag(rtp.nonce(ssrc, rtp_number(number)), Aad::from(&*clear), plain).ok()?;
                packet.extend_from_slice(tag.as_ref());
                Some(())
            }
            Sealing::Sha1(_) => self.seal_rtp(ssrc, number, packet, 0),
        }
    }

    /// A compound RTCP packet, sealed.
    pub(crate) fn seal_rtcp(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        match &mut self.0 {
            Sealing::Gcm { rtcp, index, .. } => {
                *index = index.checked_add(1).filter(|index| index >> 31 == 0)?;
                let word = (*index | 1 << 31).to_be_bytes();
                let mut packet = Vec::with_capacity(plain.len() + TAG + 4);
                packet.extend_from_slice(plain);
                let mut aad = [0; 12];
                aad[..8].copy_from_slice(packet.get(..8)?);
                aad[8..].copy_from_slice(&word);
                let nonce = rtcp.nonce(u32_at(&packet, 4)?, u64::from(*index));
                let tag = rtcp.key.seal_in_place_separate_tag(nonce, Aad::from(aad), packet.get_mut(8..)?).ok()?;
                packet.extend_from_slice(tag.as_ref());
                packet.extend_from_slice(&word);
                Some(packet)
            }
            Sealing::Sha1(context) => Some(context.encrypt_rtcp(plain).ok()?.to_vec()),
        }
    }
}

/// `rtc-srtp` remembers every SSRC it is shown, authentic or not; so strangers' SSRCs go to a trial context that is thrown away.
struct Sha1Opener {
    known: Context,
    known_rtp: Vec<u32>,
    known_rtcp: Vec<u32>,
    trial: Context,
    trials: u32,
    master: Zeroizing<Vec<u8>>,
    provider: Arc<dyn RTCCryptoProvider>,
}

fn sha1_context(master: (&[u8], &[u8]), provider: &Arc<dyn RTCCryptoProvider>) -> Option<Context> {
    Context::new(
        master.0,
        master.1,
        ProtectionProfile::Aes128CmHmacSha1_80,
        Some(option::srtp_no_replay_protection()),
        Some(option::srtcp_replay_protection(64)),
        provider.crypto(),
    )
    .ok()
}

impl Sha1Opener {
    fn new(master: (&[u8], &[u8]), provider: &Arc<dyn RTCCryptoProvider>) -> Option<Self> {
        Some(Self {
            known: sha1_context(master, provider)?,
            known_rtp: Vec::new(),
            known_rtcp: Vec::new(),
            trial: sha1_context(master, provider)?,
            trials: 0,
            master: Zeroizing::new([master.0, master.1].concat()),
            provider: Arc::clone(provider),
        })
    }

    fn renew_trial(&mut self) {
        self.trials += 1;
        if self.trials >= TRIALS
            && let Some(fresh) = self.master.split_at_checked(16).and_then(|master| sha1_context(master, &self.provider))
        {
            self.trial = fresh;
            self.trials = 0;
        }
    }

    fn open_rtp(&mut self, ssrc: u32, packet: &mut [u8]) -> Option<usize> {
        let plain = if self.known_rtp.contains(&ssrc) {
            self.known.decrypt_rtp(packet).ok()?
        } else {
            self.renew_trial();
            self.trial.decrypt_rtp(packet).ok()?;
            if self.known_rtp.len() < RTCP_SOURCES {
                self.known_rtp.push(ssrc);
            }
            self.known.decrypt_rtp(packet).ok()?
        };
        packet.get_mut(..plain.len())?.copy_from_slice(&plain);
        Some(plain.len())
    }

    fn open_rtcp(&mut self, packet: &mut [u8]) -> Option<usize> {
        // `rtc-srtp` 0.21.1 takes what says of itself that it is not encrypted without looking at its tag. We take no such packet.
        let word = u32_at(packet, packet.len().checked_sub(10 + 4)?)?;
        if word >> 31 == 0 {
            return None;
        }
        let ssrc = u32_at(packet, 4)?;
        if !self.known_rtcp.contains(&ssrc) {
            self.renew_trial();
            self.trial.decrypt_rtcp(packet).ok()?;
            if self.known_rtcp.len() < RTCP_SOURCES {
                self.known_rtcp.push(ssrc);
            }
        }
        let plain = self.known.decrypt_rtcp(packet).ok()?;
        packet.get_mut(..plain.len())?.copy_from_slice(&plain);
        Some(plain.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn provider() -> Arc<dyn RTCCryptoProvider> {
        Arc::new(rtc_crypto::providers::RingProvider::default())
    }

    fn pair(profile: Profile) -> (Sealer, Opener) {
        let material: Vec<u8> = (0..profile.material_length() as u8).collect();
        let (_, sealer) = profile.keys(&material, false, &provider()).unwrap();
        let (opener, _) = profile.keys(&material, true, &provider()).unwrap();
        (sealer, opener)
    }

    fn packet(sequence: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let header =
            Header { marker: false, payload_type: 96, sequence, timestamp: 1, ssrc: 0x0102_0304, padded: false, length: 12 };
        header.write(&mut bytes);
        bytes.extend_from_slice(b"payload");
        bytes
    }

    #[test]
    fn both_profiles_round_trip_over_a_roll_over() {
        for profile in [Profile::Gcm, Profile::Sha1] {
            let (mut sealer, mut opener) = pair(profile);
            for number in 131_070..131_075u64 {
                let plain = packet(number as u16);
                let mut bytes = plain.clone();
                sealer.seal_rtp(0x0102_0304, number, &mut bytes, 0).unwrap();
                let header = Header::read(&bytes).unwrap();
                let length = opener.open_rtp(&header, number, &mut bytes).unwrap();
                assert_eq!(bytes[..length], plain[..], "{profile:?}");
            }
        }
    }

    #[test]
    fn our_gcm_is_the_one_of_rtc_srtp() {
        let profile = Profile::Gcm;
        let material: Vec<u8> = (0..profile.material_length() as u8).collect();
        let mut theirs =
            Context::new(&material[..16], &material[32..44], ProtectionProfile::AeadAes128Gcm, None, None, provider().crypto())
                .unwrap();
        let (mut sealer, mut opener) = pair(profile);
        let mut bytes = packet(5);
        sealer.seal_rtp(0x0102_0304, 65_541, &mut bytes, 0).unwrap();
        assert_eq!(theirs.decrypt_rtp(&bytes).unwrap(), packet(5));
        let report = [0x80, 201, 0, 1, 0, 0, 0, 9];
        assert_eq!(&theirs.decrypt_rtcp(&sealer.seal_rtcp(&report).unwrap()).unwrap()[..], report);
        let mut sealed = theirs.encrypt_rtcp(&report).unwrap().to_vec();
        let length = opener.open_rtcp(&mut sealed).unwrap();
        assert_eq!(sealed[..length], report);
    }

    #[test]
    fn a_replayed_report_is_refused() {
        for profile in [Profile::Gcm, Profile::Sha1] {
            let (mut sealer, mut opener) = pair(profile);
            let sealed = sealer.seal_rtcp(&[0x80, 201, 0, 1, 0, 0, 0, 9]).unwrap();
            assert!(opener.open_rtcp(&mut sealed.clone()).is_some());
            assert!(opener.open_rtcp(&mut sealed.clone()).is_none());
        }
    }

    #[test]
    fn strangers_leave_nothing_behind() {
        let (_, mut opener) = pair(Profile::Gcm);
        for ssrc in 0..1_000u32 {
            let mut forged = vec![0x80, 201, 0, 1];
            forged.extend_from_slice(&ssrc.to_be_bytes());
            forged.extend_from_slice(&[0; 40]);
            forged.extend_from_slice(&(1u32 << 31 | 5).to_be_bytes());
            assert!(opener.open_rtcp(&mut forged).is_none());
        }
        let Opening::Gcm { sources, .. } = &opener.0 else { unreachable!() };
        assert!(sources.is_empty());
    }

    #[test]
    fn the_fallback_takes_no_report_that_says_it_is_not_encrypted() {
        let (_, mut opener) = pair(Profile::Sha1);
        let mut forged = vec![0x80, 201, 0, 1, 0, 0, 0, 9];
        forged.resize(8 + 4 + 10, 0);
        assert!(opener.open_rtcp(&mut forged).is_none());
    }

    proptest! {
        #[test]
        fn the_window_admits_each_number_once(numbers in proptest::collection::vec(70_000u64..70_200, 1..200)) {
            let mut window = ReplayWindow::default();
            let mut seen = std::collections::HashSet::new();
            for number in numbers {
                if window.admits(number) {
                    prop_assert!(seen.insert(number));
                    window.commit(number);
                }
            }
        }

        #[test]
        fn any_bytes_are_refused_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for profile in [Profile::Gcm, Profile::Sha1] {
                let (_, mut opener) = pair(profile);
                if let Some(header) = Header::read(&bytes) {
                    prop_assert!(opener.open_rtp(&header, 70_000, &mut bytes).is_none());
                }
                prop_assert!(opener.open_rtcp(&mut bytes).is_none());
            }
        }
    }
}
