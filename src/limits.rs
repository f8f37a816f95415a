//! Every bound in the program: its value, its unit (in the name), and why it is what it is.
//!
//! A limit that a user may lower or raise is a default here and a field of [`crate::config`]; the
//! others are fixed because a larger value would only help an attacker.

// === Bodies and functions ===

/// Largest request body handed to a function, in bytes (6 MiB; reference 2.8, 3.14). More is a 413.
pub const FUNCTION_REQUEST_BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Largest response body taken from a function, in bytes (6 MiB; reference 2.8). More is a 502.
pub const FUNCTION_RESPONSE_BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Wall-clock time of one invocation when the function sets none, in seconds (reference 3.14).
pub const FUNCTION_TIMEOUT_SECONDS_DEFAULT: u64 = 10;

/// Longest wall-clock time a function may ask for, in seconds.
pub const FUNCTION_TIMEOUT_SECONDS_MAX: u64 = 300;

/// JavaScript heap of an isolate when the function sets none, in MiB (reference 3.2).
pub const FUNCTION_MEMORY_MB_DEFAULT: u64 = 128;

/// Largest JavaScript heap a function may ask for, in MiB.
pub const FUNCTION_MEMORY_MB_MAX: u64 = 1024;

/// Processor time of one invocation when the function sets none, in milliseconds: as much as the default timeout, so that only who
/// asks for more time than that meets it.
pub const FUNCTION_CPU_MS_DEFAULT: u64 = 10_000;

/// Most processor time a function may ask for, in milliseconds.
pub const FUNCTION_CPU_MS_MAX: u64 = 300_000;

/// Part of the processor time, in percent, above which a request is reported and its isolate is used up.
pub const FUNCTION_CPU_SOFT_PERCENT: u32 = 50;

/// Time for `context.waitUntil` after the answer when the function sets none, in seconds.
pub const FUNCTION_WAIT_UNTIL_SECONDS_DEFAULT: u64 = 30;

/// Most time for `context.waitUntil` a function may ask for, in seconds.
pub const FUNCTION_WAIT_UNTIL_SECONDS_MAX: u64 = 300;

/// Calls of `fetch` in one invocation when the function sets none.
pub const FUNCTION_SUBREQUESTS_DEFAULT: u64 = 50;

/// Most calls of `fetch` a function may ask for.
pub const FUNCTION_SUBREQUESTS_MAX: u64 = 10_000;

/// Calls of `fetch` under way at once in one isolate when the function sets none.
pub const FUNCTION_CONCURRENT_FETCHES_DEFAULT: u64 = 32;

/// Most calls of `fetch` at once a function may ask for.
pub const FUNCTION_CONCURRENT_FETCHES_MAX: u64 = 1_000;

/// Time of one `fetch` when the function sets none, in seconds.
pub const FUNCTION_FETCH_SECONDS_DEFAULT: u64 = 60;

/// Most time for one `fetch` a function may ask for, in seconds.
pub const FUNCTION_FETCH_SECONDS_MAX: u64 = 900;

/// Body of one fetched response when the function sets none, in MiB.
pub const FUNCTION_FETCH_RESPONSE_MB_DEFAULT: u64 = 64;

/// Largest body of one fetched response a function may ask for, in MiB.
pub const FUNCTION_FETCH_RESPONSE_MB_MAX: u64 = 16 * 1024;

/// Timers set at once in one isolate when the function sets none.
pub const FUNCTION_TIMERS_DEFAULT: u64 = 10_000;

/// Most timers at once a function may ask for.
pub const FUNCTION_TIMERS_MAX: u64 = 1_000_000;

/// Most console output of one invocation a function may ask for, in KiB.
pub const FUNCTION_LOG_KB_MAX: u64 = 16 * 1024;

/// Iterations of one PBKDF2 call when the function sets none: what OWASP asks for with SHA-256 (600 000), and room above it.
pub const FUNCTION_KDF_ITERATIONS_DEFAULT: u64 = 1_000_000;

/// Most iterations of one PBKDF2 call a function may ask for.
pub const FUNCTION_KDF_ITERATIONS_MAX: u64 = 10_000_000;

/// Key that one call of a key derivation may make, in bytes: keys are 16 to 128 bytes long.
pub const FUNCTION_KDF_OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// Bytes that one call of WebCrypto may make out of nothing but its parameters (1 MiB): derived bits, keys, digests of any length.
pub const FUNCTION_CRYPTO_OUTPUT_BYTES_MAX: u32 = 1024 * 1024;

/// Calls of WebCrypto under way in one isolate; more wait in it. What has begun cannot be stopped, so this is also what an isolate that
/// is ended leaves behind for its neighbours to wait for.
pub const FUNCTION_CRYPTO_AT_ONCE_MAX: u32 = 16;

/// The same for calls that may take seconds: key derivation, and keys that are searched for.
pub const FUNCTION_CRYPTO_COSTLY_AT_ONCE_MAX: u32 = 2;

/// Longest RSA key that is made, in bits: one of twice as many takes a minute.
pub const FUNCTION_RSA_MODULUS_BITS_MAX: u32 = 4096;

/// Marks and measures of `performance` that an isolate keeps; with one more it forgets them all.
pub const FUNCTION_PERFORMANCE_ENTRIES_MAX: u32 = 10_000;

