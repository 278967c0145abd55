//! The one PeerConnection of a meeting, as long as it lasts. We are always the offerer.
//!
//! **Invariant:** every sender and every receiver gets its transform in the same step in which it is made, before anything can
//! be negotiated; where that fails there is no connection.

use super::{
    encodings::Demand,
    port::stream_of,
    relay::Relay,
    sdp,
    seats::{SeatId, Seats},
};
use crate::browser::{
    counts::{self, Counts},
    fatal, rtp, task,
    transform::{self, Purpose},
};
use crate::model::{Measured, Over};
use crypto::sorted::SortedMap;
use js_sys::{Array, Reflect};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcConfiguration, RtcIceConnectionState, RtcOfferOptions, RtcPeerConnection,
    RtcPeerConnectionState, RtcRtpSender, RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType,
    RtcSessionDescriptionInit, Worker,
};
use wire::{Mid, Offer, Publication, Track};

/// A PeerConnection with its sections.
pub(crate) struct Peer {
    connection: RtcPeerConnection,
    frames: Worker,
    sending: RefCell<SortedMap<Track, RtcRtpTransceiver>>,
    receiving: RefCell<Vec<Receiving>>,
    /// The relay that it may use.
    relay: Option<Rc<Relay>>,
    /// The ways that it may take.
    over: Over,
    _state_changed: [Closure<dyn Fn()>; 2],
}

/// What a connection tells of its way to the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Answers have stopped coming.
    Interrupted,
    /// It is lost for good.
    Lost,
}

struct Receiving {
    seat: SeatId,
    section: RtcRtpTransceiver,
    stream: MediaStream,
}

impl Peer {
    /// A connection that could send a microphone and a camera, and receives nothing yet. `relay`: what it may use besides the host's own
    /// addresses, and which ways at all. `tell` is called when the way to the host breaks.
    ///
    /// # Errors
    /// The browser's, above all when a transform cannot be attached.
    pub(crate) fn new(
        frames: &Worker,
        (relay, over): (Option<Rc<Relay>>, Over),
        tell: impl Fn(Way) + 'static,
    ) -> Result<Self, JsValue> {
        let configuration = RtcConfiguration::new();
        Reflect::set(&configuration, &"bundlePolicy".into(), &"max-bundle".into())?;
        if let Some(relay) = &relay {
            Reflect::set(&configuration, &"iceServers".into(), &relay.servers()?)?;
        }
        if over == Over::Relay {
            Reflect::set(&configuration, &"iceTransportPolicy".into(), &"relay".into())?;
        }
        let connection = RtcPeerConnection::new_with_configuration(&configuration)?;
        fatal::cuts(Some(&connection));
        let state_changed = watch(&connection, tell);
        let peer = Self {
            connection,
            frames: frames.clone(),
            sending: RefCell::default(),
            receiving: RefCell::default(),
            relay,
            over,
            _state_changed: state_changed,
        };
        peer.add_sending(&[Track::Audio, Track::Camera])?;
        Ok(peer)
    }

    /// Makes sections in which these tracks can be sent, unless there are. True when there are new ones, which open with the next
    /// offer and answer.
    ///
    /// # Errors
    /// The browser's.
    pub(crate) fn add_sending(&self, tracks: &[Track]) -> Result<bool, JsValue> {
        let mut new = false;
        for track in tracks {
            let known = self.sending.borrow().get(track).cloned();
            match known {
                Some(section) if section.direction() == RtcRtpTransceiverDirection::Sendonly => {}
                Some(section) => {
                    section.set_direction(RtcRtpTransceiverDirection::Sendonly);
                    new = true;
                }
                None => {
                    let section = sending(&self.connection, &self.frames, *track)?;
                    self.sending.borrow_mut().insert(*track, section);
                    new = true;
                }
            }
        }
        Ok(new)
    }

    /// Closes the section in which this track was sent, with the next offer and answer. True when there was one.
    pub(crate) fn withdraw(&self, track: Track) -> bool {
        let section = self.sending.borrow().get(&track).cloned();
        let open = section.filter(|section| section.direction() == RtcRtpTransceiverDirection::Sendonly);
        if let Some(section) = &open {
            section.set_direction(RtcRtpTransceiverDirection::Inactive);
        }
        open.is_some()
    }

