//! A name, a number or a word that may be cut: whole, or known to be longer than anything we look for.

/// Keys, numbers and words are read up to this size; nothing that we look for is longer.
pub(super) const TOKEN_MAX_BYTES: usize = 128;

/// A short run of bytes, whole or known to be too long.
#[derive(Debug)]
pub(super) struct Token {
    bytes: [u8; TOKEN_MAX_BYTES],
    length: usize,
    is_too_long: bool,
}

impl Default for Token {
    fn default() -> Self {
        Self { bytes: [0; TOKEN_MAX_BYTES], length: 0, is_too_long: false }
    }
}

impl Token {
    pub(super) fn push(&mut self, more: &[u8]) {
        match self.bytes.get_mut(self.length..self.length + more.len()) {
            Some(room) => {
                room.copy_from_slice(more);
                self.length += more.len();
            }
            None => self.is_too_long = true,
        }
    }

    /// The token that ends with `run`: copied only if it began in an earlier chunk.
    pub(super) fn whole_with<'a>(&'a mut self, run: &'a [u8]) -> Option<&'a [u8]> {
        if self.length == 0 && !self.is_too_long && run.len() <= TOKEN_MAX_BYTES {
            return Some(run);
        }
        self.push(run);
        (!self.is_too_long).then(|| &self.bytes[..self.length])
    }

    pub(super) fn clear(&mut self) {
        (self.length, self.is_too_long) = (0, false);
    }
}
