//! The program ends when a core does.
//!
//! **Invariant:** a panic in the core is a mistake in it, and a host without its core would keep sockets open that nobody answers. So the program
//! ends, its supervisor starts it again, and the members bring their meetings back.

/// Held by a core's thread.
pub(crate) struct EndWithCore;

impl Drop for EndWithCore {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the core failed; the host ends");
            std::process::exit(70);
        }
    }
}
