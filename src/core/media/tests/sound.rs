//! Sound that does not arrive.

use super::*;
use std::cell::RefCell;
use std::rc::Rc;

const OPUS: u8 = 111;

fn say(world: &mut World, count: u32) {
    for _ in 0..count {
        let timestamp = world.now.as_micros() as u32;
        let packet = world.clients[0].rtp(77, OPUS, timestamp, &[(4, b"0")], b"sealed sound");
        world.feed(0, packet);
        world.pass(20);
    }
}

#[test]
fn lost_sound_comes_again_byte_for_byte() {
    let mut world = World::connected(2, 180);
    let sent: Rc<RefCell<Vec<Vec<u8>>>> = Rc::default();
    let seen = sent.clone();
    world.lose = Box::new(move |at, bytes| {
        let sound = at == 1 && bytes[0] >= 128 && bytes[1] & 0x7f == OPUS;
        sound.then(|| seen.borrow_mut().push(bytes.to_vec()));
        sound
    });
    say(&mut world, 1);
    let number = |at: usize| u16::from_be_bytes([sent.borrow()[at][2], sent.borrow()[at][3]]);
    let media = u32::from_be_bytes(sent.borrow()[0][8..12].try_into().unwrap());
    let ask = |world: &mut World, number| {
        let nack = world.clients[1].rtcp(|to| rtcp::write_nack(to, media, &[number]));
        world.feed(1, nack);
        world.run();
    };
    ask(&mut world, number(0));
    assert_eq!(sent.borrow().len(), 1, "nothing was kept for somebody who never missed anything");
    say(&mut world, 3);
    ask(&mut world, number(2));
    assert_eq!(sent.borrow().len(), 5);
    assert_eq!(sent.borrow()[4], sent.borrow()[2], "the same nonce never seals anything else");
}

#[test]
fn asking_for_sound_does_not_multiply_it_without_end() {
    let mut world = World::connected(2, 180);
    say(&mut world, 2);
    let sound = world.clients[1].received("2").to_vec();
    let (media, number) = (sound[0].0.ssrc, sound[1].0.sequence);
    world.sent = 0;
    for _ in 0..2_000 {
        let nack = world.clients[1].rtcp(|to| rtcp::write_nack(to, media, &[number; 1]));
        world.feed(1, nack);
        world.run();
    }
    let first = world.sent;
    say(&mut world, 1);
    let number = world.clients[1].received("2").last().unwrap().0.sequence;
    for _ in 0..2_000 {
        let nack = world.clients[1].rtcp(|to| rtcp::write_nack(to, media, &[number]));
        world.feed(1, nack);
        world.run();
    }
    assert!(first == 0 && world.sent < 2_000, "{}", world.sent);
}
