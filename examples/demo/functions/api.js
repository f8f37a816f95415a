// Answers with what it was asked. GET also matches HEAD; OPTIONS is ours to answer, the edge adds no CORS.
export default async function handler(req) {
  if (req.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { allow: "GET, HEAD, POST, OPTIONS" } });
  }
  const url = new URL(req.url);
  return Response.json({
    ok: true,
    method: req.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    locale: req.headers.get("x-run402-locale"),
    // What the client sent; the platform's own are of no interest to it.
    headers: Object.fromEntries([...req.headers].filter(([name]) => !name.startsWith("x-run402-"))),
    body: await req.text(),
  });
}
