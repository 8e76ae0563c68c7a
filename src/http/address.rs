//! Where a request comes from. Behind a proxy every connection is the proxy's own; what it says of the
//! caller is believed when it was named with `--trusted-proxy`, and nobody else is believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::X_FORWARDED_FOR;
use actix_web::web::Data;
use ipnet::IpNet;

/// The networks whose word on a caller's address is taken.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

/// The text is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no address or network like 10.0.0.0/8")]
pub struct NoNetwork(String);

impl Proxies {
    /// Adds a network, `10.0.0.0/8`, or a single address.
    ///
    /// # Errors
    /// [`NoNetwork`].
    pub fn trust(&mut self, network: &str) -> Result<(), NoNetwork> {
        let single = || network.parse().map(|address: IpAddr| address.to_canonical().into());
        let parsed = IpNet::from_str(network).or_else(|_| single());
        self.0.push(parsed.map_err(|_| NoNetwork(network.to_owned()))?);
        Ok(())
    }

    /// The caller's address: the peer's, unless the peer is trusted. Then the last address forwarded that is
    /// not itself trusted; what stands before it anybody may have written. `forwarded` are the values of
    /// `X-Forwarded-For` in their order. An address of IPv4 within IPv6 is one of IPv4.
    #[must_use]
    pub fn caller<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut caller = peer.to_canonical();
        for hop in forwarded.rev().flat_map(|value| value.rsplit(',')) {
            if !self.trusts(caller) {
                break;
            }
            match read(hop.trim()) {
                Some(address) => caller = address,
                None => break,
            }
        }
        caller
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
fn read(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let address = bare.or_else(|| hop.parse().ok().map(|with_port: SocketAddr| with_port.ip()));
    address.map(|it: IpAddr| it.to_canonical())
}

/// Where this request comes from. A request without a connection comes from nowhere, `0.0.0.0`.
#[must_use]
pub fn of(req: &HttpRequest) -> IpAddr {
    let peer = req.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    let forwarded: Vec<&str> =
        req.headers().get_all(X_FORWARDED_FOR).map(|it| it.to_str().unwrap_or("?")).collect();
    match req.app_data::<Data<Proxies>>() {
        Some(proxies) => proxies.caller(peer, forwarded.into_iter()),
        None => peer.to_canonical(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(peer: &str, forwarded: &[&str]) -> String {
        let mut proxies = Proxies::default();
        for network in ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"] {
            proxies.trust(network).unwrap();
        }
        proxies.caller(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(caller("203.0.113.5", &[]), "203.0.113.5");
        assert_eq!(caller("203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
        assert_eq!(caller("192.0.2.8", &["198.51.100.1"]), "192.0.2.8");
    }

    #[test]
    fn a_trusted_proxy_is() {
        assert_eq!(caller("10.1.1.1", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(caller("192.0.2.7", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(caller("2001:db8::1", &["2400:cb00::9"]), "2400:cb00::9");
    }

    #[test]
    fn what_the_caller_wrote_himself_is_not() {
        assert_eq!(caller("10.1.1.1", &["127.0.0.1, 203.0.113.5"]), "203.0.113.5");
        assert_eq!(caller("10.1.1.1", &["127.0.0.1", "203.0.113.5, 10.2.2.2"]), "203.0.113.5");
        assert_eq!(caller("10.1.1.1", &["203.0.113.5, 10.3.3.3, 10.2.2.2"]), "203.0.113.5");
    }

    #[test]
    fn who_is_unknown_has_the_last_known_address() {
        assert_eq!(caller("10.1.1.1", &[]), "10.1.1.1");
        assert_eq!(caller("10.1.1.1", &["unknown"]), "10.1.1.1");
        assert_eq!(caller("10.1.1.1", &["203.0.113.5, , 10.2.2.2"]), "10.2.2.2");
        assert_eq!(caller("10.1.1.1", &["10.3.3.3, 10.2.2.2"]), "10.3.3.3");
    }

    #[test]
    fn an_address_is_known_however_it_is_written() {
        assert_eq!(caller("::ffff:10.1.1.1", &["::ffff:203.0.113.5"]), "203.0.113.5");
        assert_eq!(caller("10.1.1.1", &["203.0.113.5:4711"]), "203.0.113.5");
        assert_eq!(caller("10.1.1.1", &["[2400:cb00::9]:443"]), "2400:cb00::9");
        assert_eq!(caller("10.1.1.1", &["[2400:cb00::9]"]), "2400:cb00::9");
    }

    #[test]
    fn a_network_is_a_network() {
        for wrong in ["", "10.0.0.0/33", "proxy.example", "*"] {
            assert!(Proxies::default().trust(wrong).is_err(), "{wrong}");
        }
    }
}
