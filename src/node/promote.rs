//! Going back to an older release, or forward again: a pointer swap (reference 3.11).

use crate::error::Result;
use crate::node::attach::check_secrets;
use crate::node::{Applied, Node};
use std::sync::Arc;

impl Node {
    /// Makes a release of the project live that was applied before. Its functions come back with the code they had.
    ///
    /// # Errors
    /// `RELEASE_NOT_FOUND`, and whatever keeps a release from being applied today: a secret that is gone, a function
    /// that no longer loads, a blob that is missing.
    pub async fn promote(self: &Arc<Self>, project: &str, id: &str) -> Result<Applied> {
        let (project, id) = (project.to_owned(), id.to_owned());
        let _turn = self.turn().await;
        let live = self.live.table().project(&project).cloned();
        if let Some(live) = live.as_ref().filter(|live| live.release.id == id) {
            return Ok(self.applied(&live.release, live.generation, true));
        }
        let before = live.as_ref().map(|live| live.payload.clone());
        let (release, handles) = self
            .blocking(move |node| {
                node.known_project(&project)?;
                let release = node.releases.load(&project, &id)?;
                let secrets = node.releases.secrets(&project)?;
                check_secrets(&release, &secrets)?;
                let handles =
                    node.handles(&release, &secrets, live.as_deref().map(|live| (&live.release, &live.payload)))?;
                Ok((release, handles))
            })
            .await?;
        self.check(&handles, before.as_ref()).await?;
        self.activate(release, handles).await
    }
}
