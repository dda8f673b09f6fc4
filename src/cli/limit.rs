//! A limit of file sizes (`ulimit -f`, systemd's `LimitFSIZE`) reached while writing is an error like a full disk, not a sudden end.

/// SIGXFSZ on Linux and macOS (signal(7)); left alone it ends the program in the middle of a write.
#[cfg(unix)]
const FILE_TOO_LARGE: i32 = 25;

/// Has a write beyond the limit fail with its own error; without effect where the signal cannot be caught.
pub(crate) fn fail_when_reached() {
    #[cfg(unix)]
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
        // The handler stays for good, although nobody listens.
        _ = runtime.block_on(async { tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(FILE_TOO_LARGE)) });
    }
}
