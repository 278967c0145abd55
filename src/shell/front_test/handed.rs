//! Sockets that a supervisor holds, and hands over.
//!
//! Invariant: nothing but what was handed over could have answered.

use super::program::{Folder, LONG, program};
use super::web::plainly;
use super::{DOMAIN, ROOT};
use std::process::{Command, Stdio};

/// Two listeners, and what a host that was given them answers at each. As systemd does it: they are the files of the process from the third on,
/// and the program is told how many, and tells when it is ready.
async fn handed_over(name: &str, arguments: impl FnOnce([u16; 2]) -> Vec<String>) -> ([u16; 2], [String; 2]) {
    let sockets = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = [0, 1].map(|at: usize| sockets[at].local_addr().unwrap().port());
    let (folder, incamera, [first, second]) = (Folder::new(name), program(), sockets.map(std::os::fd::OwnedFd::from));
    let told = std::os::unix::net::UnixDatagram::bind(folder.path("notify")).unwrap();
    told.set_read_timeout(Some(LONG)).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" serve \"$@\" 3<&0 4<&1 0</dev/null 1>/dev/null"]).arg(incamera.get_program());
    // Nobody has this address, so what answers is what was handed over.
    command.args(["--listen", "192.0.2.1:1", "--media", "127.0.0.1:0"]).args(arguments(ports));
    command.env("LISTEN_FDS", "2").env("NOTIFY_SOCKET", folder.path("notify")).env("STATE_DIRECTORY", folder.path("state"));
    let mut child = command.env_remove("LISTEN_PID").stdin(Stdio::from(first)).stdout(Stdio::from(second)).spawn().unwrap();
    // Both were listening before the host was there: whoever comes early waits, and is served.
    let answers = [plainly(ports[0], ROOT, "localhost").await, plainly(ports[1], ROOT, "localhost").await];
    let mut word = [0; 64];
    let length = told.recv(&mut word);
    let _ = (child.kill(), child.wait());
    assert_eq!(&word[..length.unwrap()], b"READY=1");
    (ports, answers)
}

#[tokio::test]
async fn sockets_that_are_handed_over_are_the_page() {
    let (_, answers) = handed_over("handed-pages", |_| Vec::new()).await;
    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_socket_that_is_handed_over_is_the_way_to_the_page() {
    let redirected = |[_, second]: [u16; 2]| format!("--domain {DOMAIN} --self-signed --redirect 127.0.0.1:{second}");
    let (ports, answers) = handed_over("handed-both", |ports| redirected(ports).split(' ').map(str::to_owned).collect()).await;
    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
        assert!(answer.contains(&format!("location: https://{DOMAIN}:{}/", ports[0])), "{answer}");
    }
}
