//! Bodies of requests: bounded, decompressed within the same bound, and strict about their shape.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::io::Read;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use actix_web::body::{BodyStream, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder};
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::problem::Problem;
use crate::domain::Code;

/// What an ordinary body may weigh, as sent and unpacked.
pub const ORDINARY: usize = 64 * 1024;

/// The largest zstd window we make room for, 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How long a body may stand still: a phone that went out of reach does not come back to the connection.
const STANDSTILL: Duration = Duration::from_secs(60);

/// How long a body may take as a whole: a batch of 500 in this time is 0.2 KB a second.
const WHOLE: Duration = Duration::from_secs(300);

/// A JSON body of ordinary size.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let packed = Packed::receive(&req, payload, ORDINARY, |_| Ok(())).await?;
            parse(&packed.unpack(ORDINARY)?).map(Self)
        })
    }
}

/// Reads JSON of a known shape; a key that comes twice is an error.
///
/// # Errors
/// `malformed`.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(json).map_err(|_| Code::Malformed.into())
}

/// A JSON object of any keys, each of which comes once, with its values as they were written.
#[derive(Debug)]
pub struct Object(pub Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut seen = HashSet::new();
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom("a key comes twice"));
                    }
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Once)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

/// A JSON body as it came.
#[derive(Debug)]
pub struct Packed {
    bytes: Bytes,
    packing: Packing,
}

impl Packed {
    /// Receives the whole body; `make_room` is asked before each part of it is kept.
    ///
    /// # Errors
    /// `too_large` over `limit` bytes, `unsupported_media_type` for anything but JSON, plain or
    /// packed with gzip or zstd, `malformed` when the connection broke, `busy` when it stood still or took
    /// too long;
    /// what `make_room` says.
    pub async fn receive(
        req: &HttpRequest,
        payload: Payload,
        limit: usize,
        make_room: impl FnMut(usize) -> Result<(), Problem>,
    ) -> Result<Self, Problem> {
        if req.headers().contains_key(CONTENT_TYPE) && !is_json(req) {
            return Err(Code::UnsupportedMediaType.into());
        }
        Self::receive_any(req, payload, limit, make_room).await
    }

    /// As [`Self::receive`], whatever the content type is.
    ///
    /// # Errors
    /// As there.
    pub async fn receive_any(
        req: &HttpRequest,
        payload: Payload,
        limit: usize,
        mut make_room: impl FnMut(usize) -> Result<(), Problem>,
    ) -> Result<Self, Problem> {
        let packing = match req.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
            None | Some(b"identity") => Packing::None,
            Some(b"gzip") => Packing::Gzip,
            Some(b"zstd") => Packing::Zstd,
            Some(_) => return Err(Code::UnsupportedMediaType.into()),
        };
        let told = told_length(req).unwrap_or(0);
        if told > limit {
            return Err(Code::TooLarge.into());
        }
        let mut bytes = BytesMut::with_capacity(told.min(ORDINARY));
        let mut body = pin!(BodyStream::new(payload));
        let begun = Instant::now();
        loop {
            let patience = STANDSTILL.min(WHOLE.saturating_sub(begun.elapsed()));
            let part = timeout(patience, poll_fn(|cx| body.as_mut().poll_next(cx))).await;
            match part.map_err(|_| Problem::busy("a body stood still"))? {
                None => return Ok(Self { bytes: bytes.freeze(), packing }),
                Some(Err(_)) => return Err(Code::Malformed.into()),
                Some(Ok(part)) if bytes.len() + part.len() > limit => {
                    return Err(Code::TooLarge.into());
                }
                Some(Ok(part)) => {
                    make_room(part.len())?;
                    bytes.extend_from_slice(&part);
                }
            }
        }
    }

    /// Unpacks it. Never makes more than `limit` bytes, whatever a few bytes claim to hold.
    ///
    /// # Errors
    /// `too_large`, `malformed`.
    pub fn unpack(self, limit: usize) -> Result<Bytes, Problem> {
        let mut unpacked = Vec::new();
        let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = match self.packing {
            Packing::None => return Ok(self.bytes),
            Packing::Gzip => flate2::read::MultiGzDecoder::new(&*self.bytes)
                .take(bound)
                .read_to_end(&mut unpacked),
            Packing::Zstd => {
                zstd::stream::read::Decoder::with_buffer(&*self.bytes).and_then(|mut decoder| {
                    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                    decoder.take(bound).read_to_end(&mut unpacked)
                })
            }
        };
        match read {
            Err(_) => Err(Code::Malformed.into()),
            Ok(_) if unpacked.len() > limit => Err(Code::TooLarge.into()),
            Ok(_) => Ok(unpacked.into()),
        }
    }
}

fn told_length(req: &HttpRequest) -> Option<usize> {
    req.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(req: &HttpRequest) -> bool {
    let kind = req.content_type().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The answer to a `POST` that made something, or had made it before.
#[derive(Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize> Responder for Created<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().json(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(packing: Packing, bytes: Vec<u8>) -> Packed {
        Packed { bytes: bytes.into(), packing }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn unpacking_stops_at_the_limit() {
        let zeros = vec![0; 50_000_000];
        let bombs = [
            packed(Packing::Gzip, gzip(&zeros)),
            packed(Packing::Zstd, zstd::encode_all(&*zeros, 3).unwrap()),
        ];
        for bomb in bombs {
            assert!(bomb.bytes.len() < ORDINARY);
            assert_eq!(bomb.unpack(ORDINARY).unwrap_err().to_string(), "too_large");
        }
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        let text = b"{\"a\":1}".to_vec();
        for body in [
            packed(Packing::None, text.clone()),
            packed(Packing::Gzip, gzip(&text)),
            packed(Packing::Zstd, zstd::encode_all(&*text, 3).unwrap()),
        ] {
            assert_eq!(body.unpack(text.len()).unwrap(), text);
        }
        for packing in [Packing::Gzip, Packing::Zstd] {
            let error = packed(packing, text.clone()).unpack(100).unwrap_err();
            assert_eq!(error.to_string(), "malformed");
        }
    }
}
