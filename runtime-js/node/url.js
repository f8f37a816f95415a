// node:url: the platform's URL, the older functions of a package, and those between files and URLs.

import legacy from "npm:url";
import { argumentType, checkString, type } from "./lib/errors.js";

const { URL, URLSearchParams } = globalThis;

const OWN_FILES = "fn:";

function fileURLToPath(value) {
  if (typeof value === "string") value = new URL(value);
  else if (value === null || typeof value !== "object" || !value.href || !value.protocol) throw argumentType("path", ["string", "URL"], value);
  // The function's own files are those of `import.meta.url`, from which packages and bundles make `__dirname` as they load.
  if (value.protocol !== "file:" && value.protocol !== OWN_FILES) throw type("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  if (value.hostname !== "") throw type("ERR_INVALID_FILE_URL_HOST", 'File URL host must be "localhost" or empty on linux');
  if (/%2f/i.test(value.pathname)) throw type("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters");
  return decodeURIComponent(value.pathname);
}

function pathToFileURL(path) {
  checkString(path, "path");
  const posix = __builtin("path");
  let resolved = posix.resolve(path);
  if (path.endsWith("/") && !resolved.endsWith("/")) resolved += "/";
  const url = new URL("file:///");
  url.pathname = resolved.replace(/[%\\\n\r\t?#]/g, (char) => encodeURIComponent(char));
  return url;
}

function domain(name) {
  try {
    return new URL(`ws://${name}`).hostname;
  } catch {
    return "";
  }
}

function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname && hostname[0] === "[" ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ""}${search || ""}`,
    href: url.href,
  };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

function format(value, options) {
  if (value instanceof URL) {
    const { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
    const url = new URL(value);
    if (!auth) url.username = url.password = "";
    if (!fragment) url.hash = "";
    if (!search) url.search = "";
    return unicode ? url.href.replace(url.hostname, __builtin("punycode").toUnicode(url.hostname)) : url.href;
  }
  if (typeof value !== "string" && (value === null || typeof value !== "object")) throw argumentType("urlObject", ["Object", "string"], value);
  if (typeof value === "string") value = legacy.parse(value);
  return formatLegacy(value);
}

const SLASHED = ["http", "https", "ftp", "gopher", "file", "ws", "wss"];

// As the documentation of `url.format(urlObject)` says it.
function formatLegacy({ auth, protocol = "", pathname, hash, host, hostname, port, query, search, slashes }) {
  protocol = protocol ?? "";
  if (protocol && !protocol.endsWith(":")) protocol += ":";
  const login = auth ? `${encodeURIComponent(auth).replace(/%3A/i, ":")}@` : "";
  let place = "";
  if (host) place = login + host;
  else if (hostname) {
    place = login + (hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname);
    if (port) place += `:${port}`;
  }
  if (search === undefined || search === null || search === "") {
    search = query !== null && typeof query === "object" ? __builtin("querystring").stringify(query) : "";
  }
  let path = (pathname || "").replace(/[?#]/g, (char) => char === "?" ? "%3F" : "%23");
  if (slashes || SLASHED.includes(protocol.slice(0, -1))) {
    if (slashes || place) {
      if (path && !path.startsWith("/")) path = `/${path}`;
      place = `//${place}`;
    }
  }
  if (search && !search.startsWith("?")) search = `?${search}`;
  const end = hash && !hash.startsWith("#") ? `#${hash}` : hash || "";
  return protocol + place + path + search.replaceAll("#", "%23") + end;
}

function parse(text, query, slashes) {
  if (!(text instanceof legacy.Url)) checkString(text, "url");
  return legacy.parse(text, query, slashes);
}

export default {
  Url: legacy.Url,
  parse,
  resolve: (from, to) => parse(from, false, true).resolve(to),
  resolveObject: (from, to) => from ? parse(from, false, true).resolveObject(to) : to,
  format,
  URL,
  URLSearchParams,
  domainToASCII: (name) => domain(`${name}`),
  domainToUnicode: (name) => __builtin("punycode").toUnicode(domain(`${name}`)),
  pathToFileURL,
  fileURLToPath,
  urlToHttpOptions,
};
