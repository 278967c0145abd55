//! Networks of a test's own: a host behind a router, and a person on the other side of it.
//!
//! Invariant: they are namespaces of one process that ends with the test, and nothing of them is seen outside.

use super::program::Running;
use std::process::Command;

/// The router's side that the world sees. The host is behind it at [`INSIDE`].
pub(crate) const OUTSIDE: &str = "198.51.100.1";
/// The host's own address.
pub(crate) const INSIDE: &str = "192.168.7.2";
/// Addresses that the host has besides after [`World::float`], and from which its system sends nothing by itself.
pub(crate) const FLOATING: [&str; 2] = ["203.0.113.9", "2001:db8:9::9"];
/// What the router leads to the host.
pub(crate) const PORT: u16 = 8443;

/// Person, router, host.
const WORLD: &str = "set -e
mount -t tmpfs none /run
for space in person router host; do ip netns add $space; ip -n $space link set lo up; done
ip link add near netns person type veth peer name outside netns router
ip link add far netns host type veth peer name inside netns router
ip -n person addr add 198.51.100.2/24 dev near
ip -n router addr add 198.51.100.1/24 dev outside
ip -n router addr add 192.168.7.1/24 dev inside
ip -n host addr add 192.168.7.2/24 dev far
ip -n person link set near up
ip -n router link set outside up
ip -n router link set inside up
ip -n host link set far up
ip -n host route add default via 192.168.7.1
ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip netns exec router nft -f - <<RULES
table ip home {
  chain come { type nat hook prerouting priority dstnat; iifname outside tcp dport 8443 dnat to 192.168.7.2;
    iifname outside udp dport 8443 dnat to 192.168.7.2; }
  chain go { type nat hook postrouting priority srcnat; oifname outside masquerade; }
  chain wall { type filter hook forward priority filter; }
}
RULES
echo built
exec sleep infinity";

/// The host's further addresses, and the way there.
const FLOATS: [(&str, &str); 11] = [
    ("host", "addr add 203.0.113.9/32 dev far"),
    ("router", "route add 203.0.113.9 via 192.168.7.2"),
    ("person", "route add 203.0.113.9 via 198.51.100.1"),
    ("person", "addr add 2001:db8:1::2/64 dev near nodad"),
    ("router", "addr add 2001:db8:1::1/64 dev outside nodad"),
    ("router", "addr add 2001:db8:7::1/64 dev inside nodad"),
    ("host", "addr add 2001:db8:7::2/64 dev far nodad"),
    ("host", "addr add 2001:db8:9::9/128 dev far nodad"),
    ("host", "route add default via 2001:db8:7::1"),
    ("router", "route add 2001:db8:9::9 via 2001:db8:7::2"),
    ("person", "route add 2001:db8:9::9 via 2001:db8:1::1"),
];

/// The world, until it is dropped.
pub(crate) struct World(Running);

impl World {
    /// A router that leads TCP and UDP at [`PORT`] to the host, and lets through whatever the host sends.
    pub(crate) fn new() -> Self {
        // A user of its own: whoever runs the tests need not be root.
        let mut running = Running::start(Command::new("unshare").args(["-U", "-r", "-n", "-m", "sh", "-c", WORLD]));
        running.says("built");
        Self(running)
    }

    /// A command that runs in `person`, `router` or `host`.
    pub(crate) fn in_space(&self, space: &str, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        let target = self.0.id().to_string();
        command.args(["--preserve-credentials", "-U", "-n", "-m", "-t", &target, "ip", "netns", "exec", space, program]);
        command.env_remove("STATE_DIRECTORY").env_remove("RUST_LOG");
        command
    }

    /// Gives the host [`FLOATING`].
    pub(crate) fn float(&self) {
        for (space, does) in FLOATS {
            let done = self.in_space(space, "ip").args(does.split(' ')).status().unwrap();
            assert!(done.success(), "{space}: {does}");
        }
    }

    /// A rule in the router's wall: what it does not let through.
    pub(crate) fn wall(&self, rule: &str) {
        let mut nft = self.in_space("router", "nft");
        assert!(nft.arg(format!("add rule ip home wall {rule}")).status().unwrap().success(), "{rule}");
    }
}
