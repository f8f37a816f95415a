// A small site of Astro with @run402/astro, as its release slice: static files, and one function for every other path.
//
// The slice's bundle leaves `@run402/functions` to the platform. `bundled-3` and `bundled-4` are what the platform's
// gateway makes of it: one module with the library and the wrapper inside.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../astro/build.mjs";
import { ACTOR_KEY, ANON_KEY, gateway, SERVICE_KEY } from "../../gateway.mjs";

async function prepare() {
  const folder = await build();
  const slice = JSON.parse(await readFile(join(folder, "slice.json"), "utf8"));
  const files = {};
  for (const entry of await readdir(join(folder, "client"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length + 1)] = await readFile(path);
  }
  const { ssr } = slice.functions.replace;
  const alias = { "the-handler": join(folder, "ssr.mjs") };
  const wrapper = {
    entry: "../../platform.js", platform: "node", alias, keepNames: true,
    banner: { js: "process.env.RUN402_API_BASE = process.env.GATEWAY_URL;" },
  };
  const packages = (name) => fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
  return {
    files,
    spec: {
      ...slice,
      site: { ...slice.site, replace: { ...slice.site.replace, path: "client" } },
      functions: { replace: { ssr: { ...ssr, source: { path: "main.js" } } } },
    },
    bundles: {
      "bundled-3": { ...wrapper, alias: { ...alias, "@run402/functions": packages("run402-functions-3") } },
      "bundled-4": { ...wrapper, alias: { ...alias, "@run402/functions": packages("@run402/functions") } },
    },
    requests: ({ GATEWAY_URL }) => requests(files, GATEWAY_URL),
  };
}

const form = { "content-type": "application/x-www-form-urlencoded" };
const origin = (bundle) => ({ origin: `http://astro-${bundle}.test` });

function requests(files) {
  const html = (pattern) => (r) => {
    assert.match(r.headers.get("content-type"), /^text\/html/);
    assert.match(r.text, pattern);
  };
  const file = (path, name) => ({
    path, only: "portico", check: (r) => assert.deepEqual(Buffer.from(r.bytes), files[`client/${name}`]),
  });
  const list = [
    { path: "/", check: html(/<h1 class="big odd"[^>]*>3 things<\/h1>[^]*after 8 ms[^]*after 2 ms/) },
    { method: "HEAD", path: "/" },
    { path: "/blog/first?a=1&b=%C3%BC", headers: { "accept-language": "de-CH" }, check: html(/&quot;lang&quot;:&quot;de&quot;/) },
    { path: "/blog/2026/sp%C3%A4ti", check: html(/Deeper/) },
    { path: "/blog/none", status: 404, check: (r) => assert.equal(r.text, "no post none") },
    { path: "/blog", status: 404 },
    { path: "/old", check: html(/The first/) },
    { path: "/away", status: 307, check: (r) => assert.equal(r.headers.get("location"), "/blog/first") },
    { path: "/contact", check: html(/<form/) },
    { path: "/nothing/here", status: 404, check: html(/Nothing at \/nothing\/here/) },
    { path: "/breaks", status: 500 },
    { path: "/cookie", headers: { cookie: "count=4" }, check: html(/<p[^>]*>5<\/p>/) },
    { path: "/api/42.json?x=1", headers: { "x-agent": "test" }, check: (r) => assert.equal(r.json().agent, "test") },
    { method: "POST", path: "/api/42.json", headers: { "content-type": "application/json" }, body: '{"ä":1}', status: 201 },
    { method: "DELETE", path: "/api/42.json", headers: { "content-type": "application/json" }, status: 204 },
    { method: "PATCH", path: "/api/42.json", headers: { "content-type": "application/json" }, status: 404 },
    { title: "DELETE as a form", method: "DELETE", path: "/api/42.json", status: 403 },
    { method: "POST", path: "/api/digest", headers: { "content-type": "application/octet-stream" }, body: "abc" },
    { path: "/account", check: html(/nobody/) },
    { path: "/account?items=1", check: html(/<li[^>]*>grün<\/li>/) },
    { title: "signed in", path: "/account", headers: { "x-test-actor": "{}" }, check: html(/Hello, zoe@example.com/) },
    { title: "form from elsewhere", method: "POST", path: "/contact", headers: { ...form, origin: "https://evil.example" }, body: "name=x", status: 403 },
    { title: "form without an origin", method: "POST", path: "/contact", headers: form, body: "name=x", status: 403 },
    file("/about", "about/index.html"),
    file("/about/", "about/index.html"),
    file("/robots.txt", "robots.txt"),
    ...Object.keys(files).filter((name) => name.includes("/_astro/")).map((name) => file(name.slice("client".length), name.slice("client/".length))),
  ];
  for (const bundle of ["bundled-3", "bundled-4"]) {
    const own = { bundles: [bundle], method: "POST", headers: { ...form, ...origin(bundle) } };
    const upload = ["--x0", 'Content-Disposition: form-data; name="name"', "", "Zoë", "--x0",
      'Content-Disposition: form-data; name="file"; filename="f.txt"', "Content-Type: text/plain", "", "inside", "--x0--", ""].join("\r\n");
    list.push(
      { ...own, title: "form", path: "/contact", body: "name=Zo%C3%AB", status: 201, check: html(/Thanks, Zoë/) },
      { ...own, title: "empty form", path: "/contact", body: "name=", status: 303 },
      {
        ...own, title: "upload", path: "/contact", status: 201, body: upload,
        headers: { "content-type": "multipart/form-data; boundary=x0", ...origin(bundle) }, check: html(/f\.txt: inside/),
      },
      { ...own, title: "action", path: "/subscribe?_action=subscribe", body: "email=a%40example.com", check: html(/a@example\.com/) },
      { ...own, title: "action refused", path: "/subscribe?_action=subscribe", body: "email=a%40taken.example", status: 409 },
      { ...own, title: "action, invalid", path: "/subscribe?_action=subscribe", body: "email=none", status: 400 },
      {
        ...own, title: "action by script", path: "/_actions/subscribe", body: "email=a%40example.com&often=on",
        headers: { ...own.headers, accept: "application/json" },
      },
    );
  }
  return list;
}

export default {
  services: { GATEWAY_URL: () => gateway() },
  env: { RUN402_SERVICE_KEY: SERVICE_KEY, RUN402_ANON_KEY: ANON_KEY, TEST_ACTOR_KEY: JSON.stringify(ACTOR_KEY) },
  prepare,
};
