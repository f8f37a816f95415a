import url, { domainToASCII, domainToUnicode, fileURLToPath, format, parse, pathToFileURL, resolve, URL as Named, urlToHttpOptions } from "node:url";

const texts = ["http://user:pass@host.com:8080/p/a/t/h?query=string#hash", "/relative?x=1", "mailto:a@b.c", "//host/path", "http://example.com", "https://x.org?a=b&c=d", "javascript:alert(1)", "http://a.com/b c", "x/y?z#w", "", "http://[::1]:80/", "HTTP://EXAMPLE.com/ABC", "file:///etc/passwd"];
export const cases = {
  "the class is the global one": () => [Named === URL, url.URL === URL, url.URLSearchParams === URLSearchParams],
  "parse": () => texts.map((t) => ({ ...parse(t) })),
  "parse with a query": () => { const u = parse("http://a.b/c?x=1&y=2&x=3", true); return [{ ...u.query }, u.search]; },
  "parse and format": () => texts.map((t) => format(parse(t))),
  "format": () => [{ protocol: "http", host: "a.b", pathname: "/c" }, { hostname: "h", port: 8, query: { a: [1, 2] } }, { pathname: "x#y?z", search: "?q" }, { protocol: "mailto", pathname: "a@b" }, { slashes: true, host: "h", hash: "f" }].map((o) => format(o)),
  "format of a URL": () => { const u = new URL("http://u:p@xn--bcher-kva.example/a?b#c"); return [format(u), format(u, { auth: false }), format(u, { fragment: false, search: false }), format(u, { unicode: true })]; },
  "resolve": () => [["/one/two/three", "four"], ["http://example.com/", "/one"], ["http://example.com/one", "/two"], ["http://a/b/c/d;p?q", "../g"], ["http://a/b/c/d", "?y"], ["http://a/b/c/d", "#s"], ["http://a/b", "//c/d"], ["http://a/b", "mailto:x@y"]].map(([a, b]) => resolve(a, b)),
  "files": () => [fileURLToPath("file:///a/b%20c"), fileURLToPath(new URL("file:///x/%C3%A9")), pathToFileURL("/a b/c#d?e%").href, pathToFileURL("/x/").href, pathToFileURL("/é").href],
  "files of nonsense": () => [thrown(() => fileURLToPath("http://x/")).code, thrown(() => fileURLToPath(5)).code, thrown(() => fileURLToPath("file://host/x")).code, thrown(() => fileURLToPath("file:///a%2Fb")).code, thrown(() => pathToFileURL(5)).code],
  "domains": () => [domainToASCII("español.com"), domainToASCII("xn--iñvalid.com"), domainToUnicode("xn--espaol-zwa.com"), domainToASCII("中文.com")],
  "urlToHttpOptions": () => { const o = urlToHttpOptions(new URL("https://a:b@測試:81/p?q#h")); return ["protocol", "hostname", "hash", "search", "pathname", "path", "href", "port", "auth"].map((k) => o[k]); },
  "of nonsense": () => [thrown(() => parse(5), true), thrown(() => format(5)).code],
};
