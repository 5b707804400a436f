//! `tollkeeper demo`: the main job on a bare machine, with nothing to install and nobody to ask.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::{Failure, environment, serve};
use crate::demo::{Options, Vendor};
use crate::server;

/// The config of the demo: also an example of a config.
const CONFIG: &str = include_str!("../../conf/examples/demo.yaml");

/// The credential the built-in vendor accepts. Not a secret: it opens nothing else.
const VENDOR_KEY: &str = "demo-vendor-credential";

/// Starts the vendor and the gateway, and prints how to talk to them; with a `config` of the caller's, only where they
/// listen, because only the caller knows its keys and models.
pub(super) fn run(listen: SocketAddr, state: Option<&Path>, config: Option<&Path>) -> Result<(), Failure> {
    let temporary = tempfile::tempdir()?;
    let folder = state.unwrap_or(temporary.path());
    std::fs::create_dir_all(folder)?;
    let vendor_address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options { expected_credential: Some(VENDOR_KEY.into()), ..Options::default() };
    let vendor = Vendor::start(vendor_address, options)?;
    let keys = Keys::kept_in(folder)?;
    let variables = |name: &str| variable(name, &vendor, &keys, listen, folder).or_else(|| environment(name));
    let Some(config) = config else {
        let resolved = serve::load(&own_config(folder)?, &variables)?;
        return Ok(server::serve(resolved, Box::new(Announcement { keys }))?);
    };
    Ok(server::serve(serve::load(config, &variables)?, Box::new(io::stderr()))?)
}

/// The demo's own config, written out for people to look at.
fn own_config(folder: &Path) -> io::Result<PathBuf> {
    let file = folder.join("demo.yaml");
    std::fs::write(&file, CONFIG)?;
    Ok(file)
}

/// What the command knows and a config may use.
fn variable(name: &str, vendor: &Vendor, keys: &Keys, listen: SocketAddr, folder: &Path) -> Option<String> {
    Some(match name {
        "DEMO_LISTEN" => listen.to_string(),
        "DEMO_VENDOR" => vendor.url(),
        "DEMO_VENDOR_KEY" => VENDOR_KEY.to_owned(),
        "DEMO_MASTER_KEY" => keys.master.clone(),
        "DEMO_ALICE_KEY" => keys.alice.clone(),
        "DEMO_DATABASE" => folder.join("demo.db").display().to_string(),
        _ => return None,
    })
}

/// The two keys of a demo. Kept beside its books, so that a demo that is started again knows them.
struct Keys {
    master: String,
    alice: String,
}

impl Keys {
    fn kept_in(folder: &Path) -> io::Result<Self> {
        Ok(Self { master: key(folder.join("master.key"))?, alice: key(folder.join("pilot-alice.key"))? })
    }
}

/// The key in a file, made if it is not there.
fn key(file: PathBuf) -> io::Result<String> {
    if let Ok(kept) = std::fs::read_to_string(&file) {
        return Ok(kept.trim().to_owned());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let secret = format!("sk-{}", hex::encode(random));
    std::fs::write(file, &secret)?;
    Ok(secret)
}

/// Turns `listening on URL` into what a newcomer can paste.
struct Announcement {
    keys: Keys,
}

impl Write for Announcement {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(lines)?;
        let text = String::from_utf8_lossy(lines);
        if let Some(url) = text.lines().find_map(|line| line.strip_prefix("listening on ")) {
            io::stdout().write_all(self.invitation(url).as_bytes())?;
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

impl Announcement {
    fn invitation(&self, url: &str) -> String {
        let Keys { master, alice } = &self.keys;
        format!(
            r#"
Tollkeeper is running with a built-in vendor: nothing leaves this machine, nothing costs money.

  virtual key   {alice}   (pilot-alice: $50, in Pilot-Team: $200 for 30 days)
  master key    {master}

Ask a model, in each dialect:

curl {url}/v1/chat/completions -H 'Authorization: Bearer {alice}' -H 'Content-Type: application/json' -d '{{"model":"gpt-4o-mini","messages":[{{"role":"user","content":"Hello!"}}]}}'

curl {url}/v1/messages -H 'x-api-key: {alice}' -H 'anthropic-version: 2023-06-01' -H 'Content-Type: application/json' -d '{{"model":"claude-3-sonnet","max_tokens":100,"messages":[{{"role":"user","content":"Hello!"}}]}}'

curl '{url}/v1beta/models/gemini-2.5-flash:generateContent' -H 'x-goog-api-key: {alice}' -H 'Content-Type: application/json' -d '{{"contents":[{{"role":"user","parts":[{{"text":"Hello!"}}]}}]}}'

See what it cost:

curl -s {url}/metrics -H 'Authorization: Bearer {master}' | grep spend

Point Claude Code at it:

export ANTHROPIC_BASE_URL={url}
export ANTHROPIC_API_KEY={alice}

Stop with Ctrl-C.
"#
        )
    }
}
