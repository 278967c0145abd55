//! How many files and sockets this process may have.
//!
//! **Invariant:** the limit only ever grows, and never beyond what the system allows without asking anybody.

/// Takes all that is allowed: the usual limit (1,024) is made for programs that look at every number there could be (`select`), and would
/// turn people away long before `connections` does.
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        // Where it is refused (macOS has a limit beside this one), everything is as it was.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub fn raise() {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::process::{Resource, getrlimit};

    #[test]
    fn all_that_is_allowed_is_taken() {
        raise();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
