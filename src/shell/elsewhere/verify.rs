//! `incamera verify`: what a host serves, beside what it should.
//!
//! **Invariant:** a file counts as the same only if its bytes came from the host and are those in this program; the page's own rules (what it may
//! load and from where) count as one more file.

use super::fingerprint::Fingerprint;
use super::host::Host;
use super::{Trouble, say};
use crate::shell::files::{self, File};
use crate::shell::headers;
use crate::shell::https::{ANSWER_WITHIN, Unanswered, Unreachable, ask};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::{Request, Response};
use std::fmt;
use tokio::time::timeout;

/// So much more than expected is read before a file counts as another one, bytes.
const MORE: usize = 1;

/// How it ended.
pub(crate) struct Verdict {
    /// Files that are the same.
    pub(crate) same: usize,
    /// Files that are not.
    pub(crate) differing: usize,
    /// Files that were not to be had because the network failed.
    pub(crate) unread: usize,
    host: String,
    own: Fingerprint,
}

/// What became of one file.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Same,
    Other,
    Missing(StatusCode),
    LooserRules,
    Unread(String),
}

/// Asks for every file, one after the other, and says what differs.
///
/// # Errors
/// [`Trouble::NoClient`].
pub(crate) async fn verify(host: &Host) -> Result<Verdict, Trouble> {
    let own = Fingerprint::own().ok_or(Trouble::NoClient)?;
    let mut verdict = Verdict { same: 0, differing: 0, unread: 0, host: host.address.origin(), own };
    for file in files::all() {
        let found = look(host, file).await;
        match &found {
            Found::Same => verdict.same += 1,
            Found::Unread(_) => verdict.unread += 1,
            Found::Other | Found::Missing(_) | Found::LooserRules => verdict.differing += 1,
        }
        if found != Found::Same {
            say(&format!("{}: {found}\n", file.path.trim_start_matches('/')));
        }
        if let (Found::Unread(_), 0) = (&found, verdict.same + verdict.differing) {
            // Nobody is there; the others would say the same.
            break;
        }
    }
    Ok(verdict)
}

async fn look(host: &Host, file: &'static File) -> Found {
    let asked = async {
        // As browsers ask: the page by its place, not by its name.
        let path = if file.path == "/index.html" { "/" } else { file.path };
        let request = Request::get(path).header(header::HOST, host.address.authority()).body(Empty::<Bytes>::new());
        let request = request.map_err(|error| Unreachable(error.to_string()))?;
        ask(host.connect().await?, request, file.plain.len() + MORE).await
    };
    match timeout(ANSWER_WITHIN, asked).await {
        Ok(Ok(answer)) => judge(&answer, file),
        // Longer than it should be is no failure of the network.
        Ok(Err(Unanswered::TooLong)) => Found::Other,
        Ok(Err(why)) => Found::Unread(why.to_string()),
        Err(_) => Found::Unread("it does not answer".into()),
    }
}

fn judge(answer: &Response<Bytes>, file: &File) -> Found {
    match answer.status() {
        StatusCode::OK if answer.body() != file.plain => Found::Other,
        StatusCode::OK if !is_as_strict(answer.headers()) => Found::LooserRules,
        StatusCode::OK => Found::Same,
        other => Found::Missing(other),
    }
}

/// The rules that keep the page to its own files. A proxy in front may add rules; all of them hold at once.
fn is_as_strict(told: &HeaderMap) -> bool {
    let policy = header::CONTENT_SECURITY_POLICY;
    told.get_all(&policy).iter().any(|value| value == headers::CONTENT_SECURITY_POLICY)
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("the same"),
            Self::Other => f.write_str("is another one"),
            Self::Missing(status) => write!(f, "is not there ({status})"),
            Self::LooserRules => {
                f.write_str("comes without the rules that keep the page to its own files (Content-Security-Policy)")
            }
            Self::Unread(why) => write!(f, "could not be read: {why}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { same, differing, unread, host, own } = self;
        if *differing > 0 {
            return write!(
                f,
                "{host} serves another client than this program has: {differing} of {} files differ.\n\
                 It may be of another version: compare the versions first. If it says that it is this one, do not use its page;\n\
                 `incamera join` takes you to its meetings with the client from here.\n",
                same + differing + unread
            );
        }
        if *unread > 0 {
            return writeln!(
                f,
                "{host} could not be compared: {unread} files could not be read. Check the address and try again."
            );
        }
        write!(f, "{host} serves this program's client: {same} files, all the same.\n{own}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILE: File = File { path: "/a.js", tag: "", plain: b"good", brotli: None };

    fn answer(status: u16, body: &'static str, policies: &[&'static str]) -> Response<Bytes> {
        let mut answer = Response::builder().status(status);
        for policy in policies {
            answer = answer.header(header::CONTENT_SECURITY_POLICY, *policy);
        }
        answer.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn only_the_same_bytes_under_the_same_rules_are_the_same() {
        let strict = headers::CONTENT_SECURITY_POLICY;
        assert_eq!(judge(&answer(200, "good", &[strict]), &FILE), Found::Same);
        assert_eq!(judge(&answer(200, "good", &["default-src 'self'", strict]), &FILE), Found::Same);
        assert_eq!(judge(&answer(200, "evil", &[strict]), &FILE), Found::Other);
        assert_eq!(judge(&answer(200, "good", &[]), &FILE), Found::LooserRules);
        assert_eq!(judge(&answer(200, "good", &["default-src *"]), &FILE), Found::LooserRules);
        assert_eq!(judge(&answer(404, "good", &[strict]), &FILE), Found::Missing(StatusCode::NOT_FOUND));
        assert_eq!(judge(&answer(302, "good", &[strict]), &FILE), Found::Missing(StatusCode::FOUND));
    }
}