/// Memory of one scrypt call, in bytes (64 MiB): Node's own default is half of it, and it is no part of the function's heap.
pub const FUNCTION_SCRYPT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Digests and ciphers of `node:crypto` that are begun and not ended in one isolate: each is up to 2 KiB outside of the heap.
pub const FUNCTION_OPEN_CIPHERS_MAX: usize = 20_000;

/// Time a module may take to load and evaluate its top level, in seconds (reference 3.14).
pub const FUNCTION_STARTUP_SECONDS_MAX: u64 = 5;

/// One console line in the log, in bytes; the rest is replaced by a marker (reference 3.14).
pub const FUNCTION_LOG_LINE_BYTES_MAX: usize = 16 * 1024;

/// Console output of one invocation, in bytes; later lines are dropped and counted (reference 3.14).
pub const FUNCTION_LOG_INVOCATION_BYTES_MAX: usize = 64 * 1024;

/// What a console line costs beside its text, in bytes: the time, the request, the function and the release it names.
pub const FUNCTION_LOG_LINE_COST_BYTES: usize = 200;

/// Response headers a function may set: more is a broken or hostile function, not a web page.
pub const FUNCTION_RESPONSE_HEADERS_MAX: usize = 256;

/// All names and values of a function's response headers together, in bytes.
pub const FUNCTION_RESPONSE_HEADER_BYTES_MAX: usize = 64 * 1024;

// === Storage ===

/// Memory for static files when the configuration sets none, in bytes (256 MiB): enough for the hot files of
/// some hundred sites, and small beside the isolates of the same node.
pub const STATIC_MEMORY_CACHE_BYTES_DEFAULT: u64 = 256 * 1024 * 1024;

/// Largest blob kept in memory, in bytes (1 MiB). Pages, scripts and fonts are below it; above it are media files, where
/// one file would push out hundreds of small ones and a disk read per chunk costs nothing beside the sending.
pub const STATIC_MEMORY_BLOB_BYTES_MAX: u64 = 1024 * 1024;

/// One read of a blob that is streamed from disk, in bytes (256 KiB): few enough system calls, and a slow client holds
/// no more than this.
pub const STATIC_CHUNK_BYTES: usize = 256 * 1024;

/// Large blobs whose verification is remembered; each takes about a hundred bytes of memory.
pub const STATIC_VERIFIED_BLOBS_MAX: u64 = 100_000;

/// Smallest file that is compressed, in bytes: below it, an answer is one packet with or without.
pub const PRECOMPRESS_BYTES_MIN: u64 = 256;

/// Largest file that is compressed, in bytes (32 MiB): it is held in memory for that, once for each file at once.
pub const PRECOMPRESS_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Files that are compressed at once, on as many threads: at most half of the cores, as the other half answers requests. Each may take
/// some 150 MB.
pub const PRECOMPRESS_AT_ONCE_MAX: usize = 4;

/// Files whose forms are remembered from one apply to the next, each some 300 bytes.
pub const PRECOMPRESS_REMEMBERED_MAX: u64 = 50_000;

/// By how much a thread that compresses gives way to others (`nice`, 0 to 19).
pub const PRECOMPRESS_NICE: i32 = 5;

/// Largest file that is compressed as well as can be, in bytes (64 KiB): at about 0.5 MB/s.
pub const PRECOMPRESS_BEST_FILE_BYTES_MAX: u64 = 64 * 1024;

/// All files that one release wants compressed, in bytes (512 KiB), above which none of them is compressed that well: a
/// deploy should take a second.
pub const PRECOMPRESS_BEST_TOTAL_BYTES_MAX: u64 = 512 * 1024;

/// Largest file that is compressed well, in bytes (4 MiB): at about 10 MB/s. Larger ones are compressed quickly, at 20 MB/s.
pub const PRECOMPRESS_GOOD_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// All files that one release wants compressed, in bytes (32 MiB), above which they are compressed quickly.
pub const PRECOMPRESS_GOOD_TOTAL_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// All files that `portico dev` compresses for one change, in bytes (8 MiB): quickly, and above that not at all, so that a save is
/// seen at once.
pub const PRECOMPRESS_DEVELOPMENT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What an encoded form must save to be kept, in percent of the file.
pub const PRECOMPRESS_SAVING_PERCENT_MIN: u64 = 5;

/// What it must save, in bytes: more than the header fields cost that tell of it.
pub const PRECOMPRESS_SAVING_BYTES_MIN: u64 = 64;

/// Largest secrets file of a project, in bytes: it becomes the environment of every isolate of the project.
pub const SECRETS_FILE_BYTES_MAX: u64 = 256 * 1024;

// === Node defaults (fields of `config`) ===

/// Request line and headers together, in bytes; more is refused before anything is parsed.
pub const REQUEST_HEADER_BYTES_DEFAULT: usize = 64 * 1024;

/// Time a client has to send its whole request header, in seconds: ends slow-header attacks.
pub const REQUEST_HEADER_SECONDS_DEFAULT: u64 = 10;

/// Time an idle keep-alive connection is held, in seconds: above the 60 s of the load balancers in front of a node.
pub const KEEPALIVE_IDLE_SECONDS_DEFAULT: u64 = 75;

/// Requests one connection may carry before it is closed: lets connections spread over nodes again in time.
pub const REQUESTS_PER_CONNECTION_DEFAULT: u32 = 10_000;

