//! What the doctor finds, and in which words.
//!
//! Invariant: what is called good was seen a moment ago; what was not tried is called so. No line holds an address.

use crate::model::{End, Measured, Missing, Taken};

/// What is looked at, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Whether the browser calls the page's address safe.
    Address,
    /// What the browser can do.
    Browser,
    /// The two clocks.
    Clock,
    /// The host lets a room be made.
    Room,
    /// A made-up picture arrives.
    Picture,
    /// A made-up sound does.
    Sound,
    /// Which way they took.
    Way,
    /// There and back.
    Delay,
    /// What did not arrive.
    Loss,
    /// UDP alone.
    Udp,
    /// TCP alone.
    Tcp,
    /// The host's relay alone.
    Relay,
}

impl Line {
    /// All, in order.
    pub(crate) const ALL: [Self; 12] = [
        Self::Address,
        Self::Browser,
        Self::Clock,
        Self::Room,
        Self::Picture,
        Self::Sound,
        Self::Way,
        Self::Delay,
        Self::Loss,
        Self::Udp,
        Self::Tcp,
        Self::Relay,
    ];

    /// The message that is its title.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Address => "doctor-address",
            Self::Browser => "doctor-browser",
            Self::Clock => "doctor-clock",
            Self::Room => "doctor-room",
            Self::Picture => "doctor-picture",
            Self::Sound => "doctor-sound",
            Self::Way => "doctor-way",
            Self::Delay => "doctor-delay",
            Self::Loss => "doctor-loss",
            Self::Udp => "doctor-udp",
            Self::Tcp => "doctor-tcp",
            Self::Relay => "doctor-relay",
        }
    }
}

/// How it stands with a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sign {
    /// Not looked at.
    #[default]
    Waiting,
    /// Being looked at.
    Trying,
    /// Good.
    Good,
    /// Could not be found out.
    Unknown,
    /// A meeting works, and this could be better.
    Fair,
    /// No meeting works like this.
    Bad,
}

/// What was found of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How it stands.
    pub(crate) sign: Sign,
    /// The message, for whoever sits here.
    pub(crate) words: &'static str,
    /// Its variable `number`.
    pub(crate) number: u32,
    /// The message for whoever runs the host.
    pub(crate) operator: Option<&'static str>,
}

impl Finding {
    /// Being looked at.
    pub(crate) const TRYING: Self = Self::of(Sign::Trying, "doctor-trying");
    /// Not looked at.
    pub(crate) const WAITING: Self = Self::of(Sign::Waiting, "doctor-waiting");
    /// Cannot be tried, because something before it failed.
    pub(crate) const UNTRIED: Self = Self::of(Sign::Unknown, "doctor-untried");

    const fn of(sign: Sign, words: &'static str) -> Self {
        Self { sign, words, number: 0, operator: None }
    }

    const fn numbered(self, number: u32) -> Self {
        Self { number, ..self }
    }

    const fn operator(self, words: &'static str) -> Self {
        Self { operator: Some(words), ..self }
    }
}

/// Pictures after which a picture counts as one that moves.
const PICTURES: f64 = 5.0;
/// Seconds by which clocks may differ.
const CLOCKS_DIFFER: u32 = 60;
/// Milliseconds to the host and back that people begin to notice: there and back again, with what browsers hold back, it is half a second.
const SLOW: f64 = 200.0;
/// Per mille of packets whose loss begins to be seen.
const LOSSY: f64 = 30.0;

/// Whether a picture that moves has come.
pub(crate) fn arrived(measured: &Measured) -> bool {
    measured.taken.is_some() && measured.pictures >= PICTURES
}

/// Whether pictures have come by this way. The browser that decodes them has been heard to decode sound before.
pub(crate) fn carried(measured: &Measured, taken: Taken) -> bool {
    measured.taken == Some(taken) && measured.pictures >= PICTURES
}

