# Incamera, English. One message per line: name = text. { $names } are filled in by the program.
# Say what a person sees or does, never what the machine does. Every error ends with what to do. No contractions in errors.

## This language: its own name; ltr or rtl; whose words names of rooms and passwords are drawn from, en or fr; and whose guide is offered
language-name = English
language-direction = ltr
language-words = en
language-guide = en

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
guide = A short guide
portal-trust = What can this site see?
portal-join = Join
ask-in = I have no password: ask to be let in
room-name = Room name
room-another = Another name
room-drawn = Drawn by chance. You can type your own.
room-invited = You were invited to this room.
room-visited = You were in this room before.
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
password-unchecked = It could not be checked whether this is one of the most used passwords: the list did not arrive. Check your connection, then try again.
password-weak = Easy to guess in a few tries, which the people inside would see.
password-good = Strong enough: guesses happen in plain sight.
password-of-last = That was the password of your last meeting: whoever was there knows it, also whoever was removed. Better take a new one.
password-strong = Nobody will guess this.
name = Your name
name-hint = seen only in the room
name-missing = Type a name, so that the others know who came.

## Rooms visited, on this device only
visited-title = Rooms visited
visited-keep = Keep the rooms I visit on this device
visited-keep-hint = Room names, times, your own name and your choice of picture quality, in this browser only, and a page for when you are offline. Never a password, never who else was there.
visited-burn = Burn the list
visited-forget = Forget { $room }
visited-time = { $time }
visited-time-password = { $time }, with a password

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
refused-camera-body = You can also join with your voice only.
refused-both = Your browser keeps camera and microphone closed
refused-both-body = You can also join without either: you see, hear and write.
refused-none = No camera and no microphone found
refused-none-body = Plug one in and try again, or join without either: you see, hear and write.
refused-busy = Another program uses your camera
refused-busy-body = Close it there and try again, or join with your voice only.
refused-microphone = Your browser keeps the microphone closed
refused-microphone-body = You can also join without it: you see, hear and write.
refused-no-camera = No camera found
refused-no-camera-body = Plug one in and try again, or join with your voice only.
refused-no-microphone = No microphone found
refused-no-microphone-body = Plug one in and try again, or join without it: you see, hear and write.
refused-busy-microphone = Another program uses your microphone
refused-busy-microphone-body = Close it there and try again, or join without it.
where-chromium = Click the sign at the left of the address, switch on camera and microphone there, then try again.
where-android = Touch the sign at the left of the address, then “Permissions”, allow camera and microphone, then try again.
where-firefox = Click the crossed-out sign at the left of the address, take the block away, then try again.
where-safari = In the menu “Safari”, open “Settings for This Website”, allow camera and microphone, then try again.
where-ios = Touch the sign beside the address, then “Website Settings”, allow camera and microphone, then try again.
where-ios-other = In the Settings of your device, find this browser and allow camera and microphone. Then come back and try again.
try-again = Try again
camera-is-off = Your camera is off

## On the way in
joining-page = At the door · Incamera
joining-connecting = Finding the room…
joining-knocking = You have knocked.
joining-knocking-body = Somebody inside is checking the password with you. This takes a moment.
joining-admitted = The door is opening…
joining-admitted-body = You are among those who may come in.
joining-unopened = The room is not open yet.
joining-unopened-body = You come in as soon as somebody opens it.
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
end-permission = Nobody is in the room any more, and this server asks who may open it again. Join again: you will be asked.
reload = Load again

