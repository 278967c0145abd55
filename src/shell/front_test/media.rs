//! The first of a browser's media: an offer over the WebSocket, and the check that fits the answer (RFC 8445 §7).

use super::web::Meeting;
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USERNAME, AttrType};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message as stun;
use rtc_stun::textattrs::TextAttribute;
use wire::{FromHost, Mid, Offer, Publication, ToHost, Track};

/// The host's answer to an offer of sound, in a room of its own.
pub(crate) async fn offers(meeting: &mut Meeting) -> String {
    meeting.enters(1).await;
    meeting.founds().await;
    let sdp = include_str!("../../core/transport/offers/chromium-156.sdp").replace('\n', "\r\n");
    let publication = Publication { mid: Mid("0".into()), track: Track::Audio };
    meeting.says(&ToHost::Offer(Offer { sdp, publications: vec![publication] })).await;
    loop {
        if let FromHost::Answer { sdp } = meeting.hears().await.expect("the host closed") {
            return sdp;
        }
    }
}

/// An attribute as a browser's check has it.
struct Attribute(AttrType, &'static [u8]);

impl stun::Setter for Attribute {
    fn add_to(&self, message: &mut stun::Message) -> rtc_shared::error::Result<()> {
        message.add(self.0, self.1);
        Ok(())
    }
}

/// The browser's check for that answer.
pub(crate) fn check(answer: &str) -> Vec<u8> {
    let line = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let (user, provider) = (format!("{}:ufrg", line("a=ice-ufrag:")), RingProvider::default());
    let mut check = stun::Message::new();
    check
        .build(&[
            Box::new(stun::BINDING_REQUEST),
            Box::new(stun::TransactionId::new()),
            Box::new(TextAttribute::new(ATTR_USERNAME, user)),
            Box::new(Attribute(ATTR_PRIORITY, &[0x6e, 0, 0xff, 0xff])),
            Box::new(Attribute(ATTR_ICE_CONTROLLING, &[7; 8])),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(line("a=ice-pwd:"), provider.crypto())),
            Box::new(rtc_stun::fingerprint::FINGERPRINT),
        ])
        .unwrap();
    check.raw
}
