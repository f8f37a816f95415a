// POST /sign-in {"name": "ada"}. A real site would look at a password here. What begins the session is the field in the answer: the node takes it
// away, and gives the browser a cookie that no script can read.
export default async function handler(req) {
  const { name } = await req.json().catch(() => ({}));
  if (!["ada", "bob"].includes(name)) {
    return Response.json({ ok: false, error: "Nobody of that name is a member." }, { status: 401 });
  }
  const directive = {
    v: 1,
    tenant: "members",
    user: { id: name, email: `${name}@example.com`, emailVerified: true },
    method: "password",
  };
  const encoded = Buffer.from(JSON.stringify(directive)).toString("base64url");
  return Response.json({ ok: true }, { headers: { "x-run402-mint-directive": encoded } });
}
