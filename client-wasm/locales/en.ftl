# Incamera, English. One message per line: name = text. { $names } are filled in by the program.
# Say what a person sees or does, never what the machine does. Every error ends with what to do. No contractions in errors.

## Everywhere
language = Language
theme = Appearance
theme-system = Like the device
theme-light = Light
theme-dark = Dark
close = Close
you = You
you-suffix = you

## Portal
portal-page = Join a meeting · Incamera
portal-title = Talk behind closed doors.
portal-lead = No account, nothing to install.
portal-lead-long = Only the people in the room see, hear and read what happens there. The server in between carries what it cannot open.
portal-lead-short = Only the people in the room see, hear and read.
portal-form = Your meeting
portal-trust = What can this site see?
portal-join = Join
ask-in = I have no password: ask to be let in
room-name = Room name
room-another = Another name
room-drawn = Drawn by chance. You can type your own.
room-invited = You were invited to this room.
room-strong = Hard to guess. Those who have this name or its link can come in.
room-made-valid = “{ $typed }” became a name that fits in a link.
room-weak = This name is easy to guess: it protects nothing. Add a password, or an ending that nobody can guess.
room-weak-password = This name is easy to guess. Your password keeps the door.
room-ending = Add an ending
room-missing = Type a room name, or draw one.
password = Password
password-optional = if you wish
password-suggest = Suggest one
password-show = Show password
password-hide = Hide password
password-apart = Send it another way than the link: a call, another app.
password-required = This room has a password. Ask whoever invited you.
password-needed = This room has a password: type it to join. Ask whoever invited you.
password-common = One of the most used passwords: the first that anybody tries. Choose another.
password-common-join = No room takes this password: it is one of the most used. Ask whoever invited you.
password-weak = Easy to guess in a few tries, which the people inside would see.
password-good = Strong enough: guesses happen in plain sight.
password-of-last = That was the password of your last meeting: whoever was there knows it, also whoever was removed. Better take a new one.
password-strong = Nobody will guess this.
name = Your name
name-hint = seen only in the room
name-missing = Type a name, so that the others know who came.

## Camera and microphone before joining
preview-you = You, as others will see you
preview-devices = Choose camera and microphone
microphone = Microphone
camera = Camera
microphone-mute = Mute microphone
microphone-unmute = Unmute microphone
camera-turn-off = Turn camera off
camera-turn-on = Turn camera on
device-none-camera = No camera
device-none-microphone = No microphone
device-unnamed-camera = Camera { $number }
device-unnamed-microphone = Microphone { $number }
level = Microphone level
level-heard = We can hear you
level-quiet = Say something: the bar should move
level-off = Your microphone is off
preview-ask = Your browser asks whether it may open camera and microphone
preview-ask-body = Choose “Allow”. You can close both again before you join.
refused-camera = Your browser keeps the camera closed
refused-camera-body = Click the small camera sign at the end of the address bar, choose “Allow”, then try again. You can also join with your voice only.
refused-both = Your browser keeps camera and microphone closed
refused-both-body = Choose “Allow” at the end of the address bar, then try again. You can also join without either: you see, hear and write.
refused-none = No camera and no microphone found
refused-none-body = Plug one in and try again, or join without either: you see, hear and write.
refused-busy = Another program uses your camera
refused-busy-body = Close it there and try again, or join with your voice only.
refused-microphone = Your browser keeps the microphone closed
refused-microphone-body = Choose “Allow” at the end of the address bar, then try again. You can also join without it: you see, hear and write.
refused-no-camera = No camera found
refused-no-camera-body = Plug one in and try again, or join with your voice only.
refused-no-microphone = No microphone found
refused-no-microphone-body = Plug one in and try again, or join without it: you see, hear and write.
refused-busy-microphone = Another program uses your microphone
refused-busy-microphone-body = Close it there and try again, or join without it.
try-again = Try again
camera-is-off = Your camera is off

## On the way in
joining-page = At the door · Incamera
joining-connecting = Finding the room…
joining-knocking = You have knocked.
joining-knocking-body = Somebody inside is checking the password with you. This takes a moment.
joining-admitted = The door is opening…
joining-admitted-body = You are among those who may come in.
joining-nobody = Nobody sees or hears you yet.
joining-stop = Stop waiting

