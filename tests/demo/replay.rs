//! The replayer: bytes as recorded, and the deaths a connection can die.

use std::{io::Read, time::Duration};

use tollkeeper::demo::replay::{Cut, Delivery, Exchange, Replayer, Then};

fn exchange() -> Exchange {
    let headers = [("content-type", "text/event-stream"), ("content-length", "999"), ("content-encoding", "gzip")];
    Exchange {
        status: 201,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: "data: one\n\ndata: two\n\n".into(),
    }
}

/// What a client reads, and whether the end was as it should be.
fn read(replayer: &Replayer) -> (String, bool) {
    let mut response = super::agent().post(replayer.url()).send("a request").unwrap();
    let mut body = Vec::new();
    let end = response.body_mut().as_reader().read_to_end(&mut body);
    (String::from_utf8(body).unwrap(), end.is_ok())
}

#[test]
fn a_whole_exchange_arrives_byte_for_byte_whatever_the_chunks() {
    for chunk_bytes in [0, 1, 3, 1 << 20] {
        let replayer = Replayer::start(exchange(), Delivery { chunk_bytes, cut: None }).unwrap();

        let response = super::agent().get(format!("{}/any/path?x", replayer.url())).call().unwrap();

        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        assert_eq!(read(&replayer), ("data: one\n\ndata: two\n\n".to_owned(), true));
        assert_eq!(replayer.requests(), 2);
    }
}

#[test]
fn every_death_shows_what_came_before_it_and_no_clean_end() {
    for then in [Then::Close, Then::Reset, Then::Stall(Duration::from_millis(10))] {
        for (after_bytes, seen) in [(0, ""), (4, "data"), (99, "data: one\n\ndata: two\n\n")] {
            let delivery = Delivery { chunk_bytes: 2, cut: Some(Cut { after_bytes, then }) };

            let replayer = Replayer::start(exchange(), delivery).unwrap();

            assert_eq!(read(&replayer), (seen.to_owned(), false), "{then:?} after {after_bytes}");
        }
    }
}

#[test]
fn another_exchange_is_played_from_the_next_request_on() {
    let replayer = Replayer::start(exchange(), Delivery::default()).unwrap();
    read(&replayer);

    replayer.play(Exchange { body: "other".into(), ..exchange() }, Delivery::default());

    assert_eq!(read(&replayer), ("other".to_owned(), true));
}

#[test]
fn a_kept_connection_serves_many_requests_with_bodies_of_every_framing() {
    let replayer = Replayer::start(exchange(), Delivery::default()).unwrap();
    let agent = super::agent();

    for _ in 0..3 {
        agent.get(replayer.url()).call().unwrap().body_mut().read_to_vec().unwrap();
        agent.post(replayer.url()).send("with a length").unwrap().body_mut().read_to_vec().unwrap();
        let mut text = "in chunks".as_bytes();
        let chunked = ureq::SendBody::from_reader(&mut text);
        agent.post(replayer.url()).send(chunked).unwrap().body_mut().read_to_vec().unwrap();
    }

    assert_eq!(replayer.requests(), 9);
}
