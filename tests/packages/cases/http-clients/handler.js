import { neon, neonConfig } from "@neondatabase/serverless";
import { Redis } from "@upstash/redis";
import axios from "axios";
import ky from "ky";
import pRetry from "p-retry";
import { Resend } from "resend";

const routes = {
  async "/api/axios"(base) {
    const client = axios.create({ baseURL: base, adapter: "fetch", timeout: 5000, headers: { "x-client": "axios" } });
    client.interceptors.request.use((config) => ({ ...config, headers: config.headers.set("x-seen", "1") }));
    const got = await client.get("/json", { params: { a: [1, 2], q: "ü" } });
    const posted = await client.post("/echo", { text: "Käse" });
    const form = await client.post("/echo", new URLSearchParams({ a: "1 ü" }));
    const bytes = await client.get("/bytes", { responseType: "arraybuffer" });
    const failed = await client.get("/missing").catch((error) => [error.code, error.response.status, error.response.data]);
    const aborted = await client.get("/slow", { signal: AbortSignal.timeout(20) }).catch((error) => error.code);
    return { got: got.data, posted: posted.data, form: form.data, bytes: [...new Uint8Array(bytes.data)], failed, aborted };
  },
  async "/api/ky"(base) {
    let tries = 0;
    const client = ky.create({ prefix: base, retry: { limit: 2, delay: () => 1 }, hooks: { beforeRequest: [() => void tries++] } });
    const busy = await client.get("busy").json();
    const failed = await client.get("missing", { retry: 0 }).catch((error) => [error.name, error.response.status]);
    const late = await client.get("slow", { timeout: 20, retry: 0 }).catch((error) => error.name);
    return { busy, failed, late, tries, echoed: await client.post("echo", { json: { a: "ü" } }).json() };
  },
  async "/api/p-retry"(base) {
    let tries = 0;
    const nobody = new URL(base);
    nobody.port = "39871";
    const failed = await pRetry(() => ++tries && fetch(nobody), { retries: 2, minTimeout: 1 }).catch((error) => [error.name, error.message, error.cause.code]);
    return { tries, failed };
  },
  async "/api/redis"(base) {
    const redis = new Redis({ url: base, token: "redis-token", enableTelemetry: false, retry: false });
    const set = await redis.set("key", { a: "ü" }, { ex: 60 });
    const all = await redis.pipeline().incr("n").get("key").exec();
    return { set, all };
  },
  async "/api/neon"(base) {
    neonConfig.fetchEndpoint = () => `${base}/sql`;
    const sql = neon("postgres://u:p@db.example.com/main", { disableWarningInBrowsers: true });
    return await sql`SELECT ${"ü"} AS a, ${42}::int AS n`;
  },
  async "/api/resend"(base, env) {
    const resend = new Resend(env.RESEND_KEY, { baseUrl: base });
    const sent = await resend.emails.send({ from: "a@example.com", to: "b@example.com", subject: "Grüezi", html: "<p>ü</p>" });
    return { sent: sent.data, refused: (await resend.emails.send({ from: "x", to: "y", subject: "z", text: "" })).error };
  },
};

export default async function handler(request, { env }) {
  return Response.json(await routes[new URL(request.url).pathname](env.API_URL, env));
}