/// Largest pause between two reads of a request body, in seconds.
pub const BODY_IDLE_SECONDS_DEFAULT: u64 = 30;

/// Time a node waits for the requests in flight at shutdown, in seconds: below the 90 s of systemd's stop timeout.
pub const DRAIN_SECONDS_DEFAULT: u64 = 30;

/// Isolates on one JavaScript thread. Their memory has a limit of its own; this one is for what comes with their number.
pub const ISOLATES_PER_THREAD_DEFAULT: usize = 1024;

/// Memory of all isolates together, in MiB; 0 stands for half of the machine's, or of what the service may have.
pub const ISOLATES_MEMORY_MB_DEFAULT: u64 = 0;

/// Invocations of one function that may wait for a free isolate; one more is answered 503.
pub const FUNCTION_QUEUE_DEFAULT: usize = 1024;

/// Invocations that may wait on one JavaScript thread, over all functions.
pub const THREAD_QUEUE_DEFAULT: usize = 4096;

/// Longest duration the configuration takes, in seconds (one day): more is a slip of units.
pub const CONFIG_SECONDS_MAX: u64 = 24 * 60 * 60;

// === JS threads and isolates ===

/// Fewest JS threads when the number is left to us: with one, a function that loops would hold up every other.
pub const JS_THREADS_MIN: usize = 2;

/// Isolates without a function that a thread for quick functions keeps at hand, at about 3 MB each.
pub const SPARE_ISOLATES: usize = 2;

/// How long a thread waits after a start before it makes the next spare isolate, in milliseconds.
pub const SPARE_ISOLATE_DELAY_MS: u64 = 1;

/// How often an isolate that is busy is asked what memory it holds, in milliseconds; the answer costs microseconds.
pub const ISOLATE_MEASURE_MS: u64 = 250;

/// What an isolate holds besides what V8 counts, in bytes: the runtime's own tables and the isolate's structures.
pub const ISOLATE_OVERHEAD_BYTES: usize = 512 * 1024;

/// Native stack of a JS thread, in bytes: V8 uses about 1 MiB for JavaScript, native code is called on top of it.
pub const JS_THREAD_STACK_BYTES: usize = 8 * 1024 * 1024;

/// A thread that has been running one slice for this long is held up, and gets no requests of other functions.
pub const JS_THREAD_STALL_MS: u64 = 30;

/// Pending requests of a thread above which requests spill to the function's next thread.
pub const JS_THREAD_SPILL_PENDING: usize = 256;

/// Time in microseconds after which the answers of a turn are told before another request is taken in: what they wait for is to
/// wake the other side once for all of them, and that is worth little more.
pub const REPLIES_HELD_US_MAX: u64 = 200;

/// Requests that an isolate takes in before it lets promises and timers run.
pub const ISOLATE_INTAKE_PER_TURN: usize = 16;

/// Requests that are interleaved in one isolate; more wait in its queue.
pub const ISOLATE_CONCURRENT_REQUESTS_MAX: usize = 256;

/// An isolate that served nothing for this long is closed, in seconds.
pub const ISOLATE_IDLE_SECONDS_MAX: u64 = 120;

/// An isolate takes requests for this long, in seconds (one hour): what it has gathered by then is given back.
pub const ISOLATE_AGE_SECONDS_MAX: u64 = 3600;

/// A slice that goes on for this long after it was terminated costs its thread, in milliseconds: most built-ins end within a second.
pub const JS_THREAD_ABANDON_MS: u64 = 2_000;

/// Threads that were given up and still run. More are not replaced, and their functions answered 503.
pub const JS_THREADS_LOST_MAX: usize = 16;

/// An isolate that served nothing for this long collects its garbage, in milliseconds: that takes some milliseconds, and what a request has
/// left behind may be a hundred times what the function needs.
pub const ISOLATE_TIDY_MS: u64 = 2_000;

/// What an isolate must have grown by for that to be worth a collection, in bytes (1 MiB): one takes milliseconds of its thread, and V8's
/// own smallest space for new objects is as large.
pub const ISOLATE_TIDY_BYTES_MIN: usize = 1024 * 1024;

/// What a function leaves running after its last answer goes on for this long, in milliseconds: enough for a line of the log, not for
/// work; that is for `waitUntil`.
pub const ISOLATE_LINGER_MS: u64 = 1_000;

/// How long a function that held a thread for long is kept away from the quick ones, in seconds.
pub const FUNCTION_SLOW_SECONDS: u64 = 60;

/// How long a function that had to be ended is kept away from all others, in seconds.
pub const FUNCTION_SUSPECT_SECONDS: u64 = 300;

/// Threads for blocking work (key derivation and the like) that one JS thread may have.
pub const JS_THREAD_BLOCKING_THREADS_MAX: usize = 4;

/// Pieces of a streamed body that wait for the other side.
pub const FUNCTION_STREAM_PIECES: usize = 4;

/// One piece of a streamed body, in bytes (64 KiB).
pub const FUNCTION_STREAM_PIECE_BYTES: usize = 64 * 1024;

/// Longest pause between two pieces of a function's streamed answer, in seconds: above what keeps an event stream alive (15 to 60 s).
pub const FUNCTION_STREAM_IDLE_SECONDS_MAX: u64 = 300;

