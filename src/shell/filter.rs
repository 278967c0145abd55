//! What the kernel drops before it reaches a media port: forged connectivity checks.
//!
//! **Invariant:** nothing is dropped that the core would have answered. Whatever is not one whole binding request (RFC 8489 §5) passes, and a
//! request passes whose USERNAME begins with the host's [`Stamp`], or stands behind more attributes than are looked at.
//!
//! A forged check costs the host the kernel's way through the socket and a call to receive it, whatever the core then makes of it. A filter
//! (classic BPF, which needs no rights) is run where the packet comes in, on the core of the network card's interrupt, and what it
//! drops wakes nobody and takes no room in the socket's buffer. Where there is no such filter, the core drops as it always does.

#[cfg(target_os = "linux")]
mod program;

use crate::core::media::Stamp;
use std::io;
use std::net::UdpSocket;

/// Makes the kernel drop what comes to `socket` and is a check without this stamp.
///
/// # Errors
/// Those of the system; everything comes through as before then.
#[cfg(target_os = "linux")]
pub fn attach(socket: &UdpSocket, stamp: Stamp) -> io::Result<()> {
    let program: Vec<_> = program::of(stamp).iter().map(program::Step::for_the_kernel).collect();
    socket2::SockRef::from(socket).attach_filter(&program)
}

