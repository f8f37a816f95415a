// META: title=URL, URLSearchParams, URLPattern, encoding

test(() => {
  const url = new URL("../b?q=1#f", "https://user:pass@EXAMPLE.com:8443/a/c");
  assert_equals(url.href, "https://user:pass@example.com:8443/b?q=1#f");
  assert_equals(url.origin, "https://example.com:8443");
  url.port = "443";
  url.searchParams.append("ä", "&");
  assert_equals(url.href, "https://user:pass@example.com/b?q=1&%C3%A4=%26#f");
  url.hostname = "ü.example";
  assert_equals(url.hostname, "xn--tda.example");
  assert_true(URL.canParse("x:y"));
  assert_false(URL.canParse("y"));
  assert_equals(URL.parse("y"), null);
  assert_equals(URL.parse("y", "https://a/").href, "https://a/y");
  assert_throws_js(TypeError, () => new URL("http://[::1"));
  assert_equals(JSON.stringify(new URL("https://a")), '"https://a/"');
}, "URL");

test(() => {
  const params = new URLSearchParams("?b=2&a=1&b=3&c");
  assert_array_equals(params.getAll("b"), ["2", "3"]);
  params.sort();
  params.delete("b", "2");
  assert_equals(`${params}`, "a=1&b=3&c=");
  assert_equals(params.size, 3);
  assert_true(params.has("b", "3"));
  assert_false(params.has("b", "2"));
  assert_equals(`${new URLSearchParams({ x: "1 2" })}`, "x=1+2");
  assert_equals(`${new URLSearchParams([["y", "+"]])}`, "y=%2B");
}, "URLSearchParams");

test(() => {
  const pattern = new URLPattern({ pathname: "/books/:id(\\d+)/*" });
  const match = pattern.exec("https://example.com/books/12/pages/3");
  assert_equals(match.pathname.groups.id, "12");
  assert_equals(match.pathname.groups[0], "pages/3");
  assert_false(pattern.test("https://example.com/books/x/y"));
  assert_true(new URLPattern("https://*.example.com/a/:b?").test("https://x.example.com/a"));
  assert_true(new URLPattern("/a", "https://example.com").test("/a", "https://example.com"));
  assert_equals(pattern.pathname, "/books/:id(\\d+)/*");
  assert_true(pattern.hasRegExpGroups);
  assert_true(new URLPattern({ pathname: "/A" }, { ignoreCase: true }).test({ pathname: "/a" }));
  assert_throws_js(TypeError, () => new URLPattern({ pathname: "/:a/:a" }));
  assert_equals(pattern.exec("not a url"), null);
}, "URLPattern");

test(() => {
  assert_equals(btoa("hé"), "aOk=");
  assert_equals(atob(" aOk= "), "hé");
  assert_throws_dom("InvalidCharacterError", () => btoa("€"));
  assert_throws_dom("InvalidCharacterError", () => atob("a"));
}, "atob and btoa");

test(() => {
  assert_array_equals(new TextEncoder().encode("é\ud800"), [0xc3, 0xa9, 0xef, 0xbf, 0xbd]);
  const into = new Uint8Array(4);
  const { read, written } = new TextEncoder().encodeInto("a€€", into);
  assert_equals(read, 2);
  assert_equals(written, 4);
  assert_equals(new TextDecoder("latin1").encoding, "windows-1252");
  assert_equals(new TextDecoder("utf-16le").decode(new Uint8Array([0x41, 0, 0x42, 0])), "AB");
  assert_equals(new TextDecoder("shift_jis").decode(new Uint8Array([0x83, 0x65])), "テ");
  assert_throws_js(TypeError, () => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])));
  assert_throws_js(RangeError, () => new TextDecoder("none"));
  const decoder = new TextDecoder();
  assert_equals(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), "");
  assert_equals(decoder.decode(new Uint8Array([0xac])), "€");
  assert_equals(new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf])), "\ufeff");
}, "TextEncoder and TextDecoder");
