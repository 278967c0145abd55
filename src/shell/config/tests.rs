use super::*;
use clap::FromArgMatches as _;

fn given(flags: &[&str]) -> Given {
    let command = <Given as clap::Args>::augment_args(Command::new("x"));
    Given::from_arg_matches(&command.try_get_matches_from([&["x"], flags].concat()).unwrap()).unwrap()
}

/// A file that is gone with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("incamera-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn load(&self, flags: &[&str], variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let flags = [&["--config", self.0.to_str().unwrap()], flags].concat();
        let variable = |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned());
        Config::load(&given(&flags), variable).map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn flags_go_before_the_environment_before_the_file_before_defaults() {
    let file = File::new("order", "listen = \"127.0.0.1:1\"\nthreads = 1\nlog = \"warn\"\n");
    let flags = ["--listen", "127.0.0.1:3"];
    let config =
        file.load(&flags, &[("INCAMERA_LISTEN", "127.0.0.1:2"), ("INCAMERA_THREADS", "2"), ("INCAMERA_LOG", "")]).unwrap();
    let settings = &config.settings;
    assert_eq!((settings.listen.map(|listen| listen.port()), settings.threads.map(u32::from)), (Some(3), Some(2)));
    assert_eq!((settings.log, settings.connections.get()), (tracing::Level::WARN, 20_000));
    let from =
        |name: &str| KEYS.iter().find(|key| key.name == name).and_then(|key| config.value(key)).map(|value| value.from.clone());
    assert_eq!(from("listen"), Some(Origin::Flag("listen".into())));
    assert_eq!(from("threads"), Some(Origin::Environment("INCAMERA_THREADS".into())));
    assert_eq!(from("log"), Some(Origin::File(file.0.clone(), 3)));
    assert_eq!(from("connections"), Some(Origin::Default));
}

#[test]
fn every_mistake_is_named_with_its_place_and_what_is_allowed() {
    let text =
        "# settings\nlisten = \"here\"\nthreds = 4\n\nthreads = \"4\"\npublic-address = [\"192.0.2.1\", 7]\n[section]\nx = 1\n";
    let file = File::new("mistakes", text);
    let mistakes = file.load(&["--media", "there"], &[("INCAMERA_CONNECTIONS", "0")]).unwrap_err();
    let path = file.0.display();
    for said in [
        format!(
            "{path}:2: `listen` cannot be \"here\". Allowed: an IP address with its port, such as 127.0.0.1:8443 or [::]:443."
        ),
        format!("{path}:3: there is no setting `threds`. Is it `threads` that is meant? `incamera config show` lists them all."),
        format!("{path}:5: `threads` cannot be \"4\". Allowed: a whole number above 0."),
        format!("{path}:6: `public-address` cannot be [\"192.0.2.1\", 7]. Allowed: a list of texts, [\"…\", \"…\"]."),
        format!("{path}:7: [section]: settings stand in no section"),
        "--media: `media` cannot be \"there\". Allowed: an IP address with its port, such as 127.0.0.1:8443 or [::]:443."
            .to_owned(),
        "environment INCAMERA_CONNECTIONS: `connections` cannot be \"0\". Allowed: a whole number above 0.".to_owned(),
    ] {
        assert!(mistakes.contains(&said), "{said}\n{mistakes:#?}");
    }
    assert_eq!(mistakes.len(), 7, "{mistakes:#?}");
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let file = File::new("form", "log = \"info\"\nlisten = \n");
    let mistakes = file.load(&[], &[]).unwrap_err();
    assert!(mistakes.iter().any(|said| said.starts_with(&format!("{}:2: ", file.0.display()))), "{mistakes:#?}");
    let twice = File::new("twice", "log = \"info\"\nlog = \"warn\"\n");
    assert!(twice.load(&[], &[]).unwrap_err().iter().any(|said| said.contains(":2: ")));
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let missing = given(&["--config", "/nowhere/incamera.toml"]);
    let mistakes = Config::load(&missing, |_| None).unwrap_err();
    assert!(matches!(&mistakes[..], [Mistake::File { .. }]), "{mistakes:?}");
    let named = |name: &str| (name == FILE_VARIABLE).then(|| "/nowhere/incamera.toml".to_owned());
    assert!(Config::load(&Given::default(), named).is_err());
}

