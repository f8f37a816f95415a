// What a user of the platform writes: every part of the library once.

import {
  adminDb, ai, assets, auth, cache, db, defineFunctionRuns, email, events, functions, getCurrentContext, getRun402Context, getUser, routedHttp, verifyWebhook,
} from "@run402/functions";

const runs = defineFunctionRuns({
  "report.made": async ({ run }, payload) => ({ done: run.id, payload }),
  "nothing.said": async () => null,
});

const routes = {
  "/api/context": (req) => getRun402Context(req),
  "/api/user": async () => ({ user: await auth.user(), role: await auth.role() }),
  "/api/required": async () => ({ user: await auth.requireUser() }),
  "/api/csrf": async () => ({ token: await auth.csrfToken() }),
  "/api/legacy": async (req) => ({ user: await getUser(req) }),
  "/api/security": async () => ({ security: await auth.account.getSecurity() }),
  "/api/mine": (req) => db(req).from("items").select("id, title").eq("user_id", "user_1").order("id", { ascending: false }).limit(5),
  "/api/ambient": () => db().from("items").select(),
  "/api/one": () => db().from("items").select().eq("id", 1).single(),
  "/api/insert": () => db().from("items").insert({ title: "Käse", done: false }).select("id, title"),
  "/api/audit": () => adminDb().from("audit_log").insert([{ event: "payment" }, { event: "refund" }]),
  "/api/update": () => adminDb().from("items").update({ done: true }).in("id", [1, 2]).gt("id", 0),
  "/api/delete": () => adminDb().from("sessions").delete().lt("expires_at", "2026-01-01T00:00:00Z").like("id", "s%"),
  "/api/sql": () => adminDb().sql("SELECT 'ü' AS a"),
  "/api/params": () => adminDb().sql("SELECT $1::int, $2", [42, "ü"]),
  "/api/sql-error": () => adminDb().sql("broken"),
  "/api/cache": async () => [
    await cache.invalidate("/news?page=2"),
    await cache.invalidate("https://Shop.test/a b"),
    await cache.invalidatePrefix({ host: "shop.test", prefix: "/blog/" }),
    await cache.invalidateAll({ host: "shop.test" }),
    await cache.invalidateMany(["https://a.test/1", "https://a.test/2"]),
    await cache.invalidateMany([]),
  ],
  "/api/cache-other": () => cache.invalidateAll({ host: "other.test" }),
  "/api/email": () => email.send({ to: "a@example.com", subject: "Grüezi", html: "<h1>ä</h1>", from_name: "Me" }),
  "/api/template": () => email.send({ to: "a@example.com", template: "notification", variables: { message: "m" } }),
  "/api/ai": async () => [
    await ai.translate("hello", "es", { context: "tagline" }),
    await ai.moderate("text"),
    await ai.generateImage({ prompt: "  a moon  ", aspect: "landscape" }),
  ],
  "/api/quota": () => ai.generateImage({ prompt: "too much" }),
  "/api/assets": async () => [
    await assets.put("a/ä.png", new Uint8Array([137, 80, 78, 71, 0, 255]), { contentType: "image/png", immutable: true, metadata: { n: 1 } }),
    await assets.put("b.txt", "text", { visibility: "private" }),
    await assets.list({ prefix: "a/", limit: 2, sort: "createdAt:desc", filter: { is_image: true } }),
  ],
  "/api/events": () => events.emit("order.placed", { total: 5 }, { idempotencyKey: "k1" }),
  "/api/runs": () => functions.runs.create("report", { eventType: "report.made", idempotencyKey: "r1", payload: { a: 1 }, delay: "5m" }),
  "/api/run": (req) => runs(req),
  "/api/webhook": async (req) => verifyWebhook(req.headers, await req.text(), "whsec_1", { previousSecret: "whsec_0" }),
  "/api/routed": () => routedHttp.text("plain ü", { status: 202, headers: [["x-a", "1"]] }),
  "/api/bytes": () => routedHttp.bytes(new Uint8Array([0, 255, 7]), { headers: [["content-type", "application/x-bin"]] }),
  "/api/tenant": () => auth.sessions.createResponseFromTenantAssertion({ tenant: "crm", user: { id: "u-7", email: "a@example.com" }, method: "password" }),
  // The context must follow timers, microtasks, streams and fetch, also when many requests are under way.
  "/api/follow": async (req) => {
    const { requestId } = getRun402Context(req);
    const seen = [];
    const look = () => seen.push(getCurrentContext()?.requestId === requestId);
    await new Promise((resolve) => setTimeout(() => resolve(look()), Math.random() * 10));
    await db().from("items").select();
    look();
    await new Promise((resolve) => queueMicrotask(() => resolve(look())));
    for await (const _ of new Blob(["text"]).stream()) look();
    await crypto.subtle.digest("SHA-256", new Uint8Array(9));
    look();
    return seen;
  },
};

export default async function handler(req) {
  const route = routes[new URL(req.url).pathname];
  try {
    const result = await route(req);
    if (result instanceof Response || typeof result?.status === "number") return result;
    return Response.json(JSON.parse(JSON.stringify(result, (_, value) => (typeof value === "bigint" ? `${value}n` : value))));
  } catch (error) {
    const { name, code, status, remote_code, trace_id, message } = error;
    return Response.json({ name, code, status, remote_code, trace_id, message }, { status: 500 });
  }
}
