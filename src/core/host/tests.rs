//! Rooms as people meet them: a host without sockets, people with keys, time that is told.

use super::*;
use crate::core::door::ticket_hash;
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::time::Duration;
use wire::{
    Attempt, CommitSubmission, Creation, Entered, Epoch, LogEntry, Mid, Offer, Opaque, ParticipantId, Publication, ResumeKey,
    ResumeSignature, RoomStanding, Slot, Subscription, Ticket, TicketHash, Track, resume_statement,
};

mod deeds;
mod house;
mod permission;
mod relay;
mod spread;

use house::*;

#[test]
fn the_first_founds_the_second_knocks() {
    let mut house = House::new(caps());
    let ((first, one), (second, two)) = (house.stranger(), house.stranger());
    assert_eq!((one, two), (Ok(RoomStanding::Empty), Ok(RoomStanding::Empty)));
    assert!(house.creates(&second));
    assert!(!house.creates(&first));
    assert!(!house.creates(&second), "once is enough");
    house.says(&first, ToHost::Knock(opaque()));
    assert_eq!(house.heard(&second), [FromHost::Knocked { from: first.seat, body: opaque() }]);
    house.says(&second, ToHost::Relay { to: first.seat, body: opaque() });
    assert_eq!(house.heard(&first), [FromHost::Relayed { from: second.seat, body: opaque() }]);
    house.says(&second, ToHost::Knock(opaque()));
    assert_eq!(house.heard(&second), [], "a lone creator may knock, and there is nobody to hear");
}

#[test]
fn a_stranger_may_knock_and_answer_members_and_nothing_else() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    let ((stranger, _), (other, _)) = (house.stranger(), house.stranger());
    house.forget_said();
    let submission = CommitSubmission { slot: commit(&stranger, 1, &[], &[]).slot, ..commit(&stranger, 1, &[&stranger], &[]) };
    let forbidden = [
        ToHost::Broadcast(opaque()),
        ToHost::Commit(submission),
        ToHost::Fetch(Epoch(0)),
        ToHost::Offer(Offer { sdp: String::new(), publications: vec![] }),
        ToHost::Subscribe(Vec::<Subscription>::new()),
        ToHost::Relay { to: other.seat, body: opaque() },
    ];
    for message in forbidden {
        house.says(&stranger, message);
        assert_eq!(house.heard(&stranger), [FromHost::Refused(Refusal::NotAMember)]);
    }
    assert_eq!(house.said, [], "nobody else hears of it");
    house.says(&stranger, ToHost::Relay { to: members[1].seat, body: opaque() });
    assert_eq!(house.heard(&members[1]), [FromHost::Relayed { from: stranger.seat, body: opaque() }]);
    let large = Opaque(vec![0; wire::limits::STRANGER_MESSAGE_BYTES + 1]);
    house.says(&stranger, ToHost::Knock(large));
    assert_eq!(house.heard(&stranger), [FromHost::Refused(Refusal::TooLarge)]);
    assert_eq!(house.said, []);
}

#[test]
fn an_accepted_commit_admits_and_everybody_learns_of_it_in_order() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    let (newcomer, _) = house.stranger();
    let submission = commit(&members[1], 1, &[&newcomer], &[]);
    house.says(&members[1], ToHost::Commit(submission.clone()));
    let entry = FromHost::Committed(LogEntry { slot: submission.slot, by: members[1].seat, commit: opaque() });
    for member in &members {
        let heard = house.heard(member);
        assert_eq!(heard[0], entry);
        assert!(is_present(&heard[1], &newcomer) && heard.len() == 2, "{heard:?}");
    }
    let heard = house.heard(&newcomer);
    assert_eq!(heard[0], FromHost::Admitted);
    assert!(heard[1..].iter().all(|message| members.iter().any(|member| is_present(message, member))) && heard.len() == 3);
    house.says(&newcomer, ToHost::Broadcast(opaque()));
    assert_eq!(house.heard(&members[0]), [FromHost::Broadcast { from: newcomer.seat, body: opaque() }]);
    assert_eq!(house.heard(&newcomer), []);
}

