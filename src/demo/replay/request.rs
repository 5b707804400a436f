//! Reads a request off a connection and forgets it: just enough HTTP to know where it ends.

use std::io;

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt},
    net::TcpStream,
};

/// The longest line of a head.
const LINE_MAX_BYTES: u64 = 64 << 10;

/// Where the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
}

/// Skips one request; `false` when the client has closed the connection instead.
pub(super) async fn skip(socket: &mut tokio::io::BufReader<TcpStream>) -> io::Result<bool> {
    let mut line = line(socket).await?;
    if line.is_empty() {
        return Ok(false);
    }
    let mut framing = Framing::Length(0);
    while !line.trim_end().is_empty() {
        framing = framing_of(&line)?.unwrap_or(framing);
        line = self::line(socket).await?;
    }
    match framing {
        Framing::Length(length) => skip_bytes(socket, length).await?,
        Framing::Chunked => skip_chunks(socket).await?,
    }
    Ok(true)
}

/// What a header line says about the body, if anything.
fn framing_of(line: &str) -> io::Result<Option<Framing>> {
    let Some((name, value)) = line.split_once(':') else { return Ok(None) };
    if name.eq_ignore_ascii_case("transfer-encoding") {
        return Ok(Some(Framing::Chunked));
    }
    if !name.eq_ignore_ascii_case("content-length") {
        return Ok(None);
    }
    value.trim().parse().map(|length| Some(Framing::Length(length))).map_err(io::Error::other)
}

/// Skips chunks up to and including the empty one and its end.
async fn skip_chunks(socket: &mut (impl AsyncBufRead + Unpin)) -> io::Result<()> {
    loop {
        let size = line(socket).await?;
        let size = u64::from_str_radix(size.trim_end(), 16).map_err(io::Error::other)?;
        // The two bytes are the line break after the chunk.
        skip_bytes(socket, size + 2).await?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// Reads a line with its end; empty at the end of the connection.
async fn line(socket: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut line = String::new();
    socket.take(LINE_MAX_BYTES).read_line(&mut line).await?;
    Ok(line)
}

async fn skip_bytes(socket: &mut (impl AsyncBufRead + Unpin), length: u64) -> io::Result<()> {
    tokio::io::copy(&mut socket.take(length), &mut tokio::io::sink()).await.map(drop)
}
