// Stands in for a server of yours behind the edge: it answers with what reached it.
export default async function handler(req) {
  const url = new URL(req.url);
  return Response.json({
    from: "upstream",
    method: req.method,
    path: url.pathname,
    query: url.search,
    headers: Object.fromEntries(req.headers),
    body: await req.text(),
  });
}
