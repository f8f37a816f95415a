//! `portico diagnose` and `portico resolve`: what would serve a request, as the node itself resolves it.

use crate::cli::client::Connection;
use crate::cli::diagnosis::{self, Asked};
use crate::cli::output::Output;
use anyhow::Result;
use clap::Args;
use reqwest::Method;

const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  portico diagnose https://shop.example.com/cart
  portico diagnose https://shop.example.com/api/orders --method POST | jq .would_serve

The command ends well whenever the node has answered, also when the answer is that nothing would be served.";

const RESOLVE_EXAMPLES: &str = "\
Examples:
  portico resolve --url https://shop.example.com/cart
  portico resolve --host shop.example.com --path /api/orders --method POST | jq .match

`resolution.result` is the status the request would get before a function or upstream has its say; `match` says what
answers. The command ends well whenever the node has answered.";

/// Ask a running node what would serve a URL, and why
#[derive(Debug, Args)]
#[command(after_help = DIAGNOSE_EXAMPLES)]
pub struct Diagnose {
    /// The URL as a client would ask for it; query and fragment play no part
    url: String,

    #[command(flatten)]
    more: More,
}

/// Ask a running node what would serve a URL, or a host and a path
#[derive(Debug, Args)]
#[command(after_help = RESOLVE_EXAMPLES)]
pub struct Resolve {
    /// The URL as a client would ask for it; query and fragment play no part
    #[arg(long, required_unless_present = "host", conflicts_with_all = ["host", "path"])]
    url: Option<String>,

    /// The host, instead of a URL
    #[arg(long)]
    host: Option<String>,

    /// The path at that host [default: /]
    #[arg(long, requires = "host")]
    path: Option<String>,

    #[command(flatten)]
    more: More,
}

/// What both commands take.
#[derive(Debug, Args)]
struct More {
    /// The method of the request
    #[arg(long, default_value = "GET")]
    method: String,

    /// The project that the host should belong to; another one is noted
    #[arg(long, short)]
    project: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

impl Diagnose {
    /// Prints the diagnosis.
    pub async fn run(self, output: Output) -> Result<()> {
        self.more.ask(Some(self.url), None, None, output).await
    }
}

impl Resolve {
    /// Prints the diagnosis.
    pub async fn run(self, output: Output) -> Result<()> {
        self.more.ask(self.url, self.host, self.path, output).await
    }
}

impl More {
    async fn ask(self, url: Option<String>, host: Option<String>, path: Option<String>, output: Output) -> Result<()> {
        let asked = Asked { url, host, path, method: self.method, project: self.project };
        let parameters = [("url", &asked.url), ("host", &asked.host), ("path", &asked.path)];
        let given = parameters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let query: Vec<(&str, &str)> = given.chain([("method", asked.method.as_str())]).collect();
        let resolution = self.connection.open()?.call(Method::GET, "/apply/v1/resolve", &query).await?;
        let envelope = diagnosis::envelope(&asked, &resolution);
        output.result(&envelope, || diagnosis::text(&envelope));
        Ok(())
    }
}
