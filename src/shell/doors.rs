//! The listeners of the page, and of the way to it.
//!
//! **Invariant:** what somebody asked for by name is had, or the host does not start; what is only usual (port 80, IPv6) may be missing.

use super::config::keys::Settings;
use super::server::StartError;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tracing::{info, warn};

/// Open for connections.
pub(crate) struct Doors {
    /// To the page; more than one only when somebody handed more over.
    pub(crate) pages: Vec<TcpListener>,
    /// To whoever comes without TLS.
    pub(crate) redirect: Option<TcpListener>,
    /// Where the first of the pages is.
    pub(crate) page: SocketAddr,
}

impl Doors {
    /// Takes what a supervisor handed over (systemd's socket activation), and opens the rest.
    ///
    /// # Errors
    /// [`StartError::Page`] and [`StartError::Redirect`].
    pub(crate) async fn open(settings: &Settings, handed: Vec<std::net::TcpListener>) -> Result<Self, StartError> {
        let redirected = settings.redirected();
        let refused = |error| StartError::Page(settings.page(), error);
        let (mut pages, mut redirect) = (Vec::new(), None);
        for listener in handed {
            listener.set_nonblocking(true).map_err(refused)?;
            let listener = TcpListener::from_std(listener).map_err(refused)?;
            let port = listener.local_addr().map_err(refused)?.port();
            if redirected.is_some_and(|redirected| redirected.port() == port) {
                redirect = Some(listener);
            } else {
                pages.push(listener);
            }
        }
        if pages.is_empty() {
            pages.push(page(settings).await.map_err(refused)?);
        } else {
            info!(sockets = pages.len(), "the page's sockets were handed over; `listen` is not looked at");
        }
        let page = pages.first().map_or(Ok(settings.page()), TcpListener::local_addr).map_err(refused)?;
        if let (Some(wanted), None) = (redirected, &redirect) {
            redirect = self::redirect(wanted, settings.redirect.is_some()).await?;
        }
        Ok(Self { pages, redirect, page })
    }
}

async fn page(settings: &Settings) -> io::Result<TcpListener> {
    let wanted = settings.page();
    match TcpListener::bind(wanted).await {
        Err(error) if settings.listen.is_none() && is_without_ipv6(&error) => {
            TcpListener::bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), wanted.port())).await
        }
        done => done,
    }
}

async fn redirect(wanted: SocketAddr, by_name: bool) -> Result<Option<TcpListener>, StartError> {
    let listener = match TcpListener::bind(wanted).await {
        Err(error) if is_without_ipv6(&error) && wanted.ip().is_unspecified() => {
            TcpListener::bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), wanted.port())).await
        }
        done => done,
    };
    match listener {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if by_name => Err(StartError::Redirect(wanted, error)),
        Err(error) => {
            warn!(cause = %error.kind(), "port {} cannot be had: who does not type https:// may not find the page", wanted.port());
            Ok(None)
        }
    }
}

/// A machine whose kernel has no IPv6.
fn is_without_ipv6(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}
