// What the platform puts around a handler, bundled with it so that there is one instance of the library: the context of the request,
// and the actor that the edge found. Headers in the platform's name cannot come from a client, so the tests send `x-test-*` and this
// makes them what the edge would have made of a session. The bundler says what `the-handler` is.

import * as library from "@run402/functions";
import handler from "the-handler";

const bytes = (text) => new TextEncoder().encode(text);
const base64url = (buffer) => Buffer.from(buffer).toString("base64url");

// The envelope in which the gateway hands over the actor of a session (reference 2.6).
async function envelope(actor, request, headers, env) {
  const { kid, base64 } = JSON.parse(env.TEST_ACTOR_KEY);
  const url = new URL(request.url);
  const now = Math.floor(Date.now() / 1000);
  const digest = await crypto.subtle.digest("SHA-256", bytes(url.pathname));
  const json = bytes(JSON.stringify({
    v: 1, iss: "run402-gateway", aud: "run402-functions-runtime", kid, iat: now, exp: now + 60,
    project_id: headers["x-run402-project-id"], request_id: headers["x-run402-request-id"], method: request.method, host: url.host,
    path_hash: Buffer.from(digest).toString("hex"),
    actor: { id: "user_1", email: "zoe@example.com", emailVerified: true, authTime: 1700000000, amr: ["pwd"], amrTimes: { pwd: 1700000000 }, authzVersion: 1, ...actor.claims },
    ...actor.envelope,
  }));
  const key = await crypto.subtle.importKey("raw", Buffer.from(base64, "base64"), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `${base64url(json)}.${base64url(await crypto.subtle.sign("HMAC", key, json))}`;
}

export default async function platform(request, { env, requestId, releaseId, locale, defaultLocale }) {
  const headers = Object.fromEntries(request.headers);
  const actor = headers["x-test-actor"];
  for (const name of Object.keys(headers).filter((name) => name.startsWith("x-test-"))) delete headers[name];
  const test = (name) => request.headers.get(`x-test-${name}`);
  if (actor) {
    headers["x-run402-actor-context"] = await envelope(JSON.parse(actor), request, headers, env);
    headers["x-run402-actor-token"] = "actor.jwt.token";
  }
  if (test("role")) headers["x-run402-user-role"] = test("role");
  if (test("run")) headers["x-run402-run-id"] = test("run");
  const inner = new Request(request, { headers });
  if (headers["x-run402-actor-context"]) await library.ensureActorContextKeysLoaded();
  await library.ensureProjectJwtKeysLoaded?.();
  const context = {
    requestId, releaseId, locale, defaultLocale,
    projectId: headers["x-run402-project-id"],
    host: headers["x-run402-host"],
    request: { method: request.method, url: request.url, headers },
    actor: undefined,
    invocationKind: test("kind") ?? "routed_http",
    cacheBypassTainted: { value: false },
    active: { value: true },
  };
  const result = await library.runWithContext(context, () => handler(inner));
  const response = result instanceof Response ? result : routed(result);
  const body = await response.arrayBuffer();
  context.active.value = false;
  const seen = new Headers(response.headers);
  seen.set("x-test-tainted", String(context.cacheBypassTainted.value));
  // The edge follows it and takes it away; here it is what the test looks at.
  seen.set("x-test-mint", String(seen.has("x-run402-mint-directive")));
  seen.delete("x-run402-mint-directive");
  return new Response(body.byteLength === 0 ? null : body, { status: response.status, headers: seen });
}

// The platform's own form of an answer (reference 2.8).
function routed({ status, headers = [], body = null }) {
  return new Response(body && Buffer.from(body.data, "base64"), { status, headers });
}
