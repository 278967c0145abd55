//! One PeerConnection of the `webrtc` crate. We are always the offerer, and there is one offer (decision 0004).
//!
//! **Invariant:** ICE, DTLS, SRTP and RTCP are the crate's work alone; this module describes sections, writes packets and passes on what
//! comes in.

mod key_frames;

use crate::entropy;
use crate::frames::{OPUS, Packets, VP8};
use crate::member::Seats;
use key_frames::KeyFrameRequests;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::{Registry, Slot};
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_RTX, MIME_TYPE_VP8};
use rtc::rtp::Packet;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpRtxParameters,
    RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::sync::mpsc;
use webrtc::error::Error;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionState,
    RTCSessionDescription, SettingEngineBuilder, SrtpProtectionProfile, register_default_interceptors,
};
use webrtc::rtp_transceiver::RtpTransceiver;
use wire::{Mid, Offer, Publication, Track};

/// What a connection tells.
#[derive(Debug)]
pub(crate) enum FromPeer {
    /// The way to the host stands, and keys are agreed.
    Connected,
    /// It is lost for good.
    Lost,
    /// A media packet came in.
    Packet(Packet),
    /// A receiver needs a key frame of this picture.
    KeyFrameWanted(Track),
}

/// A PeerConnection with its sections.
pub(crate) struct Peer {
    connection: Arc<dyn PeerConnection>,
    sending: Vec<Sending>,
    receiving: Vec<(Arc<dyn RtpTransceiver>, bool)>,
}

struct Sending {
    track: Track,
    section: Arc<dyn RtpTransceiver>,
    local: Arc<TrackLocalStaticRTP>,
    packets: Packets,
}

impl Peer {
    /// A connection from a port of its own at `local`, which sends these tracks and can receive in so many sections.
    ///
    /// # Errors
    /// The crate's.
    pub(crate) async fn new(local: IpAddr, sends: &[Track], seats: Seats, tell: mpsc::Sender<FromPeer>) -> Result<Self, Error> {
        let mut codecs = codecs()?;
        let registry = register_default_interceptors(Registry::new(), &mut codecs)?.with(KEY_FRAMES, KeyFrameRequests::default());
        let profiles = vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm, SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80];
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(codecs)
            .with_setting_engine(SettingEngineBuilder::new().with_srtp_protection_profiles(profiles).build())
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(Handler(tell.clone())))
            .with_udp_addrs(vec![SocketAddr::new(local, 0)])
            .build()
            .await?;
        let mut peer = Self { connection: Arc::new(connection), sending: Vec::new(), receiving: Vec::new() };
        for &track in sends {
            peer.add_sending(track, &tell).await?;
        }
        for audio in [true, false] {
            for _ in 0..if audio { seats.sound } else { seats.pictures } {
                peer.add_receiving(audio).await?;
            }
        }
        Ok(peer)
    }

    async fn add_sending(&mut self, track: Track, tell: &mpsc::Sender<FromPeer>) -> Result<(), Error> {
        let audio = track.is_audio();
        let (ssrc, rtx) = (u32::from_be_bytes(entropy()?), u32::from_be_bytes(entropy()?));
        let coding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                rtx: (!audio).then_some(RTCRtpRtxParameters { ssrc: rtx }),
                ..RTCRtpCodingParameters::default()
            },
            codec: if audio { opus().rtp_codec } else { vp8().rtp_codec },
            active: true,
            ..RTCRtpEncodingParameters::default()
        };
        let name = format!("{track:?}");
        let described = MediaStreamTrack::new("member".to_owned(), name.clone(), name, kind(audio), vec![coding]);
        let local = Arc::new(TrackLocalStaticRTP::new(described));
        let init = RTCRtpTransceiverInit { direction: RTCRtpTransceiverDirection::Sendonly, ..RTCRtpTransceiverInit::default() };
        let section = self.connection.add_transceiver_from_track(local.clone() as Arc<dyn TrackLocal>, Some(init)).await?;
        if !audio {
            let (asked, tell) = (local.clone(), tell.clone());
            tokio::spawn(async move {
                // Only requests for key frames come here, see `key_frames`; it ends with the connection.
                while asked.poll().await.is_some() {
                    if tell.send(FromPeer::KeyFrameWanted(track)).await.is_err() {
                        return;
                    }
                }
            });
        }
        self.sending.push(Sending { track, section, local, packets: Packets::new(audio, ssrc) });
        Ok(())
    }

    async fn add_receiving(&mut self, audio: bool) -> Result<(), Error> {
        let init = RTCRtpTransceiverInit { direction: RTCRtpTransceiverDirection::Recvonly, ..RTCRtpTransceiverInit::default() };
        let section = self.connection.add_transceiver_from_kind(kind(audio), Some(init)).await?;
        self.receiving.push((section, audio));
        Ok(())
    }

    /// Describes the connection. Call it once.
    ///
    /// # Errors
    /// The crate's.
    pub(crate) async fn offer(&self) -> Result<Offer, Error> {
        let offer = self.connection.create_offer(None).await?;
        let sdp = offer.sdp.clone();
        self.connection.set_local_description(offer).await?;
        let mut publications = Vec::new();
        for sending in &self.sending {
            publications.push(Publication { mid: mid(&sending.section).await?, track: sending.track });
        }
        Ok(Offer { sdp, publications })
    }

    /// The receiving sections with their names, and whether they are for sound. Known after [`offer`](Self::offer).
    ///
    /// # Errors
    /// The crate's.
    pub(crate) async fn receiving(&self) -> Result<Vec<(Mid, bool)>, Error> {
        let mut sections = Vec::new();
        for (section, audio) in &self.receiving {
            sections.push((mid(section).await?, *audio));
        }
        Ok(sections)
    }

    /// Takes the host's answer: from now on the way is looked for.
    ///
    /// # Errors
    /// The crate's, when it does not like the answer.
    pub(crate) async fn answer(&self, sdp: String) -> Result<(), Error> {
        self.connection.set_remote_description(RTCSessionDescription::answer(sdp)?).await
    }

    /// Sends one sealed frame; how many packets that were.
    ///
    /// # Errors
    /// The crate's; and when this track was not among those to be sent.
    pub(crate) async fn send(&mut self, track: Track, sealed: &[u8]) -> Result<usize, Error> {
        let sending = self.sending.iter_mut().find(|sending| sending.track == track).ok_or(Error::ErrRTPSenderNotExisted)?;
        let packets = sending.packets.of(sealed)?;
        let count = packets.len();
        for packet in packets {
            sending.local.write_rtp(packet).await?;
        }
        Ok(count)
    }

    /// Gives the connection up.
    pub(crate) async fn close(&self) {
        // It ends either way.
        let _ = self.connection.close().await;
    }
}