/// Heap given on top of twice the present limit to an isolate that is being terminated, so that V8 gets to the termination, in bytes
/// (1.125 GiB). A single string or array may be 1 GiB. V8 asks once more before it gives up, so that a second one still fits, which
/// some built-ins make; with half as much, using such a string as a key costs the thread. None of it is taken unless the function asks
/// for it.
pub const ISOLATE_HEAP_HEADROOM_BYTES: usize = 9 << 27;

/// Array buffers given on top of twice the limit to an isolate that is being terminated, in bytes: for buffers of the host's own, which
/// are at most a few bodies. More is a `RangeError`.
pub const ISOLATE_BUFFER_HEADROOM_BYTES: usize = 64 * 1024 * 1024;

/// Most threads the configuration takes: more is a slip.
pub const CONFIG_THREADS_MAX: usize = 1024;

/// Least request header the configuration takes, in bytes: browsers send up to some 8 KiB with cookies.
pub const REQUEST_HEADER_BYTES_MIN: usize = 8 * 1024;

/// Least heap the configuration takes, in MiB: an isolate that booted from the snapshot has used some of it already.
pub const FUNCTION_MEMORY_MB_MIN: u64 = 16;

// === Connections of the public edge ===

/// Header fields of one request. Browsers send about 20; the parser's own bound is 256.
pub const REQUEST_HEADERS_MAX: usize = 200;

/// First read of a connection, in bytes (4 KiB): most requests fit, and an idle connection holds no more than this.
pub const REQUEST_READ_BYTES: usize = 4 * 1024;

/// Answer bytes that are gathered before they are sent, in bytes (16 KiB): header and small body leave in one
/// system call and, later, in one TLS record.
pub const RESPONSE_GATHER_BYTES: usize = 16 * 1024;

/// Longest time a client may take nothing at all of its answer, in seconds.
pub const WRITE_IDLE_SECONDS_MAX: u64 = 60;

/// Body of a request nobody wants (a 404 for a POST) that is read to keep the connection, in bytes (64 KiB). More closes it.
pub const UNWANTED_BODY_BYTES_MAX: u64 = 64 * 1024;

/// Time for reading such a body, in seconds.
pub const UNWANTED_BODY_SECONDS_MAX: u64 = 2;

/// Time that a client which is still sending gets to read its answer before the connection is closed, in seconds: closing
/// at once would reset the connection and take the answer with it.
pub const LINGER_SECONDS_MAX: u64 = 5;

/// Bytes thrown away in that time (16 MiB).
pub const LINGER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Tags of one `If-Match` or `If-None-Match` that are compared; browsers send one.
pub const CONDITION_TAGS_MAX: usize = 64;

/// Ranges of one request that are answered in parts; for more it gets the whole file. Readers of PDF files ask for a few at once.
pub const RANGE_PARTS_MAX: usize = 16;

/// `Accept-Encoding` that is read, in bytes (1 KiB); what is behind it is not. Browsers send some 25.
pub const ACCEPT_ENCODING_BYTES_MAX: usize = 1024;

/// Codings of an `Accept-Encoding` that are read.
pub const ACCEPT_ENCODING_MEMBERS_MAX: usize = 32;

/// Pause after the system refused to accept a connection, in milliseconds: out of descriptors, mostly.
pub const ACCEPT_RETRY_MS: u64 = 50;

// === Upstreams ===

/// How long the addresses of an upstream's name are used before they are asked for again, in seconds.
pub const UPSTREAM_ADDRESS_SECONDS: u64 = 30;

/// How long old addresses are used while the name cannot be resolved, in seconds.
pub const UPSTREAM_STALE_ADDRESS_SECONDS: u64 = 600;

/// Time for resolving a name, in seconds.
pub const UPSTREAM_RESOLVE_SECONDS_MAX: u64 = 5;

/// Attempts for one request: other addresses of the name, or another pooled connection when the first had been
/// closed. Only ever repeated while nothing of the request can have been acted on.
pub const UPSTREAM_TRIES_MAX: usize = 4;

/// Header of an upstream's answer, in bytes (256 KiB): browsers take no more themselves.
pub const UPSTREAM_HEADER_BYTES_MAX: usize = 256 * 1024;

/// Header fields of an upstream's answer: Pingora's own bound.
pub const UPSTREAM_HEADERS_MAX: usize = 256;

/// Interim answers before the final one: a processing server sends one now and then, and an endless row of them is no answer.
pub const UPSTREAM_INTERIM_ANSWERS_MAX: usize = 64;

/// What is read from an upstream at once, in bytes (16 KiB): most answers come in one read.
pub const UPSTREAM_READ_BYTES: usize = 16 * 1024;

/// The same once an answer has turned out to be large, in bytes (64 KiB).
pub const UPSTREAM_READ_BYTES_MAX: usize = 64 * 1024;

/// What an unused connection to an upstream keeps for the next header it writes, in bytes (4 KiB): most have less.
pub const UPSTREAM_OUTPUT_BYTES_KEPT: usize = 4 * 1024;

/// How often unused connections to an upstream are looked through for those that have ended or are too old, in seconds.
pub const UPSTREAM_SWEEP_SECONDS: u64 = 5;

// === API listener ===

/// Body of an apply, in bytes (64 MiB): a spec with its content within it, about 48 MiB of files in base64.
pub const API_APPLY_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A call that a function makes to its own node, in seconds: as long as the library's own patience (reference 2.5).
pub const DOOR_CALL_SECONDS_MAX: u64 = 20;

