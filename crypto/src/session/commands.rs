//! What the person or the engine wants, handed to the part that does it.
//!
//! **Invariant:** a command that makes no sense at this moment does nothing.

use super::api::{Command, Notice};
use super::asides;
use super::body::{self, Decision};
use super::phase::End;
use super::post::{PostCommand, What};
use super::rules::Govern;
use super::{CHAT_CHARACTERS, HELD_CHATS, Session};
use wire::ToHost;

impl Session {
    pub(super) fn command(&mut self, command: Command) {
        let core = &mut self.core;
        if let Command::Devices(devices) = command {
            core.devices = devices;
        }
        let room = self.room.as_mut().filter(|room| room.ready);
        match (command, room) {
            (Command::Burn, Some(room)) if room.may_void_link() => room.burn(core),
            (Command::Leave | Command::Burn, room) => {
                if let Some(room) = room {
                    room.leave(core);
                }
                core.send(ToHost::Leave);
                self.end(End::Left);
            }
            (Command::Chat(_), Some(room)) if !room.may_chat() => core.notice(Notice::NotDone),
            (Command::Chat(text), Some(room)) if core.connection.is_up() => room.chat(core, &text),
            (Command::Chat(text), _) if self.was_inside && self.held_chats.len() < HELD_CHATS => self.held_chats.push_back(text),
            (Command::Devices(_), Some(room)) => room.devices_changed(core),
            (Command::Offer(offer), Some(_)) => core.send(ToHost::Offer(offer)),
            (Command::Subscribe(subscriptions), Some(_)) => core.send(ToHost::Subscribe(subscriptions)),
            (Command::SeekRelay, Some(_)) => core.send(ToHost::SeekRelay),
            (Command::ShowSafetyCode, Some(room)) => room.show_code(core),
            (Command::HideSafetyCode, Some(room)) => room.hide_code(core),
            (Command::StartSafetyCheck(with), Some(room)) => room.start_check(core, with),
            (Command::ConfirmSafetyCode(with), Some(room)) => room.confirm_code(core, with),
            (Command::Admit { guests, compared }, Some(room)) => room.decide(core, Decision::Admit(guests), compared),
            (Command::Refuse(guest), Some(room)) => room.decide(core, Decision::Refuse(guest), false),
            (Command::TellWaiting(line), Some(room)) => room.decide(core, Decision::Line(body::cut_line(&line)), false),
            (Command::ConfirmWords, Some(room)) => room.confirm_words(core),
            (Command::ConfirmWords, None) => self.asking.iter_mut().for_each(|asking| asking.confirm()),
            (Command::Govern(Govern::End), Some(room)) if room.is_alone() => {
                core.send(ToHost::Leave);
                self.end(End::EndedForAll);
            }
            (Command::Govern(govern), Some(room)) => room.govern(core, govern),
            (Command::Mute(whom), Some(room)) => room.mute(core, whom),
            (Command::Password(new), _) => {
                if let Some(visit) = &mut self.visit {
                    visit.rederived(core, new);
                }
            }
            (Command::Frames(report), Some(room)) => room.frames_told(core, report),
            (Command::Together(act), Some(room)) => room.act(core, act),
            (Command::Post(post), Some(room)) => room.posts(core, post),
            (Command::Post(PostCommand::Say { to, text }), None) if self.was_inside => {
                asides::hold_aside(core, to, What::Text(body::cut_to(&text, CHAT_CHARACTERS)));
            }
            (Command::Post(PostCommand::Offer { .. } | PostCommand::Fetch(_)), None) => core.notice(Notice::NotDone),
            (Command::Post(PostCommand::Stop(id)), None) => core.files.stop(id),
            (Command::FrameWorkerRestarted, Some(room)) => room.frame_worker_restarted(core),
            _ => {}
        }
    }
}