## At the door without a password
waiting-lead = Someone inside sees these four words beside your name. Tell them to the person who lets you in, by phone or message, so that they know it is really you.
waiting-lead-nobody = Waiting for someone inside who can open the door. Four words will appear here, to tell them.
waiting-line = From inside:
room-unverified = This room is not verified.
room-unverified-body = Does whoever let you in have the same four words? { $words }

## Why somebody did not get in
end-wrong-password-1 = That is not the password of this room. First try of three.
end-wrong-password-2 = Again not the password of this room, or whoever answered at the door does not know it either. Second try of three.
end-wrong-password-3 = Not the password of this room, or whoever answers at the door does not know it. That was the third try of three: ask to be let in without it, or ask whoever invited you.
end-wrong-password-told = The people inside were told that someone tried. If you are unsure, ask whoever invited you.
end-guessing = The room takes no more passwords: too many wrong ones were tried. Ask to be let in: someone inside opens the door.
end-no-answer = You knocked, and nobody answered. They may be offline for a moment: try again.
end-room-full = The room is full. Try again when somebody has left.
end-host-full = This server has no room for another meeting. Try again later, or use another server.
end-crowd = Many people are at this door at once. Wait a moment, then try again.
end-version = This page is older than the server. Load it again, then join.
end-lost = The connection could not be brought back. Join again: the others are still in the room.
end-removed = Somebody inside has removed you from this meeting.
end-refused = The people inside did not let you in this time. If they expect you, ask whoever invited you.
end-closed = At present the people inside open to nobody without the password. Try again later, or ask whoever invited you.
reload = Load again

## Meeting
meeting = Meeting
meeting-page = { $room } · Incamera
meeting-arrived = You are in the room { $room }. { $people ->
    [one] You are the only one here.
   *[other] { $people } people.
} { $microphone ->
    [on] Your microphone is on.
   *[off] Your microphone is off.
} { $camera ->
    [on] Your camera is on.
   *[off] Your camera is off.
}
state-closed = Behind closed doors
state-cut = Reconnecting…
state-alone = Nobody else here
state-split = The room is split
safety-code = Safety code
safety-compared = compared
controls = Your controls
panels = Panels
bar-mute = Mute
bar-unmute = Unmute
bar-camera = Camera
bar-chat = Chat
bar-participants = Participants
bar-invite = Invite
bar-leave = Leave
chat-button = Chat { $count } unread
settings = Settings
full-screen = Full screen
people-count = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
pages = Pages of people
page-previous = Previous page
page-next = Next page
page-of = { $page } / { $pages }

## Tiles: the figure's name begins with the person's name
tile-me = { $name }, you
tile-speaking = speaking
tile-microphone-off = microphone off
tile-camera-off = camera off
tile-joining = joining
tile-joining-body = { $name } is coming in…
tile-nameless = Someone
tile-away = connection lost
tile-away-body = { $name } has lost the connection. The seat is kept for a moment.
tile-not-verified = not verified
tile-veiled = picture not verified
tile-veiled-title = This picture cannot be verified
tile-veiled-body = Rather than something false, we show nothing.
tile-veiled-sound = sound not verified
tag-not-verified = Not verified
tile-forged = perhaps somebody else
tile-unvouched = not confirmed
tag-forged = Perhaps not { $name }
tag-unvouched = Not confirmed

## Shared screens
screen-share = Share screen
screen-stop = Stop sharing
bar-share = Share
screen-of = { $name } – screen
screen-coming = The screen is coming…
sharing-title = You are sharing your screen.
sharing-body = Everyone in the room can see it.
said-sharing = You are sharing your screen.
said-sharing-ended = You no longer share your screen.
said-screen = { $name } is sharing a screen.
view = View
view-everyone = Everyone
view-speaker = Who speaks
said-view-everyone = Everyone in one size.
said-view-speaker = Who speaks is large.
tile-pin = Make { $name } large
tile-unpin = No longer large: { $name }

## What pictures may cost
quality = Quality
quality-title = Picture quality
quality-automatic = Automatic
quality-automatic-hint = As good as your screen and your connection allow.
quality-save = Save data
quality-save-hint = Small pictures, both ways. Sound stays as it is.
quality-sound = Sound only
quality-sound-hint = No picture comes in and none goes out.
quality-note = For this meeting. The others are not told.
settings-quality = Picture quality
tile-spared = no picture, sound only
tile-spared-body = No picture: you chose sound only.