#[test]
fn a_commit_that_loses_its_slot_does_nothing() {
    let mut house = House::new(caps());
    let members = house.meeting(3);
    let (stranger, _) = house.stranger();
    house.says(&members[1], ToHost::Commit(commit(&members[1], 2, &[], &[])));
    house.forget_said();
    let mut late = commit(&members[2], 2, &[&stranger], &[&members[0]]);
    late.ticket = TicketHash([0; 32]);
    house.says(&members[2], ToHost::Commit(late));
    let [FromHost::Committed(winner)] = &house.heard(&members[2])[..] else { panic!("not the winner") };
    assert_eq!(winner.by, members[1].seat);
    assert_eq!(house.said, []);
    assert_eq!(house.host.rooms[&ROOM].group.as_ref().unwrap().ticket, ticket_hash(&TICKET));
    house.says(&stranger, ToHost::Broadcast(opaque()));
    assert_eq!(house.heard(&stranger), [FromHost::Refused(Refusal::NotAMember)]);
}

#[test]
fn who_is_evicted_is_out_in_the_same_step() {
    let mut house = House::new(caps());
    let mut members = house.meeting(3);
    let mut evicted = members.pop().unwrap();
    let new_ticket = ticket_hash(&Ticket([4; 32]));
    house.says(&members[0], ToHost::Commit(CommitSubmission { ticket: new_ticket, ..commit(&members[0], 2, &[], &[&evicted]) }));
    let heard = house.heard(&evicted);
    assert!(matches!(heard[..], [FromHost::Committed(_), FromHost::Evicted]), "it may judge what threw it out: {heard:?}");
    assert_eq!(house.closed, [evicted.connection]);
    let heard = house.heard(&members[1]);
    assert!(matches!(heard[..], [FromHost::Committed(_), FromHost::Gone(who)] if who == evicted.seat), "{heard:?}");
    house.says(&evicted, ToHost::Broadcast(opaque()));
    house.says(&members[0], ToHost::Relay { to: evicted.seat, body: opaque() });
    assert!(house.said.iter().all(|(to, _)| *to == members[0].connection), "no word of or for it: {:?}", house.said);
    assert_eq!(house.comes_back(&mut evicted, 2, TICKET), Err(Refusal::SeatUnknown), "its ticket is void");
}

#[test]
fn what_a_member_sends_is_told_to_the_others_and_gone_when_it_is_evicted() {
    let mut house = House::new(caps());
    let members = house.meeting(3);
    let sdp = include_str!("../transport/offers/chromium-156.sdp").replace('\n', "\r\n");
    let publication = Publication { mid: Mid("0".into()), track: Track::Audio };
    let offer = Offer { sdp, publications: vec![publication] };
    let unusable = Offer { sdp: "v=0".into(), ..offer.clone() };
    house.says(&members[1], ToHost::Offer(unusable));
    assert_eq!(house.heard(&members[1]), [FromHost::Refused(Refusal::OfferUnusable)]);
    house.says(&members[1], ToHost::Offer(offer.clone()));
    assert!(matches!(house.heard(&members[1])[..], [FromHost::Answer { .. }]));
    let present = FromHost::Present { participant: members[1].seat, tracks: vec![Track::Audio] };
    assert_eq!(house.heard(&members[0]), [present]);
    house.says(&members[1], ToHost::Offer(offer));
    assert_eq!(house.heard(&members[0]), [], "nothing new");
    let seat = Seat { room: ROOM, participant: members[1].seat };
    assert_eq!(house.host.media.tracks(seat), [Track::Audio]);
    house.says(&members[0], ToHost::Commit(commit(&members[0], 2, &[], &[&members[1]])));
    assert_eq!(house.host.media.tracks(seat), []);
}

#[test]
fn a_dropped_member_is_away_and_comes_back_to_its_seat() {
    let mut house = House::new(caps());
    let mut members = house.meeting(3);
    let mut dropped = members.pop().unwrap();
    house.handle(Input::Disconnected(dropped.connection));
    assert_eq!(house.heard(&members[0]), [FromHost::Away(dropped.seat)]);
    house.says(&members[0], ToHost::Commit(commit(&members[0], 2, &[], &[])));
    house.pass(Duration::from_secs(11));
    house.handle(Input::Message(members[0].connection, ToHost::Alive));
    house.forget_said();
    let seat = dropped.seat;
    let standing = house.comes_back(&mut dropped, 2, TICKET);
    assert_eq!(standing, Ok(RoomStanding::Resumed { head: Epoch(3), attempt: Attempt(0) }));
    assert_eq!(dropped.seat, seat);
    assert!(matches!(&house.heard(&members[0])[..], [message] if is_present(message, &dropped)));
    house.forget_said();
    house.says(&dropped, ToHost::Fetch(Epoch(2)));
    assert!(matches!(&house.heard(&dropped)[..], [FromHost::Committed(entry)] if entry.slot.epoch == Epoch(2)));
}

