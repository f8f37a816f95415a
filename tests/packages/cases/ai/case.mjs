// ai (the Vercel AI SDK) and @anthropic-ai/sdk: streams of events, structured output, a tool that is called.

import assert from "node:assert/strict";
import { Stub } from "../../lib/stub.mjs";

const message = (more) => ({ body: { id: "c1", object: "chat.completion", created: 1, model: "gpt-x", usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }, choices: [{ index: 0, ...more }] } });
const event = (type, more) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

function answer({ path, body }) {
  const asked = JSON.parse(Buffer.from(body, "latin1"));
  if (path === "/v1/messages") {
    if (asked.model === "none") return { status: 404, body: { type: "error", error: { type: "not_found_error", message: "no such model" } } };
    const start = { id: "m1", type: "message", role: "assistant", model: asked.model, content: [], stop_reason: null, usage: { input_tokens: 3, output_tokens: 1 } };
    const text = ["Grüezi ", "mit", "enand"].map((part) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text: part } }));
    return {
      headers: { "content-type": "text/event-stream" },
      body: [
        event("message_start", { message: start }), event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }), ...text,
        event("content_block_stop", { index: 0 }), event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }), event("message_stop", {}),
      ].join(""),
    };
  }
  const last = asked.messages.at(-1);
  if (asked.stream) {
    const chunk = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "gpt-x", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    return { headers: { "content-type": "text/event-stream" }, body: `${chunk({ role: "assistant", content: "Grü" })}${chunk({ content: "ezi" })}${chunk({}, "stop")}data: [DONE]\n\n` };
  }
  if (last.role === "tool") return message({ message: { role: "assistant", content: `It is ${JSON.parse(last.content).degrees}.` }, finish_reason: "stop" });
  if (asked.tools) {
    const call = { id: "t1", type: "function", function: { name: "weather", arguments: '{"city":"Zürich"}' } };
    return message({ message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" });
  }
  return message({ message: { role: "assistant", content: '{"name":"Zoë","n":1}' }, finish_reason: "stop" });
}

export default {
  services: { AI_URL: () => Stub.start(answer) },
  bundles: { browser: { platform: "browser" } },
  // Both clients say which runtime and system they are on.
  quiet: /^(x-stainless-|content-length: )/,
  requests: [
    { path: "/api/stream", check: (r) => assert.equal(r.text, "Grüezi") },
    { path: "/api/object", check: (r) => assert.deepEqual(r.json(), { name: "Zoë", n: 1 }) },
    { path: "/api/tool", check: (r) => assert.deepEqual(r.json(), { text: "It is 21.", steps: 2 }) },
    { path: "/api/claude", check: (r) => assert.deepEqual([r.json().text, r.json().seen.length], ["Grüezi mitenand", 3]) },
    { path: "/api/error", status: 502, check: (r) => assert.equal(r.json().missing, true) },
  ],
};
