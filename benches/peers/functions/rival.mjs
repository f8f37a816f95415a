// What is usually built behind nginx: verify the token, ask for the role, answer. Its arguments: a port, and for how many seconds it remembers roles.
import { importJWK, jwtVerify } from "jose";
import { createServer } from "node:http";
import pg from "pg";

const { BENCH_ISSUER: issuer, BENCH_AUDIENCE: audience } = process.env;
const key = await importJWK(JSON.parse(process.env.BENCH_JWK), "ES256");
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const keptMs = Number(process.argv[3]) * 1000;
const roles = new Map();

async function roleOf(user) {
  const known = roles.get(user);
  if (known && known.until > Date.now()) return known.role;
  const { rows } = await pool.query("SELECT role FROM members WHERE user_id = $1", [user]);
  const role = rows[0]?.role;
  if (keptMs > 0) roles.set(user, { role, until: Date.now() + keptMs });
  return role;
}

function answer(res, status, value) {
  const text = JSON.stringify(value);
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  res.end(text);
}

createServer(async (req, res) => {
  try {
    const [, token] = /^Bearer (.+)$/.exec(req.headers.authorization ?? "") ?? [];
    const verified = token && (await jwtVerify(token, key, { issuer, audience, algorithms: ["ES256"] }).catch(() => undefined));
    if (!verified) return answer(res, 401, { error: "unauthenticated" });
    const user = verified.payload.sub;
    const role = await roleOf(user);
    if (role !== "admin") return answer(res, 403, { error: "forbidden" });
    answer(res, 200, { user, role });
  } catch (error) {
    console.error(error);
    answer(res, 500, { error: "internal" });
  }
}).listen(Number(process.argv[2]), "127.0.0.1");