    /// Adds receiving sections, sound and picture in turn; they open with the next offer and answer.
    ///
    /// # Errors
    /// The browser's.
    pub(crate) fn add_pairs(&self, seats: &mut Seats, pairs: usize) -> Result<(), JsValue> {
        for _ in 0..pairs {
            for audio in [true, false] {
                self.add_seat(seats.add(audio), audio)?;
            }
        }
        Ok(())
    }

    fn add_seat(&self, seat: SeatId, audio: bool) -> Result<(), JsValue> {
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Recvonly);
        let section = self.connection.add_transceiver_with_str_and_init(kind(audio), &init);
        transform::attach_to_receiver(&section.receiver(), &self.frames, Purpose::Open { seat: seat.0, audio })?;
        if audio {
            rtp::refuse_audio_levels(&section);
        } else {
            rtp::prefer_vp8(&section);
        }
        let stream = MediaStream::new_with_tracks(&Array::of1(&section.receiver().track()))?;
        self.receiving.borrow_mut().push(Receiving { seat, section, stream });
        Ok(())
    }

    /// Describes the connection as it is now, `restart`ing ICE or not.
    ///
    /// # Errors
    /// The browser's: the connection is closed, or in the middle of something.
    pub(crate) async fn offer(&self, restart: bool) -> Result<Offer, JsValue> {
        let options = RtcOfferOptions::new();
        options.set_ice_restart(restart);
        let made = JsFuture::from(self.connection.create_offer_with_rtc_offer_options(&options)).await?;
        JsFuture::from(self.connection.set_local_description(made.unchecked_ref::<RtcSessionDescriptionInit>())).await?;
        let local = self.connection.local_description().ok_or("no local description")?.sdp();
        let publication = |(track, section): (&Track, &RtcRtpTransceiver)| {
            let sends = section.direction() == RtcRtpTransceiverDirection::Sendonly;
            Some(Publication { mid: Mid(section.mid()?), track: *track }).filter(|_| sends)
        };
        let publications = self.sending.borrow().iter().filter_map(publication).collect();
        Ok(Offer { sdp: sdp::without_audio_level(&local), publications })
    }

    /// Takes the host's answer, tightened.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub(crate) async fn answer(&self, answer: &str) -> Result<(), NotTaken> {
        let before = self.connection.remote_description().map(|description| description.sdp());
        if before.is_some_and(|before| sdp::fingerprint(&before) != sdp::fingerprint(answer)) {
            return Err(NotTaken::AnotherHost);
        }
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
        description.set_sdp(&sdp::only_over(self.over, sdp::tightened_answer(answer)));
        match JsFuture::from(self.connection.set_remote_description(&description)).await {
            Ok(_) => Ok(()),
            Err(error) => {
                fatal::note(&error);
                Err(NotTaken::Refused)
            }
        }
    }

    /// Tells the seats what their sections are called and which the host has answered for.
    pub(crate) fn name_seats(&self, seats: &mut Seats) {
        for receiving in self.receiving.borrow().iter() {
            let open = receiving.section.current_direction() == Some(RtcRtpTransceiverDirection::Recvonly);
            if let Some(mid) = receiving.section.mid() {
                seats.name(receiving.seat, Mid(mid), open);
            }
        }
    }

    /// What a seat receives, for a `video` or `audio` element.
    pub(crate) fn stream(&self, seat: SeatId) -> Option<MediaStream> {
        self.receiving.borrow().iter().find(|receiving| receiving.seat == seat).map(|receiving| receiving.stream.clone())
    }

    /// Sends this track, or nothing. Never renegotiates. A track of the wrong kind or one that has ended is not sent.
    pub(crate) fn send(&self, track: Track, source: Option<MediaStreamTrack>, demand: Demand) {
        let Some(sender) = self.sending.borrow().get(&track).map(RtcRtpTransceiver::sender) else { return };
        if sender.track() == source {
            return;
        }
        task::spawn_local(async move {
            // Refused only by a connection that is closed, which sends nothing anyway.
            let _ = JsFuture::from(sender.replace_track(source.as_ref())).await;
            shape(track, sender, demand).await;
        });
    }

    /// Encodes a picture as the demand has it from now on.
    pub(crate) fn shape(&self, track: Track, demand: Demand) {
        if let Some(sender) = self.sending.borrow().get(&track).map(RtcRtpTransceiver::sender) {
            task::spawn_local(shape(track, sender, demand));
        }
    }

    /// How many bytes have come in so far, of whatever kind but ICE's own; `None` where the browser does not say.
    pub(crate) async fn received(&self) -> Option<f64> {
        rtp::received(&JsFuture::from(self.connection.get_stats()).await.ok()?)
    }

    /// How everything comes and goes; nothing where the browser does not say.
    pub(crate) async fn counts(&self) -> Counts {
        JsFuture::from(self.connection.get_stats()).await.map(|statistics| counts::read(&statistics)).unwrap_or_default()
    }

    /// What comes in and how; nothing where the browser does not say.
    pub(crate) async fn measured(&self) -> Measured {
        JsFuture::from(self.connection.get_stats()).await.map(|statistics| counts::measured(&statistics)).unwrap_or_default()
    }

    /// Whether the connection stands.
    pub(crate) fn is_connected(&self) -> bool {
        self.connection.connection_state() == RtcPeerConnectionState::Connected
    }

    /// The relay that it may use, if it was made with one.
    pub(crate) fn relay(&self) -> Option<&Relay> {
        self.relay.as_deref()
    }

    /// Whether the connection stands, or is still on its way.
    pub(crate) fn is_alive(&self) -> bool {
        !matches!(self.connection.connection_state(), RtcPeerConnectionState::Failed | RtcPeerConnectionState::Closed)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.connection.set_onconnectionstatechange(None);
        self.connection.set_oniceconnectionstatechange(None);
        self.connection.close();
    }
}

