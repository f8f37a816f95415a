import { Auth } from "@auth/core";
import { decode, encode } from "@auth/core/jwt";
import GitHub from "@auth/core/providers/github";
import { memoryAdapter } from "@better-auth/memory-adapter";
import { betterAuth } from "better-auth";
import { getIronSession, sealData, unsealData } from "iron-session";

const SECRET = "a secret of at least 32 characters";

const auth = betterAuth({
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  secret: SECRET,
  baseURL: "http://a.test",
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
});

const post = (path, body) =>
  auth.handler(new Request(`http://a.test/api/auth${path}`, {
    method: "POST", headers: { "content-type": "application/json", origin: "http://a.test" }, body: JSON.stringify(body),
  }));

const ask = (path) =>
  Auth(new Request(`http://a.test/auth${path}`), {
    providers: [GitHub({ clientId: "id", clientSecret: "secret" })], secret: SECRET, trustHost: true, basePath: "/auth",
  });

const cookieNames = (response) => response.headers.getSetCookie().map((cookie) => cookie.split("=")[0]);

const routes = {
  async "/api/better-auth"() {
    const person = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse" };
    const made = await post("/sign-up/email", { ...person, name: "Zoë" });
    const entered = await post("/sign-in/email", person);
    const cookie = entered.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
    const session = await auth.handler(new Request("http://a.test/api/auth/get-session", { headers: { cookie } }));
    const wrong = await post("/sign-in/email", { ...person, password: "wrong horse" });
    return [made.status, cookieNames(made), entered.status, (await session.json()).user.name, wrong.status, (await wrong.json()).code];
  },
  async "/api/auth-core"() {
    const token = await encode({ token: { sub: "ü" }, secret: SECRET, salt: "salt" });
    const page = await ask("/signin");
    return [await (await ask("/providers")).json(), page.status, await page.text().then((text) => text.includes("GitHub")), (await decode({ token, secret: SECRET, salt: "salt" })).sub];
  },
  async "/api/iron-session"(request) {
    const sealed = await sealData({ user: "ü" }, { password: SECRET });
    const response = new Response();
    const session = await getIronSession(request, response, { password: SECRET, cookieName: "s" });
    session.user = "ü";
    await session.save();
    return [await unsealData(sealed, { password: SECRET }), await unsealData(sealed, { password: `${SECRET}!` }), cookieNames(response)];
  },
};

export default async function handler(request) {
  return Response.json(await routes[new URL(request.url).pathname](request));
}