## A server that asks who may open rooms
opener-title = Nobody is in this room yet.
opener-lead = This server asks who may open one.
opener-word = Your word for opening rooms
opener-name = Your name in your organisation
opener-password = Your password in your organisation
opener-show = Show what you type
opener-hide = Hide what you type
opener-learns = The server learns that you open a room, not which one.
opener-open = Open the room
opener-busy = One moment…
opener-wait = Wait until somebody opens it
opener-missing = Type what the server asks for, or wait until somebody opens the room.
opener-wrong-word = The server does not know this word. Ask whoever runs it.
opener-wrong-account = Your organisation does not know this name with this password.
opener-not-allowed = Name and password are right, but this account may not open rooms. Ask whoever runs this server.
opener-too-often = Too many tries. Wait some minutes, then try again.
opener-enough = No more rooms can be opened with this today. Tomorrow they can, or somebody else opens the room.
opener-directory = The server cannot reach your organisation’s directory at present. What you typed may be right: try again later, or tell whoever runs this server.
opener-no-answer = The server did not answer as it must. Try again, or load the page again.

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
apart = Small window
apart-small = Stays on top while you do something else.
apart-close = Close the small window
apart-browser = For a small window that stays on top, point at a picture: your browser shows a button of its own.
tile-menu = Options for { $name }
tile-pinned = kept large
act-pin = Make large
act-unpin = No longer large
act-own-tile = My picture like the others
act-own-small = My picture small, in the corner
act-own-hidden = Hide my picture from me
act-mirror = My picture as in a mirror
act-unmirror = My picture as the others see it
own = Your own picture
own-tile = Like the others
own-small = Small
own-hidden = Hidden
own-hidden-hint = The others see it all the same. It comes back in the settings.
own-mirror = As in a mirror
own-mirror-hint = Only you see your picture so.
said-own-hidden = You no longer see your own picture; the others do. It comes back in the settings.
many = Up to 49 people on a page
many-hint = Otherwise 25.

## What pictures may cost
quality-title = Picture quality
quality-best = Best
quality-best-hint = Your camera sends up to 1080 lines. More data, more work for your device.
quality-standard = Standard
quality-standard-hint = As good as your screen and your connection allow; your camera sends up to 720 lines.
quality-save = Save data
quality-save-hint = Small pictures, both ways. Sound stays as it is.
quality-sound = Sound only
quality-sound-hint = No picture comes in and none goes out.
quality-note = For this meeting. The others are not told.
quality-note-kept = Kept on this device with your rooms; “Sound only” is for this meeting. The others are not told.
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

## Hearing and being heard
reach-veiled = sound not verified, so nothing is played
reach-not-allowed = the browser there does not allow the microphone
reach-none = no microphone there
reach-busy = the microphone there does not work
reach-silent = the microphone is on, but gives no sound
reach-nothing = the sound does not arrive
reach-held-back = your browser keeps the sound back
reach-gaps = the sound has gaps
reach-gaps-weak = the sound has gaps: { $name }’s connection is weak
reach-gaps-you = the sound has gaps: your connection is weak
reach-weak = { $name }’s connection is weak, so the picture may be small
reach-picture = the picture stands still at times
reach-picture-you = the picture stands still at times: your connection is weak
bars-none = nothing arrives
bars-weak = connection weak
bars-fair = connection fair
bars-good = connection good
held-back = Your browser keeps the others’ sound back.
held-back-body = It waits for a click.
held-back-hear = Hear the others
own-weak = Your connection is weak.
own-weak-body = Pictures are reduced, the sound goes first.
own-silent = Nobody can hear you: your microphone gives no sound.
own-silent-body = It may be switched off on the device itself or in the system. Check it, or choose another one in the settings.
own-closed = You are speaking, but your microphone is off.
own-closed-body = Only this device has noticed. Hold Space to speak, or turn the microphone on.
own-closed-body-touch = Only this device has noticed. Turn the microphone on to speak.
switched-microphone = Your microphone is gone. Another one is in use.
switched-to = Now: { $device }.
captions = Captions
captions-show = Show captions
captions-hide = Hide captions
captions-small = What the others say, as text. Made on this device, for you alone
captions-none = What the others say will stand here.
captions-failed = Captions cannot be shown.
captions-failed-body = The browser could not get ready to understand speech on this device.
unfiltered = The noise filter does not run in this browser.
unfiltered-body = The browser reduces noise itself now.
speaker-gone = The loudspeaker you chose is gone.
speaker-gone-body = Sound comes from the usual one now.
speaker = Loudspeaker
speaker-usual = As the system has it
speaker-unnamed = Loudspeaker { $number }
speaker-choose = Choose another…
speaker-test = Play a sound
speaker-hint = Four notes, for you alone.
speaker-heard = Do you hear it? If not, choose another loudspeaker, or turn it up.
level-try = Say something: the bar should move
blur = Blur the background
blur-hint = Your device does it, before the picture leaves it.
voice-echo = Remove echo
voice-echo-hint = Turn it off only with headphones
voice-even = Even out my volume
noise = Noise
noise-off = Leave it
noise-browser = Reduce
noise-filter = Filter
noise-filter-hint = Keys, fans and traffic go, your voice stays; music suffers. Done on this device.