## A device fails in the meeting
device-failed-microphone = Your microphone does not work.
device-failed-camera = Your camera does not work.
device-failed-screen = The screen could not be shared.
device-failed-not-allowed = Your browser does not allow it. Choose “Allow” at the end of the address bar, then try again.
device-failed-not-found = It is no longer there. Plug it in, or choose another one in the settings.
device-failed-busy = Perhaps another program uses it. Close it there and try again.

## Alone
alone-title = Nobody else is here yet.
alone-body = You are the first, or the server keeps you apart from the others: from here both look the same. If somebody tells you they are inside, compare the link, then leave and join again.
alone-left = Everyone else has left.
alone-left-body = Your microphone and camera are still on.
alone-left-mic = Your microphone is still on.
alone-left-camera = Your camera is still on.
alone-left-closed = Nobody sees or hears you.
stay = Stay
leave = Leave

## Chat
chat = Chat
chat-messages = Messages
chat-private = Only the people in the room can read this. It ends with the meeting.
chat-new = New
chat-message = Message
chat-placeholder = Write to everyone
chat-send = Send
chat-too-long = This message is too long to send. Shorten it.

## Participants
participants = Participants
participants-in = In the room
participants-host = The list is the room itself: exactly these people can see, hear and read.
person-came-back = was away and came back
person-founder = opened the room
person-by = let in by { $name }
person-by-you = let in by you
person-asked-by = let in without the password by { $name }
person-asked-by-you = let in without the password by you
person-owner = has the chair
person-verified = Verified
person-not-verified = Not verified
person-not-verified-long = Not verified: nobody has compared words with this person yet.
person-microphone-on = Microphone on
person-microphone-off = Microphone off
person-speaking = Speaking
person-joining = joining
person-away = connection lost

## Safety code
code-title = Are we among ourselves?
code-title-one = Compare with { $name }
code-body-one = On the phone or face to face: one of you reads these words aloud, the other follows on their screen. If they are the same, you are in the same room, and nobody sits between you.
code-ask-one = Ask them to compare now
code-check-alone = { $name } asks to compare words with you.
code-body = One of you reads these words aloud, the others follow on their screen. If everyone has the same words, nobody is listening in between.
code-list = Words, in order
code-digits = Different languages? Read the digits.
code-hint = The words change when someone comes or goes. You need to do this once; whoever arrives later compares with one of you.
code-wait = Fetching the words…
code-alone = There is nobody to compare with yet. The words are here once somebody has joined.
code-came = { $name } came in, so the words are new. Start again with the first one.
code-went = { $name } has left, so the words are new. Start again with the first one.
code-match = They match
code-differ = They differ
code-ask = Ask everyone to compare
code-asked = Everyone was asked to open the safety code.
code-check = { $name } asks everyone to compare words.
code-open = Compare
differ-title = The words differ.
differ-body = Stop speaking, leave, and meet under a new name.
differ-back = Back to the words

## Invite
invite-title = Invite someone
invite-link = The link
invite-copy-link = Copy link
invite-copy-message = Copy a ready message
invite-copied = Copied.
invite-copy-failed = The browser did not allow copying. Select the text and copy it yourself.
invite-password = The password, another way
invite-password-note = Say the password on the phone or in another app, never next to the link.
invite-copy-password = Copy password
invite-qr = QR code with the link
invite-qr-note = For a phone in the same room. Holds the link only.
invite-message = Join me in a closed room on Incamera:
    { $link }
    No account, nothing to install. Open the link and choose “Join”.
invite-message-password = Join me in a closed room on Incamera:
    { $link }
    No account, nothing to install. The room has a password, which I give you another way.

## Settings
settings-title = Settings
settings-shortcuts = Single-letter shortcuts
settings-shortcuts-hint = M, V, C and the others; press ? for the list
settings-list = Show the shortcuts

## Shortcuts
keys-title = Keyboard
keys-m = Microphone on or off
keys-space = Speak while muted
keys-space-key = Space, held
keys-v = Camera on or off
keys-s = Share or stop sharing a screen
keys-c = Chat
keys-p = Participants
keys-i = Invite
keys-k = Safety code
keys-g = Everyone, or who speaks
keys-f = Full screen
keys-f6 = Next area: top, tiles, panel, bar
keys-help = This list
keys-escape = Close what opened last
keys-pages = Previous and next page of people
keys-pages-key = Page Up, Page Down
keys-note = No key leaves the meeting. Letters work outside text fields.