/// Body of any other call of the API, in bytes (64 KiB).
pub const API_BODY_BYTES_MAX: usize = 64 * 1024;

// === Releases ===

/// Routes of a release (reference 3.3).
pub const ROUTES_MAX: usize = 100;

/// Routes from which on a release is warned that its table is nearly full (reference 3.3).
pub const ROUTES_NEAR_MAX: usize = 90;

/// Files that an inventory lists unless it is asked for another number (reference 3.8).
pub const INVENTORY_PATHS_DEFAULT: usize = 5_000;

/// Files that an inventory lists at most: what a client can still hold as one document (reference 3.8).
pub const INVENTORY_PATHS_MAX: usize = 25_000;

/// Files in each list of a diff unless it is asked for another number (reference 3.8).
pub const DIFF_ENTRIES_DEFAULT: usize = 1_000;

/// Files in each list of a diff at most, for the same reason.
pub const DIFF_ENTRIES_MAX: usize = 25_000;

/// Share of a site's files, in percent, above which their removal is worth a warning (reference 3.12).
pub const SITE_BULK_REMOVAL_PERCENT: usize = 10;

/// One route pattern, in bytes of UTF-8 (reference 3.3).
pub const ROUTE_PATTERN_BYTES_MAX: usize = 256;

/// Files of a site. A site of this size has a table of some 30 MB in memory.
pub const SITE_FILES_MAX: usize = 50_000;

/// One path of a site's file, in bytes of UTF-8.
pub const SITE_PATH_BYTES_MAX: usize = 1024;

/// Files of earlier releases that are still answered in one release: as many as some releases of a large application have.
pub const SUPERSEDED_FILES_MAX: usize = 10_000;

/// How long those are answered, in hours: a week, as an application may stay open in a browser's tab.
pub const SUPERSEDED_HOURS_DEFAULT: u64 = 7 * 24;

/// One `Content-Type`, in bytes.
pub const CONTENT_TYPE_BYTES_MAX: usize = 256;

/// Functions of a release.
pub const FUNCTIONS_MAX: usize = 200;

/// Modules of one function.
pub const FUNCTION_FILES_MAX: usize = 1000;

/// Locales of a release (reference 3.2).
pub const LOCALES_MAX: usize = 50;

/// Sources of a locale (reference 3.2).
pub const LOCALE_DETECT_MAX: usize = 10;

/// One locale, in bytes (reference 3.2).
pub const LOCALE_TAG_BYTES_MAX: usize = 64;

// === Rules of a site ===

/// `_redirects` or `_headers`, in bytes (512 KiB): room for all the rules there may be, at 250 bytes each.
pub const RULES_FILE_BYTES_MAX: u64 = 512 * 1024;

/// Rules of one file for one path each. They are found by a lookup.
pub const RULES_EXACT_MAX: usize = 2_000;

/// Rules of one file with placeholders, a splat or conditions. A request is compared with each of them.
pub const RULES_DYNAMIC_MAX: usize = 100;

/// One line of `_redirects`, in characters.
pub const REDIRECT_LINE_CHARS_MAX: usize = 1_000;

/// One line of `_headers`, in characters: the longest name and value, and what is around them.
pub const HEADER_LINE_CHARS_MAX: usize = HEADER_RULE_NAME_BYTES_MAX + HEADER_RULE_VALUE_BYTES_MAX + 100;

/// Header fields that rules give to one path (reference 3.5).
pub const HEADER_RULE_FIELDS_MAX: usize = 32;

/// Name of such a field, in bytes (reference 3.5).
pub const HEADER_RULE_NAME_BYTES_MAX: usize = 64;

/// Value of such a field, in bytes (reference 3.5).
pub const HEADER_RULE_VALUE_BYTES_MAX: usize = 4_096;

/// Redirects that are followed to see whether they lead in a circle: browsers follow about 20.
pub const REDIRECTS_FOLLOWED_MAX: usize = 20;

/// Bad lines of one file that are reported: whoever has more fixes these first.
pub const RULE_PROBLEMS_MAX: usize = 20;

/// What is repeated of a bad line, in characters.
pub const RULE_PROBLEM_TEXT_CHARS_MAX: usize = 200;

// === Locale negotiation ===

/// `Accept-Language` that is read, in bytes (1 KiB); what is behind it is not. Browsers send up to some 200.
pub const ACCEPT_LANGUAGE_BYTES_MAX: usize = 1024;

/// Ranges of an `Accept-Language` that are read. They are sorted on the stack.
pub const ACCEPT_LANGUAGE_RANGES_MAX: usize = 32;

/// `Cookie` that is searched for a locale, in bytes (16 KiB).
pub const COOKIE_HEADER_BYTES_MAX: usize = 16 * 1024;

// === Commands ===

/// Files of a folder that is released as a whole: far above any site, far below a disk named by mistake.
pub const SITE_FOLDER_FILES_MAX: usize = 50_000;

// === Limits of a function ===

/// Fetches of one isolate that wait for one of its slots; one more is an error.
pub const FETCHES_WAITING_MAX: usize = 1024;

/// Header fields of a fetch. The types below take some thousand and then panic.
pub const FETCH_REQUEST_HEADERS_MAX: usize = 1024;

/// All names and values of a fetch's header together, in bytes.
pub const FETCH_REQUEST_HEADER_BYTES_MAX: usize = 256 * 1024;