## A video or sound file for everybody
film-share = Play a video or sound file
film-share-small = Everyone sees and hears it; the file stays here
film-choose = Video or sound file
film-player = Your file, played to everyone
film-stop = Stop playing
film-sharing = You are playing a file to everyone.
film-ended = The file is no longer played.
film-refused = This file cannot be played.
film-refused-body = Your browser does not know its format. MP4, WebM, MP3 and WAV usually work.

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
chat-to = To
chat-everyone = Everyone
chat-placeholder-one = Write to { $name } only
chat-only-to = You, only to { $name }
chat-to-you = { $name }, to you only
chat-answer = Answer
chat-answer-to = Answer { $name } privately
chat-away = { $name } is away. It is sent as soon as { $name } is back.
chat-lost = Not delivered: { $name } is no longer in the room.
chat-gone = { $name } is no longer in the room, or may not be written to. Choose whom this is for.
chat-undelivered = not delivered
act-write = Write privately
chat-file-line = [file: { $name }]
file-add = Add a file
file-list = Files to send
file-limit = Up to 50 MB each. Others can get them as long as you are in the meeting.
file-remove = Do not send { $name }
file-too-large = { $name } is too large: up to 50 MB can be sent.
file-empty = { $name } is empty.
file-too-many = Up to 10 files at a time.
file-details-looking = Removing place and camera details…
file-details-removed = Place and camera details are removed.
file-details-kept = May say where and when it was made: such details are sent along.
file-had-by = { $count ->
    [one] One person has it.
   *[other] { $count } people have it.
}
file-unreadable = It can no longer be read on this device. Add it again.
file-stay = Others can get it as long as you are in the meeting.
file-save = Save
file-get = Get the file
file-show = Show the picture
file-coming = { $percent } %
file-cancel = Cancel
file-waiting = Waits for { $name } to be back.
file-gone = No longer to be had: { $name } has left.
file-failed = It does not come.
file-again = Try again
file-number = { $whole }.{ $tenth }
file-kilobytes = { $size } kB
file-megabytes = { $size } MB
chat-save = Save the chat to a file
chat-saved = Saved. The file is on this device now, for whoever uses it.
chat-newest = To the newest
chat-newer = { $count ->
    [one] { $count } new message
   *[other] { $count } new messages
}
chat-file-head = Chat of the room “{ $room }”, { $date }

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
invite-mail = Mail
invite-subject = Invitation to a meeting
invite-calendar = Calendar
invite-share = Share…
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

## Invite for later
when-day = Day
when-time = Time
when-long = Duration
when-minutes = { $minutes } min
when-save = Save for the calendar
when-saved = Open the file, and your calendar takes it in. It holds the link, never the password.
when-missing = Choose a day and a time.
when-title = Meeting

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
after-device-kept = On this device: what you wanted to keep
after-device-room = The name of the room, when you were there, your own name and your choice of picture quality. The chat and the password are gone.
after-device-file = The file you saved stays where your browser put it.
after-device-chat = On this device: the chat, until you leave this page
after-device-chat-body = It is kept nowhere but in this page, and gone when you leave it. Your browser may keep the link in its history.
after-save-chat = Save the chat
after-device-listed = The name of the room, when you were there, your own name and your choice of picture quality stay, as you wanted.
after-others = With the others
after-others-body = What people saw and heard, they know. Nothing said from now on can reach you.
after-again = Go back in
after-new = New meeting
after-burn = Burn
after-burn-body = Forgets link, password and names in this page, and the list of rooms visited. Those who are still inside are not disturbed.

