//! Who may open rooms, with the program and a real directory ([`Slapd`]): from what a person types to a room, and what of it is in the log.
//!
//! Invariant: a test here knows what a browser knows; the host's side is the program's own.

use super::program::{Folder, Host, LONG, free_port, program};
use super::slapd::{ACCOUNT, ACCOUNT_PASSWORD, Slapd};
use super::web::{Authority, Browser, Meeting};
use rand_core::SeedableRng as _;
use ring::rand::SecureRandom as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use voprf::{EvaluationElement, Group as _, Proof, Ristretto255, VoprfClient};
use wire::permission::{Answer, Asks, Blinded, Credential, Identification, NotIssued, Permission, Token};
use wire::{FromHost, Refusal};

/// A host with TLS, and somebody who believes it.
struct House {
    host: Host,
    browser: Browser,
    _state: Folder,
}

impl House {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let state = Folder::new(name);
        let host = Host::start(&[&["--self-signed", "--state", &state.path("state")], arguments].concat());
        let pem = std::fs::read_to_string(state.path("state/self-signed.pem")).unwrap();
        let browser = Browser::believing(&pem[..pem.find("-----BEGIN PRIVATE").unwrap()]);
        Self { host, browser, _state: state }
    }

    /// The body of an answer, and its head.
    async fn asks(&self, head: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = self.browser.connect(self.host.port, "localhost").await.unwrap();
        let head = format!("{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut answer)).await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end..].to_vec())
    }

    async fn shown(&self) -> Permission {
        let (head, body) = self.asks("GET /permission HTTP/1.1", &[]).await;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("cache-control: no-store"), "{head}");
        wire::decode(&body).unwrap()
    }

    /// What somebody holds who said this.
    async fn identified(&self, by: Credential) -> Result<Vec<Token>, NotIssued> {
        let key = self.shown().await.key;
        let mut random = rand_chacha::ChaCha20Rng::from_seed(rand());
        let nonces = [rand(), rand()];
        let blinds: Vec<_> = nonces.iter().map(|nonce| VoprfClient::<Ristretto255>::blind(nonce, &mut random).unwrap()).collect();
        let blinded = blinds.iter().map(|blind| Blinded(blind.message.serialize().into())).collect();
        let said = wire::encode(&Identification { by, period: key.period, blinded });
        let (_, body) = self.asks("POST /permission HTTP/1.1", &said).await;
        let issued = match wire::decode(&body).unwrap() {
            Answer::Issued(issued) => issued,
            Answer::NotIssued(why) => return Err(why),
        };
        let elements: Vec<_> = issued.evaluated.iter().map(|one| EvaluationElement::deserialize(one).unwrap()).collect();
        let proof = Proof::deserialize(&[issued.proof.0, issued.proof.1].concat()).unwrap();
        let states: Vec<_> = blinds.into_iter().map(|blind| blind.state).collect();
        let point = Ristretto255::deserialize_elem(&key.point).unwrap();
        let outputs = VoprfClient::batch_finalize(&nonces, &states, &elements, &proof, point).unwrap();
        let token = |(nonce, output): (&[u8; 32], voprf::Result<_>)| {
            let output = <[u8; 64]>::from(output.unwrap());
            let half = |at: usize| <[u8; 32]>::try_from(&output[at..at + 32]).unwrap();
            Token { period: key.period, nonce: *nonce, output: (half(0), half(32)) }
        };
        Ok(nonces.iter().zip(outputs).map(token).collect())
    }

    async fn meets(&self) -> Meeting {
        self.browser.meets(self.host.port, "localhost", None).await.unwrap()
    }

    /// What somebody new is told who wants into this room, with a token or without.
    async fn enters(&self, room: u8, token: Option<&Token>) -> (Meeting, Result<(), Refusal>) {
        let mut meeting = self.meets().await;
        let (identity, resume_key) = (wire::Identity::New, wire::ResumeKey([0; 32]));
        let entry = wire::Entry { room: wire::RoomId([room; 16]), identity, resume_key };
        meeting
            .says(&match token {
                None => wire::ToHost::Enter(entry),
                Some(token) => wire::ToHost::Open(Box::new(wire::Opening { entry, token: token.clone() })),
            })
            .await;
        loop {
            match meeting.hears().await {
                Some(FromHost::Entered(_)) => return (meeting, Ok(())),
                Some(FromHost::Refused(why)) => return (meeting, Err(why)),
                Some(_) => {}
                None => panic!("the host closed without a word"),
            }
        }
    }
}