/// Address and browser, by what is missing.
pub(crate) fn abilities(missing: Option<Missing>) -> [(Line, Finding); 2] {
    let address = match missing {
        Some(Missing::SecureContext) => Finding::of(Sign::Bad, "doctor-address-bad").operator("doctor-address-operator"),
        _ => Finding::of(Sign::Good, "doctor-address-good"),
    };
    let browser = match missing {
        None => Finding::of(Sign::Good, "doctor-browser-good"),
        Some(Missing::SecureContext) => Finding::UNTRIED,
        Some(_) => Finding::of(Sign::Bad, "doctor-browser-bad"),
    };
    [(Line::Address, address), (Line::Browser, browser)]
}

/// The clocks are so many seconds apart.
pub(crate) fn clock(apart: Option<u32>) -> Finding {
    match apart {
        None => Finding::of(Sign::Unknown, "doctor-clock-unknown"),
        Some(apart) if apart <= CLOCKS_DIFFER => Finding::of(Sign::Good, "doctor-clock-good"),
        Some(apart) => Finding::of(Sign::Fair, "doctor-clock-fair").numbered(apart).operator("doctor-clock-operator"),
    }
}

/// Whether a room could be made; why not, if the host said so.
pub(crate) fn room(refused: Option<Option<End>>) -> Finding {
    match refused {
        None => Finding::of(Sign::Good, "doctor-room-good"),
        Some(Some(End::HostFull | End::RoomFull | End::TooManyKnocking)) => {
            Finding::of(Sign::Bad, "doctor-room-full").operator("doctor-room-full-operator")
        }
        Some(Some(End::PermissionNeeded)) => Finding::of(Sign::Unknown, "doctor-room-reserved"),
        Some(Some(End::OtherVersion)) => Finding::of(Sign::Bad, "doctor-room-version"),
        Some(_) => Finding::of(Sign::Bad, "doctor-room-bad").operator("doctor-room-operator"),
    }
}

/// What became of the made-up tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It came.
    Heard,
    /// It did not.
    Unheard,
    /// This browser made none: Firefox does not without anything to play sounds with.
    Unmade,
}

/// What a second participant receives of the first, whichever way it took.
pub(crate) fn meeting(measured: &Measured, tone: Tone) -> [(Line, Finding); 5] {
    let connected = measured.taken.is_some();
    let lacks = |words| {
        let finding = Finding::of(Sign::Bad, if connected { words } else { "doctor-no-way" });
        if connected { finding } else { finding.operator("doctor-no-way-operator") }
    };
    let picture = match measured.pictures >= PICTURES {
        true => Finding::of(Sign::Good, "doctor-picture-good").numbered(whole(measured.pictures)),
        false => lacks("doctor-picture-bad"),
    };
    let sound = match tone {
        Tone::Heard => Finding::of(Sign::Good, "doctor-sound-good"),
        Tone::Unmade if connected => Finding::of(Sign::Unknown, "doctor-sound-unmade"),
        Tone::Unheard | Tone::Unmade => lacks("doctor-sound-bad"),
    };
    let way = match measured.taken {
        Some(Taken::Udp) => Finding::of(Sign::Good, "doctor-way-udp"),
        Some(Taken::Tcp) => Finding::of(Sign::Fair, "doctor-way-tcp"),
        Some(Taken::Relay) => Finding::of(Sign::Fair, "doctor-way-relay"),
        None => lacks("doctor-no-way"),
    };
    let delay = match measured.round_trip {
        _ if !connected => Finding::UNTRIED,
        slow if slow > SLOW => Finding::of(Sign::Fair, "doctor-delay-fair").numbered(whole(slow)),
        fast => Finding::of(Sign::Good, "doctor-delay-good").numbered(whole(fast)),
    };
    let all = measured.packets + measured.lost;
    let loss = match measured.lost / all * 1_000.0 {
        _ if all <= 0.0 => Finding::UNTRIED,
        lossy if lossy > LOSSY => Finding::of(Sign::Fair, "doctor-loss-fair").numbered(whole(lossy / 10.0)),
        _ => Finding::of(Sign::Good, "doctor-loss-good"),
    };
    [(Line::Picture, picture), (Line::Sound, sound), (Line::Way, way), (Line::Delay, delay), (Line::Loss, loss)]
}

