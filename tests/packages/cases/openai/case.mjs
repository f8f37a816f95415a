// openai: a completion, the same as server-sent events, an upload, and a refusal that is tried again.

import assert from "node:assert/strict";
import { Stub } from "../../lib/stub.mjs";

const chunk = (delta, finish = null) => ({
  id: "c1", object: "chat.completion.chunk", created: 1, model: "gpt-x", choices: [{ index: 0, delta, finish_reason: finish }],
});

let refusals = 0;

function answer({ path, headers, body }) {
  if (headers.authorization !== "Bearer sk-1") return { status: 401, body: { error: { message: "no", code: "invalid_api_key" } } };
  if (path === "/v1/files") {
    const [, name] = /filename="([^"]*)"/.exec(body) ?? [];
    return { body: { id: "file-1", object: "file", filename: name, bytes: /\r\n\r\na,b\n1,2\n\r\n/.test(body) ? 8 : -1, purpose: "assistants" } };
  }
  if (path !== "/v1/chat/completions") return undefined;
  const asked = JSON.parse(Buffer.from(body, "latin1"));
  const text = asked.messages[0].content;
  if (text === "busy") return refusals++ % 2 === 0 ? { status: 429, headers: { "retry-after-ms": "5" }, body: { error: { code: "rate_limit" } } } : done("now");
  if (text === "never") return { status: 400, body: { error: { message: "no", code: "bad_request" } } };
  if (!asked.stream) return done(`You said ${text}.`);
  const parts = [{ role: "assistant", content: "" }, ...["Grüezi ", "mit", "enand ", "👋"].map((content) => ({ content }))];
  const lines = [...parts.map((delta) => chunk(delta)), chunk({}, "stop")].map((line) => `data: ${JSON.stringify(line)}\n\n`);
  return { headers: { "content-type": "text/event-stream; charset=utf-8" }, body: `: hello\n\n${lines.join("")}data: [DONE]\n\n` };
}

const done = (content) => ({
  body: { id: "c1", object: "chat.completion", choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }], usage: { total_tokens: 7 } },
});

export default {
  services: { OPENAI_URL: () => Stub.start(answer) },
  env: { OPENAI_API_KEY: "sk-1" },
  bundles: { browser: { platform: "browser" }, node: { platform: "node" } },
  // The client says which runtime and system it is on, and names each upload's boundary anew.
  quiet: /^(x-stainless-|content-type: multipart|content-length: \d+$)/,
  accepted: [{ request: "upload", reason: "Node ends a multipart body with CRLF after the last boundary, which is optional (RFC 2046 section 5.1.1)" }],
  requests: [
    { path: "/api/ask", check: (r) => assert.deepEqual(r.json(), { text: "You said Grüezi.", tokens: 7 }) },
    { path: "/api/stream", check: (r) => assert.equal(r.text, "Grüezi mitenand 👋") },
    { path: "/api/raw", check: (r) => assert.equal(r.text.trim().split("\n").length, 6) },
    { title: "upload", path: "/api/upload", check: (r) => assert.deepEqual([r.json().filename, r.json().bytes], ["data.csv", 8]) },
    { title: "tried again", path: "/api/ask?q=busy", check: (r, calls) => assert.deepEqual([r.json().text, calls.length], ["now", 2]) },
    { path: "/api/ask?q=never", status: 502, check: (r) => assert.equal(r.json().name, "BadRequestError") },
  ],
};
