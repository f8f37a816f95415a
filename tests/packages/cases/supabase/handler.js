import { createClient } from "@supabase/supabase-js";

export default async function handler(request, { env }) {
  const authorization = request.headers.get("authorization");
  const supabase = createClient(env.SUPABASE_URL, env.SUPABASE_ANON_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { headers: authorization ? { Authorization: authorization } : {} },
  });
  const { pathname } = new URL(request.url);
  if (pathname === "/api/me") {
    const { data, error } = await supabase.auth.getUser(authorization?.slice("Bearer ".length));
    return Response.json({ data, error: error && { name: error.name, status: error.status, message: error.message } });
  }
  if (pathname === "/api/rpc") return Response.json(await supabase.rpc("add", { a: 40, b: 2 }));
  if (pathname === "/api/invoke") return Response.json((await supabase.functions.invoke("hello", { body: { name: "Zoë" } })).data);
  if (pathname === "/api/storage") {
    const bucket = supabase.storage.from("avatars");
    const up = await bucket.upload("a/b.png", new Uint8Array([137, 80, 78, 71]), { contentType: "image/png", upsert: true });
    const down = await bucket.download("a/b.png");
    const { publicUrl } = bucket.getPublicUrl("a/b.png").data;
    return Response.json({ up: up.data, path: new URL(publicUrl).pathname, type: down.data.type, bytes: [...(await down.data.bytes())] });
  }
  if (request.method === "POST") {
    const { data, error, status } = await supabase.from("items").insert(await request.json()).select().single();
    return Response.json({ data, error }, { status });
  }
  const { data, count, error } = await supabase
    .from("items")
    .select("id, title, owner(name)", { count: "exact" })
    .or("done.is.false,title.ilike.%milk%")
    .in("id", [1, 2, 3])
    .order("id", { ascending: false })
    .range(0, 9);
  return Response.json({ data, count, error }, { status: error ? 502 : 200 });
}