#[test]
fn a_second_connection_for_a_seat_closes_the_first() {
    let mut house = House::new(caps());
    let mut members = house.meeting(2);
    let first = members[1].connection;
    assert!(house.comes_back(&mut members[1], 1, TICKET).is_ok());
    assert_eq!(house.closed, [first]);
    house.handle(Input::Disconnected(first));
    assert!(!house.heard(&members[0]).contains(&FromHost::Away(members[1].seat)), "the seat is taken");
    house.says(&members[1], ToHost::Broadcast(opaque()));
    assert_eq!(house.heard(&members[0]).len(), 1);
}

#[test]
fn a_seat_is_given_back_only_to_its_key() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    let mut thief = Somebody { seat: members[1].seat, incarnation: members[1].incarnation, ..Somebody::new() };
    assert_eq!(house.comes_back(&mut thief, 1, TICKET), Err(Refusal::SeatUnknown), "another key");
    house.connect(&mut thief);
    let mut entry = thief.back(1, TICKET);
    entry.resume_key = members[1].resume_key();
    house.says(&thief, ToHost::Enter(entry));
    assert_eq!(house.entered(&mut thief), Err(Refusal::SeatUnknown), "its key, but no signature of it");
    house.connect(&mut thief);
    let replayed = Somebody { nonce: Nonce([0; 32]), ..members.into_iter().nth(1).unwrap() }.back(1, TICKET);
    house.says(&thief, ToHost::Enter(replayed));
    assert_eq!(house.entered(&mut thief), Err(Refusal::SeatUnknown), "a signature over another nonce");
    assert_eq!(house.closed, []);
}

#[test]
fn a_seat_runs_out_and_an_empty_room_is_forgotten() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    house.handle(Input::Disconnected(members[1].connection));
    house.forget_said();
    for _ in 0..3 {
        house.pass(Duration::from_secs(10));
        house.says(&members[0], ToHost::Alive);
    }
    assert_eq!(house.heard(&members[0]), [FromHost::Gone(members[1].seat)]);
    house.says(&members[0], ToHost::Leave);
    assert_eq!(house.closed, [members[0].connection]);
    assert!(house.is_empty());
}

#[test]
fn strangers_are_shown_out_when_the_last_member_has_gone() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    let (stranger, _) = house.stranger();
    house.says(&members[0], ToHost::Leave);
    house.says(&members[1], ToHost::Leave);
    assert!(house.closed.contains(&stranger.connection));
    assert!(house.is_empty());
    assert_eq!(house.stranger().1, Ok(RoomStanding::Empty));
}

#[test]
fn a_host_that_forgot_everything_rebuilds_from_what_members_say() {
    let mut members = House::new(caps()).meeting(4);
    let mut house = House::with_entropy(Caps { returns_within: Duration::from_secs(2), ..caps() }, 3);
    let seats: Vec<_> = members.iter().map(|member| member.seat).collect();
    // A newcomer is quicker than all of them, and waits.
    let (newcomer, standing) = house.stranger();
    assert_eq!(standing, Ok(RoomStanding::Empty));
    house.says(&newcomer, ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash([0; 32]) }));
    assert_eq!(house.heard(&newcomer), []);
    let old = members[0].incarnation;
    assert_eq!(house.comes_back(&mut members[0], 4, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(4) }));
    assert_ne!(members[0].incarnation, old);
    // The first one's commit waits for those who are further.
    let hasty = commit(&members[0], 4, &[], &[]);
    house.says(&members[0], ToHost::Commit(hasty));
    assert_eq!(house.comes_back(&mut members[1], 5, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(5) }));
    assert_eq!(house.comes_back(&mut members[2], 4, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(5) }));
    assert_eq!(house.comes_back(&mut members[3], 5, Ticket([4; 32])), Err(Refusal::SeatUnknown));
    assert_eq!(seats[..3], [members[0].seat, members[1].seat, members[2].seat]);
    house.forget_said();
    house.pass(Duration::from_secs(3));
    assert_eq!(house.heard(&newcomer), [FromHost::Occupied]);
    assert_eq!(house.heard(&members[0]), [FromHost::LogBeginsAt(Epoch(5))]);
    house.says(&members[1], ToHost::Commit(commit(&members[1], 5, &[&newcomer], &[])));
    assert!(matches!(house.heard(&members[2])[..], [FromHost::Committed(_), FromHost::Present { .. }]));
    // Whoever is late finds the log where it is.
    let mut late = Somebody { seat: seats[3], ..members.pop().unwrap() };
    assert_eq!(house.comes_back(&mut late, 99, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(6) }));
}

