//! Whatever people do, in any order.

use super::*;

/// Something somebody does, by numbers, so that it can shrink.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Enter,
    Create,
    Knock,
    Broadcast,
    Relay { to: usize },
    Commit { epoch: u64, attempt: u16, admit: usize, evict: usize },
    Drop,
    Return { epoch: u64 },
    Leave,
    Fetch { epoch: u64 },
    Wait { seconds: u64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let commit = (0..6u64, 0..2u16, 0..6usize, 0..8usize);
    prop_oneof![
        3 => Just(Deed::Enter),
        2 => Just(Deed::Create),
        2 => Just(Deed::Knock),
        1 => Just(Deed::Broadcast),
        1 => (0..6usize).prop_map(|to| Deed::Relay { to }),
        6 => commit.prop_map(|(epoch, attempt, admit, evict)| Deed::Commit { epoch, attempt, admit, evict }),
        2 => Just(Deed::Drop),
        2 => (0..6u64).prop_map(|epoch| Deed::Return { epoch }),
        1 => Just(Deed::Leave),
        1 => (0..6u64).prop_map(|epoch| Deed::Fetch { epoch }),
        1 => (0..14u64).prop_map(|seconds| Deed::Wait { seconds }),
    ]
}

impl House {
    fn act(&mut self, people: &mut [Somebody], who: usize, deed: Deed) {
        let seat = |index: usize| people.get(index).map(|other| other.seat);
        let message = match deed {
            Deed::Enter | Deed::Return { .. } => {
                self.connect(&mut people[who]);
                match deed {
                    Deed::Return { epoch } => ToHost::Enter(people[who].back(epoch, TICKET)),
                    _ => {
                        let resume_key = people[who].resume_key();
                        ToHost::Enter(Entry { room: ROOM, identity: Identity::New, resume_key })
                    }
                }
            }
            Deed::Create => ToHost::Create(Creation { epoch: Epoch(0), ticket: ticket_hash(&TICKET) }),
            Deed::Knock => ToHost::Knock(opaque()),
            Deed::Broadcast => ToHost::Broadcast(opaque()),
            Deed::Relay { to } => ToHost::Relay { to: people[to].seat, body: opaque() },
            Deed::Commit { epoch, attempt, admit, evict } => {
                let slot = Slot { incarnation: people[who].incarnation, epoch: Epoch(epoch), attempt: Attempt(attempt) };
                let (admit, evict) = (seat(admit).into_iter().collect(), seat(evict).into_iter().collect());
                ToHost::Commit(CommitSubmission { slot, commit: opaque(), admit, evict, ticket: ticket_hash(&TICKET) })
            }
            Deed::Leave => ToHost::Leave,
            Deed::Fetch { epoch } => ToHost::Fetch(Epoch(epoch)),
            Deed::Drop => return self.handle(Input::Disconnected(people[who].connection)),
            Deed::Wait { seconds } => return self.pass(Duration::from_secs(seconds)),
        };
        self.says(&people[who], message);
        for (to, message) in &self.said {
            let FromHost::Entered(entered) = message else { continue };
            if let Some(person) = people.iter_mut().find(|person| person.connection == *to) {
                (person.seat, person.incarnation) = (entered.you, entered.incarnation);
            }
        }
    }

    /// What must hold whatever people do.
    fn check(&self) -> Result<(), TestCaseError> {
        let logs: usize = self.host.rooms.values().filter_map(|room| room.group.as_ref()).map(|group| group.log.bytes()).sum();
        prop_assert_eq!(logs, self.host.all_logs);
        for (id, room) in &self.host.rooms {
            prop_assert!(!room.is_empty());
            let members = room.roster.values().filter(|who| who.is_member()).count();
            prop_assert_eq!(room.group.is_some(), members > 0, "a group has members, members have a group");
            for (participant, connection) in room.roster.iter().filter_map(|(id, who)| Some((*id, who.connection()?))) {
                let seat = self.host.connections.get(&connection).and_then(|connection| connection.seat);
                prop_assert_eq!(seat, Some(Seat { room: *id, participant }), "seat and connection know of each other");
            }
        }
        for (id, connection) in &self.host.connections {
            let Some(seat) = connection.seat else { continue };
            let seated = self.host.rooms.get(&seat.room).and_then(|room| room.roster.get(&seat.participant));
            prop_assert_eq!(seated.and_then(|who| who.connection()), Some(*id));
        }
        Ok(())
    }
}

proptest! {
    /// Whatever people do in whatever order: books are kept, one commit takes a slot, and nothing remains in the end.
    #[test]
    fn books_are_kept(deeds in proptest::collection::vec((0..4usize, deed()), 1..60)) {
        let mut house = House::new(caps());
        let mut people: Vec<_> = (0..6).map(|_| Somebody::new()).collect();
        let mut winners = std::collections::HashMap::new();
        for (who, deed) in deeds {
            house.act(&mut people, who, deed);
            house.check()?;
            for (_, message) in house.said.drain(..) {
                let FromHost::Committed(entry) = message else { continue };
                let (slot, won) = (entry.slot, (entry.by, entry.commit));
                prop_assert_eq!(winners.entry(slot).or_insert_with(|| won.clone()), &won, "two winners for one slot");
            }
        }
        for _ in 0..70 {
            house.pass(Duration::from_secs(10));
        }
        prop_assert!(house.is_empty(), "something remains");
        prop_assert_eq!(house.host.deadlines.next(), None);
    }
}

#[test]
fn the_same_inputs_make_the_same_host() {
    let story = || {
        let mut house = House::new(caps());
        let members = house.meeting(3);
        house.says(&members[2], ToHost::Knock(opaque()));
        house.says(&members[1], ToHost::Leave);
        (house.said, members.iter().map(|member| member.seat).collect::<Vec<_>>())
    };
    let (one, two) = (story(), story());
    assert!(one == two);
}
