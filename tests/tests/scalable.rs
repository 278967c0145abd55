//! Journeys of pictures in several layers: VP9 in one stream and in three, and layers between Chromium and Firefox.
//!
//! Invariant: as in the other journeys, people act through the page and pictures are known by their content. What a browser is not asked for by
//! the product (another codec, another layering) is decided by a script that runs before the page makes its connection; the page itself, the
//! sealing of frames and the host are the product's.

use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually};

const PASSWORD: &str = "lanterns over cold water";

/// Chromium has no VP8 to offer where it sends.
const VP9_ALONE: &str = "
const prefer = RTCRtpTransceiver.prototype.setCodecPreferences;
RTCRtpTransceiver.prototype.setCodecPreferences = function (codecs) {
  const sends = this.direction === 'sendonly';
  return prefer.call(this, sends ? codecs.filter(({ mimeType }) => mimeType !== 'video/VP8') : codecs);
};";

/// The camera goes out in one stream, in this `scalabilityMode`.
fn in_one_stream(mode: &str) -> String {
    format!(
        "{VP9_ALONE}
const add = RTCPeerConnection.prototype.addTransceiver;
RTCPeerConnection.prototype.addTransceiver = function (kind, init) {{
  const sendEncodings = init?.sendEncodings?.length > 1 ? [{{ scalabilityMode: '{mode}' }}] : init?.sendEncodings;
  return add.call(this, kind, {{ ...init, sendEncodings }});
}};"
    )
}

/// A large place gets the largest layer, a small one the smallest, and what is not wanted is not encoded. First the layers are predicted from each
/// other at key frames only; since they came back, always.
#[tokio::test(flavor = "multi_thread")]
async fn spatial_layers_of_one_vp9_stream_go_and_come() {
    let stage = Stage::new("spatial").await;
    let (ada, ben) = tokio::join!(stage.person(Engine::LargeChromium, 1, "Ada"), stage.person(Engine::BareChromium, 2, "Ben"));
    join(&ada, "spatial", &in_one_stream("L3T3_KEY")).await;
    join(&ben, "spatial", "").await;
    ben.wait_for_lines("Ada", 720, 720).await;
    it_goes_on(&ben, &ada).await;

    spend(&ben, "Save data").await;
    ben.wait_for_lines("Ada", 180, 180).await;
    encodes_lines(&ada, 180.0).await;
    it_goes_on(&ben, &ada).await;

    spend(&ben, "Standard").await;
    ben.wait_for_lines("Ada", 720, 720).await;
    encodes_lines(&ada, 720.0).await;
    it_goes_on(&ben, &ada).await;

    spend(&ben, "Save data").await;
    ben.wait_for_lines("Ada", 180, 180).await;
    it_goes_on(&ben, &ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vp9_in_three_streams() {
    let stage = Stage::new("vp9-simulcast").await;
    let (ada, ben) = tokio::join!(stage.person(Engine::LargeChromium, 1, "Ada"), stage.person(Engine::BareChromium, 2, "Ben"));
    join(&ada, "vp9-simulcast", VP9_ALONE).await;
    join(&ben, "vp9-simulcast", "").await;
    ben.wait_for_lines("Ada", 720, 720).await;
    assert_eq!(ada.pictures("outbound-rtp", "active").await.len(), 3, "one stream for each layer");

    spend(&ben, "Save data").await;
    ben.wait_for_lines("Ada", 180, 180).await;
    for rid in ["h", "f"] {
        rests(&ada, rid).await;
    }
    it_goes_on(&ben, &ada).await;

    spend(&ben, "Standard").await;
    ben.wait_for_lines("Ada", 720, 720).await;
    it_goes_on(&ben, &ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_rests_a_layer_that_nobody_wants_and_follows_a_change_of_layers() {
    let stage = Stage::new("firefox-layers").await;
    let (fay, ben) = tokio::join!(stage.person(Engine::Firefox, 3, "Fay"), stage.person(Engine::Chromium, 2, "Ben"));
    for person in [&fay, &ben] {
        join(person, "firefox-layers", "").await;
    }
    ben.wait_for_lines("Fay", 720, 720).await;
    fay.wait_for_lines("Ben", 368, 368).await;

    spend(&ben, "Save data").await;
    ben.wait_for_lines("Fay", 360, 360).await;
    rests(&fay, "f").await;
    it_goes_on(&ben, &fay).await;
    spend(&ben, "Standard").await;
    ben.wait_for_lines("Fay", 720, 720).await;
    it_goes_on(&ben, &fay).await;

    fay.wait_for_lines("Ben", 368, 368).await;
    spend(&fay, "Save data").await;
    fay.wait_for_lines("Ben", 184, 184).await;
    rests(&ben, "h").await;
    it_goes_on(&fay, &ben).await;
    spend(&fay, "Standard").await;
    fay.wait_for_lines("Ben", 368, 368).await;
    it_goes_on(&fay, &ben).await;
}

// --- people ---

async fn join(person: &Participant, room: &str, first: &str) {
    person.prepare(room, Some(PASSWORD)).await;
    person.remember_parts_here().await;
    person.driver().execute(first, vec![]).await.expect("the page runs scripts");
    person.press("Join").await;
    person.wait_to_be_in().await;
}

async fn spend(person: &Participant, choice: &str) {
    person.menu("More", "Picture quality").await;
    person.choose(choice).await;
    person.press("Close").await;
}

/// Three seconds' worth of pictures are decoded without the decoder's asking for a key frame, and they show whom they should.
async fn it_goes_on(person: &Participant, whom: &Participant) {
    let count =
        async |statistic: &str| person.pictures("inbound-rtp", statistic).await.iter().map(|(_, count)| count).sum::<f64>();
    let (frames, asked) = (count("framesDecoded").await, count("pliCount").await);
    eventually(LONG, &format!("45 pictures of {}", whom.name), || async {
        let decoded = count("framesDecoded").await - frames;
        if decoded >= 45.0 { Ok(()) } else { Err(format!("{decoded}")) }
    })
    .await;
    assert_eq!(count("pliCount").await, asked, "{} could not decode", person.name);
    person.wait_to_see(whom).await;
}

/// The largest picture that is encoded has so many lines.
async fn encodes_lines(person: &Participant, wanted: f64) {
    eventually(LONG, &format!("{} to encode {wanted} lines", person.name), || async {
        let lines = person.pictures("outbound-rtp", "frameHeight").await;
        if lines.iter().map(|(_, lines)| *lines).fold(0.0, f64::max) == wanted { Ok(()) } else { Err(format!("{lines:?}")) }
    })
    .await;
}

/// While fifteen pictures of the others are encoded, not one of this layer is.
async fn rests(person: &Participant, rid: &str) {
    let before = std::cell::Cell::new(None);
    eventually(LONG, &format!("{} to encode no {rid}", person.name), || async {
        let encoded = person.pictures("outbound-rtp", "framesEncoded").await;
        let sum = |of_it: bool| {
            encoded.iter().filter(|(of, _)| (of.as_deref() == Some(rid)) == of_it).map(|(_, count)| count).sum::<f64>()
        };
        let (its, others) = (sum(true), sum(false));
        match before.get() {
            Some((known, since)) if known == its && others >= since + 15.0 => return Ok(()),
            Some((known, _)) if known == its => {}
            _ => before.set(Some((its, others))),
        }
        Err(format!("{encoded:?}"))
    })
    .await;
}
