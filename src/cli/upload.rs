//! A body that shows how much of it has been sent, to a person who is watching.

use crate::cli::output::Output;
use bytes::Bytes;
use futures::stream;
use indicatif::{ProgressBar, ProgressStyle};
use std::convert::Infallible;

/// Bodies below this are sent before a bar could be read, in bytes.
const SHOWN_FROM_BYTES: usize = 1024 * 1024;

/// Sent between two steps of the bar, in bytes.
const STEP_BYTES: usize = 64 * 1024;

/// `bytes` as a body, with a bar on standard error if there is someone to see it.
pub fn body(bytes: Vec<u8>, output: Output) -> reqwest::Body {
    if bytes.len() < SHOWN_FROM_BYTES || !output.shows_progress() {
        return bytes.into();
    }
    let bar = ProgressBar::new(bytes.len() as u64).with_message("uploading");
    // The template is a constant; if it were wrong, the bar would only look plain.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}") {
        bar.set_style(style);
    }
    let steps = stream::unfold((Bytes::from(bytes), bar), async |(mut rest, bar)| {
        if rest.is_empty() {
            bar.finish_and_clear();
            return None;
        }
        let step = rest.split_to(rest.len().min(STEP_BYTES));
        bar.inc(step.len() as u64);
        Some((Ok::<_, Infallible>(step), (rest, bar)))
    });
    reqwest::Body::wrap_stream(steps)
}