/// Why an answer was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// It shows another certificate than before: the host was restarted and knows nothing of this connection.
    AnotherHost,
    /// The browser does not like it; it has been noted why.
    Refused,
}

/// The browser says "disconnected" of ICE five seconds after the last answer to its checks, "failed" of all of it much later.
fn watch(connection: &RtcPeerConnection, tell: impl Fn(Way) + 'static) -> [Closure<dyn Fn()>; 2] {
    let (whole, ice, tell) = (connection.clone(), connection.clone(), Rc::new(tell));
    let also = tell.clone();
    let whole_changed = task::callback(move || {
        if whole.connection_state() == RtcPeerConnectionState::Failed {
            tell(Way::Lost);
        }
    });
    let ice_changed = task::callback(move || {
        if ice.ice_connection_state() == RtcIceConnectionState::Disconnected {
            also(Way::Interrupted);
        }
    });
    connection.set_onconnectionstatechange(Some(whole_changed.as_ref().unchecked_ref()));
    connection.set_oniceconnectionstatechange(Some(ice_changed.as_ref().unchecked_ref()));
    [whole_changed, ice_changed]
}

async fn shape(track: Track, sender: RtcRtpSender, demand: Demand) {
    let shaped = match (track, sender.track()) {
        (Track::Camera, Some(camera)) => rtp::shape_camera(sender, camera, demand).await,
        (Track::Screen, Some(picture)) => rtp::shape_screen(sender, picture, demand).await,
        _ => Ok(()),
    };
    if let Err(error) = shaped {
        fatal::note(&error);
    }
}

fn sending(connection: &RtcPeerConnection, frames: &Worker, track: Track) -> Result<RtcRtpTransceiver, JsValue> {
    let init = RtcRtpTransceiverInit::new();
    init.set_direction(RtcRtpTransceiverDirection::Sendonly);
    match track {
        Track::Camera => Reflect::set(&init, &"sendEncodings".into(), &rtp::camera_layers())?,
        Track::Screen => Reflect::set(&init, &"sendEncodings".into(), &rtp::screen_layer())?,
        Track::Audio | Track::ScreenAudio | Track::Herald => true,
    };
    let section = connection.add_transceiver_with_str_and_init(kind(track.is_audio()), &init);
    transform::attach_to_sender(&section.sender(), frames, Purpose::Seal { stream: stream_of(track) })?;
    if track.is_audio() {
        rtp::refuse_audio_levels(&section);
    } else {
        rtp::prefer_vp8(&section);
    }
    Ok(section)
}

fn kind(audio: bool) -> &'static str {
    if audio { "audio" } else { "video" }
}
