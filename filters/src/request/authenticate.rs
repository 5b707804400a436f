//! Step 2: whose key is this? Runs before the body is read, so a stranger costs us no buffer.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use pingora::http::RequestHeader;
use subtle::ConstantTimeEq;

use crate::denial::Denial;
use crate::principal::Principal;
use crate::state::State;
use crate::state::identity::{Identity, KeyHash, UserId};

/// The user that the master key acts as.
pub const MASTER_USER: &str = "default_user_id";

/// Headers a key may come in, beside `Authorization`. A configured one comes on top.
const KEY_HEADERS: [&str; 5] =
    ["x-api-key", "api-key", "x-goog-api-key", "x-litellm-api-key", "ocp-apim-subscription-key"];

/// Whose request this is. `gemini_key` allows the key in the query, where Gemini's clients put it.
pub fn principal(state: &State, head: &RequestHeader, gemini_key: bool, now: Timestamp) -> Result<Principal, Denial> {
    let query = head.uri.query().filter(|_| gemini_key).unwrap_or_default();
    let custom = state.settings().key_header_name.clone();
    let secret = presented(&head.headers, custom.as_deref(), query)?.ok_or(Denial::NoKey)?;
    identify(state, secret, now)
}

/// The one secret that was presented, wherever it was; two different ones are refused, as nobody could say which counts.
fn presented<'a>(headers: &'a HeaderMap, custom: Option<&str>, query: &'a str) -> Result<Option<&'a str>, Denial> {
    let mut found = None;
    for secret in query.split('&').filter_map(|pair| pair.strip_prefix("key=")) {
        note(&mut found, secret)?;
    }
    let names = KEY_HEADERS.into_iter().chain(custom).map(|name| (name, false));
    for (name, is_authorization) in names.chain([(AUTHORIZATION.as_str(), true)]) {
        for value in headers.get_all(name) {
            let value = value.to_str().map_err(|_| Denial::MalformedKey)?.trim();
            let secret = match bearer(value) {
                Some(secret) => secret,
                None if is_authorization => return Err(Denial::MalformedKey),
                None => value,
            };
            note(&mut found, secret)?;
        }
    }
    Ok(found)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// Notes a secret that was presented; an empty one is none.
fn note<'a>(found: &mut Option<&'a str>, secret: &'a str) -> Result<(), Denial> {
    match *found {
        _ if secret.is_empty() => Ok(()),
        Some(other) if other != secret => Err(Denial::TwoCredentials),
        _ => {
            *found = Some(secret);
            Ok(())
        }
    }
}

/// The principal of a secret. Only digests are compared, and the master's in constant time.
fn identify(state: &State, secret: &str, now: Timestamp) -> Result<Principal, Denial> {
    let hash = KeyHash::of(secret);
    let identity = state.identity();
    if bool::from(hash.0.ct_eq(&state.settings().master_key.0)) {
        return Ok(master(&identity));
    }
    if !secret.starts_with("sk-") {
        return Err(Denial::MalformedKey);
    }
    let key = identity.keys.get(&hash).cloned().ok_or(Denial::UnknownKey)?;
    if key.object.allowance.blocked {
        return Err(Denial::Blocked { what: "Key".into(), unblock: "/key/unblock" });
    }
    if let Some(at) = key.object.expires_at.filter(|at| *at <= now) {
        return Err(Denial::ExpiredKey { at, now });
    }
    complete(&identity, key)
}

fn master(identity: &Identity) -> Principal {
    let user = identity.users.get(&UserId::from(MASTER_USER)).cloned();
    Principal { key: None, team: None, user, organization: None }
}

/// Finds the team, user and organization of a key. A key whose team or user is gone is an orphan, and refused.
fn complete(
    identity: &Identity,
    key: std::sync::Arc<crate::state::identity::Entry<crate::state::identity::Key>>,
) -> Result<Principal, Denial> {
    let object = &key.object;
    let team = object.team.as_ref().map(|id| identity.teams.get(id).cloned().ok_or(Denial::UnknownKey)).transpose()?;
    let user = object.user.as_ref().map(|id| identity.users.get(id).cloned().ok_or(Denial::UnknownKey)).transpose()?;
    let organization_id =
        team.as_ref().and_then(|team| team.object.organization.clone()).or_else(|| object.organization.clone());
    let organization =
        organization_id.map(|id| identity.organizations.get(&id).cloned().ok_or(Denial::UnknownKey)).transpose()?;
    let principal = Principal { team, user, organization, key: Some(key) };
    check_blocked(&principal)?;
    Ok(principal)
}

fn check_blocked(principal: &Principal) -> Result<(), Denial> {
    if let Some(team) = principal.team.as_ref().filter(|team| team.object.allowance.blocked) {
        return Err(Denial::Blocked { what: format!("Team={}", team.object.alias), unblock: "/team/unblock" });
    }
    if let Some(user) = principal.user.as_ref().filter(|user| user.object.allowance.blocked) {
        return Err(Denial::Blocked { what: format!("User={}", user.object.id), unblock: "/user/unblock" });
    }
    if let Some(organization) = principal.organization.as_ref().filter(|entry| entry.object.allowance.blocked) {
        return Err(Denial::Blocked {
            what: format!("Organization={}", organization.object.alias),
            unblock: "/organization/unblock",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_key_is_found_in_each_header_that_clients_use() {
        for pair in [
            ("authorization", "Bearer sk-1"),
            ("authorization", "bearer  sk-1"),
            ("x-api-key", "sk-1"),
            ("x-api-key", "Bearer sk-1"),
            ("api-key", "sk-1"),
            ("x-goog-api-key", "sk-1"),
            ("x-litellm-api-key", "sk-1"),
            ("x-our-key", "sk-1"),
        ] {
            assert_eq!(presented(&headers(&[pair]), Some("x-our-key"), "").unwrap(), Some("sk-1"), "{pair:?}");
        }
        assert_eq!(presented(&headers(&[]), None, "key=sk-1").unwrap(), Some("sk-1"));
        assert_eq!(presented(&headers(&[("cookie", "key=sk-1"), ("x-our-key", "sk-1")]), None, "").unwrap(), None);
    }

    #[test]
    fn two_different_keys_are_refused_and_the_same_twice_is_not() {
        let two = headers(&[("authorization", "Bearer sk-1"), ("x-api-key", "sk-2")]);
        assert!(matches!(presented(&two, None, ""), Err(Denial::TwoCredentials)));
        let doubled = headers(&[("x-api-key", "sk-1"), ("x-api-key", "sk-2")]);
        assert!(matches!(presented(&doubled, None, ""), Err(Denial::TwoCredentials)));
        assert!(matches!(
            presented(&headers(&[("x-api-key", "sk-1")]), None, "alt=sse&key=sk-2"),
            Err(Denial::TwoCredentials)
        ));
        assert!(matches!(presented(&headers(&[]), None, "key=sk-1&key=sk-2"), Err(Denial::TwoCredentials)));
        let same = headers(&[("authorization", "Bearer sk-1"), ("x-api-key", "sk-1")]);
        assert_eq!(presented(&same, None, "").unwrap(), Some("sk-1"));
    }

    #[test]
    fn a_bare_or_foreign_authorization_is_malformed() {
        for value in ["sk-1", "Basic c2stMQ==", "Token sk-1", ""] {
            assert!(
                matches!(presented(&headers(&[("authorization", value)]), None, ""), Err(Denial::MalformedKey)),
                "{value}"
            );
        }
    }
}
