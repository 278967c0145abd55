//! Janus (Debian's package `janus`) under the same load: its video room, by its HTTP interface.
//!
//! **Invariant:** nothing of Janus' work is made harder than it has to be: it is ICE-lite, has no plugin and no way in but the two that are
//! used, ends no session by time, and logs fatal errors only.
//!
//! Janus uses no address of a loopback interface for ICE, whichever it is, so it is given this machine's address on another one. libnice ties
//! its sockets to the interface that has the address (`IP_UNICAST_IF`): what it sends to 127.0.0.1 leaves the machine and never arrives, so
//! the clients have the same address. Packets between two processes of one machine take the loopback interface all the same.

use crate::http::ask;
use crate::outside::Server;
use incamera_bench_peer::{Failure, Identity, Peer, Port, Section, Way};
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to start, and to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Plugins of the package that are not loaded.
const PLUGINS: [&str; 11] = [
    "audiobridge",
    "duktape",
    "echotest",
    "lua",
    "nosip",
    "recordplay",
    "sip",
    "streaming",
    "textroom",
    "videocall",
    "voicemail",
];
/// Ways in that are not opened.
const TRANSPORTS: [&str; 5] = ["mqtt", "nanomsg", "pfunix", "rabbitmq", "websockets"];

/// One Janus, on the first core.
pub(crate) struct Janus {
    child: Child,
    folder: PathBuf,
    at: SocketAddr,
    media: Ipv4Addr,
    session: u64,
    rooms: Vec<u16>,
    identity: Identity,
}

impl Janus {
    /// Starts it. `loops`: how many threads serve all connections; one for each connection if that is not said.
    pub(crate) fn start(loops: Option<u8>) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("incamera-janus-{}", std::process::id()));
        // It is told a port, so one that is free is looked for.
        let at = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let media = outward()?;
        configure(&folder, media, at, loops)?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0", "janus", "--configs-folder"]).arg(&folder);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut janus = Self { child, folder, at, media, session: 0, rooms: Vec::new(), identity: Identity::new()? };
        let begun = now();
        janus.session = loop {
            match janus.request("/janus", json!({"janus": "create"})) {
                Ok(answer) => break id_of(&answer)?,
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) if janus.child.try_wait()?.is_some() => return Err("Janus did not start".into()),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        Ok(janus)
    }

    fn request(&self, path: &str, mut body: Value) -> Result<Value, Failure> {
        body["transaction"] = "bench".into();
        let answer = ask(self.at, &format!("POST {path}"), "application/json", &body.to_string(), "200")?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// A handle of the video room: what one connection needs.
    fn attach(&self) -> Result<u64, Failure> {
        let body = json!({"janus": "attach", "plugin": "janus.plugin.videoroom"});
        id_of(&self.request(&format!("/janus/{}", self.session), body)?)
    }

    /// A message to the video room, and the event that answers it.
    fn says(&self, handle: u64, body: Value, jsep: Option<Value>) -> Result<Value, Failure> {
        let mut message = json!({"janus": "message", "body": body});
        if let Some(jsep) = jsep {
            message["jsep"] = jsep;
        }
        let mut answer = self.request(&format!("/janus/{}/{handle}", self.session), message)?;
        let begun = now();
        while answer["janus"] != "success" && (answer["janus"] != "event" || answer["sender"] != handle) {
            if begun.elapsed() > PATIENCE || answer["janus"] == "error" {
                return Err(format!("Janus: {answer}").into());
            }
            let event = ask(self.at, &format!("GET /janus/{}?maxev=1", self.session), "application/json", "", "200")?;
            answer = serde_json::from_str(&event)?;
        }
        let failed = &answer["plugindata"]["data"]["error"];
        if failed.is_null() { Ok(answer) } else { Err(format!("Janus: {failed}").into()) }
    }

    fn ensure_room(&mut self, room: u16) -> Result<(), Failure> {
        if !self.rooms.contains(&room) {
            let body = json!({"request": "create", "room": name(room), "publishers": 1_000, "audiocodec": "opus", "videocodec": "vp8",
                "bitrate": 0, "fir_freq": 0, "notify_joining": false});
            self.says(self.attach()?, body, None)?;
            self.rooms.push(room);
        }
        Ok(())
    }
}

impl Server for Janus {
    fn process(&self) -> u32 {
        self.child.id()
    }

