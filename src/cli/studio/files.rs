//! The project's own images, from its `[assets]` folder.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Studio;
use crate::cli::images;

pub(super) async fn file(State(studio): State<Arc<Studio>>, Path(path): Path<String>) -> Response {
    let found = studio.bench.shop(None).ok().and_then(|shop| images::found(&shop.app, &path));
    let Some((kind, found)) = found else { return StatusCode::NOT_FOUND.into_response() };
    match tokio::fs::read(found).await {
        // A drawing may hold a script: it gets no page of its own to run it in. The frame of a mail has no origin, so images are for all.
        Ok(bytes) => (
            [
                (header::CONTENT_TYPE, kind),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
                (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
            ],
            bytes,
        )
            .into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
