//! TLS spoken by the server itself, to a client that trusts one certificate only.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use dai_ly_thu::http::Edge;
use dai_ly_thu::http::tls::{Certificate, TlsError, TlsFiles};

use crate::app::TestApp;
use crate::both;
use crate::support::Backend;

both!(answers_come_over_tls);

fn files(folder: &Path) -> TlsFiles {
    TlsFiles { chain: folder.join("chain.pem"), key: folder.join("key.pem") }
}

/// Writes a new certificate, as if in the minute after the one before it.
fn issue(files: &TlsFiles, minute: u64) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minute);
    for (path, pem) in [(&files.chain, cert.pem()), (&files.key, signing_key.serialize_pem())] {
        let mut file = File::create(path).expect("a file");
        file.write_all(pem.as_bytes()).and_then(|()| file.set_modified(at)).expect("a file");
    }
    cert.der().clone()
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Somebody who trusts this certificate and offers these protocols.
fn connect(addr: SocketAddr, trusted: &CertificateDer<'static>, protocols: &[&[u8]]) -> Stream {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    let name = "localhost".try_into().expect("a name");
    let client = ClientConnection::new(Arc::new(config), name).expect("a client");
    StreamOwned::new(client, TcpStream::connect(addr).expect("a connection"))
}

fn ask(stream: &mut Stream) -> std::io::Result<String> {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn answers_come_over_tls(backend: Backend) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files(folder.path());
    let first = issue(&files, 1);
    let tls = Some(Arc::new(Certificate::open(files.clone()).expect("a certificate")));
    let app = TestApp::start_behind(backend, Edge { tls, ..Edge::default() });
    assert!(app.base.starts_with("https://"), "{}", app.base);

    let answer = ask(&mut connect(app.addr, &first, &[b"http/1.1"])).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    let mut modern = connect(app.addr, &first, &[b"h2", b"http/1.1"]);
    modern.conn.complete_io(&mut modern.sock).expect("a handshake");
    assert_eq!(modern.conn.alpn_protocol(), Some(&b"h2"[..]));

    // Renewed while it runs: half of it is not used, all of it at once.
    let key = std::fs::read(&files.key).expect("a key");
    let second = issue(&files, 2);
    let renewed_key = std::fs::read(&files.key).expect("a key");
    std::fs::write(&files.key, key).expect("the key before it");
    ask(&mut connect(app.addr, &first, &[])).expect("the certificate before it");
    std::fs::write(&files.key, renewed_key).expect("the key");
    File::open(&files.key).and_then(|it| it.set_modified(SystemTime::UNIX_EPOCH)).expect("a time");
    ask(&mut connect(app.addr, &second, &[])).expect("the renewed certificate");
    assert!(ask(&mut connect(app.addr, &first, &[])).is_err());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files(folder.path());
    issue(&files, 1);
    let chain = std::fs::read(&files.chain).expect("a certificate");
    issue(&files, 2);
    std::fs::write(&files.chain, chain).expect("the certificate before it");
    assert!(matches!(Certificate::open(files.clone()), Err(TlsError::Strangers(_))));
    std::fs::write(&files.key, "no key").expect("a file");
    assert!(matches!(Certificate::open(files.clone()), Err(TlsError::File { .. })));
    std::fs::write(&files.chain, "").expect("a file");
    assert!(matches!(Certificate::open(files), Err(TlsError::File { .. })));
}