async fn mid(section: &Arc<dyn RtpTransceiver>) -> Result<Mid, Error> {
    Ok(Mid(section.mid().await?.ok_or(Error::ErrUnknownType)?))
}

struct Handler(mpsc::Sender<FromPeer>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let told = match state {
            RTCPeerConnectionState::Connected => FromPeer::Connected,
            RTCPeerConnectionState::Failed => FromPeer::Lost,
            _ => return,
        };
        let tell = self.0.clone();
        // Not from within: this runs on the task that drives the connection.
        tokio::spawn(async move { tell.send(told).await });
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let tell = self.0.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event
                    && tell.send(FromPeer::Packet(packet)).await.is_err()
                {
                    return;
                }
            }
        });
    }
}

/// Behind all others: they have seen everything before it chooses.
const KEY_FRAMES: Slot = Slot::Custom(14_000);

fn kind(audio: bool) -> RtpCodecKind {
    if audio { RtpCodecKind::Audio } else { RtpCodecKind::Video }
}

fn codecs() -> Result<MediaEngine, Error> {
    let mut engine = MediaEngine::default();
    engine.register_codec(opus(), RtpCodecKind::Audio)?;
    engine.register_codec(vp8(), RtpCodecKind::Video)?;
    engine.register_codec(rtx(), RtpCodecKind::Video)?;
    Ok(engine)
}

fn opus() -> RTCRtpCodecParameters {
    let fmtp = "minptime=10;useinbandfec=1;cbr=1".to_owned();
    let rtp_codec = RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: fmtp,
        rtcp_feedback: Vec::new(),
    };
    RTCRtpCodecParameters { rtp_codec, payload_type: OPUS }
}

fn vp8() -> RTCRtpCodecParameters {
    let feedback = |typ: &str, parameter: &str| RTCPFeedback { typ: typ.to_owned(), parameter: parameter.to_owned() };
    let rtcp_feedback = vec![feedback("ccm", "fir"), feedback("nack", ""), feedback("nack", "pli")];
    let rtp_codec = RTCRtpCodec {
        mime_type: MIME_TYPE_VP8.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: String::new(),
        rtcp_feedback,
    };
    RTCRtpCodecParameters { rtp_codec, payload_type: VP8 }
}

/// Retransmissions of VP8 (RFC 4588).
fn rtx() -> RTCRtpCodecParameters {
    let fmtp = format!("apt={VP8}");
    let rtp_codec = RTCRtpCodec {
        mime_type: MIME_TYPE_RTX.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: fmtp,
        rtcp_feedback: Vec::new(),
    };
    RTCRtpCodecParameters { rtp_codec, payload_type: VP8 + 1 }
}
