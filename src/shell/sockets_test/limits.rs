//! What an operator allows at most, from outside.

use super::program::Program;
use wire::{FromHost, Refusal, ResumeKey, RoomId};

#[tokio::test]
async fn a_full_host_says_so_and_lets_the_next_in_when_somebody_goes() {
    let program = Program::start_at("127.0.0.1", &["--people", "2"]);
    let mut inside = Vec::new();
    for n in 0..2 {
        let mut person = program.connect(None).await.unwrap();
        person.enters(RoomId([n; 16]), ResumeKey([n; 32])).await;
        inside.push(person);
    }
    let refused = |message| if let FromHost::Refused(why) = message { Some(why) } else { None };
    let mut late = program.connect(None).await.unwrap();
    late.tries(RoomId([9; 16]), ResumeKey([9; 32])).await;
    assert_eq!(late.waits(refused).await, Refusal::HostFull);
    assert_eq!(late.hears().await, None);
    drop(inside.pop());
    // The host notices in its own time that somebody has gone.
    loop {
        let mut next = program.connect(None).await.unwrap();
        next.tries(RoomId([9; 16]), ResumeKey([9; 32])).await;
        let answer = |message| match message {
            FromHost::Entered(_) => Some(true),
            FromHost::Refused(Refusal::HostFull) => Some(false),
            _ => None,
        };
        if next.waits(answer).await {
            return;
        }
    }
}

#[tokio::test]
async fn so_many_rooms_and_so_many_people_in_one() {
    let program = Program::start_at("127.0.0.1", &["--threads", "1", "--rooms", "1", "--people-per-room", "2"]);
    let mut people = Vec::new();
    for n in 0..2 {
        let mut person = program.connect(None).await.unwrap();
        person.enters(RoomId([1; 16]), ResumeKey([n; 32])).await;
        people.push(person);
    }
    let refused = |message| if let FromHost::Refused(why) = message { Some(why) } else { None };
    for (room, why) in [(1, Refusal::RoomFull), (2, Refusal::HostFull)] {
        let mut late = program.connect(None).await.unwrap();
        late.tries(RoomId([room; 16]), ResumeKey([9; 32])).await;
        assert_eq!(late.waits(refused).await, why);
    }
}