## Too old
old-page = This browser cannot join · Incamera
old-title = This browser cannot keep the door closed.
old-frames = It lacks the part that protects picture and sound before they leave your device. We would rather not let you in than let you in unprotected. A current Firefox, Chrome, Edge or Safari has it.
old-secure = This page did not come over a protected connection, so the browser keeps camera, microphone and the rest closed. Open it with an address that begins with https://, or ask whoever runs this server.
old-platform = A part that meetings need is missing or switched off. A current Firefox, Chrome, Edge or Safari has it.
old-app = Opened from a message app? Use its menu to open the page in your real browser.
old-copy = Copy the link
old-ios = On iPhone and iPad it comes with the system: update it to version 17.5 or newer.

## In the window of another app
inside-page = Open it in your browser · Incamera
inside-title = Open it in your browser.
inside-app = { $app } shows this page in a window of its own, where camera and microphone often stay closed.
inside-some-app = An app shows this page in a window of its own, where camera and microphone often stay closed.
inside-android = Touch the three dots in the corner, then “Open in browser” or “Open in Chrome”.
inside-ios = Touch the three dots or the compass in the corner, then “Open in browser” or “Open in Safari”.
inside-or-copy = Or copy the link and paste it into your browser, where addresses go.
inside-anyway = Try here anyway

## What can this site see?
trust-title = What can this site see?
trust-body = Picture, sound, chat and names are encrypted on your device and decrypted on those of the others. The server cannot open them, and it cannot try passwords on its own: each try needs somebody inside, who sees it.
trust-sees = It sees how many take part, their network addresses, when, and how much they send. A room name that is easy to guess, it can guess.
trust-page = One thing you must trust: this page. It came from this server, and a dishonest server could send another. Compare the safety code, and take the page from somewhere you trust if it matters.
trust-page-own = Nor can it change this page: it came from a program on this computer, not from { $host }, which only carries the meeting.
trust-page-words = Whoever has the same page sees these twelve words here, and can read them to you:
kept-title = Keep this version of the page
kept-none = This browser can keep the page as the site serves it now, and ask you before another one takes its place. Its twelve words can be compared with those that the site’s operator tells you by another way.
kept-busy = One moment…
kept-failed = It could not be kept: the network is gone, or this browser does not allow it.
kept-keep = Keep this version
kept-since = This browser keeps this version since { $time }. Its twelve words:
kept-limits = Before another one runs, you will be asked. A site that means harm can still replace what asks; the page from a program of your own (incamera join) it cannot replace.
kept-offered = The site now serves another version:
kept-let-go = Keep it no longer
kept-replaced = This site is replacing what keeps your page
kept-replaced-body = This browser keeps a version of this page. While the page itself is unchanged, the site has just sent another script in place of the one that asks you before another version runs. From now on it could show you another page without asking.
kept-replaced-advice = After an update of the site this is as it should be: ask whoever runs it for the twelve words, by telephone, say. Until they have been compared, type no password here and enter no room from here. The page from a program of your own (incamera join) no site can replace.

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
chat-moderators-alone = Only moderators write here at present. You can write to one of them alone.
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

## Hands and reactions
bar-hand = Hand
hand-raise = Raise hand
hand-lower = Lower hand
hand-lowered-by = { $name } has lowered your hand
hand-still-up = You are speaking. Lower your hand?
tile-hand = hand raised, number { $place }
act-lower-hand = Lower the hand
lower-all-hands = Lower all hands
keys-h = Raise or lower your hand
said-hand-up = Your hand is raised.
said-hand-down = Your hand is down.
said-hand = { $name } has raised a hand.
said-several-hands = { $count } people have raised a hand.
bar-react = React
react = React
react-applause = Applause
react-agree = Agree
react-disagree = Disagree
react-heart = Heart
react-laugh = Laughter
react-surprise = Surprise
reacts-applause = { $count ->
    [one] { $name } applauds.
   *[other] { $count } people applaud.
}
reacts-agree = { $count ->
    [one] { $name } agrees.
   *[other] { $count } people agree.
}
reacts-disagree = { $count ->
    [one] { $name } disagrees.
   *[other] { $count } people disagree.
}
reacts-heart = { $count ->
    [one] { $name } sends a heart.
   *[other] { $count } people send a heart.
}
reacts-laugh = { $count ->
    [one] { $name } laughs.
   *[other] { $count } people laugh.
}
reacts-surprise = { $count ->
    [one] { $name } is surprised.
   *[other] { $count } people are surprised.
}

