//! What screen readers are told: two live regions, one polite and one assertive, present from the start.
//!
//! Invariant: the polite region says at most one sentence in two seconds; what happens meanwhile is merged, and with more than
//! ten people arrivals and departures are a number. The assertive region speaks at once.

use crypto::sorted::SortedSet;

/// How long events are gathered before they are spoken, in milliseconds.
pub(crate) const MERGE_MILLIS: u32 = 2_000;

/// From this many people on, names of those who come and go are not read out.
const CROWD: usize = 10;

/// Something worth a polite word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// Somebody came in.
    Arrived(String),
    /// Somebody left.
    Left(String),
    /// A chat message while the panel is closed.
    Message {
        /// Who wrote.
        from: String,
    },
    /// Somebody raised a hand.
    Hand(String),
    /// Somebody reacts.
    Reacted {
        /// Who.
        name: String,
        /// Which message tells it.
        how: &'static str,
    },
    /// A finished sentence: the state of the room, an answer to something the person did.
    Sentence(String),
}

/// What to speak: the interface turns it into words of its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// One person came.
    Arrived(String),
    /// Several came.
    SeveralArrived(usize),
    /// One person left.
    Left(String),
    /// Several left.
    SeveralLeft(usize),
    /// One message.
    Message(String),
    /// Several messages.
    SeveralMessages(usize),
    /// One raised hand.
    Hand(String),
    /// Several raised hands.
    SeveralHands(usize),
    /// So many people, one of whom has this name, react in one way.
    Reacted {
        /// The only one, or the first.
        name: String,
        /// How many.
        count: usize,
        /// Which message tells it.
        how: &'static str,
    },
    /// As it stands.
    Sentence(String),
}

/// Merges what happened within one pause, oldest first, into what is spoken at its end: sentences about the room come last wins,
/// then people, then messages, joined by the caller into one utterance.
pub(crate) fn merge(happenings: &[Happening], people: usize) -> Vec<Spoken> {
    let mut spoken = Vec::new();
    let mut arrived: Vec<&String> = Vec::new();
    let mut left: Vec<&String> = Vec::new();
    let mut messages: Vec<&String> = Vec::new();
    let mut hands: Vec<&String> = Vec::new();
    let mut reacted: Vec<(&'static str, SortedSet<&String>)> = Vec::new();
    let mut sentence = None;
    for happening in happenings {
        match happening {
            Happening::Arrived(name) => arrived.push(name),
            Happening::Left(name) => left.push(name),
            Happening::Message { from } => messages.push(from),
            Happening::Hand(name) => hands.push(name),
            Happening::Reacted { name, how } => match reacted.iter_mut().find(|(other, _)| other == how) {
                Some((_, names)) => {
                    names.insert(name);
                }
                None => reacted.push((how, SortedSet::from([name]))),
            },
            Happening::Sentence(text) => sentence = Some(text),
        }
    }
    spoken.extend(sentence.cloned().map(Spoken::Sentence));
    let crowd = people > CROWD;
    spoken.extend(one_or_many(&arrived, crowd, Spoken::Arrived, Spoken::SeveralArrived));
    spoken.extend(one_or_many(&left, crowd, Spoken::Left, Spoken::SeveralLeft));
    spoken.extend(one_or_many(&hands, false, Spoken::Hand, Spoken::SeveralHands));
    spoken.extend(one_or_many(&messages, false, Spoken::Message, Spoken::SeveralMessages));
    spoken.extend(reacted.into_iter().filter_map(|(how, names)| {
        let name = names.first().copied()?.clone();
        Some(Spoken::Reacted { name, count: names.len(), how })
    }));
    spoken
}

fn one_or_many(names: &[&String], crowd: bool, one: fn(String) -> Spoken, many: fn(usize) -> Spoken) -> Option<Spoken> {
    match names {
        [] => None,
        [name] if !crowd => Some(one((*name).clone())),
        names => Some(many(names.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(name: &str) -> Happening {
        Happening::Arrived(name.into())
    }

    #[test]
    fn one_person_is_named_and_several_are_counted() {
        assert_eq!(merge(&[arrived("Fatou")], 3), [Spoken::Arrived("Fatou".into())]);
        assert_eq!(merge(&[arrived("Fatou"), arrived("David")], 4), [Spoken::SeveralArrived(2)]);
    }

    #[test]
    fn in_a_crowd_nobody_is_named() {
        assert_eq!(merge(&[arrived("Fatou")], 11), [Spoken::SeveralArrived(1)]);
        assert_eq!(merge(&[Happening::Left("David".into())], 12), [Spoken::SeveralLeft(1)]);
    }

    #[test]
    fn the_last_sentence_about_the_room_wins_and_comes_first() {
        let happenings = [Happening::Sentence("old".into()), arrived("Fatou"), Happening::Sentence("new".into())];
        assert_eq!(merge(&happenings, 2), [Spoken::Sentence("new".into()), Spoken::Arrived("Fatou".into())]);
    }

    #[test]
    fn who_applauds_three_times_is_one_and_each_reaction_is_told_once() {
        let reacts = |name: &str, how| Happening::Reacted { name: name.into(), how };
        let happenings =
            [reacts("Ann", "applause"), reacts("Ann", "applause"), reacts("Ben", "heart"), reacts("Cid", "applause")];
        let told = |name: &str, count, how| Spoken::Reacted { name: name.into(), count, how };
        assert_eq!(merge(&happenings, 20), [told("Ann", 2, "applause"), told("Ben", 1, "heart")]);
        assert_eq!(merge(&[Happening::Hand("Ann".into())], 20), [Spoken::Hand("Ann".into())]);
    }

    #[test]
    fn silence_stays_silence() {
        assert_eq!(merge(&[], 2), []);
    }
}