/// Addresses of one name that are looked at.
pub const FETCH_ADDRESSES_MAX: usize = 64;

/// Unused connections that an isolate keeps for each host it fetches from.
pub const FETCH_IDLE_CONNECTIONS_PER_HOST_MAX: usize = 4;

/// How long it keeps them, in seconds: shorter than the time after which most servers close them.
pub const FETCH_IDLE_SECONDS_MAX: u64 = 15;

/// What one connection may hold of an answer that is not read yet, in bytes.
pub const FETCH_CONNECTION_BYTES_MAX: usize = 256 * 1024;

/// Refused destinations of one isolate that are named in the log; the others are only counted as errors of the function.
pub const FETCH_REFUSALS_LOGGED_MAX: u32 = 10;
// === Modules of functions ===

/// One module that is compiled or looked into, in bytes (16 MiB): bundles of large applications have a few.
pub const MODULE_SOURCE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// All modules of a function together, in bytes (64 MiB).
pub const FUNCTION_SOURCE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Imports of one module that are checked when it is applied; those after them are found when it runs.
pub const MODULE_IMPORTS_MAX: usize = 10_000;

/// Errors of a build that are reported: whoever has more fixes these first.
pub const BUILD_PROBLEMS_MAX: usize = 20;

/// One message of a build, in bytes.
pub const BUILD_PROBLEM_BYTES_MAX: usize = 1024;

/// Compilers that run at once, each a process.
pub const COMPILERS_MAX: usize = 2;

/// Time on the processor that a compiler may take, in seconds: reading some nested sources takes much longer than in proportion.
pub const COMPILER_CPU_SECONDS_MAX: u64 = 5;

/// Time until a compiler's answer is no longer waited for, in seconds: it may have to wait for a processor, or for its turn.
pub const COMPILER_WAIT_SECONDS_MAX: u64 = 60;

/// Address space of a compiler, in bytes (2 GiB).
pub const COMPILER_ADDRESS_SPACE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Stack of a compiler, in bytes (512 MiB; only what is used is taken). The deepest recursion measured takes 3 KiB for each
/// level of nesting, so this is enough for a hundred thousand.
pub const COMPILER_STACK_BYTES: usize = 512 * 1024 * 1024;

/// Answer of a compiler, in bytes: code and source map of all modules of a function, as JSON.
pub const COMPILER_OUTPUT_BYTES_MAX: u64 = 4 * FUNCTION_SOURCE_BYTES_MAX as u64;

/// Compiled modules that are kept in memory, in bytes (64 MiB): releases mostly change a few of a function's files.
pub const COMPILED_MODULES_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// V8's code caches in memory, in bytes (128 MiB): about as large as the source they belong to.
pub const CODE_CACHE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Shortest module whose code is cached, in bytes: below it, compiling is as quick as reading a cache.
pub const CODE_CACHE_SOURCE_BYTES_MIN: usize = 1024;

/// Largest source map that is applied to stacks, in bytes (32 MiB).
pub const SOURCE_MAP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Pages of 64 KiB that one WebAssembly memory may have (128 MiB), in any function: V8 maps them itself, and only this bounds a
/// memory that a module declares and grows by its own code.
pub const WASM_PAGES_MAX: usize = 2048;

/// WebAssembly memories that an isolate may have at a time. Each is a mapping that reserves its greatest length, and a process has some
/// 65,000 mappings; making and dropping them holds the lock that all threads of the process need for their memory. Programs have one,
/// or one for each request they serve at a time.
pub const WASM_MEMORIES_MAX: usize = 32;

/// Places that one WebAssembly table may have (a million, 8 to 32 MiB). V8 makes it in one piece, before it looks for its end.
pub const WASM_TABLE_PLACES_MAX: usize = 1 << 20;

/// Calls of an isolate that wait for a promise within WebAssembly; each has a stack of its own, a mapping of 1 MiB.
pub const WASM_STACKS_MAX: u32 = 64;

/// Types of all WebAssembly modules that the process has ever seen. V8 keeps them for ever, the same ones once, and ends the process
/// at two million. Large programs have some thousand.
pub const WASM_TYPES_MAX: u32 = 1_500_000;

/// Types of one function's modules.
pub const WASM_TYPES_PER_FUNCTION_MAX: u32 = 100_000;

/// WebAssembly modules that an isolate compiles in the background at once; more wait. V8's threads for it are the process's.
pub const WASM_COMPILATIONS_MAX: u32 = 8;

// === Who asks ===

/// How far an issuer's clock may be ahead when nothing is configured, in seconds: as PostgREST has it (field 5), but not for the end.
pub const AUTH_LEEWAY_SECONDS_DEFAULT: u64 = 30;

/// How often key sets are fetched when nothing is configured, in seconds: a revoked key is forgotten within this.
pub const JWKS_REFRESH_SECONDS_DEFAULT: u64 = 300;

/// Shortest time between two fetches for an unknown key, in seconds: otherwise whoever sends tokens drives our requests.
pub const JWKS_UNKNOWN_KEY_SECONDS_DEFAULT: u64 = 10;

/// How long a key set outlives its source, in seconds (a day).
pub const JWKS_STALE_SECONDS_DEFAULT: u64 = 86_400;

/// Longest wait for a look-up in a project's database, in milliseconds.
pub const AUTH_LOOKUP_MS_DEFAULT: u64 = 2_000;

