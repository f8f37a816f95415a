// POST /login. The page at GET /login is a static file: a route with methods and a public path share one URL.
export default async function handler(req) {
  const isForm = /form/.test(req.headers.get("content-type") ?? "");
  const name = isForm ? String((await req.formData()).get("name") ?? "").trim() : "";
  const headers = new Headers({ "cache-control": "private, no-store" });
  headers.append("set-cookie", `name=${encodeURIComponent(name || "guest")}; Path=/; HttpOnly; SameSite=Lax`);
  return Response.json({ ok: true, name: name || "guest" }, { headers });
}
