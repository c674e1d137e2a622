//! Compressed logs, known by their first bytes.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Xz,
    Zstd,
}

/// How many bytes [`Compression::of`] wants to see.
pub(super) const MAGIC: usize = 6;

/// How much memory an xz stream may ask for, in KiB: that of `xz -9`.
const XZ_MEMORY: u32 = 96 << 10;

impl Compression {
    /// By the magic number: RFC 1952, the .xz file format, RFC 8878.
    pub fn of(beginning: &[u8]) -> Option<Self> {
        match beginning {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The bytes as they were before they were compressed, if they were.
pub(super) fn decoded(source: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut source = BufReader::with_capacity(64 << 10, source);
    let beginning = loop {
        match source.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => break result?,
        }
    };
    let unpacked: Box<dyn Read + Send> = match Compression::of(beginning) {
        None => return Ok(Box::new(source)),
        Some(Compression::Gzip) => Box::new(MultiGzDecoder::new(source)),
        Some(Compression::Xz) => Box::new(XzReader::new_mem_limit(source, true, XZ_MEMORY)),
        Some(Compression::Zstd) => Box::new(Zstd::Between(source)),
    };
    Ok(Box::new(Packed(unpacked)))
}

/// What comes out of a compressed file; the decoders' errors in the person's words.
struct Packed(Box<dyn Read + Send>);

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::new(
                io::ErrorKind::InvalidData,
                "the compressed file is cut or damaged: what could be unpacked was read; fetch it again",
            ),
        })
    }
}

/// The frames of a zstd file, one after the other.
enum Zstd<R: BufRead> {
    Between(R),
    Frame(Box<StreamingDecoder<R, FrameDecoder>>),
    Over,
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(self, Self::Over) {
                Self::Over => return Ok(0),
                Self::Between(mut source) => {
                    if source.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    *self = Self::Frame(Box::new(StreamingDecoder::new(source).map_err(io::Error::other)?));
                }
                Self::Frame(mut frame) => {
                    let count = frame.read(buffer)?;
                    if count > 0 || buffer.is_empty() {
                        *self = Self::Frame(frame);
                        return Ok(count);
                    }
                    *self = Self::Between(frame.into_inner());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };

    #[test]
    fn reads_what_the_compressors_write() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(|number| format!("line {number}\n").into_bytes()).collect();
        assert_eq!(unpacked(text.clone()), text);
        for program in ["gzip", "xz", "zstd"] {
            let packed = |text: &[u8]| {
                let piped = Command::new(program).arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
                let mut child = piped.ok()?;
                let (mut input, text) = (child.stdin.take().unwrap(), text.to_vec());
                let writer = std::thread::spawn(move || input.write_all(&text).unwrap());
                let output = child.wait_with_output().unwrap().stdout;
                writer.join().unwrap();
                Some(output)
            };
            let Some(packed_text) = packed(&text) else {
                assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{program} is missing: run tests/run");
                eprintln!("NOT JUDGED: {program} is missing");
                continue;
            };
            assert_eq!(unpacked(packed_text.clone()), text, "{program}");
            // Two of them in one file.
            let twice = [packed_text.clone(), packed(b"more\n").unwrap()].concat();
            assert_eq!(unpacked(twice), [text.clone(), b"more\n".to_vec()].concat(), "{program}");
            // One that was cut is an error, and no panic.
            let mut half = packed_text;
            half.truncate(half.len() / 2);
            let mut out = Vec::new();
            assert!(decoded(io::Cursor::new(half)).unwrap().read_to_end(&mut out).is_err(), "{program}");
        }
    }

    fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
        let mut out = Vec::new();
        decoded(io::Cursor::new(bytes)).unwrap().read_to_end(&mut out).unwrap();
        out
    }
}
