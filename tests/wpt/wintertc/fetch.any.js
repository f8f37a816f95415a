// META: title=fetch and its classes

test(() => {
  const headers = new Headers([["B", "2"], ["a", " 1 "], ["b", "3"], ["Set-Cookie", "x=1"], ["set-cookie", "y=2"]]);
  assert_equals(headers.get("b"), "2, 3");
  assert_equals(headers.get("A"), "1");
  assert_equals(headers.get("none"), null);
  assert_array_equals(headers.getSetCookie(), ["x=1", "y=2"]);
  assert_array_equals([...headers].map(([name]) => name), ["a", "b", "set-cookie", "set-cookie"]);
  headers.delete("b");
  assert_false(headers.has("B"));
  headers.set("a", "9");
  headers.append("a", "8");
  assert_equals(headers.get("a"), "9, 8");
  assert_throws_js(TypeError, () => headers.set("a b", "1"));
  assert_throws_js(TypeError, () => headers.set("a", "1\r\n2"));
  assert_throws_js(TypeError, () => new Headers([["a"]]));
}, "Headers");

test(() => {
  const request = new Request("https://example.com/a?b#c", { method: "post", body: "x", headers: { "X-A": "1" } });
  assert_equals(request.method, "POST");
  assert_equals(request.url, "https://example.com/a?b#c");
  assert_equals(request.headers.get("x-a"), "1");
  assert_equals(request.headers.get("content-type"), "text/plain;charset=UTF-8");
  assert_equals(request.redirect, "follow");
  assert_true(request.signal instanceof AbortSignal);
  assert_false(request.bodyUsed);
  assert_throws_js(TypeError, () => new Request("/relative"));
  assert_throws_js(TypeError, () => new Request("https://example.com/", { method: "GET", body: "x" }));
  assert_throws_js(TypeError, () => new Request("https://example.com/", { method: "TRACE" }));
}, "Request");

test(() => {
  assert_throws_js(TypeError, () => new Request("https://user:pass@example.com/"));
}, "Request: no credentials in the URL");

promise_test(async (t) => {
  const first = new Request("https://example.com/", { method: "POST", body: "body" });
  const second = first.clone();
  assert_equals(await first.text(), "body");
  assert_true(first.bodyUsed);
  assert_equals(await second.text(), "body");
  await promise_rejects_js(t, TypeError, first.text());
  assert_throws_js(TypeError, () => first.clone());
}, "Request: a body is read once, a clone has its own");

promise_test(async () => {
  const controller = new AbortController();
  const request = new Request("https://example.com/", { signal: controller.signal });
  const copy = new Request(request);
  controller.abort("why");
  assert_true(request.signal.aborted);
  assert_equals(copy.signal.reason, "why");
}, "Request: its signal follows the one it was given");

test(() => {
  const response = new Response(null, { status: 204, statusText: "No", headers: { a: "1" } });
  assert_equals(response.status, 204);
  assert_equals(response.statusText, "No");
  assert_true(response.ok);
  assert_equals(response.body, null);
  assert_equals(response.type, "default");
  assert_equals(Response.error().type, "error");
  const redirect = Response.redirect("https://example.com/x", 307);
  assert_equals(redirect.status, 307);
  assert_equals(redirect.headers.get("location"), "https://example.com/x");
  assert_throws_js(TypeError, () => redirect.headers.set("a", "b"));
  assert_throws_js(RangeError, () => new Response("", { status: 199 }));
  assert_throws_js(RangeError, () => Response.redirect("https://example.com/", 200));
  assert_throws_js(TypeError, () => new Response("x", { status: 204 }));
}, "Response");

promise_test(async () => {
  const response = Response.json({ a: [1] }, { status: 201 });
  assert_equals(response.headers.get("content-type"), "application/json");
  assert_equals(response.status, 201);
  assert_equals((await response.json()).a[0], 1);
  assert_throws_js(TypeError, () => Response.json(undefined));
}, "Response.json");

promise_test(async (t) => {
  const data = "aé€😀";
  const encoded = new TextEncoder().encode(data);
  const of = () => new Response(data, { headers: { "content-type": "text/x" } });
  assert_array_equals(new Uint8Array(await of().arrayBuffer()), encoded);
  assert_array_equals(await of().bytes(), encoded);
  const blob = await of().blob();
  assert_equals(blob.type, "text/x");
  assert_equals(blob.size, encoded.length);
  assert_equals(await of().text(), data);
  await promise_rejects_js(t, SyntaxError, of().json());
  await promise_rejects_js(t, TypeError, of().formData());
}, "Response: every way to read a body");

promise_test(async () => {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array([1, 2]));
      controller.enqueue(new Uint8Array([3]));
      controller.close();
    },
  });
  const response = new Response(stream);
  assert_equals(response.body, stream);
  const copy = response.clone();
  assert_array_equals(await response.bytes(), [1, 2, 3]);
  assert_array_equals(await copy.bytes(), [1, 2, 3]);
}, "Response: a stream as body, and its clone");

promise_test(async (t) => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue("not bytes") });
  await promise_rejects_js(t, TypeError, new Response(body).text());
  const failed = new Error("failed");
  await promise_rejects_exactly(t, failed, new Response(new ReadableStream({ start: (c) => c.error(failed) })).text());
}, "Response: a stream that fails");

promise_test(async () => {
  const response = await fetch("data:text/plain;base64,aGVsbG8=");
  assert_equals(response.status, 200);
  assert_equals(response.headers.get("content-type"), "text/plain");
  assert_equals(await response.text(), "hello");
}, "fetch of a data: URL");

promise_test(async (t) => {
  const url = URL.createObjectURL(new Blob(["blob"], { type: "text/x" }));
  const response = await fetch(url);
  assert_equals(response.headers.get("content-type"), "text/x");
  assert_equals(response.headers.get("content-length"), "4");
  assert_equals(await response.text(), "blob");
  URL.revokeObjectURL(url);
  await promise_rejects_js(t, TypeError, fetch(url));
}, "fetch of a blob: URL");

promise_test(async (t) => {
  await promise_rejects_js(t, TypeError, fetch("/relative"));
  await promise_rejects_js(t, TypeError, fetch("gopher://example.com/"));
  const controller = new AbortController();
  const reason = new Error("reason");
  controller.abort(reason);
  await promise_rejects_exactly(t, reason, fetch("https://example.com/", { signal: controller.signal }));
}, "fetch refuses what it must");

promise_test(async (t) => {
  await promise_rejects_js(t, TypeError, fetch("http://127.0.0.1:1/"));
}, "fetch: a failed connection is a TypeError");
