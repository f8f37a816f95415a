//! `portico resolve`: what would serve a request, as the node itself resolves it.

use crate::cli::client::Connection;
use crate::cli::output::Output;
use anyhow::Result;
use clap::Args;
use reqwest::Method;

const EXAMPLES: &str = "\
Examples:
  portico resolve --url https://shop.example.com/cart
  portico resolve --url https://shop.example.com/api/orders --method POST | jq .match

`result` is the status the request would get before a function or upstream has its say; `match` says what answers.";

/// Ask a running node what would serve a URL, and why
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Resolve {
    /// The URL as a client would ask for it; query and fragment play no part
    #[arg(long)]
    url: String,

    /// The method of the request
    #[arg(long, default_value = "GET")]
    method: String,

    #[command(flatten)]
    connection: Connection,
}

impl Resolve {
    /// Prints the resolution.
    pub async fn run(self, output: Output) -> Result<()> {
        let query = [("url", self.url.as_str()), ("method", self.method.as_str())];
        output.document(&self.connection.open()?.call(Method::GET, "/apply/v1/resolve", &query).await?);
        Ok(())
    }
}
