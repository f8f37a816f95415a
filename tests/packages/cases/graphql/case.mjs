// graphql-yoga: queries, errors that hide their cause, an upload, a subscription.

import assert from "node:assert/strict";

const post = (query, variables, more) => ({
  method: "POST", path: "/api/graphql", headers: { "content-type": "application/json" }, body: JSON.stringify({ query, variables }), ...more,
});
const BOUNDARY = "----formdata-0123456789";
const part = (name, text, more = "") => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${text}\r\n`;

export default {
  bundles: {
    browser: { platform: "browser" },
    worker: { platform: "browser", conditions: ["workerd", "worker"] },
  },
  requests: [
    { title: "query", ...post("{ books(first: 1) { title year } }"), check: (r) => assert.equal(r.json().data.books[0].title, "Homo faber") },
    { title: "GET", path: `/api/graphql?query=${encodeURIComponent('{ book(id: "2") { id } }')}`, check: (r) => assert.equal(r.json().data.book.id, "2") },
    { title: "variables", ...post("query Q($id: ID!) { book(id: $id) { title } }", { id: "9" }), check: (r) => assert.equal(r.json().data.book, null) },
    { title: "masked error", ...post("{ fails }"), check: (r) => assert.equal(r.json().errors[0].message, "Unexpected error.") },
    { title: "syntax error", ...post("{ books { ") },
    { title: "unknown field", ...post("{ authors }"), headers: { "content-type": "application/json", accept: "application/graphql-response+json" }, status: 400 },
    { title: "mutation", ...post('mutation { add(title: "Stiller") { title } }') },
    {
      title: "upload", method: "POST", path: "/api/graphql", headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
      body:
        part("operations", '{"query":"mutation($f: File) { add(title: \\"t\\", file: $f) { title } }","variables":{"f":null}}') +
        part("map", '{"0":["variables.f"]}') + part("0", "in the file", '; filename="a.txt"') + `--${BOUNDARY}--\r\n`,
      check: (r) => assert.equal(r.json().data.add.title, "t: in the file"),
    },
    {
      title: "subscription", ...post("subscription { ticks(to: 3) }"), headers: { "content-type": "application/json", accept: "text/event-stream" },
      check: (r) => assert.match(r.text, /"ticks":3/),
    },
    { title: "preflight", method: "OPTIONS", path: "/api/graphql", headers: { origin: "https://a.example", "access-control-request-method": "POST" }, status: 204 },
  ],
};