    fn publisher(&mut self, room: u16, number: u16) -> Result<Peer, Failure> {
        self.ensure_room(room)?;
        let mut peer = Peer::by(Port::on(self.media)?, &self.identity, room << 8 | number)?;
        let body = json!({"request": "joinandconfigure", "ptype": "publisher", "room": name(room), "id": name(number)});
        let jsep = json!({"type": "offer", "sdp": peer.full_description(&Section::sending())?});
        let joined = self.says(self.attach()?, body, Some(jsep))?;
        peer.described(joined["jsep"]["sdp"].as_str().ok_or("Janus gave no answer")?)?;
        Ok(peer)
    }

    /// One subscription to everybody, as Janus has them since 1.0.
    fn receiver(&mut self, room: u16, publishers: u16) -> Result<Peer, Failure> {
        let mut peer = Peer::by(Port::on(self.media)?, &self.identity, 0)?;
        let feeds: Vec<Value> = (0..publishers).map(|number| json!({"feed": name(number)})).collect();
        let body = json!({"request": "join", "ptype": "subscriber", "room": name(room), "streams": feeds});
        let handle = self.attach()?;
        let attached = self.says(handle, body, None)?;
        let offer = attached["jsep"]["sdp"].as_str().ok_or("Janus gave no offer")?;
        peer.described(offer)?;
        let jsep = json!({"type": "answer", "sdp": peer.full_description(&sections(offer))?});
        self.says(handle, json!({"request": "start"}), Some(jsep))?;
        Ok(peer)
    }
}

impl Drop for Janus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Rooms and publishers have numbers from 1.
fn name(number: u16) -> u32 {
    u32::from(number) + 1
}

fn configure(folder: &Path, media: Ipv4Addr, http: SocketAddr, loops: Option<u8>) -> Result<(), Failure> {
    let libraries = |names: &[&str]| names.iter().map(|name| format!("libjanus_{name}.so")).collect::<Vec<_>>().join(",");
    let (plugins, transports, port) = (libraries(&PLUGINS), libraries(&TRANSPORTS), http.port());
    let loops = loops.map_or(String::new(), |count| format!("; event_loops = {count}"));
    std::fs::create_dir_all(folder)?;
    std::fs::write(
        folder.join("janus.jcfg"),
        format!(
            "general: {{ debug_level = 1; session_timeout = 0{loops} }}\nnat: {{ ice_lite = true; ice_enforce_list = \"{media}\" }}\n\
             plugins: {{ disable = \"{plugins}\" }}\ntransports: {{ disable = \"{transports}\" }}\nloggers: {{ disable = \"libjanus_jsonlog.so\" }}\n"
        ),
    )?;
    std::fs::write(
        folder.join("janus.transport.http.jcfg"),
        format!(
            "general: {{ json = \"compact\"; base_path = \"/janus\"; http = true; port = {port}; ip = \"127.0.0.1\"; https = false }}\n"
        ),
    )?;
    Ok(std::fs::write(folder.join("janus.plugin.videoroom.jcfg"), "general: {}\n")?)
}

/// This machine's first IPv4 address on an interface that is up and no loopback.
fn outward() -> Result<Ipv4Addr, Failure> {
    let usable = |flags: InterfaceFlags| {
        flags.contains(InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING) && !flags.contains(InterfaceFlags::IFF_LOOPBACK)
    };
    let mut addresses = getifaddrs()?.filter(|interface| usable(interface.flags)).filter_map(|interface| interface.address);
    addresses.find_map(|address| Some(address.as_sockaddr_in()?.ip())).ok_or_else(|| {
        "Janus uses no loopback interface for ICE, and this machine has no other with an IPv4 address. As root: \
         ip link add janus0 type veth peer name janus1; ip address add 192.0.2.2/32 dev janus0; \
         ip link set janus0 up; ip link set janus1 up"
            .into()
    })
}

/// The sections of an offer, to be received.
fn sections(offer: &str) -> Vec<Section> {
    let kinds = offer.lines().filter_map(|line| line.strip_prefix("m=")).map(|media| media.starts_with("video"));
    let mids = offer.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(str::trim);
    mids.zip(kinds).map(|(mid, picture)| Section { mid: mid.to_owned(), picture, way: Way::Receives, announces: false }).collect()
}

fn id_of(answer: &Value) -> Result<u64, Failure> {
    answer["data"]["id"].as_u64().ok_or_else(|| format!("Janus: {answer}").into())
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_answered_section_by_section() {
        let offer = "v=0\r\na=group:BUNDLE a v\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=sendonly\r\n\
                     m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\na=mid:v\r\n";
        let seen: Vec<(String, bool, Way)> =
            sections(offer).into_iter().map(|section| (section.mid, section.picture, section.way)).collect();
        assert_eq!(seen, [("a".to_owned(), false, Way::Receives), ("v".to_owned(), true, Way::Receives)]);
    }
}
