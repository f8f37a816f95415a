//! Errors with two faces: what the client may know, and what the log must know.
//!
//! Every failure that can reach a client has a [`Code`]: a stable string, an HTTP status, and what a
//! caller may do about it. An [`Error`] carries the code, a message written for the client, and
//! separately a cause that only ever goes to the log, beside the request id. The JSON form of the client's
//! face is the platform's envelope (reference 3.13); callers branch on `code`, never on text.

use serde_json::{Map, Value, json};
use std::fmt;

/// The result of anything that can fail towards a client.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whether anything was changed when the error happened (reference 3.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// The request changes nothing by nature.
    None,
    /// A change was asked for and not begun.
    NotStarted,
    /// Whether the change took effect is not known.
    Unknown,
}

impl Mutation {
    fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NotStarted => "not_started",
            Self::Unknown => "unknown",
        }
    }
}

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $category:literal, retryable $retry:literal, $mutation:ident; )*) => {
        /// A stable, machine-readable reason.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $( $(#[$doc])* $name, )* }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &'static [Code] = &[$( Code::$name, )*];

            /// The string on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $( Code::$name => $text, )* }
            }
            /// The HTTP status the code is answered with.
            pub const fn status(self) -> u16 {
                match self { $( Code::$name => $status, )* }
            }
            /// The family the code belongs to.
            pub const fn category(self) -> &'static str {
                match self { $( Code::$name => $category, )* }
            }
            /// Whether the same request may succeed later, unchanged.
            pub const fn retryable(self) -> bool {
                match self { $( Code::$name => $retry, )* }
            }
            /// What had happened to the state when the error arose.
            pub const fn mutation(self) -> Mutation {
                match self { $( Code::$name => Mutation::$mutation, )* }
            }
        }
    };
}

