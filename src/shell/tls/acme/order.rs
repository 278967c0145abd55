//! One order: account, names, proof, certificate.
//!
//! **Invariant:** the private key of a certificate is drawn here, for it alone, and the CA never has it.

use super::https::Https;
use super::trouble::{Limit, Trouble};
use super::{ACCOUNT, Acme};
use crate::shell::https::roots;
use instant_acme::{
    Account, AccountBuilder, AccountCredentials, AuthorizationHandle, AuthorizationStatus, ChallengeType, Identifier, NewAccount,
    NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use std::sync::Arc;
use std::time::Duration;

/// How a CA is asked whether it is done: at once, then less and less often.
const ASKING: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).backoff(1.5).timeout(Duration::from_secs(120));

impl Acme {
    /// Chain and key as PEM.
    pub(super) async fn order(&self) -> Result<String, Trouble> {
        let limit = Limit::default();
        let trouble = |error| Trouble::of(error, &limit);
        let account = self.account(&limit).await?;
        let names: Vec<Identifier> = self.names.iter().map(|name| Identifier::Dns(name.as_str().to_owned())).collect();
        let ordered = account.new_order(&NewOrder::new(&names)).await.map_err(trouble);
        if matches!(ordered, Err(Trouble::Forgotten)) {
            self.state.remove(ACCOUNT);
        }
        let mut order = ordered?;
        self.prove(&mut order, &limit).await?;
        if order.poll_ready(&ASKING).await.map_err(trouble)? != OrderStatus::Ready {
            return Err(why_not(&mut order, &limit).await);
        }
        let key = KeyPair::generate().map_err(machine)?;
        let names: Vec<String> = self.names.iter().map(|name| name.as_str().to_owned()).collect();
        let mut params = CertificateParams::new(names).map_err(machine)?;
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key).map_err(machine)?;
        order.finalize_csr(request.der()).await.map_err(trouble)?;
        let chain = order.poll_certificate(&ASKING).await.map_err(trouble)?;
        Ok(format!("{}\n{}", chain.trim_end(), key.serialize_pem()))
    }

    async fn account(&self, limit: &Limit) -> Result<Account, Trouble> {
        let trouble = |error| Trouble::of(error, limit);
        let kept = self.state.read(ACCOUNT).and_then(|text| serde_json::from_str::<AccountCredentials>(&text).ok());
        if let Some(credentials) = kept {
            return self.client(limit)?.from_credentials(credentials).await.map_err(trouble);
        }
        let contact: Vec<String> = self.contact.iter().map(|mail| mail.url()).collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        // `--help` says that serving a domain means this.
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let created = self.client(limit)?.create(&new, self.directory.as_str().to_owned(), None).await;
        let (account, credentials) = created.map_err(trouble)?;
        self.state.write(ACCOUNT, &serde_json::to_string(&credentials).map_err(machine)?)?;
        Ok(account)
    }

    fn client(&self, limit: &Limit) -> Result<AccountBuilder, Trouble> {
        let roots = roots(self.roots.as_deref(), "--acme-ca").map_err(Trouble::Machine)?;
        let https = Https::new(roots, limit.clone()).map_err(machine)?;
        Ok(Account::builder_with_http(Box::new(https)))
    }

    /// Puts the answers where the CA will look, and tells it to look.
    async fn prove(&self, order: &mut Order, limit: &Limit) -> Result<(), Trouble> {
        let trouble = |error| Trouble::of(error, limit);
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(trouble)?;
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                _ => return Err(Trouble::Unverified("it holds a failure of before against us".into())),
            }
            let mut challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or(Trouble::NoWay)?;
            let name = challenge.identifier().to_string();
            let answer = answer(&name, challenge.key_authorization().digest().as_ref())?;
            self.certificates.put_challenge(name, Arc::new(answer));
            challenge.set_ready().await.map_err(trouble)?;
        }
        Ok(())
    }
}

/// The certificate that proves a name: the digest in an extension, signed by nobody (RFC 8737 §3).
fn answer(name: &str, digest: &[u8]) -> Result<CertifiedKey, Trouble> {
    let key = KeyPair::generate().map_err(machine)?;
    let mut params = CertificateParams::new([name.to_owned()]).map_err(machine)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(machine)?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(machine)?;
    Ok(CertifiedKey::new(vec![certificate.der().clone()], any_supported_type(&private).map_err(machine)?))
}

/// What the CA holds against us: it stands in the challenge that failed.
async fn why_not(order: &mut Order, limit: &Limit) -> Trouble {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if let Some(problem) = failure(&mut authorization).await {
            return Trouble::of(instant_acme::Error::Api(problem), limit);
        }
    }
    Trouble::Unverified("it does not say why".into())
}

async fn failure(authorization: &mut AuthorizationHandle<'_>) -> Option<instant_acme::Problem> {
    let state = authorization.refresh().await.ok()?;
    state.challenges.iter().find_map(|challenge| challenge.error.clone())
}

fn machine(error: impl std::fmt::Display) -> Trouble {
    Trouble::Machine(error.to_string())
}