#[test]
fn who_slept_through_a_removal_does_not_speak_for_a_forgotten_meeting() {
    let mut members = House::new(caps()).meeting(4);
    let mut house = House::with_entropy(Caps { returns_within: Duration::from_secs(2), ..caps() }, 3);
    let later = Ticket([4; 32]);
    // The first to come missed a removal, and wants to go on from before it. Whoever was removed then is quick as well.
    assert_eq!(house.comes_back(&mut members[0], 4, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(4) }));
    assert_eq!(house.comes_back(&mut members[1], 4, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(4) }));
    house.says(&members[0], ToHost::Commit(commit(&members[0], 4, &[], &[])));
    house.forget_said();
    assert_eq!(house.comes_back(&mut members[2], 5, later), Ok(RoomStanding::Rebuilt { head: Epoch(5) }));
    for earlier in &members[..2] {
        assert_eq!(house.heard(earlier).last(), Some(&FromHost::Refused(Refusal::SeatUnknown)));
        assert!(house.closed.contains(&earlier.connection));
    }
    assert_eq!(house.comes_back(&mut members[1], 4, TICKET), Err(Refusal::SeatUnknown));
    house.forget_said();
    house.pass(Duration::from_secs(3));
    assert_eq!(house.heard(&members[2]), [], "what the first one wanted is forgotten with its seat");
    // From here on the room is somebody's: a later epoch says nothing any more.
    assert_eq!(house.comes_back(&mut members[3], 6, Ticket([5; 32])), Err(Refusal::SeatUnknown));
    house.says(&members[2], ToHost::Commit(commit(&members[2], 5, &[], &[])));
    assert!(matches!(house.heard(&members[2])[..], [FromHost::Committed(_)]));
}

#[test]
fn a_member_whose_seat_ran_out_comes_back_by_ticket() {
    let mut house = House::new(caps());
    let mut members = house.meeting(2);
    house.handle(Input::Disconnected(members[1].connection));
    for _ in 0..4 {
        house.pass(Duration::from_secs(10));
        house.says(&members[0], ToHost::Alive);
    }
    let standing = house.comes_back(&mut members[1], 1, TICKET);
    assert_eq!(standing, Ok(RoomStanding::Resumed { head: Epoch(1), attempt: Attempt(0) }));
}

#[test]
fn old_commits_are_dropped_and_nothing_of_a_full_host_overflows() {
    let mut house = House::new(Caps { all_logs_bytes: 250, ..caps() });
    let members = house.meeting(4);
    assert_eq!(house.host.all_logs, 100, "over the common limit only the newest stays");
    house.says(&members[0], ToHost::Fetch(Epoch(0)));
    assert_eq!(house.heard(&members[0]), [FromHost::LogBeginsAt(Epoch(2))]);
    for _ in 0..60 {
        house.pass(Duration::from_secs(10));
        house.says(&members[0], ToHost::Alive);
    }
    assert_eq!(house.host.all_logs, 0);
    house.forget_said();
    house.says(&members[0], ToHost::Fetch(Epoch(2)));
    assert_eq!(house.heard(&members[0]), [FromHost::LogBeginsAt(Epoch(3))]);
}

