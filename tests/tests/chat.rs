//! What people write to each other, to all and to one: through the page, as they see it.
//!
//! Invariant: as in the other journeys, only what people see, read and save is asserted.

use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use serde_json::{Value, json};
use thirtyfour::By;

const PASSWORD: &str = "lanterns over cold water";

/// A picture of one pixel, with a text in it that nobody sees.
const PICTURE: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x14tEXtComment\x00SECRET place\x0d\xc5'\x1b\x00\x00\x00\x0dIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82";

async fn meeting(stage: &Stage, room: &str, people: &[(Engine, &str)]) -> Vec<Participant> {
    let names: Vec<&str> = people.iter().map(|(_, name)| *name).collect();
    let mut inside = Vec::new();
    for (number, (engine, name)) in (1..).zip(people) {
        let person = stage.person(*engine, number, name).await;
        person.join(room, Some(PASSWORD)).await;
        inside.push(person);
    }
    for person in &inside {
        person.wait_for_tiles(&names, LONG).await;
    }
    inside
}

/// What an expression is in somebody's page.
async fn page(person: &Participant, expression: &str, arguments: Vec<Value>) -> Value {
    let answer = person.driver().execute(format!("return {expression};"), arguments).await;
    answer.unwrap_or_else(|error| panic!("{}: {error}", person.name)).json().clone()
}

/// The attributes of the link that says this.
async fn link(person: &Participant, typed: &str) -> Value {
    eventually(LONG, &format!("{} to see the link {typed}", person.name), || async {
        let expression = "(() => { const a = [...document.querySelectorAll('.bubble a')].find((a) => a.textContent === arguments[0]); \
            return a && { href: a.href, rel: a.rel, target: a.target, referrer: a.referrerPolicy, beside: a.nextSibling?.textContent ?? '' }; })()";
        match page(person, expression, vec![json!(typed)]).await {
            Value::Null => Err(person.text().await.chars().take(800).collect()),
            found => Ok(found),
        }
    })
    .await
}

/// What was saved under a name that ends so.
async fn saved(person: &Participant, end: &str) -> Vec<u8> {
    eventually(LONG, &format!("{} to have saved …{end}", person.name), || async {
        let files: Vec<_> = std::fs::read_dir(person.downloads()).map_err(|error| error.to_string())?.flatten().collect();
        match files.iter().find(|file| file.file_name().to_string_lossy().ends_with(end)) {
            Some(file) => match std::fs::read(file.path()) {
                Ok(bytes) if !bytes.is_empty() => Ok(bytes),
                other => Err(format!("{:?}", other.map(|bytes| bytes.len()))),
            },
            None => Err(format!("{files:?}")),
        }
    })
    .await
}