/// There is no such filter here.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn attach(_: &UdpSocket, _: Stamp) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::program::ATTRIBUTES;
    use super::*;
    use crate::core::media::addressed_core;
    use proptest::prelude::*;
    use std::net::SocketAddr;
    use std::time::Duration;

    /// `AAAA`.
    const STAMP: [u8; 4] = [0; 4];

    /// A filtered socket of the kernel's, and somebody who sends to it.
    struct Pair {
        host: UdpSocket,
        sender: UdpSocket,
        round: u64,
    }

    impl Pair {
        fn at(host: &str, sender: &str) -> Self {
            let host = UdpSocket::bind(host.parse::<SocketAddr>().unwrap()).unwrap();
            attach(&host, Stamp::draw(STAMP)).unwrap();
            host.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let sender = UdpSocket::bind(sender.parse::<SocketAddr>().unwrap()).unwrap();
            let to = SocketAddr::new(sender.local_addr().unwrap().ip(), host.local_addr().unwrap().port());
            sender.connect(to).unwrap();
            Self { host, sender, round: 0 }
        }

        /// True when the datagram arrives; a word behind it says when it would have.
        fn passes(&mut self, datagram: &[u8]) -> bool {
            self.round += 1;
            let word = [b"round", &self.round.to_be_bytes()[..]].concat();
            self.sender.send(datagram).unwrap();
            self.sender.send(&word).unwrap();
            let mut passed = false;
            loop {
                let mut bytes = [0; 2048];
                let length = self.host.recv(&mut bytes).unwrap();
                if bytes[..length] == word {
                    return passed;
                }
                assert!(!passed && &bytes[..length] == datagram, "whole, and once");
                passed = true;
            }
        }
    }

    fn ipv4() -> Pair {
        Pair::at("127.0.0.1:0", "127.0.0.1:0")
    }

    /// A binding request of these attributes.
    fn request(attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([7; 12]);
        for (kind, value) in attributes {
            bytes.extend(kind.to_be_bytes());
            bytes.extend((value.len() as u16).to_be_bytes());
            bytes.extend(value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let length = bytes.len() as u16 - 20;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        bytes
    }

    fn named(username: &[u8]) -> (u16, Vec<u8>) {
        (0x0006, username.to_vec())
    }

    /// Attributes that are no USERNAME.
    fn others(most: usize) -> impl Strategy<Value = Vec<(u16, Vec<u8>)>> {
        let kind = any::<u16>().prop_filter("a USERNAME", |&kind| kind != 0x0006);
        proptest::collection::vec((kind, proptest::collection::vec(any::<u8>(), 0..40)), 0..=most)
    }

    fn well_formed(length: usize) -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(proptest::sample::select(b"ABCxyz019+/".to_vec()), length)
    }

    #[test]
    fn either_family_is_filtered_alike() {
        let (good, forged) = (request(&[named(b"AAAAAxxxxxxx:them")]), request(&[named(b"AAABAxxxxxxx:them")]));
        for (host, sender) in [("127.0.0.1:0", "127.0.0.1:0"), ("[::1]:0", "[::1]:0"), ("[::]:0", "127.0.0.1:0")] {
            let mut pair = Pair::at(host, sender);
            assert!(pair.passes(&good) && !pair.passes(&forged), "{host} from {sender}");
        }
    }

    #[test]
    fn what_is_no_whole_request_passes() {
        let mut pair = ipv4();
        let forged = request(&[named(b"none"), (0x8028, vec![1; 4])]);
        assert!(!pair.passes(&forged));
        let cut: Vec<_> = (0..forged.len()).filter(|&length| !pair.passes(&forged[..length])).collect();
        assert!(cut.is_empty(), "{cut:?}");
        assert!(pair.passes(&[&forged[..], &[0x80; 60]].concat()), "something behind it");
        for (at, byte) in [(0, 0x80), (0, 22), (0, 1), (1, 0x11), (4, 0)] {
            let mut other = forged.clone();
            other[at] = byte;
            assert!(pair.passes(&other), "byte {at} is {byte}");
        }
    }

    #[test]
    fn a_request_that_names_nobody_is_dropped_unless_there_is_more_than_is_looked_at() {
        let mut pair = ipv4();
        let many = |count: usize| request(&vec![(0x8022, vec![]); count]);
        assert!((0..=ATTRIBUTES - 1).all(|count| !pair.passes(&many(count))));
        assert!(pair.passes(&many(ATTRIBUTES)));
        let behind = |count: usize| request(&[vec![(0x8022, vec![]); count], vec![named(b"BBBB")]].concat());
        assert!(!pair.passes(&behind(ATTRIBUTES - 1)));
        assert!(pair.passes(&behind(ATTRIBUTES)), "nobody is lost who sends so many");
    }

    #[test]
    fn a_batch_of_one_sender_is_taken_apart_by_the_core_alone() {
        let pair = ipv4();
        let state = quinn_udp::UdpSocketState::new((&pair.host).into()).unwrap();
        if state.gro_segments() < 2 || state.max_gso_segments() < 2 {
            return;
        }
        let forged = request(&[named(b"none"), (0x8028, vec![1; 4])]);
        let media = vec![0x80; forged.len()];
        let contents = &[&forged[..], &media].concat();
        let destination = pair.host.local_addr().unwrap();
        let batch = quinn_udp::Transmit { destination, ecn: None, contents, segment_size: Some(forged.len()), src_ip: None };
        pair.sender.set_nonblocking(true).unwrap();
        let unconnected = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sending = quinn_udp::UdpSocketState::new((&unconnected).into()).unwrap();
        sending.try_send((&unconnected).into(), &batch).unwrap();
        let mut bytes = [0; 2048];
        let length = pair.host.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], &contents[..], "in one packet");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn whoever_has_a_name_here_comes_through(before in others(ATTRIBUTES - 1), after in others(4), rest in well_formed(8), them in well_formed(4)) {
            let username = [b"AAAA", &rest[..], b":", &them].concat();
            let check = request(&[before, vec![named(&username)], after].concat());
            prop_assert!(addressed_core(&check).is_some());
            prop_assert!(ipv4().passes(&check));
        }

        #[test]
        fn whoever_has_another_name_does_not(before in others(ATTRIBUTES - 1), after in others(4), username in well_formed(17)) {
            prop_assume!(!username.starts_with(b"AAAA"));
            let check = request(&[before, vec![named(&username)], after].concat());
            prop_assert!(!ipv4().passes(&check));
        }

        #[test]
        fn any_other_bytes_pass(bytes in proptest::collection::vec(any::<u8>(), 0..200), request: bool) {
            let mut bytes = bytes;
            if request && bytes.len() >= 8 {
                bytes[..8].copy_from_slice(&[0, 1, 0xff, 0xff, 0x21, 0x12, 0xa4, 0x42]);
            }
            prop_assume!(request || !bytes.starts_with(&[0, 1]));
            prop_assert!(ipv4().passes(&bytes));
        }
    }
}
