//! Where a deployment is reached: `api_base` in LiteLLM's spelling, taken apart.
//!
//! LiteLLM's addresses of OpenAI-compatible servers end in `/v1`, and Gemini's in `/v1beta`; ours are what stands in
//! front of the vendor's own `/v1/…`. So that ending is taken off, except for Azure, whose paths have none.

use filters::state::catalog::{ApiBase, ProviderKind};
use url::{Host, Url};

use crate::config::section::{Placed, Section};

/// The address of a deployment, or a complaint. The address is not repeated in one: it may carry a password.
pub(super) fn api_base(params: Section<'_>, kind: ProviderKind) -> Option<ApiBase> {
    let typed = params.placed("api_base").or_else(|| params.placed("base_url"));
    let Some(typed) = typed else { return default_base(params, kind) };
    let base = parse(&typed.value, kind);
    match &base {
        Err(reason) => params.complain(&typed.place, format!("`api_base` {reason}")),
        Ok(base) => warn_of_clear_text(params, &typed, base),
    }
    base.ok()
}

fn default_base(params: Section<'_>, kind: ProviderKind) -> Option<ApiBase> {
    if params.has("api_base") || params.has("base_url") {
        return None;
    }
    let Some(base) = kind.default_base() else {
        params.complain(params.place(), format!("`{}` needs an `api_base`", kind.name()));
        return None;
    };
    Some(parse(base, kind).expect("the providers' own addresses can be read"))
}

fn parse(text: &str, kind: ProviderKind) -> Result<ApiBase, &'static str> {
    let url = Url::parse(text).map_err(|_| "is no address such as https://api.example.com")?;
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err("must begin with https:// or http://"),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a name or a password: that is what `api_key` is for");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the path: there is `api_version` for Azure");
    }
    let host = url.host_str().ok_or("names no host")?.to_owned();
    let port = url.port_or_known_default().ok_or("names no port")?;
    Ok(ApiBase { tls, host, port, path_prefix: path_prefix(url.path(), kind)? })
}

fn path_prefix(path: &str, kind: ProviderKind) -> Result<String, &'static str> {
    const ENDPOINTS: [&str; 5] = ["/chat/completions", "/completions", "/messages", "/responses", "/embeddings"];
    let path = path.trim_end_matches('/');
    if ENDPOINTS.iter().any(|endpoint| path.ends_with(endpoint)) {
        return Err("must be what stands in front of /v1/…, without the endpoint");
    }
    let stripped = match kind {
        ProviderKind::Azure => None,
        ProviderKind::Gemini => path.strip_suffix("/v1beta").or_else(|| path.strip_suffix("/v1")),
        _ => path.strip_suffix("/v1"),
    };
    Ok(stripped.unwrap_or(path).trim_end_matches('/').to_owned())
}

fn warn_of_clear_text(params: Section<'_>, typed: &Placed, base: &ApiBase) {
    let is_near = match Url::parse(&typed.value).ok().and_then(|url| url.host().map(|host| host.to_owned())) {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
        // A name without a dot is resolved on this machine or in its container network.
        Some(Host::Domain(name)) => !name.contains('.'),
        None => false,
    };
    if !base.tls && !is_near && params.has("api_key") {
        params.warn(&typed.place, "`api_base` is plain http: the credential and every prompt travel in the clear");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(tls: bool, host: &str, port: u16, path_prefix: &str) -> ApiBase {
        ApiBase { tls, host: host.into(), port, path_prefix: path_prefix.into() }
    }

    #[test]
    fn what_is_no_address_of_a_vendor_is_refused() {
        for text in [
            "",
            "api.openai.com/v1",
            "ftp://x",
            "https://user:secret@x/v1",
            "https://x/v1?key=1",
            "https://x/v1#a",
            "https://x/v1/chat/completions",
            "https://",
        ] {
            let refused = parse(text, ProviderKind::OpenAi);
            assert!(refused.is_err(), "{text}");
            assert!(!refused.unwrap_err().contains("secret"));
        }
    }

    #[test]
    fn the_version_at_the_end_is_taken_off_once() {
        use ProviderKind::{Azure, Gemini, Groq, OpenAiCompatible, Vllm};
        for (text, kind, expected) in [
            ("http://127.0.0.1:8000/v1", Vllm, base(false, "127.0.0.1", 8000, "")),
            ("http://gpu:8000/v1/", Vllm, base(false, "gpu", 8000, "")),
            ("https://api.groq.com/openai/v1", Groq, base(true, "api.groq.com", 443, "/openai")),
            ("https://x.example/v1/v1", OpenAiCompatible, base(true, "x.example", 443, "/v1")),
            ("https://x.example/api/v10", OpenAiCompatible, base(true, "x.example", 443, "/api/v10")),
            ("https://g.example/v1beta", Gemini, base(true, "g.example", 443, "")),
            ("https://me.openai.azure.com/", Azure, base(true, "me.openai.azure.com", 443, "")),
            ("https://me.example/v1", Azure, base(true, "me.example", 443, "/v1")),
            ("http://[::1]:9/", Vllm, base(false, "[::1]", 9, "")),
        ] {
            assert_eq!(parse(text, kind), Ok(expected), "{text}");
        }
    }

    #[test]
    fn every_providers_own_address_can_be_read() {
        for kind in ProviderKind::ALL {
            if let Some(text) = kind.default_base() {
                assert!(parse(text, kind).is_ok(), "{text}");
            }
        }
    }
}