/// Connections to a project's database when nothing is configured.
pub const AUTH_CONNECTIONS_PER_PROJECT_DEFAULT: usize = 8;

/// Users of a project whose roles are remembered when nothing is configured.
pub const ROLES_PER_PROJECT_DEFAULT: u64 = 100_000;

/// Longest bearer token that is looked at, in bytes: more is refused unread.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

// === The databases of projects ===

/// How long nobody tries to connect after an attempt failed, in milliseconds: requests are refused at once instead of queueing up
/// before a host that is down. Short, because it is also how much later than the database we are back.
pub const DATABASE_PAUSE_MS: u64 = 250;

/// How long a cancel request may take, in milliseconds. Nobody waits for it; PostgreSQL's own time limit is behind it.
pub const DATABASE_CANCEL_MS: u64 = 2_000;

/// An unused connection is asked to show life after this long, in seconds, so that a firewall that forgot it is noticed.
pub const DATABASE_KEEPALIVE_SECONDS: u64 = 30;

/// How often the connection that listens for changes is probed, in seconds: as long may a change go unheard after the network is cut.
pub const DATABASE_LISTEN_PROBE_SECONDS: u64 = 10;

/// Shortest and longest pause between two attempts to listen again, in milliseconds.
pub const DATABASE_LISTEN_PAUSE_MS: std::ops::RangeInclusive<u64> = 250..=5_000;

/// Longest role that is looked at, in bytes. No gate can name a longer one, and it would be kept in memory.
pub const ROLE_BYTES_MAX: usize = 1_024;

/// Longest that a role is remembered, in seconds: the largest `cacheTtl` of a gate (reference 3.3).
pub const ROLE_TTL_SECONDS_MAX: u64 = 600;

/// How long a role is remembered when the gate does not say, in seconds (reference 3.3).
pub const ROLE_TTL_SECONDS_DEFAULT: u64 = 60;

/// Ways of signing in that a function may add to its own when it begins a session.
pub const SESSION_AMR_MAX: usize = 8;

/// By how much of its time a remembered role may expire early, in parts of 256 (a tenth): users who came together do not all
/// come back to the database together.
pub const ROLE_TTL_JITTER: u64 = 26;

/// Sessions that a node keeps in memory for one project. The oldest make room for new ones.
pub const SESSIONS_IN_MEMORY_MAX: usize = 100_000;

/// Sessions that one call lists.
pub const SESSIONS_LIST_MAX: usize = 1_000;

/// Longest life of a session, in seconds (400 days: browsers keep no cookie longer, RFC 6265bis section 5.5).
pub const SESSION_SECONDS_MAX: u64 = 400 * 86_400;

/// How often sessions that ended are removed from a project's table, in seconds.
pub const SESSION_SWEEP_SECONDS: u64 = 3_600;

/// How long a session stays in the table after its end, in seconds (a week), for whoever wants to know who was there.
pub const SESSION_KEEP_SECONDS: u64 = 7 * 86_400;
/// How long a key of user tokens verifies after it has stopped signing, in seconds (a day): tokens that live longer end with it.
pub const USER_KEY_OVERLAP_SECONDS: u64 = 86_400;

/// The same for keys of the actor envelope, in seconds: an envelope lives a minute, and a function may wait before it fetches keys.
pub const ACTOR_KEY_OVERLAP_SECONDS: u64 = 600;

/// Keys of one kind that have stopped signing and still verify. More rotations within the overlap end the oldest early.
pub const SIGNING_KEYS_RETIRED_MAX: usize = 8;

/// Life of the actor envelope and of the actor token, in seconds: the most that the library in functions accepts (reference 2.6).
pub const ACTOR_SECONDS_MAX: u64 = 60;

/// What an actor token must still have before it, in seconds, to be handed out once more: the longest a request of a function usually
/// takes, with the library's own retries of 20 seconds.
pub const ACTOR_TOKEN_LEFT_SECONDS_MIN: u64 = 35;

/// Sessions of one project whose actor token is remembered: each is about a kilobyte.
pub const ACTOR_TOKENS_PER_PROJECT_MAX: u64 = 10_000;
/// Longest path of a sign-in page, in bytes: it becomes a header field.
pub const SIGN_IN_PATH_BYTES_MAX: usize = 1024;
// === What is kept encrypted ===

/// One document of the vault before it is sealed, in bytes (8 MiB): the largest holds all API keys or all secrets of a project.
pub const VAULT_DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The name of a project or a document in the vault, in bytes: a file's name.
pub const VAULT_NAME_BYTES_MAX: usize = 64;

/// Longest id of a user, in bytes: it becomes a header field and the key of a cache.
pub const USER_ID_BYTES_MAX: usize = 256;

/// Longest part of a session's cookie, in bytes: ids and secrets of this node have 43 at most.
pub const SESSION_PART_BYTES_MAX: usize = 128;

/// How long a session lasts when nothing is said, in seconds (30 days).
pub const SESSION_SECONDS_DEFAULT: u64 = 30 * 86_400;

/// How long a token is good that this node makes for an operator, when nothing is said, in seconds (an hour).
pub const TOKEN_SECONDS_DEFAULT: u64 = 3_600;

