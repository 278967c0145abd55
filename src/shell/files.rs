//! The client's files, put into the program at build time.
//!
//! **Invariant:** a path is served because it is in this table and for no other reason: no file system is looked at.

/// One file.
pub(crate) struct File {
    /// As asked for, with the leading slash.
    pub(crate) path: &'static str,
    /// Changes when the file does.
    pub(crate) tag: &'static str,
    /// As it is.
    pub(crate) plain: &'static [u8],
    /// Compressed with Brotli.
    pub(crate) brotli: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/client_files.rs"));

/// What is served at `/` by a host that was built without its client.
static WITHOUT_CLIENT: File = File {
    path: "/index.html",
    tag: "without-client",
    plain: b"<!doctype html><html lang=en><meta charset=utf-8><title>Incamera</title>\
        <p>This host was built without its browser client. Build and start it with <code>cargo xtask run</code>.</p>",
    brotli: None,
};

/// All of the client; empty if the program was built without.
pub(crate) fn all() -> &'static [File] {
    FILES
}

/// The file at a path, if there is one. The page itself is at two: what it shows at the second is the doctor. Browsers ask for the third by
/// themselves where a page names no icon, as their own view of a text or a picture does not.
pub(crate) fn at(path: &str) -> Option<&'static File> {
    let path = match path {
        "/" | "/doctor" => "/index.html",
        "/favicon.ico" => "/icon-192.png",
        path => path,
    };
    let embedded = FILES.iter().find(|file| file.path == path);
    embedded.or_else(|| (path == WITHOUT_CLIENT.path).then_some(&WITHOUT_CLIENT))
}

impl File {
    /// By the end of the name. Browsers refuse scripts and WebAssembly under any other name.
    pub(crate) fn content_type(&self) -> &'static str {
        match self.path.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "wasm" => "application/wasm",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "webp" => "image/webp",
            "woff2" => "font/woff2",
            "json" => "application/json",
            "webmanifest" => "application/manifest+json",
            "txt" | "ftl" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_what_each_file_is() {
        for (path, kind) in [
            ("/manifest.webmanifest", "application/manifest+json"),
            ("/sw.js", "text/javascript; charset=utf-8"),
            ("/offline.html", "text/html; charset=utf-8"),
            ("/icon-192.png", "image/png"),
            ("/locales/fr.ftl", "text/plain; charset=utf-8"),
            ("/client_bg.wasm", "application/wasm"),
            ("/unknown", "application/octet-stream"),
        ] {
            assert_eq!(File { path, tag: "", plain: b"", brotli: None }.content_type(), kind, "{path}");
        }
    }
}
