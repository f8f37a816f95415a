// POST /login. The page at GET /login is a static file: a route with methods and a public path share one URL.
export default async function handler(req) {
  const name = String((await req.formData()).get("name") ?? "").trim();
  if (name === "") {
    return Response.json({ ok: false, error: "name_required" }, { status: 400 });
  }
  const headers = new Headers({ "cache-control": "private, no-store" });
  headers.append("set-cookie", `name=${encodeURIComponent(name)}; Path=/; HttpOnly; SameSite=Lax`);
  return Response.json({ ok: true, name }, { headers });
}