/// How long it may be good at most, in seconds (a year): what is revoked is remembered for as long.
pub const TOKEN_SECONDS_MAX: u64 = 366 * 86_400;
/// How deep the JSON of a token may nest: claims of real issuers are three or four deep.
pub const TOKEN_JSON_DEPTH_MAX: usize = 16;

/// Longest `sub` of a token, in bytes: as OpenID Connect Core section 2 has it. It becomes a header field and a query's parameter.
pub const TOKEN_SUBJECT_BYTES_MAX: usize = 255;

/// Latest date in a token, in seconds since 1970: the end of the year 9999. Milliseconds written for seconds are beyond it.
pub const TOKEN_DATE_SECONDS_MAX: u64 = 253_402_300_799;

/// Keys that a token without a `kid` is tried with: each costs a signature's time, and anyone may send such tokens.
pub const TOKEN_KEYS_TRIED_MAX: usize = 8;

/// Memory for what was found out about tokens, per project, in bytes (about 8,000 tokens of usual length).
pub const TOKEN_VERDICTS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Tokens of a project whose signature is wrong that are remembered.
pub const TOKEN_WRONG_SIGNATURES_MAX: u64 = 4_096;

/// Longest name (`kid`) of a key, in bytes.
pub const KEY_ID_BYTES_MAX: usize = 256;

/// Shortest secret of HS256 tokens, in bytes: as long as its digest (RFC 7518 section 3.2).
pub const HS256_SECRET_BYTES_MIN: usize = 32;

/// Shortest RSA modulus, in bits (RFC 7518 section 3.3).
pub const RSA_BITS_MIN: usize = 2_048;

/// Longest RSA modulus, in bits: what the library computes with.
pub const RSA_BITS_MAX: usize = 8_192;

/// Issuers of one project.
pub const ISSUERS_PER_PROJECT_MAX: usize = 16;

/// Keys in the set of an issuer; a set with more is not taken.
pub const JWKS_KEYS_MAX: usize = 100;

/// Largest key set, in bytes.
pub const JWKS_BYTES_MAX: usize = 512 * 1024;

/// Longest time to read a key set, redirects included, in seconds: requests may be waiting for it.
pub const JWKS_FETCH_SECONDS_MAX: u64 = 5;

/// Redirects that are followed to a key set.
pub const JWKS_REDIRECTS_MAX: usize = 3;

/// Tokens, keys and users of a project that are revoked at once. Nothing is forgotten to make room.
pub const REVOCATIONS_PER_PROJECT_MAX: usize = 10_000;
/// Value of one secret, in bytes (64 KiB): keys and certificates have a few.
pub const SECRET_VALUE_BYTES_MAX: usize = 64 * 1024;

/// Secrets of a project.
pub const SECRETS_PER_PROJECT_MAX: usize = 256;

/// All names and values of a project's secrets together, in bytes (1 MiB): every isolate has a copy of them.
pub const SECRETS_BYTES_MAX: usize = 1024 * 1024;

// === API keys ===

/// Text of an API key, in bytes: the kinds, a project's name as the id, and the secret need less than 130.
pub const API_KEY_BYTES_MAX: usize = 160;

/// API keys of a project.
pub const API_KEYS_PER_PROJECT_MAX: usize = 1_000;

/// Name of an API key, in characters.
pub const API_KEY_NAME_CHARS_MAX: usize = 100;

/// Scopes of an API key.
pub const API_KEY_SCOPES_MAX: usize = 100;

/// How long a key's old secret is good after a rotation when the caller does not say, in seconds (a day).
pub const API_KEY_GRACE_SECONDS_DEFAULT: u64 = 86_400;

/// How long it may be at most, in seconds (30 days): a secret that is replaced is to go.
pub const API_KEY_GRACE_SECONDS_MAX: u64 = 30 * 86_400;

/// How exactly it is known when a key was used, in seconds.
pub const API_KEY_USE_SECONDS: u64 = 60;

/// How often it is written down when keys were used, in seconds.
pub const API_KEY_USE_FLUSH_SECONDS: u64 = 600;

/// How often signing keys that are retired are looked through, in seconds: they verify for this much longer than they need to.
pub const AUTH_TIDY_SECONDS: u64 = 600;

/// Keys of a project that are revoked by name: more than its issuers can have at once.
pub const REVOKED_KEYS_PER_PROJECT_MAX: usize = 1_000;

/// Calls of functions by functions that are under way at once: one that calls itself would otherwise never come to an end.
pub const DOOR_CALLS_MAX: usize = 64;

// === The log ===

/// Access lines for which the thread that writes them is called, in bytes: a system call for some hundred of them costs little for each.
pub const LOG_WRITE_BYTES: usize = 64 * 1024;

/// Access lines that are written with one system call at most, in bytes: other lines of the log wait meanwhile. Also the memory for them
/// that is kept while there are few.
pub const LOG_WRITE_BYTES_MAX: usize = 256 * 1024;

/// How long an access line waits for others, in milliseconds: whoever follows the log does not notice, and a busy node has few wakes.
pub const LOG_GATHER_MS: u64 = 20;

/// Access lines that wait for whoever reads the log, in bytes (4 MiB; as many may be on their way): a busy core may leave the thread that
/// writes them without its turn for some tens of milliseconds. More are dropped: a request does not wait for the log, and memory is for
/// requests.
pub const LOG_WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long the end of the process waits for whoever reads the log, in milliseconds.
pub const LOG_FLUSH_MS_MAX: u64 = 2_000;