#[test]
fn what_is_shown_says_the_same_when_it_is_read_again() {
    let nothing = File::new("nothing", "");
    let flags = ["--public-address", "192.0.2.1,2001:db8::1", "--threads=3", "--connections", "5", "--log", "debug"];
    let config = nothing.load(&flags, &[]).unwrap();
    let shown = show(&config);
    let again = File::new("again", &shown).load(&[], &[]).unwrap();
    assert_eq!(again.settings, config.settings, "{shown}");
    assert_eq!(again.changed(&config).count(), 0);
    assert!(
        shown.contains("\nthreads = 3 # --threads\n") && shown.contains("\n#listen = \"ADDRESS:PORT\" # not set\n"),
        "{shown}"
    );
    for key in KEYS.iter() {
        assert!(shown.lines().any(|line| line.trim_start_matches('#').starts_with(&format!("{} = ", key.name))), "{}", key.name);
    }
    let defaults = show(&nothing.load(&[], &[]).unwrap());
    assert!(!defaults.lines().any(|line| !line.starts_with('#') && !line.is_empty()), "{defaults}");
}

#[test]
fn every_default_is_allowed_and_every_name_said_once() {
    for key in KEYS.iter() {
        let texts: Vec<String> = key.default.iter().map(ToString::to_string).collect();
        assert!((key.allows)(&texts), "{}", key.name);
        assert_eq!(KEYS.iter().filter(|other| other.name == key.name).count(), 1, "{}", key.name);
        assert!(key.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", key.name);
    }
}

#[test]
fn a_domain_brings_its_own_certificate_and_the_usual_ports() {
    use super::plan::Encryption;
    let nothing = File::new("plan", "");
    let plan = |flags: &[&str]| {
        let settings = nothing.load(flags, &[]).unwrap().settings;
        let redirected = settings.redirected().map(|address| address.to_string());
        (settings.encryption(), settings.page().to_string(), redirected)
    };
    let (home, away) = ("[::]:443".to_owned(), "127.0.0.1:8443".to_owned());
    assert_eq!(plan(&[]), (Encryption::None, away.clone(), None));
    assert_eq!(plan(&["--domain", "a.example"]), (Encryption::Acme, home.clone(), Some("[::]:80".into())));
    assert_eq!(plan(&["--domain", "a.example", "--behind-proxy"]), (Encryption::None, away.clone(), None));
    assert_eq!(plan(&["--domain", "a.example", "--self-signed"]).0, Encryption::SelfSigned);
    assert_eq!(plan(&["--domain", "a.example", "--listen", "192.0.2.1:443"]).2.as_deref(), Some("192.0.2.1:80"));
    assert_eq!(plan(&["--domain", "a.example", "--listen", "192.0.2.1:8443"]).2, None);
    assert_eq!(plan(&["--domain", "a.example", "--redirect", "off"]).2, None);
    assert_eq!(
        plan(&["--self-signed", "--redirect", "127.0.0.1:80"]),
        (Encryption::SelfSigned, away, Some("127.0.0.1:80".into()))
    );
    let files = Encryption::Files { certificate: "/c".into(), key: "/k".into() };
    assert_eq!(
        plan(&["--domain", "a.example", "--certificate", "/c", "--certificate-key", "/k"]),
        (files, home, Some("[::]:80".into()))
    );
    for wrong in [
        &["--certificate", "/c"][..],
        &["--self-signed", "--certificate", "/c", "--certificate-key", "/k"],
        &["--behind-proxy", "--self-signed"],
        &["--proxy-address", "10.0.0.1"],
        &["--redirect", "127.0.0.1:80"],
        &["--metrics-from-anywhere"],
        &["--rooms-for", "word"],
        &["--rooms-for", "word", "--room-words", "/w", "--listen", "192.0.2.1:80"],
        &["--room-words", "/w"],
        &["--ldap-starttls"],
        &["--ldap-base", "dc=org"],
        &["--rooms-for", "ldap", "--ldap-person", "uid={name},dc=org"],
        &["--rooms-for", "ldap", "--ldap-url", "ldap://a.example", "--ldap-person", "uid={name},dc=org"],
        &["--rooms-for", "ldap", "--ldap-url", "ldaps://a.example", "--ldap-starttls", "--ldap-person", "uid={name},dc=org"],
        &["--rooms-for", "ldap", "--ldap-url", "ldaps://a.example"],
        &["--rooms-for", "ldap", "--ldap-url", "ldaps://a.example", "--ldap-base", "dc=org", "--ldap-filter", "(uid=a)"],
        &[
            "--rooms-for",
            "ldap",
            "--ldap-url",
            "ldaps://a.example",
            "--ldap-person",
            "uid={name},dc=org",
            "--ldap-account",
            "cn=a",
        ],
    ] {
        assert_eq!(nothing.load(wrong, &[]).unwrap_err().len(), 1, "{wrong:?}");
    }
}