#[test]
fn each_cap_refuses_with_its_own_word() {
    let mut house = House::new(Caps { rooms: 1, participants: 4, strangers: 2, ..caps() });
    let members = house.meeting(2);
    let _strangers = (house.stranger(), house.stranger());
    assert_eq!(house.stranger().1, Err(Refusal::RoomFull));
    house.says(&members[1], ToHost::Leave);
    assert_eq!(house.stranger().1, Err(Refusal::TooManyKnocking));
    let mut elsewhere = Somebody::new();
    house.connect(&mut elsewhere);
    let entry = Entry { room: RoomId([8; 16]), identity: Identity::New, resume_key: elsewhere.resume_key() };
    house.says(&elsewhere, ToHost::Enter(entry));
    assert_eq!(house.entered(&mut elsewhere), Err(Refusal::HostFull));
    assert_eq!(house.closed, [members[1].connection], "being refused does not close");
}

#[test]
fn who_says_too_much_is_cut_off() {
    let mut house = House::new(Caps { stranger_messages: 3, message_burst: 40, byte_burst: 1000, ..caps() });
    let members = house.meeting(2);
    let (stranger, _) = house.stranger();
    for _ in 0..4 {
        house.says(&stranger, ToHost::Knock(opaque()));
    }
    assert_eq!(house.heard(&stranger), [FromHost::Refused(Refusal::TooFast)]);
    assert_eq!(house.closed, [stranger.connection]);
    assert_eq!(house.heard(&members[0]).len(), 4, "three knocks, then gone");
    house.says(&members[0], ToHost::Broadcast(Opaque(vec![0; 1001])));
    assert!(house.closed.contains(&members[0].connection), "too many bytes");
    for _ in 0..42 {
        house.says(&members[1], ToHost::Alive);
    }
    assert!(house.closed.contains(&members[1].connection), "too many messages");
}

#[test]
fn who_waits_half_an_hour_may_say_so_and_not_more() {
    let mut house = House::new(Caps { stranger_messages: 3, stranger_seconds: 10, ..caps() });
    let members = house.meeting(1);
    let (stranger, _) = house.stranger();
    for _ in 0..3 {
        house.says(&stranger, ToHost::Knock(opaque()));
    }
    for second in 1..=1_800 {
        house.pass(Duration::from_secs(1));
        house.says(&members[0], ToHost::Alive);
        let message = if second % 20 == 0 { ToHost::Relay { to: members[0].seat, body: opaque() } } else { ToHost::Alive };
        house.says(&stranger, message);
    }
    assert_eq!(house.closed, []);
    assert_eq!(house.heard(&members[0]).len(), 3 + 90);
    // What was not said for so long is not saved up.
    for _ in 0..4 {
        house.says(&stranger, ToHost::Knock(opaque()));
    }
    assert_eq!(house.closed, [stranger.connection]);
}

#[test]
fn who_does_not_enter_or_falls_silent_is_let_go() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    let (mut idle, mut babbler) = (Somebody::new(), Somebody::new());
    house.connect(&mut idle);
    house.connect(&mut babbler);
    house.says(&babbler, ToHost::Broadcast(opaque()));
    assert_eq!(house.heard(&babbler), [FromHost::Refused(Refusal::Malformed)]);
    house.pass(Duration::from_secs(9));
    house.says(&members[0], ToHost::Alive);
    house.says(&idle, ToHost::Alive);
    assert_eq!(house.closed, [babbler.connection]);
    house.pass(Duration::from_secs(4));
    assert!(house.closed.contains(&idle.connection), "alive, but never entered");
    assert!(house.closed.contains(&members[1].connection) && !house.closed.contains(&members[0].connection));
    assert_eq!(house.heard(&members[0]), [FromHost::Away(members[1].seat)]);
}

#[test]
fn unreadable_bytes_get_an_answer_and_an_end() {
    let mut house = House::new(caps());
    let ((one, _), (two, _)) = (house.stranger(), house.stranger());
    house.handle(Input::Unreadable(one.connection, DecodeError::Malformed));
    house.handle(Input::Unreadable(two.connection, DecodeError::TooLarge(1)));
    assert_eq!(house.heard(&one), [FromHost::Refused(Refusal::Malformed)]);
    assert_eq!(house.heard(&two), [FromHost::Refused(Refusal::TooLarge)]);
    assert!(house.is_empty());
}
