//! A real CA: Debian's `pebble`, with its own name server.
//!
//! Invariant: it looks at the host by TLS-ALPN-01 as Let's Encrypt does, refuses some nonces, and knows nothing after it was stopped.

use super::program::{Folder, Running, free_port};
use super::web::{Asked, Authority, Browser};
use std::process::Command;

/// Where a CA is, whether it runs or not.
pub(crate) struct Ca {
    folder: Folder,
    authority: Authority,
    pub(crate) port: u16,
    management: u16,
    /// Names lead here.
    names: u16,
    _names: Running,
}

impl Ca {
    /// A CA that will look for domains at a port of this machine.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let authority = Authority::new("whom the CA's own server is certified by");
        let (certificate, key) = authority.certifies("localhost");
        folder.write("ca.pem", &authority.pem());
        folder.write("server.pem", &certificate);
        folder.write("server.key", &key);
        let (names, management) = (free_port(), free_port());
        let mut command = Command::new("pebble-challtestsrv");
        command.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]);
        command.args(["-dns01", &format!("127.0.0.1:{names}"), "-management", &format!("127.0.0.1:{management}")]);
        let mut running = Running::start(&mut command);
        running.says("Starting management server");
        Self { folder, authority, port: free_port(), management: free_port(), names, _names: running }
    }

    /// `--acme-directory` and `--acme-ca`.
    pub(crate) fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// For a server in front of it.
    pub(crate) fn certifies(&self, name: &str) -> (String, String) {
        self.authority.certifies(name)
    }

    pub(crate) fn root_file(&self) -> String {
        self.folder.path("ca.pem")
    }

    /// Begins to serve, and to certify for so many seconds.
    pub(crate) fn start(&self, domain_at: u16, seconds: u32) -> Running {
        let config = format!(
            r#"{{"pebble": {{"listenAddress": "127.0.0.1:{}", "managementListenAddress": "127.0.0.1:{}",
            "certificate": "{}", "privateKey": "{}", "httpPort": 1, "tlsPort": {domain_at}, "ocspResponderURL": "",
            "externalAccountBindingRequired": false, "certificateValidityPeriod": {seconds},
            "profiles": {{"default": {{"description": "", "validityPeriod": {seconds}}}}}}}}}"#,
            self.port,
            self.management,
            self.folder.path("server.pem"),
            self.folder.path("server.key"),
        );
        let file = self.folder.write("pebble.json", &config);
        let mut command = Command::new("pebble");
        command.args(["-config", &file, "-dnsserver", &format!("127.0.0.1:{}", self.names), "-strict"]);
        // It would wait for up to 15 seconds before it looks.
        let mut running = Running::start(command.env("PEBBLE_VA_NOSLEEP", "1"));
        running.says("ACME directory available");
        running
    }

    /// Somebody who believes what it certifies.
    pub(crate) async fn browser(&self) -> Browser {
        let own = Browser::believing(&self.authority.pem());
        let asked = Asked { port: self.management, name: "localhost", head: "GET /roots/0 HTTP/1.1" };
        let (answer, _) = own.asks(asked).await.unwrap();
        let start = answer.find("-----BEGIN").unwrap();
        Browser::believing(&answer[start..])
    }
}