/// One way alone: whether it carried picture and sound.
pub(crate) fn way(line: Line, carried: bool) -> Finding {
    match (line, carried) {
        (Line::Udp, true) => Finding::of(Sign::Good, "doctor-udp-good"),
        (Line::Tcp, true) => Finding::of(Sign::Good, "doctor-tcp-good"),
        (_, true) => Finding::of(Sign::Good, "doctor-relay-good"),
        (Line::Udp, false) => Finding::of(Sign::Fair, "doctor-udp-fair").operator("doctor-udp-operator"),
        (Line::Tcp, false) => Finding::of(Sign::Fair, "doctor-tcp-fair").operator("doctor-tcp-operator"),
        (_, false) => Finding::of(Sign::Fair, "doctor-relay-fair").operator("doctor-relay-operator"),
    }
}

/// What it comes to: the message, and how it stands.
pub(crate) fn sum(findings: &[(Line, Finding)]) -> (Sign, &'static str) {
    let worst = findings.iter().map(|(_, finding)| finding.sign).max().unwrap_or_default();
    match worst {
        Sign::Bad => (Sign::Bad, "doctor-sum-bad"),
        Sign::Fair => (Sign::Fair, "doctor-sum-fair"),
        _ => (Sign::Good, "doctor-sum-good"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
fn whole(number: f64) -> u32 {
    number.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Measured {
        Measured { taken: Some(Taken::Udp), round_trip: 12.4, pictures: 30.0, packets: 990.0, lost: 10.0 }
    }

    fn signs(measured: &Measured, tone: Tone) -> [Sign; 5] {
        meeting(measured, tone).map(|(_, finding)| finding.sign)
    }

    #[test]
    fn good_is_what_was_seen_and_nothing_else() {
        assert_eq!(signs(&seen(), Tone::Heard), [Sign::Good; 5]);
        assert!(arrived(&seen()) && !arrived(&Measured::default()));
        assert!(carried(&seen(), Taken::Udp) && !carried(&seen(), Taken::Tcp) && !carried(&Measured::default(), Taken::Udp));
        assert_eq!(signs(&Measured { pictures: 1.0, ..seen() }, Tone::Heard)[0], Sign::Bad);
        assert_eq!(signs(&seen(), Tone::Unheard)[1], Sign::Bad);
        assert_eq!(signs(&seen(), Tone::Unmade)[1], Sign::Unknown);
        assert_eq!(signs(&Measured::default(), Tone::Unheard), [Sign::Bad, Sign::Bad, Sign::Bad, Sign::Unknown, Sign::Unknown]);
        assert_eq!(meeting(&Measured::default(), Tone::Unheard)[0].1.words, "doctor-no-way");
    }

    #[test]
    fn what_could_be_better_is_said_and_is_not_called_broken() {
        for taken in [Taken::Tcp, Taken::Relay] {
            assert_eq!(signs(&Measured { taken: Some(taken), ..seen() }, Tone::Heard)[2], Sign::Fair);
        }
        let bad_network = Measured { round_trip: 400.0, lost: 100.0, ..seen() };
        let [.., (_, delay), (_, loss)] = meeting(&bad_network, Tone::Heard);
        assert_eq!((delay.sign, delay.number, loss.sign, loss.number), (Sign::Fair, 400, Sign::Fair, 9));
        let mut lines: Vec<_> = meeting(&seen(), Tone::Heard).into();
        assert_eq!(sum(&lines), (Sign::Good, "doctor-sum-good"));
        lines.push((Line::Udp, way(Line::Udp, false)));
        assert_eq!(sum(&lines), (Sign::Fair, "doctor-sum-fair"));
        lines.push((Line::Room, room(Some(None))));
        assert_eq!(sum(&lines), (Sign::Bad, "doctor-sum-bad"));
    }

    #[test]
    fn what_failed_before_it_could_be_tried_is_not_blamed() {
        let [(_, address), (_, browser)] = abilities(Some(Missing::SecureContext));
        assert_eq!((address.sign, browser.sign), (Sign::Bad, Sign::Unknown));
        let [(_, address), (_, browser)] = abilities(Some(Missing::FrameTransform));
        assert_eq!((address.sign, browser.sign), (Sign::Good, Sign::Bad));
        assert_eq!((clock(None).sign, clock(Some(3)).sign, clock(Some(61)).sign), (Sign::Unknown, Sign::Good, Sign::Fair));
    }
}