/// Saves the file of the last line but so many, as soon as it is here.
async fn save(person: &Participant, at: i32) {
    eventually(LONG, &format!("{} to save a file", person.name), || async {
        let script = "(() => { const b = [...document.querySelectorAll('.bubble')].at(arguments[0]).querySelector('button'); \
            if (b?.textContent === 'Save') b.click(); return b?.textContent ?? null; })()";
        match page(person, script, vec![json!(at)]).await {
            Value::String(words) if words == "Save" => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
}

/// Chooses a file as the browser's own dialog would.
async fn attach(person: &Participant, path: &std::path::Path) {
    let field = person.driver().find(By::Id("chat-files")).await.expect("a field for files");
    field.send_keys(path.display().to_string()).await.unwrap_or_else(|error| panic!("{}: {error}", person.name));
}

/// Pastes a file into the field, or drops it on the meeting, as a browser tells of it.
async fn hand(person: &Participant, how: &str, name: &str, bytes: &[u8]) {
    let script = "(([how, name, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], name, { type: name.endsWith('png') ? 'image/png' : 'text/plain' }));
        const what = { bubbles: true, cancelable: true };
        if (how === 'paste') document.getElementById('message').dispatchEvent(new ClipboardEvent('paste', { ...what, clipboardData: data }));
        else document.querySelector('.grid').dispatchEvent(new DragEvent('drop', { ...what, dataTransfer: data }));
      })(arguments)";
    page(person, script, vec![json!(how), json!(name), json!(bytes)]).await;
}

/// Chooses to write to everybody.
async fn everyone(person: &Participant) {
    let script = "(() => { const to = document.getElementById('chat-to'); to.value = ''; to.dispatchEvent(new Event('change', { bubbles: true })); })()";
    page(person, script, vec![]).await;
    eventually(LONG, &format!("{} to write to everyone", person.name), || async {
        let hint = page(person, "document.getElementById('message').placeholder", vec![]).await;
        if hint == json!("Write to everyone") { Ok(()) } else { Err(hint.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_linked_marked_as_unread_and_saved() {
    let stage = Stage::new("chat").await;
    let crowd = [(Engine::SmallChromium, "Ada"), (Engine::BareChromium, "Ben"), (Engine::Firefox, "Cleo")];
    let people = meeting(&stage, "chatting", &crowd).await;
    let [ada, ben, cleo] = [&people[0], &people[1], &people[2]];

    // To all: links, and what is unread.
    ada.say("Read https://example.org/path?x=1, or https://bank.example@evil.example/ rather not.").await;
    ben.wait_for("button", "Chat 1 unread").await;
    assert!(page(ben, "document.title", vec![]).await.as_str().is_some_and(|title| title.starts_with("(1) ")));
    for person in [ben, cleo] {
        person.open("Chat").await;
        let good = link(person, "https://example.org/path?x=1").await;
        assert_eq!(good["href"], "https://example.org/path?x=1");
        assert_eq!((&good["rel"], &good["target"]), (&json!("noopener noreferrer nofollow"), &json!("_blank")));
        assert_eq!((&good["referrer"], &good["beside"]), (&json!("no-referrer"), &json!("")));
        let bad = link(person, "https://bank.example@evil.example/").await;
        assert_eq!(bad["beside"], " (evil.example)");
    }
    ben.wait_for_text("New").await;
    assert!(page(ben, "document.title", vec![]).await.as_str().is_some_and(|title| !title.starts_with('(')));

    // To one: on both screens marked as such, on the third not there.
    cleo.open("Participants").await;
    cleo.menu("Actions for Ada", "Write privately").await;
    cleo.fill("Message", "only between us").await;
    cleo.press("Send").await;
    cleo.wait_for_text("You, only to Ada").await;
    ada.open("Chat").await;
    ada.wait_for_text("Cleo, to you only").await;
    ada.press("Answer Cleo privately").await;
    ada.fill("Message", "and from me\nin two lines").await;
    ada.press("Send").await;
    cleo.wait_for_text("Ada, to you only").await;
    cleo.wait_for_text("in two lines").await;
    ada.screenshot("private").await;
    assert!(!ada.text().await.contains("It is sent as soon as"));
    everyone(ada).await;
    ada.say("to all again").await;
    ben.wait_for_text("to all again").await;
    let read = ben.text().await;
    assert!(!read.contains("only between us") && !read.contains("in two lines"), "{read}");

    // Files: a picture shows itself, without what nobody sees in it; the other comes when it is asked for.
    let minutes = stage.scratch.path("minutes.bin");
    let bytes: Vec<u8> = (0..3_300_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(&minutes, &bytes).expect("a test can write a file");
    hand(ada, "paste", "holiday.png", PICTURE).await;
    attach(ada, &minutes).await;
    // What is dropped anywhere on the meeting is attached as well, and can be left out.
    hand(ada, "drop", "notes.txt", b"not to be sent").await;
    ada.wait_for_item("Files to send", &["notes.txt"]).await;
    ada.press("Do not send notes.txt").await;
    eventually(LONG, "the dropped file to be left out", || async {
        let files = ada.items("Files to send").await;
        if files.len() == 2 { Ok(()) } else { Err(format!("{files:?}")) }
    })
    .await;
    ada.wait_for_text("Place and camera details are removed.").await;
    ada.wait_for_text("Up to 50 MB each.").await;
    ada.screenshot("attached").await;
    ada.press("Send").await;
    for person in [ben, cleo] {
        eventually(LONG, &format!("{} to see the picture", person.name), || async {
            let seen = page(person, "(() => { const i = document.querySelector('.chat-picture'); return i && i.src.startsWith('blob:') && i.naturalWidth; })()", vec![]);
            match seen.await {
                Value::Number(width) if width.as_u64() == Some(1) => Ok(()),
                other => Err(other.to_string()),
            }
        })
        .await;
    }
    cleo.press("Get the file").await;
    eventually(LONG, "Cleo to see how far it is", || async {
        match page(cleo, "document.querySelector('.bubble progress')?.getAttribute('aria-label') ?? null", vec![]).await {
            Value::String(words) if words.ends_with(" %") => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    cleo.screenshot("coming").await;
    ada.wait_for_text("One person has it.").await;
    save(cleo, -1).await;
    assert!(saved(cleo, "minutes.bin").await == bytes, "byte for byte");
    // Ben begins while Ada is away, thinks better of it, and writes: what is said to who is away waits for them.
    ada.close_lid(true);
    ben.press("Get the file").await;
    ben.press("Cancel").await;
    ben.wait_for("button", "Get the file").await;
    ben.say("said while you were away").await;
    ben.wait_for_tile("Ada", "connection lost").await;
    ada.close_lid(false);
    ada.wait_for_text("said while you were away").await;
    save(ben, -3).await;
    let clean = saved(ben, "holiday.png").await;
    assert!(clean.starts_with(b"\x89PNG") && !clean.windows(6).any(|window| window == b"SECRET"));
    ada.screenshot("files").await;
    no_complaints(&[ada, ben]).await;

    // Whoever reads older lines is not moved by what comes, and finds the way down.
    for number in 0..30 {
        ada.say(&format!("line {number}")).await;
    }
    ben.wait_for_text("line 29").await;
    page(ben, "document.querySelector('.log').scrollTop = 0", vec![]).await;
    ben.wait_for("button", "To the newest").await;
    ada.say("and one more").await;
    ben.wait_for("button", "1 new message").await;
    assert_eq!(page(ben, "document.querySelector('.log').scrollTop", vec![]).await, json!(0));
    ben.screenshot("older-lines").await;
    ben.press("1 new message").await;
    eventually(LONG, "the newest line to be on screen", || async {
        let left = page(
            ben,
            "(() => { const l = document.querySelector('.log'); return l.scrollHeight - l.scrollTop - l.clientHeight; })()",
            vec![],
        );
        let left = left.await.as_f64().unwrap_or(f64::MAX);
        if left < 2.0 { Ok(()) } else { Err(format!("{left} pixels below")) }
    })
    .await;

    // The chat outlives the meeting until the page after it is left.
    ben.leave().await;
    ben.screenshot("after").await;
    ben.press("Save the chat").await;
    ben.wait_for_text("The file is on this device now").await;
    let text = String::from_utf8(saved(ben, ".txt").await).expect("a text");
    assert!(text.starts_with("Chat of the room “chatting”, "), "{text}");
    assert!(text.contains("] Ada: Read https://example.org/path?x=1, or") && text.contains("] Ada: line 29\n"), "{text}");
    ben.press("Go back in").await;
    ben.wait_to_be_in().await;
    ben.open("Chat").await;
    assert!(!ben.text().await.contains("line 29"), "a page that was left offers nothing more");
}
