// The library as its first users know it: `getUser`, `getUserId` and `getRole`, `translate` with an object, `rowCount`. No version that can
// be installed has these any more, so the platform brings a module that does.

import { adminDb, ai, assets, db, email, getRole, getUser, getUserId } from "@run402/functions";

type Answer = unknown | Response;

async function todo(request: Request): Promise<Answer> {
  const caller = await getUser(request);
  if (caller === null) return new Response("sign in first", { status: 401 });
  const rows = await db(request).from("items").select("*").eq("user_id", caller.id);
  return { caller, rows };
}

async function maintenance(): Promise<Answer> {
  const [first] = await adminDb().from("items").insert({ title: "by the system", done: true });
  await adminDb().from("sessions").delete().lt("expires_at", "2026-01-01T00:00:00Z");
  const count = await adminDb().sql("SELECT $1::text AS who", ["user_1"]);
  return { first, rows: count.rows, counted: [count.rowCount, count.row_count] };
}

async function letters(): Promise<Answer> {
  const to = "zoe@example.com";
  return [
    await email.send({ to, template: "notification", variables: { message: "Grüezi" } }),
    await email.send({ to, subject: "Grüezi", html: "<p>ä</p>", from_name: "Portico" }),
  ];
}

async function words(): Promise<Answer> {
  const { text } = await ai.translate("good morning", { to: "es", context: "a greeting" });
  return { text, fine: !(await ai.moderate(text)).flagged };
}

async function picture(request: Request): Promise<Answer> {
  if (getUser(request) === null) return new Response(null, { status: 401 });
  const { prompt } = await request.json();
  try {
    const { image, content_type } = await ai.generateImage({ prompt, aspect: "square" });
    const stored = await assets.put("pictures/one.png", new TextEncoder().encode(image), { contentType: content_type, immutable: true });
    return { url: stored.immutableUrl ?? stored.url };
  } catch (error) {
    return Response.json({ why: (error as Error).message }, { status: 503 });
  }
}

const gate = (request: Request) => ({ id: getUserId(request), role: getRole(request) });

const routes: Record<string, (request: Request) => Answer | Promise<Answer>> = { todo, maintenance, letters, words, picture, gate };

export default async (request: Request): Promise<Response> => {
  const answer = await routes[new URL(request.url).pathname.slice("/api/".length)](request);
  return answer instanceof Response ? answer : Response.json(answer);
};