fn rand() -> [u8; 32] {
    let mut bytes = [0; 32];
    ring::rand::SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

fn account(name: &str, password: &str) -> Credential {
    Credential::Account { name: name.into(), password: password.into() }
}

#[tokio::test]
async fn a_word_opens_rooms_and_guests_are_asked_nothing() {
    let folder = Folder::new("words");
    let words = folder.write("words", "# those of the choir\ncanary of the choir\n");
    let house = House::start("by-word", &["--rooms-for", "word", "--room-words", &words]);
    assert_eq!(house.shown().await.asks, Asks::Word);
    let (mut meeting, refused) = house.enters(1, None).await;
    assert_eq!(refused, Err(Refusal::PermissionNeeded));
    meeting.is_alive().await;

    let word = |word: &str| Credential::Word(word.into());
    assert_eq!(house.identified(word("canary of nobody")).await, Err(NotIssued::Wrong));
    assert_eq!(house.identified(account("canary", "canary")).await, Err(NotIssued::Malformed), "it asks for a word");
    let tokens = house.identified(word("canary of the choir")).await.unwrap();
    let (mut opener, entered) = house.enters(1, Some(&tokens[0])).await;
    assert_eq!(entered, Ok(()));
    opener.founds().await;
    assert_eq!(house.enters(1, None).await.1, Ok(()), "whoever comes later");
    assert_eq!(house.enters(2, Some(&tokens[0])).await.1, Err(Refusal::PermissionNeeded), "spent");
    let mut forged = tokens[1].clone();
    forged.nonce[0] ^= 1;
    assert_eq!(house.enters(2, Some(&forged)).await.1, Err(Refusal::PermissionNeeded));
    assert_eq!(house.enters(2, Some(&tokens[1])).await.1, Ok(()));

    // What is not of this page, or too long, or nothing at all.
    let (head, _) = house.asks("POST /permission HTTP/1.1\r\nOrigin: https://elsewhere.example", &[1]).await;
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    for body in [vec![], vec![9; 200], vec![1; 5_000]] {
        let (head, said) = house.asks("POST /permission HTTP/1.1", &body).await;
        assert!(head.starts_with("HTTP/1.1 400"), "{head}");
        assert_eq!(wire::decode(&said), Ok(Answer::NotIssued(NotIssued::Malformed)));
    }

    // A word that was taken out opens nothing more, and guessing ends.
    folder.write("words", "another canary\n");
    let mut tries = 0;
    while house.identified(word("canary of the choir")).await == Err(NotIssued::Wrong) {
        tries += 1;
        assert!(tries < 400, "nobody stops who guesses");
    }
    assert_eq!(house.identified(word("another canary")).await, Err(NotIssued::TooOften));
    let log = house.host.running.end();
    assert!(log.contains("was not known") && log.contains("too often"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn a_host_that_asks_nothing_has_nothing_to_ask() {
    let house = House::start("anyone", &[]);
    assert!(house.asks("GET /permission HTTP/1.1", &[]).await.0.starts_with("HTTP/1.1 404"));
    assert_eq!(house.enters(1, None).await.1, Ok(()));
}

#[test]
fn words_that_cannot_be_had_are_told_at_the_start() {
    let folder = Folder::new("no-words");
    let short = folder.write("short", "canary\n");
    for (file, said) in [(folder.path("nowhere"), "cannot be read"), (short, ":1: this word is too short")] {
        let refused = program().args(["serve", "--rooms-for", "word", "--room-words", &file]).output().unwrap();
        let log = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && log.contains(said) && !log.contains("canary\n"), "{log}");
    }
    let shown =
        program().args(["config", "show", "--rooms-for", "word", "--room-words", &folder.path("short")]).output().unwrap();
    assert!(shown.status.success() && !String::from_utf8_lossy(&shown.stdout).contains("canary"));
}

/// People are searched for by an account, over StartTLS, and a group decides.
#[tokio::test]
async fn a_directory_says_who_may_open_rooms() {
    let directory = Slapd::new("searched");
    let running = directory.start();
    let (url, ca, password) =
        (format!("ldap://localhost:{}", directory.port), directory.root_file(), directory.password_file(ACCOUNT_PASSWORD));
    let searching = ["--rooms-for", "ldap", "--ldap-url", &url, "--ldap-starttls", "--ldap-ca", &ca];
    let how = ["--ldap-base", "ou=people,dc=example,dc=org", "--ldap-account", ACCOUNT, "--ldap-account-password", &password];
    let group = ["--ldap-filter", "(&(uid={name})(memberOf=cn=rooms,dc=example,dc=org))", "--rooms-per-person", "5"];
    let mut house = House::start("searching", &[&searching[..], &how, &group].concat());
    assert_eq!(house.shown().await.asks, Asks::Account);

    let tokens = house.identified(account("fatou", "canary of fatou")).await.unwrap();
    assert_eq!(house.enters(1, Some(&tokens[0])).await.1, Ok(()));
    assert!(house.identified(account("o,brien (x*)", "canary of brien")).await.is_ok(), "a name that must be escaped");
    let wrong = [
        ("fatou", "canary"),
        ("fatou", ""),
        ("", "canary of fatou"),
        ("nobody", "canary of fatou"),
        ("ann", "canary of ann"),
        // Injections: each would find Fatou, or everybody, if it were taken as a filter.
        ("*", "canary of fatou"),
        ("fat*", "canary of fatou"),
        ("fatou)(uid=fatou", "canary of fatou"),
        ("x)(|(uid=fatou))", "canary of fatou"),
        ("fatou\\", "canary of fatou"),
        ("fatou\0", "canary of fatou"),
    ];
    for (name, password) in wrong {
        assert_eq!(house.identified(account(name, password)).await, Err(NotIssued::Wrong), "{name:?} {password:?}");
    }
    // Two at a time: the third time would make six. Written otherwise it is the same person.
    assert!(house.identified(account(" FATOU ", "canary of fatou")).await.is_ok());
    assert_eq!(house.identified(account("Fatou", "canary of fatou")).await, Err(NotIssued::EnoughForToday));

    drop(running);
    assert_eq!(house.identified(account("fatou", "canary of fatou")).await, Err(NotIssued::DirectoryUnreachable));
    let said = house.host.running.says("the directory (ldap-url) cannot be asked");
    assert!(said.contains("Connection refused"), "{said}");
    let _again = directory.start();
    assert_eq!(
        house.identified(account("ann", "canary of ann")).await,
        Err(NotIssued::Wrong),
        "it is asked again when it is there"
    );
    let log = house.host.running.end();
    let logged = log.to_lowercase();
    assert!(!["canary", "fatou", "brien", "ann,"].iter().any(|word| logged.contains(word)), "{log}");
}

/// A person's DN is made of the name, over TLS from the beginning; who is known and not in the group is told so.
#[tokio::test]
async fn a_name_becomes_a_dn_and_nothing_else() {
    let directory = Slapd::new("by-dn");
    let _running = directory.start();
    let (url, ca) = (format!("ldaps://localhost:{}", directory.tls_port), directory.root_file());
    let by_dn = ["--rooms-for", "ldap", "--ldap-url", &url, "--ldap-person", "uid={name},ou=people,dc=example,dc=org"];
    let group = ["--ldap-ca", &ca, "--ldap-filter", "(&(uid={name})(memberOf=cn=rooms,dc=example,dc=org))"];
    let house = House::start("by-dn-host", &[&by_dn[..], &group].concat());
    assert!(house.identified(account("fatou", "canary of fatou")).await.is_ok());
    assert!(house.identified(account("o,brien (x*)", "canary of brien")).await.is_ok(), "a name that must be escaped");
    assert_eq!(house.identified(account("ann", "canary of ann")).await, Err(NotIssued::NotAllowed));
    for name in ["fatou,ou=people", "fatou+cn=x", "fatou,ou=people,dc=example,dc=org", "#", "x,cn=host", "fatou=", ""] {
        assert_eq!(house.identified(account(name, "canary of fatou")).await, Err(NotIssued::Wrong), "{name:?}");
    }
    // Nobody guesses at one account from many places: ten wrong ones, then no more for a while, also for the right one.
    for _ in 0..10 {
        assert_eq!(house.identified(account("fatou", "canary")).await, Err(NotIssued::Wrong));
    }
    assert_eq!(house.identified(account("FATOU", "canary of fatou")).await, Err(NotIssued::TooOften));
}

/// A password that is right is enough where no filter asks for more, whatever the directory shows its people.
#[tokio::test]
async fn who_may_not_read_their_own_entry_is_known_by_the_password() {
    let directory = Slapd::new("silent");
    let _running = directory.start();
    let (url, ca) = (format!("ldaps://localhost:{}", directory.tls_port), directory.root_file());
    let by_dn = ["--rooms-for", "ldap", "--ldap-url", &url, "--ldap-person", "uid={name},ou=silent,dc=example,dc=org"];
    let house = House::start("silent-host", &[&by_dn[..], &["--ldap-ca", &ca, "--rooms-per-person", "2"]].concat());
    assert_eq!(house.identified(account("kim", "canary")).await, Err(NotIssued::Wrong));
    assert!(house.identified(account("kim", "canary of kim")).await.is_ok());
    assert_eq!(house.identified(account("KIM", "canary of kim")).await, Err(NotIssued::EnoughForToday), "and is counted");
}

/// What the operator said of the directory is not so: people are told that it is not they, and the log says what it is.
#[tokio::test]
async fn an_operators_mistake_is_told_to_the_operator() {
    let directory = Slapd::new("mistaken");
    let _running = directory.start();
    let ca = directory.root_file();
    let wrong = directory.password_file("canary of the account");
    let url = format!("ldaps://localhost:{}", directory.tls_port);
    let search = ["--rooms-for", "ldap", "--ldap-base", "dc=example,dc=org", "--ldap-filter", "(sn={name})", "--ldap-url"];
    let with = ["--ldap-account", ACCOUNT, "--ldap-account-password", &wrong];
    let mut house = House::start("mistaken-account", &[&search[..], &[&url, "--ldap-ca", &ca], &with].concat());
    assert_eq!(house.identified(account("Diop", "canary of fatou")).await, Err(NotIssued::DirectoryUnreachable));
    house.host.running.says("it does not take `ldap-account` with its password (result code 49)");

    let right = directory.password_file(ACCOUNT_PASSWORD);
    let with = ["--ldap-account", ACCOUNT, "--ldap-account-password", &right];
    let mut house = House::start("mistaken-filter", &[&search[..], &[&url, "--ldap-ca", &ca], &with].concat());
    assert_eq!(house.identified(account("Max", "canary of ann")).await, Err(NotIssued::DirectoryUnreachable));
    house.host.running.says("`ldap-filter` finds several people for one name");

    let folder = Folder::new("mistaken-ca");
    let stranger = folder.write("ca.pem", &Authority::new("somebody else").pem());
    let mut house = House::start("mistaken-ca-host", &[&search[..], &[&url, "--ldap-ca", &stranger], &with].concat());
    assert_eq!(house.identified(account("Diop", "canary of fatou")).await, Err(NotIssued::DirectoryUnreachable));
    let said = house.host.running.says("the directory (ldap-url) cannot be asked");
    assert!(said.contains("certificate"), "{said}");

    // And a directory that was never there.
    let nowhere = format!("ldap://127.0.0.1:{}", free_port());
    let house = House::start("mistaken-url", &[&search[..], &[&nowhere]].concat());
    assert_eq!(house.identified(account("Diop", "canary of fatou")).await, Err(NotIssued::DirectoryUnreachable));
    assert!(!house.host.running.end().contains("canary"));
}
