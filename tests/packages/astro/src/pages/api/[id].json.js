export const GET = ({ params, url, request }) =>
  Response.json({ id: params.id, url: url.href, agent: request.headers.get("x-agent") }, { headers: { "x-api": "1" } });

export const POST = async ({ request }) => Response.json({ got: await request.json() }, { status: 201 });

export const DELETE = () => new Response(null, { status: 204 });
