//! Hears that roles have changed: `LISTEN portico_roles`, on a connection of its own.
//!
//! The payload of a notification is a user's id, as the database writes it; an empty one means everyone. Look-ups wait for the first
//! attempt to listen, so that what they find is not changed unheard. What was notified while nobody listened is lost, so whenever
//! listening begins again everything is forgotten. While it cannot, roles live for as long as their gates say.

use crate::limits;
use futures::StreamExt as _;
use futures::stream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The channel that triggers notify (`conf/sql/roles_notify.sql`).
const LISTEN: &str = "LISTEN portico_roles";

/// Wants to know when a role may have changed.
pub trait RoleWatcher: Send + Sync {
    /// The role of this user may have changed; of every user if there is none.
    fn forget(&self, user: Option<&str>);
}

/// Those who want to know.
#[derive(Default)]
pub struct Watchers {
    list: Mutex<Vec<Weak<dyn RoleWatcher>>>,
}

impl Watchers {
    /// Adds one, for as long as it lives.
    pub fn add(&self, watcher: Weak<dyn RoleWatcher>) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|watcher| watcher.strong_count() > 0);
        list.push(watcher);
    }

    /// Tells them that the role of a user, or of everyone, may have changed.
    pub fn forget(&self, user: Option<&str>) {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for watcher in list.iter().filter_map(Weak::upgrade) {
            watcher.forget(user);
        }
    }
}

/// The listening task, and what it needs. It ends when this is dropped.
pub(super) struct Listener {
    shared: Arc<Shared>,
    task: OnceLock<AbortHandle>,
}

/// What came of the first attempt to listen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    UnderWay,
    Over,
}

struct Shared {
    project: Arc<str>,
    config: Config,
    tls: MakeRustlsConnect,
    timeout: Duration,
    watchers: Watchers,
    first: watch::Sender<First>,
    /// Whether something was looked up while nobody listened.
    unheard: AtomicBool,
}

impl Listener {
    pub(super) fn new(project: Arc<str>, config: Config, tls: MakeRustlsConnect, timeout: Duration) -> Self {
        let (first, _) = watch::channel(First::UnderWay);
        let (watchers, unheard) = (Watchers::default(), AtomicBool::new(false));
        let shared = Shared { project, config, tls, timeout, watchers, first, unheard };
        Self { shared: Arc::new(shared), task: OnceLock::new() }
    }

    pub(super) fn watchers(&self) -> &Watchers {
        &self.shared.watchers
    }

    /// Begins, unless it has. Outside of the runtime nothing happens: the first look-up begins then.
    pub(super) fn begin(&self) {
        if let Ok(runtime) = Handle::try_current() {
            self.task.get_or_init(|| {
                let shared = Arc::clone(&self.shared);
                runtime.spawn(async move { shared.stay().await }).abort_handle()
            });
        }
    }

    /// Begins, and waits until the first attempt is over; not for long.
    pub(super) async fn begun(&self) {
        self.begin();
        if *self.shared.first.borrow() == First::Over {
            return;
        }
        let mut first = self.shared.first.subscribe();
        let over = first.wait_for(|first| *first == First::Over);
        if tokio::time::timeout(self.shared.timeout / 2, over).await.is_err() {
            self.shared.unheard.store(true, Ordering::SeqCst);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl Shared {
    /// Listens for ever.
    async fn stay(&self) {
        let (shortest, longest) = limits::DATABASE_LISTEN_PAUSE_MS.into_inner();
        let mut pause = shortest;
        let mut told = false;
        loop {
            let heard = self.listen(&mut pause, &mut told).await;
            // Whatever is looked up from now on may change unheard.
            self.unheard.store(true, Ordering::SeqCst);
            self.first.send_replace(First::Over);
            if !told {
                told = true;
                tracing::warn!(
                    project = %self.project,
                    cause = %heard,
                    "changes of roles cannot be heard; roles are remembered for as long as their gates say"
                );
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Listens until the connection ends; answers why it did.
    async fn listen(&self, pause: &mut u64, told: &mut bool) -> String {
        let connecting = tokio::time::timeout(self.timeout, self.config.connect(self.tls.clone())).await;
        let (client, mut connection) = match outcome(connecting) {
            Ok(connected) => connected,
            Err(cause) => return cause,
        };
        let messages = stream::poll_fn(move |context| connection.poll_message(context));
        let hearing = messages.take_while(|message| std::future::ready(message.is_ok())).for_each(|message| {
            if let Ok(AsyncMessage::Notification(change)) = message {
                self.watchers.forget(Some(change.payload()).filter(|user| !user.is_empty()));
            }
            std::future::ready(())
        });
        let keeping = async {
            let ask = |statement: &'static str| tokio::time::timeout(self.timeout, client.batch_execute(statement));
            if let Err(cause) = outcome(ask(LISTEN).await) {
                return cause;
            }
            // From here on nothing is missed; what came before may have been.
            self.first.send_replace(First::Over);
            if self.unheard.swap(false, Ordering::SeqCst) {
                self.watchers.forget(None);
            }
            *pause = *limits::DATABASE_LISTEN_PAUSE_MS.start();
            if std::mem::take(told) {
                tracing::info!(project = %self.project, "changes of roles are heard again");
            }
            loop {
                tokio::time::sleep(Duration::from_secs(limits::DATABASE_LISTEN_PROBE_SECONDS)).await;
                if let Err(cause) = outcome(ask("").await) {
                    return cause;
                }
            }
        };
        tokio::select! {
            cause = keeping => cause,
            () = hearing => "the connection ended".to_owned(),
        }
    }
}

/// What came of something that had a time limit; the cause for the log if nothing did.
fn outcome<T>(result: Result<Result<T, tokio_postgres::Error>, tokio::time::error::Elapsed>) -> Result<T, String> {
    match result {
        Ok(outcome) => outcome.map_err(|error| super::describe(&error)),
        Err(_) => Err(super::DatabaseError::TimedOut.to_string()),
    }
}