## Notices in the meeting
reconnecting = The connection dropped. We are bringing you back.
reconnecting-body = Your seat is kept; you need not type the password again.
wrong-password-first = Someone gave a wrong password. Nobody came in.
wrong-password-body = First try. Often it is a typing slip by a guest you expect.
wrong-password-again = { $count } wrong passwords so far. Nobody came in.
wrong-password-again-body = If you expect nobody, somebody is guessing. They see nothing; after ten tries the password lets nobody in.
door-closed = After too many wrong passwords nobody else comes in with one.
door-closed-body = Those inside are not disturbed. Whoever asks at the door can still be let in.
tries-before = { $count ->
    [one] { $name } came in after one wrong password.
   *[other] { $name } came in after { $count } wrong passwords.
}
tries-before-body = If you do not know { $name }, compare words.
left-title = { $name } has left
left-body = The door is closing again: nothing said from now on can reach { $name }.
owner-you = You have the chair now
owner-is = { $name } has the chair now
split-title = Not everyone sees the same room.
split-body = Some of you may not hear each other, or the server shows you different rooms. Say nothing that must stay inside until this goes away. If it stays, leave and meet under a new name.
split-healed = Everyone is in the same room again.
committer-broken = { $name } cannot close the door properly
committer-broken-body = The others refuse what comes from there. Ask { $name } to leave and join again.
knock-title = { $name } is knocking
knock-question = Ask { $name } for four words. Are they these?
knock-same = Same words, let in
knock-unverified = Let in unverified
knock-not-now = Not now
knock-more = Write to the door
knock-others = { $count ->
    [one] One more at the door
   *[other] { $count } more at the door
}
door-waiting = At the door
door-nobody = Nobody is at the door.
door-admit-all = Let everyone in unverified
door-line = Write to everyone at the door
door-line-hint = Only those who wait read it.
door-line-sent = Sent.
said-knocking = { $name } is knocking.
said-several-knocking = { $count } people are knocking.
forged = Somebody in this room is sending sound or pictures in { $name }’s name
forged-body = What you hear or see as { $name } may come from another person in the room. From whom, nobody can tell.
forged-you = Somebody in this room is sending sound or pictures in your name
forged-you-body = Tell the others which words are yours.
forged-elsewhere = { $by } was sent something in { $name }’s name that { $name } did not send
forged-elsewhere-body = Your own sound and pictures showed nothing of it.
forged-elsewhere-you = { $by } was sent something in your name that you did not send
unvouched = { $name }’s sound and picture are not confirmed
unvouched-body = What confirms that they come from { $name } does not arrive. The connection may be poor, or somebody holds it back.
notes = Notes
dismiss = Dismiss
alert-lost = The connection dropped. We are bringing you back. Your seat is kept.
said-back = You are back in the room.
said-microphone-on = Your microphone is on.
said-microphone-off = Your microphone is off.
said-camera-on = Your camera is on.
said-camera-off = Your camera is off.
said-arrived = { $name } has arrived.
said-several-arrived = { $count ->
    [one] One person has arrived.
   *[other] { $count } people have arrived.
}
said-left = { $name } has left.
said-several-left = { $count ->
    [one] One person has left.
   *[other] { $count } people have left.
}
said-message = Message from { $name }
said-several-messages = { $count } messages
said-page = Page { $page } of { $pages }

## After
after-page = Left · Incamera
after-title = The door is closed behind you.
after-removed-title = You are no longer in the meeting.
after-lost-title = The connection was lost.
after-server = On the server: nothing
after-server-body = It keeps no picture, no word, no name. What it carried, it could not open.
after-device = On this device: nothing of the meeting
after-device-body = The chat and the password went with it. Your browser may keep the link in its history.
after-others = With the others
after-others-body = What people saw and heard, they know. Nothing said from now on can reach you.
after-again = Go back in
after-new = New meeting

## Too old
old-page = This browser cannot join · Incamera
old-title = This browser cannot keep the door closed.
old-frames = It lacks the part that protects picture and sound before they leave your device. We would rather not let you in than let you in unprotected. A current Firefox, Chrome, Edge or Safari has it.
old-secure = This page did not come over a protected connection, so the browser keeps camera, microphone and the rest closed. Open it with an address that begins with https://, or ask whoever runs this server.
old-platform = A part that meetings need is missing or switched off. A current Firefox, Chrome, Edge or Safari has it.
old-app = Opened from a message app? Use its menu to open the page in your real browser.
old-copy = Copy the link