## More
more = More
more-quality-small = Sharper, less data, or sound only
more-settings-small = Devices, language, appearance
more-votes = { $count ->
    [one] More, a vote waits for you
   *[other] More, { $count } votes wait for you
}

## Timer
timer = Timer
timer-minutes = Minutes
timer-label = What for (everyone sees it)
timer-start = Start
timer-more = One minute more
timer-stop = Stop
timer-sound = Sound at the end
timer-sound-hint = On this device only
timer-moderators = Only moderators start a timer here at present.
timer-over = The time is up
timer-over-of = The time is up: { $label }
timer-said-started = { $name } has started a timer.
timer-said-changed = The timer was changed.
timer-said-stopped = The timer was stopped.

## Votes
votes = Votes
vote-none = Nothing has been asked yet.
vote-new = New vote
vote-question = Question
vote-answer = Answer { $number }
vote-add = Another answer
vote-yes-no = Yes or no
vote-yes = Yes
vote-no = No
vote-many = Several answers may be chosen
vote-ask = Ask everyone
vote-moderators = Only moderators open votes here at present.
vote-one-at-a-time = Your vote is running. Close it to ask something else.
vote-opened = { $name } asks everyone
vote-answer-now = Vote
vote-closed = The vote is over
vote-see = See the result
vote-said-opened = { $name } has opened a vote: { $question }
vote-said-closed = The vote is over: { $question }
vote-by = by { $name }
vote-one = one answer
vote-several = several answers
vote-open = afterwards everyone sees who chose what
vote-cast = Vote
vote-blank = Abstain
vote-mine = Your vote: { $answers }
vote-mine-blank = You abstained.
vote-voted = { $voted } of { $voters } have voted
vote-close = Close the vote
vote-results-of = Result: { $question }
vote-count = { $count } ({ $part } %)
vote-yours = your vote
vote-line = Vote: { $question } – { $answers }
vote-secret = Secret
vote-secret-hint = Nobody learns who chose what, not even you. Those who are here now vote.
vote-secret-few = From three people on, a vote can be secret.
vote-is-secret = secret: nobody learns who chose what
vote-gathering = One moment, everyone is getting a ballot.
vote-watch = You came after this vote had begun. You see the result.
vote-counting = The votes are being counted. Who had not voted abstains.
vote-void = This vote could not be counted: fewer than three people were left, or somebody went in the moment of the count. Ask again.
vote-without = { $names } left before the count. It is counted without them.
vote-asked-again = { $names } left, and { $voters } vote now. Please vote once more: what you chose before was not cast.
vote-said-again = Please vote once more, several people have left: { $question }

