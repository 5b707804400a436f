//! Nobody gets somebody else's answer. Stock Pingora writes the end of a chunked body twice when an h2 request ends with
//! an empty DATA frame; the second one becomes the beginning of the next stranger's request on that connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::fixtures::{ALICE, Ask, BOB, GPT, Setup, TestGateway};

/// Who asks honestly, each on a connection of their own.
const VICTIMS: usize = 8;

/// How often each of them asks. Stock Pingora fails 19 to 38 times in 4,000.
const QUESTIONS: usize = 100;

/// Connections whose every request ends with an empty DATA frame.
const ATTACKERS: usize = 4;

/// How long the vendor takes: long enough for a stray terminator to arrive before its answer.
const VENDOR: &str = "!delay 30ms";

#[test]
fn an_h2_body_that_ends_with_an_empty_frame_gives_no_stranger_a_wrong_answer() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let gateway = gateway(&certified, VENDOR);
    let (is_over, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));

    scope(|scope| {
        let gateway = &gateway;
        let attack = scope.spawn(|| attack(gateway, certified.cert.der(), &is_over, &attacks));
        let victims: Vec<_> = (0..VICTIMS).map(|victim| scope.spawn(move || ask(gateway, victim))).collect();
        let wrong: Vec<String> = victims.into_iter().flat_map(|victim| victim.join().unwrap()).collect();
        is_over.store(true, Ordering::Relaxed);
        attack.join().unwrap();
        assert!(wrong.is_empty(), "{} wrong answers of {}: {wrong:#?}", wrong.len(), VICTIMS * QUESTIONS);
    });

    let attacks = attacks.load(Ordering::Relaxed);
    assert!(attacks >= QUESTIONS, "only {attacks} attacks were answered");
    assert_eq!(gateway.charges().len(), VICTIMS * QUESTIONS + attacks);
}

/// A gateway behind TLS, in front of a vendor with a fault.
pub(super) fn gateway(certified: &rcgen::CertifiedKey<rcgen::KeyPair>, fault: &str) -> TestGateway {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    Setup::new().fault(fault).tls(&cert, &key).start()
}

/// Asks one question after the other, and returns the answers that were somebody else's.
fn ask(gateway: &TestGateway, victim: usize) -> Vec<String> {
    let mut connection = gateway.connect();
    let mut wrong = Vec::new();
    for number in 0..QUESTIONS {
        let text = format!("victim {victim} asks {number}");
        let answer = connection.send(&Ask::chat(GPT, &text).key(BOB));
        if answer.status != 200 || !answer.text().contains(&format!("{text}\"")) {
            wrong.push(format!("{text}: {answer:?}"));
        }
    }
    wrong
}

/// Attacks until it is over.
fn attack(gateway: &TestGateway, trusted: &CertificateDer<'static>, is_over: &AtomicBool, attacks: &AtomicUsize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let attackers = (0..ATTACKERS).map(|_| async {
        let mut client = connect(gateway, trusted).await;
        while !is_over.load(Ordering::Relaxed) {
            client = attack_once(client).await;
            attacks.fetch_add(1, Ordering::Relaxed);
        }
    });
    runtime.block_on(futures::future::join_all(attackers));
}

/// An h2 connection to the gateway's TLS listener.
pub(super) async fn connect(gateway: &TestGateway, trusted: &CertificateDer<'static>) -> SendRequest<Bytes> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(gateway.tls_address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "h2 is not offered");
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    // Ends with the runtime, and its errors show in the requests.
    tokio::spawn(async { drop(connection.await) });
    client
}

/// Sends a body in one DATA frame, its end in another, and reads the answer.
async fn attack_once(client: SendRequest<Bytes>) -> SendRequest<Bytes> {
    let request = http::Request::post("https://localhost/v1/chat/completions")
        .header("authorization", format!("Bearer {ALICE}"))
        .header("content-type", "application/json");
    let mut client = client.ready().await.unwrap();
    let (response, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
    body.send_data(Bytes::copy_from_slice(Ask::chat(GPT, "attacker").body_bytes()), false).unwrap();
    // A frame of its own on the wire, and not one that h2 has joined with the last.
    tokio::task::yield_now().await;
    body.send_data(Bytes::new(), true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    let mut answer = response.into_body();
    while let Some(chunk) = answer.data().await {
        let chunk = chunk.unwrap();
        answer.flow_control().release_capacity(chunk.len()).unwrap();
    }
    client
}
