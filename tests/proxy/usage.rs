//! Vendors that lie about what was used, or do not say.

use filters::endpoint::Dialect;
use filters::money::NanoUsd;

use crate::fixtures::{ALICE, Ask, CAROL, Charge, GPT, Setup, TestGateway};

const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

/// The charges of a whole and a streamed answer in each dialect, and what the vendor really used for it.
fn charges_with(words: &str) -> Vec<(Charge, NanoUsd)> {
    let asks = DIALECTS.into_iter().flat_map(|dialect| [Ask::plain(dialect, words), Ask::stream(dialect, words)]);
    asks.map(|ask| {
        let mut gateway = TestGateway::new();
        gateway.bill_differs_because("the vendor lies");
        gateway.send(&ask.key(ALICE)).ok();
        (gateway.charge(), gateway.billed())
    })
    .collect()
}

#[test]
fn usage_that_is_not_reported_is_estimated() {
    for (charge, billed) in charges_with("!usage none !length 30") {
        assert!(charge.is_estimated && !charge.is_unbelievable, "{charge:?}");
        assert!(charge.cost >= billed, "{charge:?} is less than ${billed}");
        assert!(charge.cost.0 < 20 * billed.0, "{charge:?} is far more than ${billed}");
    }
}

#[test]
fn usage_that_cannot_be_is_estimated_and_flagged() {
    for lie in ["negative", "huge", "string"] {
        for (charge, billed) in charges_with(&format!("!usage {lie} !length 30")) {
            assert!(charge.is_estimated && charge.is_unbelievable, "{lie}: {charge:?}");
            assert!(charge.cost >= billed, "{lie}: {charge:?} is less than ${billed}");
            assert!(charge.cost.0 < 20 * billed.0, "{lie}: {charge:?} is far more than ${billed}");
        }
    }
}

#[test]
fn usage_that_is_reported_too_high_is_what_will_be_billed() {
    for (charge, billed) in charges_with("!usage double 3 !length 30") {
        assert!(!charge.is_estimated, "{charge:?}");
        assert_eq!(charge.cost.0, 3 * billed.0, "{charge:?}");
    }
}

/// How the books call the account of [`CAROL`]'s key.
fn carol_hash() -> String {
    filters::state::identity::KeyHash::of(CAROL).to_string()
}

#[test]
fn a_vendor_that_bills_more_than_can_be_takes_no_account_past_its_cap() {
    let mut gateway = Setup::new().carol("max_budget: 0.001").start();
    gateway.bill_differs_because("the vendor lies");

    gateway.send(&Ask::chat(GPT, "!usage double 1000").key(CAROL)).ok();

    let charged: NanoUsd = gateway.charges().iter().map(|charge| charge.cost).sum();
    assert_eq!(charged, NanoUsd(gateway.billed().0 * 1000), "{:?}", gateway.charges());
    let spent = gateway.spent("key", &carol_hash());
    assert!(spent <= NanoUsd::parse("0.001").unwrap(), "the account paid ${spent}");
    assert_eq!(spent + gateway.metrics().money("tollkeeper_overrun_usd_total"), charged);
}