## What can this site see?
trust-title = What can this site see?
trust-body = Picture, sound, chat and names are encrypted on your device and decrypted on those of the others. The server cannot open them, and it cannot try passwords on its own: each try needs somebody inside, who sees it.
trust-sees = It sees how many take part, their network addresses, when, and how much they send. A room name that is easy to guess, it can guess.
trust-page = One thing you must trust: this page. It came from this server, and a dishonest server could send another. Compare the safety code, and take the page from somewhere you trust if it matters.

## Authority
actions-for = Actions for { $name }
act-compare = Compare words
act-compare-small = Then { $name } counts as verified
act-hand-over = Hand over the chair
act-hand-over-small = You stay a moderator
act-moderator = Make a moderator
act-moderator-small = May admit, mute and remove
act-no-moderator = No longer a moderator
act-speak = Let speak
act-no-speak = No longer let speak
act-mute = Mute
act-remove = Remove from the meeting
person-moderator = moderator
person-may-not-speak = may not speak now
lock-title = Let no one else in
lock-hint = Even with the password
mute-everyone = Mute everyone else
rules-open = Rules and password
rules-title = Rules and password
rule-speak = Only moderators speak
rule-speak-hint = The others are muted until you let them
rule-chat = Only moderators write messages
rule-share = Only moderators share their screen
rule-waiting = People may ask to be let in
rule-waiting-hint = Without the password; you see who asks
rule-signed = Everyone signs what they send
rule-signed-hint = Shows when somebody in the room speaks with another’s voice. It also proves who said what.
password-section = The password
password-now-some = The room has a password.
password-now-none = The room has no password: the link alone opens it.
password-now-closed = The password opens to nobody at present.
password-unknown = Somebody else chose the present password. Ask them for it, or choose another.
password-new = New password
password-set = Change the password
password-lift = Open by the link alone
password-changed = Done. Those inside notice nothing; whoever comes from now on needs it.
password-lifted = Done. The link alone opens the room now.
password-bad-common = Too many people use this one. Three ordinary words are better.
password-bad-empty = Type a password first.
remove-title = Remove { $name }?
remove-body = From this moment nothing said reaches { $name }.
remove-ban = And let the password open to nobody any more
remove-ban-hint = { $name } knows it. Choose a new one afterwards; until then people can only ask to be let in.
remove-guests = { $count ->
    [one] Also remove the person { $name } let in, whom nobody has compared words with
   *[other] Also remove the { $count } people { $name } let in, whom nobody has compared words with
}
remove-do = Remove
cancel = Cancel
leave-small = { $name } takes the chair
leave-burn = Leave and burn
leave-burn-small = Nothing of it stays on this device
leave-burn-moderator = Nothing stays here, and the link opens nothing any more
end-for-all = End the meeting for everyone
end-title = End the meeting for everyone?
end-body = Everyone is put out, and nobody can come back into this meeting.
end-do = End it
put-out-by = { $by } has removed { $name }
put-out-you = { $name } is out of the meeting
muted-by = { $name } has muted you
muted-by-body = Only you can turn your microphone on again.
muted-rule = Only moderators speak now
muted-rule-body = Your microphone is off until you are asked to speak.
microphone-not-allowed = Only moderators speak now
not-done = That could not be done
not-done-body = Somebody was faster, or it is no longer yours to decide.
lingering-title = Most people have gone.
lingering-body = Those who are still here can still hear you. If you are done, leave too.
new-password = The password has changed
new-password-body = Whoever comes from now on needs the new one. You need nothing.
chat-moderators = Only moderators write here at present.
end-locked = The people inside let no one else in at present.
end-ask = The password opens to nobody at present. Ask to be let in: someone inside opens the door.
end-ended = This meeting was ended for everyone.
after-ended-title = The meeting is over.
after-ended-by = { $name } has ended it for everyone.
after-burnt-title = Burnt.
after-burnt = Nothing of the meeting is left in this page: no link, no password, no name. Your browser’s own history may still list the address.
after-again-advice = Meeting again? Choose a new password: whoever was removed still knows the old one.
invite-other-password = Somebody else chose the present password: ask them for it, or change it.
invite-closed = Nobody can come in by this link at present.