## The doctor
doctor-link = Check this device and network
doctor-page = Incamera – would a meeting work here?
doctor-title = Would a meeting work here?
doctor-lead = This page meets with itself: in a room that nobody else knows it sends a made-up picture and a quiet tone to this host, and looks at what comes back. Your camera and microphone stay closed, and you hear nothing.
doctor-begin = Begin
doctor-again = Try again
doctor-copy = Copy the report
doctor-copied = The report is copied. It holds the lines above, this site’s name and the time, nothing about you.
doctor-running = Looking. This takes up to a minute.
doctor-sum-good = Meetings work here.
doctor-sum-fair = Meetings work here. Some things could be better.
doctor-sum-bad = A meeting would not come about here.
doctor-lines = What was found
doctor-sent = Sent
doctor-received = Received
doctor-operator = For whoever runs this host:
doctor-sign-waiting = to come
doctor-sign-trying = being looked at
doctor-sign-good = good
doctor-sign-unknown = unknown
doctor-sign-fair = could be better
doctor-sign-bad = to mend
doctor-waiting = Not looked at yet.
doctor-trying = Looking…
doctor-untried = Could not be tried.
doctor-no-way = Nothing finds its way: your network may hold back everything but pages. Try another one, a phone’s for example.
doctor-no-way-operator = If it is so in every network, open the media port for UDP and TCP, and let “incamera doctor” look.
doctor-address = Address of this page
doctor-address-good = Is one where browsers allow meetings.
doctor-address-bad = Is one where browsers allow no meeting. Use the address that begins with https://.
doctor-address-operator = Give the host a certificate (“domain”), or put a proxy that has one in front.
doctor-browser = Your browser
doctor-browser-good = Has everything that a meeting needs.
doctor-browser-bad = Cannot keep the door closed: it lacks what seals picture and sound. Use a current Firefox, Chrome, Edge or Safari.
doctor-clock = Clock
doctor-clock-good = Yours and the host’s agree.
doctor-clock-fair = Yours and the host’s are { $number } seconds apart. Let your device set its clock by itself.
doctor-clock-operator = If it is so on every device, set the host’s clock.
doctor-clock-unknown = The host does not say what time it has.
doctor-room = Room
doctor-room-good = One was opened, and could be entered.
doctor-room-full = The host takes no more people or rooms now. Try again later.
doctor-room-full-operator = Its log says which limit was reached: “connections”, or the share of one network.
doctor-room-reserved = This host lets only some people open rooms, and this page asked for none. Try it in a meeting.
doctor-room-version = This page and the host are of different versions. Reload the page.
doctor-room-bad = None could be opened. Something between you and the host may hold it back: try another network.
doctor-room-operator = A proxy in front must pass on “Upgrade” and “Connection” at /ws over HTTP/1.1, and “Host” as it is.
doctor-picture = Picture
doctor-picture-good = { $number } made-up pictures were sent and seen.
doctor-picture-bad = None was seen, although there is a way. Reload the page and try again, or try another browser.
doctor-sound = Sound
doctor-sound-good = A made-up tone was sent and heard.
doctor-sound-unmade = Could not be tried: this browser finds no loudspeaker here.
doctor-sound-bad = None was heard, although there is a way. Reload the page and try again, or try another browser.
doctor-way = Way they took
doctor-way-udp = UDP, straight to the host: the best there is.
doctor-way-tcp = TCP: meetings work, less smoothly on bad networks.
doctor-way-relay = The host’s relay: meetings work, less smoothly on bad networks.
doctor-delay = Delay
doctor-delay-good = { $number } ms to the host and back.
doctor-delay-fair = { $number } ms to the host and back: people will talk over each other. A cable, or a place nearer to the router, often helps.
doctor-loss = Loss
doctor-loss-good = Almost everything arrived.
doctor-loss-fair = { $number } % did not arrive: pictures will be small or stand still. A cable, or a place nearer to the router, often helps.
doctor-udp = UDP alone
doctor-udp-good = Works.
doctor-udp-fair = Your network lets no UDP through. Meetings work over TCP, less smoothly.
doctor-udp-operator = If it is so in every network, open the media port for UDP in firewall and router, or name the host’s address with “public-address”.
doctor-tcp = TCP alone
doctor-tcp-good = Works, for networks without UDP.
doctor-tcp-fair = Picture and sound find no way over TCP. Where UDP works you do not need it.
doctor-tcp-operator = Open the media port for TCP too: people in networks without UDP depend on it.
doctor-relay = Relay alone
doctor-relay-good = Works, for networks that let nothing else through.
doctor-relay-fair = Picture and sound find no way through the host’s relay, or it has none. Where another way works you do not need it.
doctor-relay-operator = See whether “relay” is on, and let “incamera doctor” look.
