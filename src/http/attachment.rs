//! Files that a browser saves. They are read piece by piece as the caller takes them, so that a large one costs no
//! more memory than a small one.

use std::fs::File;
use std::io::{self, Read};

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use futures_util::stream::try_unfold;

use super::Problem;
use crate::sheets::Ending;

/// Bytes that are read at once.
const PIECE: u64 = 256 * 1024;

/// The answer with a file that is to be saved under a name.
///
/// # Errors
/// `internal` when the file cannot be read.
pub fn attachment(file: File, name: &str, ending: Ending) -> Result<HttpResponse, Problem> {
    let long = file.metadata().map_err(Problem::internal)?.len();
    let pieces = try_unfold(file, |file| async {
        // Disks are read off the threads that answer requests.
        let (piece, file) = web::block(move || read(file)).await.map_err(io::Error::other)??;
        Ok::<_, io::Error>((!piece.is_empty()).then_some((piece, file)))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, ending.content()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(SizedStream::new(long, pieces)))
}

fn read(file: File) -> io::Result<(Bytes, File)> {
    let mut piece = Vec::new();
    (&file).take(PIECE).read_to_end(&mut piece)?;
    Ok((piece.into(), file))
}
