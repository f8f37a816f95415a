//! What of an answer reaches JavaScript: as much as the function may take, counted after decompression, and in time.

use bytes::Bytes;
use deno_core::{AsyncResult, BufView, Resource};
use deno_error::JsErrorBox;
use deno_fetch::FetchResponseResource;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// The body of an answer.
pub(super) struct Body {
    source: Source,
    left: Cell<usize>,
    late: Rc<Cell<bool>>,
    /// Closes the connection of a body that is not read to its end in time.
    closing: Option<AbortHandle>,
}

enum Source {
    Fetched(Rc<FetchResponseResource>),
    Whole(RefCell<Bytes>),
}

impl Body {
    /// The body of a response.
    pub(super) fn fetched(response: FetchResponseResource, bytes_max: usize, deadline: Instant) -> Self {
        let response = Rc::new(response);
        let late = Rc::new(Cell::new(false));
        let (weak, is_late) = (Rc::downgrade(&response), Rc::clone(&late));
        let closing = deno_core::unsync::spawn(async move {
            sleep_until(deadline).await;
            is_late.set(true);
            if let Some(response) = weak.upgrade() {
                response.close();
            }
        });
        let closing = Some(closing.abort_handle());
        Self { source: Source::Fetched(response), left: Cell::new(bytes_max), late, closing }
    }

    /// A body that is there already.
    pub(super) fn whole(bytes: Bytes, bytes_max: usize) -> Self {
        let source = Source::Whole(RefCell::new(bytes));
        Self { source, left: Cell::new(bytes_max), late: Rc::default(), closing: None }
    }
}

impl Resource for Body {
    fn name(&self) -> Cow<'_, str> {
        "fetchResponse".into()
    }

    fn read(self: Rc<Self>, limit: usize) -> AsyncResult<BufView> {
        Box::pin(async move {
            let chunk = match &self.source {
                Source::Whole(bytes) => {
                    let mut bytes = bytes.borrow_mut();
                    let length = bytes.len().min(limit);
                    BufView::from(bytes.split_to(length))
                }
                Source::Fetched(response) => match Rc::clone(response).read(limit).await {
                    _ if self.late.get() => return Err(failed("it took too long")),
                    Ok(chunk) => chunk,
                    // The reason may name addresses.
                    Err(_) => return Err(failed("the body of the response is not complete")),
                },
            };
            match self.left.get().checked_sub(chunk.len()) {
                Some(left) => self.left.set(left),
                None => {
                    self.clone().close();
                    return Err(failed("the response is larger than the limit"));
                }
            }
            Ok(chunk)
        })
    }

    fn size_hint(&self) -> (u64, Option<u64>) {
        match &self.source {
            Source::Fetched(response) => response.size_hint(),
            Source::Whole(bytes) => {
                let length = bytes.borrow().len() as u64;
                (length, Some(length))
            }
        }
    }

    fn close(self: Rc<Self>) {
        if let Source::Fetched(response) = &self.source {
            Rc::clone(response).close();
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(closing) = &self.closing {
            closing.abort();
        }
    }
}

fn failed(reason: &str) -> JsErrorBox {
    JsErrorBox::type_error(format!("fetch failed: {reason}"))
}
