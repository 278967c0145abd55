//! What the DNS says of the host's names.
//!
//! **Invariant:** a name is good only if it leads to this machine, or to an address that the settings name.

use super::report::{Report, Verdict};
use crate::shell::addresses::{entered, is_public, of_this_machine};
use crate::shell::config::keys::Settings;
use std::net::IpAddr;

/// Looks every name up.
pub(crate) async fn look(settings: &Settings, report: &mut Report) {
    let own = of_this_machine(true, false);
    for domain in &settings.domain {
        let name = domain.as_str();
        let mut found: Vec<IpAddr> = entered(domain).await.iter().map(IpAddr::to_canonical).collect();
        found.sort();
        found.dedup();
        if found.is_empty() {
            report.add(name, Verdict::Mend(nothing_entered(&own)));
        }
        for address in found {
            report.add(&format!("{name} → {address}"), leads(address, &own, &settings.public_address));
        }
    }
}

fn nothing_entered(own: &[IpAddr]) -> String {
    let public: Vec<String> = own.iter().filter(|address| is_public(**address)).map(ToString::to_string).collect();
    let whose = if public.is_empty() { "the public address of your network".to_owned() } else { public.join(" and ") };
    format!(
        "no address is found for it. Where you registered the domain, enter an A record (AAAA for IPv6) with {whose}; it can take an hour"
    )
}

fn leads(address: IpAddr, own: &[IpAddr], named: &[IpAddr]) -> Verdict {
    if address.is_loopback() {
        return Verdict::Unknown(
            "is this machine's own word for itself (/etc/hosts); what others get is seen only from elsewhere".into(),
        );
    }
    match (own.contains(&address) || named.contains(&address), is_public(address)) {
        (true, true) => Verdict::Good("leads here".into()),
        (true, false) => Verdict::Unknown("leads here from the local network; nobody on the internet can reach it".into()),
        (false, _) => Verdict::Unknown(format!(
            "is not this machine. Right if it is a router in front that leads its ports to {}; if not, correct the DNS entry",
            own.first().map_or_else(|| "this machine".to_owned(), ToString::to_string)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_good_only_if_it_leads_here() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let own = [ip("203.0.113.7"), ip("10.0.0.7")];
        assert!(matches!(leads(ip("203.0.113.7"), &own, &[]), Verdict::Good(_)));
        assert!(matches!(leads(ip("198.51.100.1"), &own, &[ip("198.51.100.1")]), Verdict::Good(_)), "it was named");
        assert!(matches!(leads(ip("198.51.100.1"), &own, &[]), Verdict::Unknown(words) if words.contains("203.0.113.7")));
        assert!(matches!(leads(ip("10.0.0.7"), &own, &[]), Verdict::Unknown(words) if words.contains("local network")));
        assert!(matches!(leads(ip("127.0.1.1"), &own, &[]), Verdict::Unknown(_)));
        assert!(nothing_entered(&own).contains("with 203.0.113.7;"));
    }
}
