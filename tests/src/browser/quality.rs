//! How well somebody's picture and sound come over, by the browser's own counts.
//!
//! Invariant: what is counted is what was played and shown since the last look, never what was asked for. Chromium only: the counts
//! belong to the page's RTCPeerConnection, which is got hold of by the driver's hand before the page runs.

use super::participant::Participant;
use super::wait::{LONG, eventually};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

/// Keeps every RTCPeerConnection that the page makes.
const KEEP: &str = r"
window.incameraPeers = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...given) { super(...given); window.incameraPeers.push(this); }
};";

/// Sums what all of them received so far.
const COUNT: &str = r"
const sum = { packets: 0, samples: 0, concealed: 0, frames: 0, height: 0, audio_lost: 0, audio_packets: 0, audio_asked: 0, audio_repeated: 0, pictures_sent: 0, pictures_held: 0, seconds: performance.now() / 1000 };
for (const peer of window.incameraPeers || []) {
  for (const report of (await peer.getStats()).values()) {
    if (report.type === 'outbound-rtp' && report.kind === 'audio') {
      sum.audio_asked += report.nackCount || 0;
      sum.audio_repeated += report.retransmittedPacketsSent || 0;
    }
    if (report.type === 'outbound-rtp' && report.kind === 'video') {
      sum.pictures_sent += report.packetsSent || 0;
      sum.pictures_held += report.totalPacketSendDelay || 0;
    }
    if (report.type !== 'inbound-rtp') continue;
    sum.packets += report.packetsReceived || 0;
    sum.samples += report.totalSamplesReceived || 0;
    sum.concealed += report.concealedSamples || 0;
    sum.frames += report.framesDecoded || 0;
    if (report.kind === 'video') sum.height = Math.max(sum.height, report.framesDecoded ? report.frameHeight || 0 : 0);
    if (report.kind === 'audio') { sum.audio_lost += report.packetsLost || 0; sum.audio_packets += report.packetsReceived || 0; }
  }
}
return sum;";

/// The protocol of the path that media takes, "udp" or "tcp"; empty while there is none.
const PROTOCOL: &str = r"
for (const peer of window.incameraPeers || []) {
  if (peer.signalingState === 'closed') continue;
  const reports = await peer.getStats();
  for (const pair of reports.values()) {
    if (pair.type === 'candidate-pair' && pair.nominated && pair.state === 'succeeded') return reports.get(pair.remoteCandidateId).protocol;
  }
}
return '';";

/// The kind of candidate of our own that media takes, "host" or "relay"; empty while there is none.
const OWN_END: &str = r"
for (const peer of window.incameraPeers || []) {
  const reports = await peer.getStats();
  for (const pair of reports.values()) {
    if (pair.type === 'candidate-pair' && pair.nominated && pair.state === 'succeeded') return reports.get(pair.localCandidateId).candidateType;
  }
}
return '';";

/// Samples of a second of sound.
const SECOND: f64 = 48_000.0;

/// Sums since the page was loaded.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counts {
    /// Packets received, all tracks together.
    pub packets: f64,
    /// Samples of sound played, all tracks together.
    pub samples: f64,
    /// Those of them that were made up because nothing had come.
    pub concealed: f64,
    /// Pictures shown, all tracks together.
    pub frames: f64,
    /// Height of the highest picture shown last, in pixels.
    pub height: f64,
    /// Packets of sound missed.
    pub audio_lost: f64,
    /// Packets of sound received.
    pub audio_packets: f64,
    /// Times that packets of our own sound were asked for again.
    pub audio_asked: f64,
    /// Packets of our own sound that were sent again.
    pub audio_repeated: f64,
    /// Packets of our own pictures sent, all layers together.
    pub pictures_sent: f64,
    /// Seconds that they waited in the browser before, all together.
    pub pictures_held: f64,
    /// The page's clock, in seconds.
    pub seconds: f64,
}

/// What came over between two looks.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// Share of the sound that was made up, 0 to 1.
    pub concealed: f64,
    /// Pictures per second.
    pub frames_per_second: f64,
    /// Height of the picture at the end, in pixels.
    pub height: f64,
    /// Share of the packets of sound that never came, 0 to 1.
    pub audio_lost: f64,
    /// Seconds that a packet of our own pictures waited in the browser before it was sent, in the mean.
    pub held: f64,
}

impl Participant {
    /// Has the browser count from the next page load on. Chromium only.
    ///
    /// # Panics
    /// When the browser cannot be told.
    pub async fn keep_counts(&self) {
        let told = self.driver().cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": KEEP })).await;
        told.expect("Chromium takes a script for new pages");
    }

    /// The counts now.
    ///
    /// # Errors
    /// What the driver said instead.
    pub async fn counts(&self) -> Result<Counts, String> {
        self.look_up(COUNT).await
    }

    /// The protocol of the path that media takes: "udp" or "tcp", or nothing while there is none.
    ///
    /// # Errors
    /// What the driver said instead.
    pub async fn protocol(&self) -> Result<String, String> {
        self.look_up(PROTOCOL).await
    }

    /// The kind of candidate of our own that media takes, "host" or "relay"; empty while there is none.
    ///
    /// # Errors
    /// What the driver said instead.
    pub async fn own_end(&self) -> Result<String, String> {
        self.look_up(OWN_END).await
    }

    async fn look_up<T: DeserializeOwned>(&self, body: &str) -> Result<T, String> {
        let script = format!("return (async () => {{ {body} }})();");
        let answer = self.driver().execute(script, vec![]).await.map_err(|error| error.to_string())?;
        serde_json::from_value(answer.json().clone()).map_err(|error| error.to_string())
    }

    /// What comes over while so many seconds of sound are played.
    pub async fn quality_over(&self, seconds: f64) -> Quality {
        let before = eventually(LONG, "the counts", || self.counts()).await;
        self.quality_since(before, seconds).await
    }

    /// What has come over since a look, once so many seconds of sound have been played.
    pub async fn quality_since(&self, before: Counts, seconds: f64) -> Quality {
        let after = eventually(LONG, &format!("{seconds} s of sound"), || async {
            let now = self.counts().await?;
            if now.samples - before.samples >= seconds * SECOND { Ok(now) } else { Err(format!("{now:?}")) }
        })
        .await;
        let packets = after.audio_packets - before.audio_packets + after.audio_lost - before.audio_lost;
        Quality {
            concealed: (after.concealed - before.concealed) / (after.samples - before.samples),
            frames_per_second: (after.frames - before.frames) / (after.seconds - before.seconds),
            height: after.height,
            audio_lost: (after.audio_lost - before.audio_lost) / packets.max(1.0),
            held: (after.pictures_held - before.pictures_held) / (after.pictures_sent - before.pictures_sent).max(1.0),
        }
    }

    /// Waits until the highest picture is at least, or less than, so high; how many seconds that took.
    pub async fn wait_for_height(&self, what: &str, wanted: impl Fn(f64) -> bool) -> f64 {
        let begun = eventually(LONG, "the counts", || self.counts()).await;
        let reached = eventually(LONG, what, || async {
            let now = self.counts().await?;
            if wanted(now.height) { Ok(now) } else { Err(format!("{now:?}")) }
        })
        .await;
        reached.seconds - begun.seconds
    }
}
