// Answers with what it was asked. GET also matches HEAD; OPTIONS is ours to answer, the edge adds no CORS.
const SHOWN = ["accept", "accept-language", "content-type", "host", "user-agent"];

export default async function handler(req) {
  if (req.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { allow: "GET, HEAD, POST, OPTIONS" } });
  }
  const url = new URL(req.url);
  const headers = {};
  for (const name of SHOWN) {
    if (req.headers.has(name)) headers[name] = req.headers.get(name);
  }
  return Response.json({
    ok: true,
    method: req.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    locale: req.headers.get("x-run402-locale"),
    headers,
    body: await req.text(),
  });
}
