// The examples of the package's README, as its users have them: the helpers `getUser`, `getUserId` and `getRole`, `translate` with
// an object, `rowCount`. No installable version has these any more, so the platform brings a module that does.

import { adminDb, ai, assets, db, email, getRole, getUser, getUserId } from "@run402/functions";

type Handler = (req: Request) => Promise<Response>;

const mine: Handler = async (req) => {
  const user = await getUser(req);
  if (!user) return new Response("unauthorized", { status: 401 });
  const mine = await db(req).from("items").select("*").eq("user_id", user.id);
  return Response.json(mine);
};

const gate: Handler = async (req) => {
  const userId = getUserId(req);
  const role = getRole(req);
  return Response.json({ ok: true, actor: userId, role });
};

const admin: Handler = async () => {
  const [created] = await adminDb().from("items").insert({ title: "New", done: false });
  await adminDb().from("sessions").delete().lt("expires_at", "2026-01-01T00:00:00.000Z");
  const { rows, rowCount } = await adminDb().sql("SELECT count(*)::int AS n FROM items WHERE user_id = $1", ["user_1"]);
  return Response.json({ created, rows, rowCount });
};

const mail: Handler = async () => {
  const one = await email.send({ to: "user@example.com", template: "notification", variables: { project_name: "My App", message: "Hello!" } });
  const two = await email.send({ to: "user@example.com", subject: "Welcome!", html: "<h1>Hi</h1>", from_name: "My App" });
  return Response.json([one, two]);
};

const text: Handler = async () => {
  const { text } = await ai.translate("Hello world", { to: "es", context: "marketing tagline" });
  const { flagged } = await ai.moderate("Some user-generated text");
  const image = await ai.generateImage({ prompt: "a moonlit dream journal illustration", aspect: "landscape" });
  return Response.json({ text, flagged, image });
};

const avatar: Handler = async () => {
  const pngBytes = new Uint8Array([137, 80, 78, 71]);
  const asset = await assets.put("generated/avatar.png", pngBytes, { contentType: "image/png", visibility: "public", immutable: true });
  return Response.json({ url: asset.immutableUrl ?? asset.url });
};

const image: Handler = async (req) => {
  if (req.method !== "POST") {
    return new Response("method not allowed", { status: 405 });
  }
  const user = await getUser(req);
  if (!user) return new Response("unauthorized", { status: 401 });
  const { prompt } = (await req.json()) as { prompt?: string };
  if (!prompt || prompt.length > 500) {
    return Response.json({ error: "prompt_required" }, { status: 400 });
  }
  try {
    const result = await ai.generateImage({ prompt, aspect: "landscape" });
    return Response.json(result, { headers: { "cache-control": "private, no-store" } });
  } catch (err) {
    return Response.json({ error: "image_generation_unavailable", detail: (err as Error).message }, { status: 503 });
  }
};

const routed: Handler = async (req) => {
  const url = new URL(req.url);
  if (req.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { "access-control-allow-origin": "https://app.example.com" } });
  }
  if (req.method === "POST" && !req.headers.has("x-csrf-token")) {
    return Response.json({ error: "csrf_required" }, { status: 403 });
  }
  const headers = new Headers({ "cache-control": "private, no-store" });
  headers.append("Set-Cookie", "sid=abc; HttpOnly; Secure; SameSite=Lax; Path=/");
  headers.append("Set-Cookie", "theme=dark; Secure; SameSite=Lax; Path=/");
  return Response.json({ ok: true, path: url.pathname, query: url.search }, { headers });
};

const routes: Record<string, Handler> = { mine, gate, admin, mail, text, avatar, image, routed };

export default (req: Request) => routes[new URL(req.url).pathname.split("/")[2]](req);
