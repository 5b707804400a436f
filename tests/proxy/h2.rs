//! What is different over h2.

use bytes::Bytes;
use filters::endpoint::Dialect;

use super::desync::{connect, gateway};
use crate::fixtures::{ALICE, Ask};

#[test]
fn a_stream_that_the_vendor_cuts_ends_with_the_error_event_and_not_with_a_reset_that_overtakes_it() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut gateway = gateway(&certified, "!cut 5 !slow 10ms");
    gateway.bill_differs_because("it is estimated, with what may have been on its way");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let ask = Ask::stream(Dialect::Anthropic, "hello !length 20");
    let text = runtime.block_on(async {
        let mut client = connect(&gateway, certified.cert.der()).await.ready().await.unwrap();
        let request = http::Request::post("https://localhost/v1/messages")
            .header("x-api-key", ALICE)
            .header("content-type", "application/json");
        let (response, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data(Bytes::copy_from_slice(ask.body_bytes()), true).unwrap();
        let mut answer = response.await.unwrap().into_body();
        let mut text = Vec::new();
        while let Some(chunk) = answer.data().await {
            text.extend_from_slice(&chunk.unwrap());
        }
        String::from_utf8(text).unwrap()
    });

    assert!(text.contains("event: error\ndata: {"), "{text}");
    assert!(!text.contains("message_stop"), "a clean end: {text}");
}