codes! {
    // Release specs (reference 3.2, 3.3)
    /// A field of the release spec breaks a rule; `details.path` names it.
    InvalidSpec = "INVALID_SPEC", 400, "deploy", retryable false, NotStarted;
    /// The release spec has no section that does anything.
    ManifestEmpty = "MANIFEST_EMPTY", 400, "deploy", retryable false, NotStarted;
    /// A locale is not in its RFC 5646 canonical casing; `fix` has the right one.
    LocaleNotCanonical = "R402_LOCALE_NOT_CANONICAL", 400, "deploy", retryable false, NotStarted;
    /// `subdomains.set` has more than one entry.
    SubdomainMultiNotSupported = "SUBDOMAIN_MULTI_NOT_SUPPORTED", 400, "deploy", retryable false, NotStarted;
    /// The site holds the Astro adapter's build tree instead of its client folder.
    AstroAdapterTreeInSite = "ASTRO_ADAPTER_TREE_IN_SITE", 400, "deploy", retryable false, NotStarted;
    /// A path whose file browsers keep for a year would get other bytes.
    StaticImmutablePathChanged = "STATIC_IMMUTABLE_PATH_CHANGED", 409, "deploy", retryable false, NotStarted;
    /// The spec asks for something this node does not implement; it is refused rather than ignored.
    UnsupportedFeature = "UNSUPPORTED_FEATURE", 422, "deploy", retryable false, NotStarted;
    /// `secrets.require` names a secret the project does not have.
    MissingRequiredSecret = "MISSING_REQUIRED_SECRET", 422, "deploy", retryable false, NotStarted;
    /// A function's module does not compile or imports something that cannot be resolved.
    FunctionBuildFailed = "FUNCTION_BUILD_FAILED", 422, "deploy", retryable false, NotStarted;
    /// The spec refers to content by digest that the store does not hold.
    ContentDigestMissing = "CONTENT_DIGEST_MISSING", 409, "deploy", retryable false, NotStarted;
    /// The live release changed while this one was being prepared.
    BaseReleaseConflict = "BASE_RELEASE_CONFLICT", 409, "deploy", retryable true, NotStarted;
    /// The host or subdomain belongs to another project.
    HostAlreadyBound = "HOST_ALREADY_BOUND", 409, "host", retryable false, NotStarted;

    // The API listener
    /// The API token is missing or wrong.
    Unauthorized = "UNAUTHORIZED", 401, "auth", retryable false, None;
    /// No such project on this node.
    ProjectNotFound = "PROJECT_NOT_FOUND", 404, "project", retryable false, None;
    /// No such release of that project.
    ReleaseNotFound = "RELEASE_NOT_FOUND", 404, "release", retryable false, None;
    /// The project has no live release.
    NoActiveRelease = "NO_ACTIVE_RELEASE", 404, "release", retryable false, None;
    /// No such host binding.
    HostNotFound = "HOST_NOT_FOUND", 404, "host", retryable false, None;
    /// No such endpoint on the API listener.
    NotFound = "NOT_FOUND", 404, "request", retryable false, None;
    /// The two releases of a diff are one.
    DiffSameRelease = "DIFF_SAME_RELEASE", 400, "release", retryable false, None;
    /// One side of a diff is no release of the project.
    InvalidDiffTarget = "INVALID_DIFF_TARGET", 400, "release", retryable false, None;
    /// A release has warnings that need confirmation; `details.blocking` lists their codes.
    DeployWarningRequiresConfirmation = "DEPLOY_WARNING_REQUIRES_CONFIRMATION", 409, "deploy", retryable false, NotStarted;
    /// No project has the release that was to become live (reference 3.11).
    PromoteTargetNotFound = "PROMOTE_TARGET_NOT_FOUND", 404, "release", retryable false, NotStarted;
    /// The release that was to become live is another project's.
    PromoteProjectMismatch = "PROMOTE_PROJECT_MISMATCH", 409, "release", retryable false, NotStarted;
    /// The release that was to become live is damaged, or its content is gone.
    PromoteReleaseNotReady = "PROMOTE_RELEASE_NOT_READY", 409, "release", retryable false, NotStarted;
    /// The release that was to become live is live.
    PromoteNoOp = "PROMOTE_NO_OP", 409, "release", retryable false, NotStarted;
    /// Going back has warnings that need confirmation; `details.blocking` lists their codes.
    PromoteWarningRequiresAck = "PROMOTE_WARNING_REQUIRES_ACK", 409, "release", retryable false, NotStarted;
    /// A parameter or body of an API call cannot be understood.
    BadField = "BAD_FIELD", 400, "request", retryable false, None;

    /// A role gate names a table or column that the project's database does not have, or there is no database (reference 3.3).
    DeployInvalidRoleGate = "DEPLOY_INVALID_ROLE_GATE", 422, "deploy", retryable false, NotStarted;
    /// The project's auth document breaks a rule; `details.path` names the field.
    InvalidAuthSettings = "INVALID_AUTH_SETTINGS", 400, "auth", retryable false, NotStarted;
    /// No such secret of the project.
    SecretNotFound = "SECRET_NOT_FOUND", 404, "secret", retryable false, None;
    /// The live release requires the secret that is to go.
    SecretInUse = "SECRET_IN_USE", 409, "secret", retryable false, NotStarted;
    /// No such API key of the project.
    KeyNotFound = "KEY_NOT_FOUND", 404, "auth", retryable false, None;
    /// No such session of the project.
    SessionNotFound = "SESSION_NOT_FOUND", 404, "auth", retryable false, None;

    // Calling functions by name (reference 3.8)
    /// The call presents no API key, or one that is not good.
    ApiKeyRequired = "API_KEY_REQUIRED", 401, "auth", retryable false, None;
    /// The API key is good, but not for this.
    ApiKeyForbidden = "API_KEY_FORBIDDEN", 403, "auth", retryable false, None;
    /// The project's live release has no such function.
    FunctionNotFound = "FUNCTION_NOT_FOUND", 404, "miss", retryable false, None;
    /// A function asked this node for a service of the platform that it does not have.
    PlatformServiceUnavailable = "PLATFORM_SERVICE_UNAVAILABLE", 501, "request", retryable false, None;

    // Who asks (reference 3.7)
    /// The gate wants a user, and there is none: no token or session, or not a good one.
    AuthRequired = "R402_AUTH_REQUIRED", 401, "auth", retryable false, None;
    /// The user's role is not one of those the gate lets pass.
    RoleForbidden = "ROLE_FORBIDDEN", 403, "auth", retryable false, None;
    /// A request that changes something came with a session's cookie from another origin.
    OriginMismatch = "R402_AUTH_ORIGIN_MISMATCH", 403, "auth", retryable false, None;
    /// Roles cannot be looked up at the moment, so nobody passes.
    RoleLookupUnavailable = "ROLE_LOOKUP_UNAVAILABLE", 503, "auth", retryable true, None;
    /// Sessions cannot be looked up at the moment.
    SessionLookupUnavailable = "SESSION_LOOKUP_UNAVAILABLE", 503, "auth", retryable true, None;
    /// The keys of an issuer cannot be had at the moment, so its tokens cannot be judged.
    IssuerKeysUnavailable = "ISSUER_KEYS_UNAVAILABLE", 503, "auth", retryable true, None;
    /// A function that may not begin sessions asked for one (reference 2.6).
    UntrustedContext = "R402_AUTH_UNTRUSTED_CONTEXT", 500, "auth", retryable false, None;

    // Commands (never sent by the API)
    /// A command was called with arguments that make no sense.
    BadUsage = "BAD_USAGE", 400, "usage", retryable false, None;
    /// The node's configuration was refused.
    InvalidConfig = "INVALID_CONFIG", 400, "config", retryable false, None;
    /// The node's API does not answer.
    NetworkError = "NETWORK_ERROR", 503, "network", retryable true, Unknown;
    /// A command failed for a reason of its own machine.
    CommandFailed = "COMMAND_FAILED", 500, "command", retryable false, None;

    // Requests on the public edge (reference 3.5, 3.13)
    /// The request itself is malformed.
    BadRequest = "BAD_REQUEST", 400, "request", retryable false, None;
    /// The path does not begin with a slash.
    PathMustStartWithSlash = "PATH_MUST_START_WITH_SLASH", 400, "path", retryable false, None;
    /// The path has a raw backslash.
    PathRawBackslash = "PATH_RAW_BACKSLASH", 400, "path", retryable false, None;
    /// The path has a control character, raw or decoded.
    PathControlCharacter = "PATH_CONTROL_CHARACTER", 400, "path", retryable false, None;
    /// The path has two slashes in a row.
    PathDuplicateSlash = "PATH_DUPLICATE_SLASH", 400, "path", retryable false, None;
    /// The path has an encoded slash or backslash.
    PathEncodedSeparator = "PATH_ENCODED_SEPARATOR", 400, "path", retryable false, None;
    /// A percent sign is not followed by two hex digits, or the bytes are not UTF-8.
    PathInvalidPercentEncoding = "PATH_INVALID_PERCENT_ENCODING", 400, "path", retryable false, None;
    /// Decoding once leaves another encoded dot or separator.
    PathDoubleDecodeTraversal = "PATH_DOUBLE_DECODE_TRAVERSAL", 400, "path", retryable false, None;
    /// The path has a `.` or `..` segment.
    PathDotSegment = "PATH_DOT_SEGMENT", 400, "path", retryable false, None;
    /// The path is in a namespace the platform keeps for itself.
    PathInternalNamespace = "PATH_INTERNAL_NAMESPACE", 400, "path", retryable false, None;
    /// No project is bound to the host.
    HostNotConfigured = "HOST_NOT_CONFIGURED", 404, "host", retryable false, None;
    /// No project has this subdomain of the node's domain.
    SubdomainNotConfigured = "SUBDOMAIN_NOT_CONFIGURED", 404, "host", retryable false, None;
    /// The host's project has no live release.
    NoSiteDeployed = "NO_SITE_DEPLOYED", 404, "release", retryable false, None;
    /// Nothing in the release answers the path.
    StaticNotFound = "static_not_found", 404, "miss", retryable false, None;
    /// A route matches the path, but no method of it; `Allow` says which do.
    RouteMethodNotAllowed = "ROUTE_METHOD_NOT_ALLOWED", 405, "route_method", retryable false, None;
    /// A static file was asked for with a method other than GET or HEAD.
    MethodNotAllowed = "method_not_allowed", 405, "route_method", retryable false, None;
    /// The client asked for a file only if it is a certain one, and it is another (RFC 9110 section 13.1.1).
    PreconditionFailed = "precondition_failed", 412, "request", retryable false, None;
    /// Nothing of the file is in the range the client asked for; `Content-Range` says how long it is.
    RangeNotSatisfiable = "range_not_satisfiable", 416, "request", retryable false, None;
    /// The request body is larger than the limit.
    RequestBodyTooLarge = "request_body_too_large", 413, "request", retryable false, None;
    /// The request line and headers are larger than the limit, or there are too many of them.
    RequestHeaderTooLarge = "request_header_too_large", 431, "request", retryable false, None;
    /// The client sent its body too slowly.
    RequestTimeout = "request_timeout", 408, "request", retryable true, None;
    /// The stored bytes are missing or are not what their name says.
    StorageUnavailable = "STORAGE_UNAVAILABLE", 503, "storage", retryable true, None;

    // Functions (reference 3.13)
    /// The function could not be started.
    RuntimeUnavailable = "dynamic_runtime_unavailable", 503, "runtime", retryable true, None;
    /// The function's queue is full.
    RuntimeBusy = "dynamic_runtime_busy", 503, "runtime", retryable true, None;
    /// The function did not answer in its time.
    RuntimeTimeout = "dynamic_runtime_timeout", 504, "runtime", retryable true, Unknown;
    /// The function used more memory than it may.
    RuntimeMemory = "dynamic_runtime_memory", 503, "runtime", retryable true, Unknown;
    /// The function took more processor time than it may.
    RuntimeCpu = "dynamic_runtime_cpu", 503, "runtime", retryable true, Unknown;
    /// The function threw.
    FunctionFailed = "local_executor_failed", 500, "runtime", retryable false, Unknown;
    /// The server-side renderer threw.
    SsrRuntimeError = "R402_SSR_RUNTIME_ERROR", 500, "runtime", retryable false, Unknown;
    /// The function's answer is larger than the limit.
    RoutedResponseTooLarge = "ROUTED_RESPONSE_TOO_LARGE", 502, "runtime", retryable false, Unknown;
    /// The function's answer is not a valid HTTP response.
    RoutedResponseInvalid = "ROUTED_RESPONSE_INVALID", 502, "runtime", retryable false, Unknown;
    /// WebSocket upgrades do not reach functions.
    UpgradeNotSupported = "astro_ssr_unsupported_feature", 422, "runtime", retryable false, None;

    // Upstreams
    /// The upstream refused or broke the connection.
    UpstreamUnavailable = "UPSTREAM_UNAVAILABLE", 502, "upstream", retryable true, Unknown;
    /// The upstream did not answer in time.
    UpstreamTimeout = "UPSTREAM_TIMEOUT", 504, "upstream", retryable true, Unknown;

    /// A fault of ours.
    Internal = "INTERNAL_ERROR", 500, "internal", retryable false, Unknown;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure: a code and a message for the client, a cause for the log.
#[derive(Debug, Clone)]
pub struct Error {
    /// What the caller branches on.
    pub code: Code,
    /// Written for the client: no internals, no addresses, no secrets.
    pub message: String,
    /// Structured context for the client; `path` names the field of a spec.
    pub details: Map<String, Value>,
    /// A machine-applicable correction, when there is exactly one.
    pub fix: Option<Box<Value>>,
    /// What the client may do next.
    pub next_actions: Box<[Value]>,
    /// For the log only.
    pub cause: Option<String>,
}

impl Error {
    /// An error with a message for the client.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Map::new(),
            fix: None,
            next_actions: Box::default(),
            cause: None,
        }
    }

    /// An error of a release spec at `path`, a dotted JSON path such as `routes.replace[0].pattern`.
    pub fn spec(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        let path = path.into();
        let mut error = Self::new(code, message).detail("path", path.clone());
        error.fix = Some(Box::new(json!({ "action": "set_field", "path": path })));
        error
    }

    /// A fault of ours: the client learns only that there was one.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, "The server could not complete the request.").because(cause)
    }

    /// Adds a detail the client may see.
    #[must_use]
    pub fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Sets the correction the client may apply.
    #[must_use]
    pub fn with_fix(mut self, fix: Value) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }

    /// Adds something the client may do next.
    #[must_use]
    pub fn next_action(mut self, action: Value) -> Self {
        self.next_actions = self.next_actions.into_iter().chain([action]).collect();
        self
    }

    /// Adds the cause, which only the log sees.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The field of the spec the error is about, if it is about one.
    pub fn path(&self) -> Option<&str> {
        self.details.get("path").and_then(Value::as_str)
    }

    /// The client's face: the envelope of reference 3.13.
    pub fn envelope(&self, request_id: Option<&str>) -> Value {
        let code = self.code;
        let mut body = json!({
            "error": self.message,
            "message": self.message,
            "code": code.as_str(),
            "category": code.category(),
            "retryable": code.retryable(),
            "safe_to_retry": code.mutation() != Mutation::Unknown,
            "mutation_state": code.mutation().as_str(),
            "trace_id": request_id,
            "request_id": request_id,
            "details": self.details,
            "next_actions": self.next_actions,
        });
        if let Some(fix) = &self.fix {
            body["fix"] = (**fix).clone();
        }
        body
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(path) = self.path() {
            write!(f, " at {path}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
