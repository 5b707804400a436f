//! The gzip container around bytes that are stored, not compressed.
//!
//! A client that decodes gzip cannot tell the difference, and the vendor needs no compressor.

use bytes::Bytes;

/// The most bytes that one stored block can hold.
const BLOCK_MAX_BYTES: usize = 0xffff;

/// Magic, method "deflate", and nothing said about name, time or system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A gzip file being written.
#[derive(Debug)]
pub(super) struct Gzip {
    crc: u32,
    length_bytes: u32,
    has_head: bool,
}

impl Gzip {
    /// Begins a file.
    pub(super) const fn new() -> Self {
        Self { crc: u32::MAX, length_bytes: 0, has_head: false }
    }

    /// The bytes that carry `content`, decodable as soon as they arrive.
    pub(super) fn write(&mut self, content: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(content.len() + 32);
        if !self.has_head {
            out.extend_from_slice(&HEAD);
            self.has_head = true;
        }
        for block in content.chunks(BLOCK_MAX_BYTES) {
            push_block(&mut out, block, false);
        }
        self.crc = content.iter().fold(self.crc, |crc, byte| crc_step(crc, *byte));
        // The format keeps the length modulo 2^32.
        self.length_bytes = self.length_bytes.wrapping_add(content.len() as u32);
        Bytes::from(out)
    }

    /// The end of the file.
    pub(super) fn finish(mut self) -> Bytes {
        let mut out = self.write(&[]).to_vec();
        push_block(&mut out, &[], true);
        out.extend_from_slice(&(!self.crc).to_le_bytes());
        out.extend_from_slice(&self.length_bytes.to_le_bytes());
        Bytes::from(out)
    }
}

/// One stored block: a flag byte, the length, its complement, the bytes.
fn push_block(out: &mut Vec<u8>, block: &[u8], is_last: bool) {
    let length = block.len() as u16;
    out.push(u8::from(is_last));
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(block);
}

/// One byte of CRC-32 (the reflected polynomial of gzip), bit by bit: speed does not matter here.
fn crc_step(crc: u32, byte: u8) -> u32 {
    let mut crc = crc ^ u32::from(byte);
    for _ in 0..8 {
        crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_the_one_that_gzip_expects() {
        let crc = !b"123456789".iter().fold(u32::MAX, |crc, byte| crc_step(crc, *byte));

        assert_eq!(crc, 0xcbf4_3926);
    }

    #[test]
    fn an_empty_file_has_head_last_block_and_trailer() {
        let file = Gzip::new().finish();

        assert_eq!(&file[..10], &HEAD);
        assert_eq!(&file[10..], &[1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
