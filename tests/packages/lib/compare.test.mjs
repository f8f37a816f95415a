// The comparison sees what it must see: a run in which everything is "the same" means something.

import assert from "node:assert/strict";
import test from "node:test";
import { differences } from "./compare.mjs";
import { written } from "./stub.mjs";

const answer = (more = {}) => ({ status: 200, headers: [["content-type", "text/plain"]], body: Buffer.from("abc"), ...more });

test("equal answers have no differences", () => {
  const ours = answer({ headers: [["date", "now"], ["x-run402-request-id", "req_1"], ["content-type", "text/plain"], ["content-length", "3"]] });
  assert.deepEqual(differences(ours, answer()), []);
});

test("status, headers and bodies are compared", () => {
  assert.match(differences(answer({ status: 201 }), answer())[0], /^status/);
  assert.match(differences(answer({ headers: [] }), answer())[0], /^headers/);
  assert.match(differences(answer({ body: Buffer.from("abd") }), answer())[0], /^body at 2/);
});

test("cookies keep their order, other fields have none", () => {
  const cookies = [["set-cookie", "a=1"], ["set-cookie", "b=2"]];
  const fields = [["x-a", "1"], ["x-b", "2"]];
  assert.deepEqual(differences(answer({ headers: fields }), answer({ headers: fields.toReversed() })), []);
  assert.equal(differences(answer({ headers: cookies }), answer({ headers: cookies.toReversed() })).length, 1);
});

test("the node's word on caches counts only where the function said nothing", () => {
  const added = [["cache-control", "private, no-store"], ["x-run402-cache", "dynamic-bypass"]];
  assert.deepEqual(differences(answer({ headers: added }), answer({ headers: [] })), []);
  assert.equal(differences(answer({ headers: [["cache-control", "private, no-store"]] }), answer({ headers: [] })).length, 1);
});

test("what is new each time is masked", () => {
  const [ours, node] = ["id=17", "id=18"].map((text) => answer({ body: Buffer.from(text) }));
  assert.deepEqual(differences(ours, node, [[/id=\d+/g, "id=N"]]), []);
});

test("calls are alike whichever client makes them, and their content counts", () => {
  const call = (more) => ({ method: "POST", path: "/a", query: "?b", headers: { "user-agent": "x", apikey: "k" }, body: "1", ...more });
  assert.equal(written(call({})), written(call({ headers: { "user-agent": "y", apikey: "k" } })));
  assert.notEqual(written(call({})), written(call({ body: "2" })));
  assert.notEqual(written(call({})), written(call({ headers: { apikey: "l" } })));
  const upload = (b) => call({ headers: { "content-type": `multipart/form-data; boundary=${b}` }, body: `--${b}--` });
  assert.equal(written(upload("one")), written(upload("two")));
});
