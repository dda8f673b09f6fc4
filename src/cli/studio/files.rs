//! The project's own images, from its `[assets]` folder.

use std::path::{Component, Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Studio;

/// Kinds of files that are served: images and nothing else.
const KINDS: [(&str, &str); 6] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
];

pub(super) async fn file(State(studio): State<Arc<Studio>>, Path(path): Path<String>) -> Response {
    let Some((kind, found)) = found(&studio, &path) else { return StatusCode::NOT_FOUND.into_response() };
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

/// Finds an image within the folder; links that lead out of it lead nowhere.
fn found(studio: &Studio, path: &str) -> Option<(&'static str, PathBuf)> {
    let extension = FilePath::new(path).extension()?.to_str()?.to_ascii_lowercase();
    let kind = KINDS.iter().find(|(known, _)| *known == extension)?.1;
    if !FilePath::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let shop = studio.bench.shop(None).ok()?;
    let folder = shop.app.project.root.join(&shop.app.project.config.assets.as_ref()?.folder).canonicalize().ok()?;
    let found = folder.join(path).canonicalize().ok()?;
    found.starts_with(&folder).then_some((kind, found))
}
