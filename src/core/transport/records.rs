//! DTLS records (RFC 6347 §4.1, §4.2.2) from outside, looked at before `rtc-dtls` sees them.
//!
//! **Invariant:** what passes are whole records of the kinds, sizes and numbers that a handshake has, so what one peer can make `rtc-dtls`
//! keep is bounded: it keeps fragments and records of later epochs in lists without an end of their own.

use super::rtp::u16_at;
use crate::core::allowance::Allowance;
use crate::core::time::Time;

/// Bytes of a record's header, and of a handshake fragment's.
const HEADER: usize = 13;
const FRAGMENT_HEADER: usize = 12;
/// The longest handshake message we take, bytes. Certificates of browsers are under 1 KB, a ClientHello with post-quantum shares under 2 KB.
const MESSAGE: u32 = 16 * 1024;
/// Handshake messages have numbers below this. A client's last has number 5 or 6.
const MESSAGES: u16 = 32;
/// Records one association takes before it is complete: several times a handshake with every flight repeated.
const RECORDS: u32 = 256;
/// Handshake records taken afterwards: a client that missed our last flight repeats its own.
const LATE_RECORDS: u32 = 32;
/// Records at once and per second: a client's largest flight is about ten.
const BURST: u32 = 64;
const PER_SECOND: u32 = 32;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// What to do with a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Give it to the library.
    Pass,
    /// Nothing in it that a handshake needs.
    Drop,
    /// The association has taken more than a handshake is: forget it, what it keeps is not a handshake's.
    Forget,
}

/// Counts what one association has taken.
pub(crate) struct Records {
    rate: Allowance,
    taken: u32,
}

impl Records {
    /// Nothing taken.
    pub(crate) fn new(now: Time) -> Self {
        Self { rate: Allowance::new(now, BURST, PER_SECOND), taken: 0 }
    }

    /// The association is complete, or another one begins.
    pub(crate) fn restart(&mut self) {
        self.taken = 0;
    }

    /// Judges a datagram. `complete`: the handshake is.
    pub(crate) fn judge(&mut self, now: Time, datagram: &[u8], complete: bool) -> Gate {
        let Some(count) = count(datagram, complete) else { return Gate::Drop };
        if !self.rate.spend(now, count as usize) {
            return Gate::Drop;
        }
        self.taken += count;
        match complete {
            true if self.taken > LATE_RECORDS => Gate::Drop,
            false if self.taken > RECORDS => Gate::Forget,
            _ => Gate::Pass,
        }
    }
}

/// How many records there are, if each is whole and of a kind that is taken.
fn count(mut datagram: &[u8], complete: bool) -> Option<u32> {
    let mut count = 0;
    while !datagram.is_empty() {
        let length = usize::from(u16_at(datagram, 11)?);
        let (header, rest) = datagram.split_at_checked(HEADER)?;
        let (body, rest) = rest.split_at_checked(length)?;
        let (&kind, epoch) = (header.first()?, u16_at(header, 3)?);
        let is_dtls = header.get(1..3)? == [0xfe, 0xfd] || header.get(1..3)? == [0xfe, 0xff];
        // After the handshake there is nothing to read but goodbyes and repeated flights: media does not travel here.
        let wanted = if complete { matches!((kind, epoch), (ALERT, 1) | (HANDSHAKE, _)) } else { (20..=22).contains(&kind) };
        if !is_dtls || !wanted || epoch > 1 || epoch == 0 && kind == HANDSHAKE && !is_fragment(body) {
            return None;
        }
        count += 1;
        datagram = rest;
    }
    (count > 0).then_some(count)
}

/// One handshake fragment, alone in its record and within its message.
fn is_fragment(body: &[u8]) -> bool {
    let word = |at: usize| Some(u32::from(*body.get(at)?) << 16 | u32::from(u16_at(body, at + 1)?));
    let read = || Some((word(1)?, u16_at(body, 4)?, word(6)?, word(9)?));
    read().is_some_and(|(message, number, offset, length)| {
        message <= MESSAGE
            && number < MESSAGES
            && offset + length <= message
            && (length > 0 || message == 0)
            && FRAGMENT_HEADER + length as usize == body.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(kind: u8, epoch: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind, 0xfe, 0xfd];
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes.extend_from_slice(&[0; 6]);
        bytes.extend_from_slice(&(body.len() as u16).to_be_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    fn fragment(message: u8, number: u8, offset: u8, length: u8) -> Vec<u8> {
        let mut bytes = vec![1, 0, 0, message, 0, number, 0, 0, offset, 0, 0, length];
        bytes.resize(FRAGMENT_HEADER + usize::from(length), 7);
        record(HANDSHAKE, 0, &bytes)
    }

    fn judged(datagram: &[u8], complete: bool) -> Gate {
        Records::new(Time::ZERO).judge(Time::ZERO, datagram, complete)
    }

    #[test]
    fn a_handshake_passes_and_what_is_none_does_not() {
        assert_eq!(judged(&fragment(50, 0, 0, 50), false), Gate::Pass);
        assert_eq!(judged(&fragment(50, 1, 20, 30), false), Gate::Pass);
        assert_eq!(judged(&fragment(0, 2, 0, 0), false), Gate::Pass, "ServerHelloDone and its like are empty");
        for (why, bytes) in [
            ("a fragment of nothing", fragment(50, 0, 0, 0)),
            ("behind the end", fragment(50, 0, 40, 20)),
            ("a message that no handshake has", fragment(50, 40, 0, 50)),
            ("application data", record(23, 0, &[1])),
            ("an epoch that cannot be", record(HANDSHAKE, 2, &[1])),
            ("cut off", fragment(50, 0, 0, 50)[..40].to_vec()),
            ("nothing", Vec::new()),
        ] {
            assert_eq!(judged(&bytes, false), Gate::Drop, "{why}");
        }
    }

    #[test]
    fn afterwards_only_goodbyes_and_repeated_flights_pass() {
        assert_eq!(judged(&record(ALERT, 1, &[0; 40]), true), Gate::Pass);
        assert_eq!(judged(&record(ALERT, 0, &[1, 0]), true), Gate::Drop, "anybody could have written that");
        assert_eq!(judged(&record(23, 1, &[0; 40]), true), Gate::Drop);
        let mut records = Records::new(Time::ZERO);
        let passed = (0..10_000u64)
            .filter(|&second| records.judge(Time::from_millis(second * 1_000), &fragment(50, 0, 0, 50), true) == Gate::Pass);
        assert_eq!(passed.count(), LATE_RECORDS as usize);
    }

    #[test]
    fn an_association_takes_no_more_than_a_handshake() {
        let mut records = Records::new(Time::ZERO);
        let judged: Vec<Gate> =
            (0..100_000u64).map(|at| records.judge(Time::from_millis(at), &fragment(50, 31, 1, 1), false)).collect();
        let first_forgotten = judged.iter().position(|gate| *gate == Gate::Forget).unwrap();
        let passed = judged[..first_forgotten].iter().filter(|gate| **gate == Gate::Pass).count();
        assert_eq!(passed, RECORDS as usize);
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), complete: bool) {
            judged(&bytes, complete);
        }
    }
}
