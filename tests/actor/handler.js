// A function as a user of the library writes it, and one part that stands in for somebody who forges envelopes.

import { auth, db, ensureActorContextKeysLoaded, getCurrentContext, runWithContext } from "@run402/functions";

// What a bundle that has the library within it exports for the host.
export { ensureActorContextKeysLoaded, runWithContext };

const routes = {
  async who(request) {
    const context = getCurrentContext();
    const told = (name) => request.headers.get(`x-run402-${name}`);
    return {
      user: await auth.user(),
      role: await auth.role(),
      headers: { user: told("user-id"), role: told("user-role"), envelope: told("actor-context"), token: told("actor-token") },
      context: context && { projectId: context.projectId, requestId: context.requestId, kind: context.invocationKind },
    };
  },
  csrf: async () => ({ token: auth.csrfToken(), field: auth.csrfField(), authTime: (await auth.user()).authTime }),
  editor: async () => ({ id: (await auth.requireRole("editor")).user.id }),
  required: async () => ({ id: (await auth.requireUser()).id }),
  items: () => db().from("items").select("*"),
  // The library's own verification, of an envelope that comes in another way: without the actor that the host knows.
  async judge(request) {
    const { about, envelope, keys, now } = await request.json();
    process.env.ACTOR_CONTEXT_SIGNING_KEY_MAP_JSON = JSON.stringify(keys);
    const [NativeDate, warn, said] = [Date, console.warn, []];
    // The envelopes were made some time ago.
    globalThis.Date = class extends NativeDate {
      constructor(...time) {
        super(...(time.length > 0 ? time : [now * 1000]));
      }
    };
    console.warn = (line) => said.push(JSON.parse(line));
    try {
      await ensureActorContextKeysLoaded();
      const context = {
        requestId: about.request_id, projectId: about.project, releaseId: "", locale: null, defaultLocale: null, host: "",
        request: { method: about.method, url: about.url, headers: { "x-run402-actor-context": envelope } },
        actor: undefined, invocationKind: "routed_http",
      };
      return await runWithContext(context, async () => ({ user: await auth.user(), said }));
    } finally {
      [globalThis.Date, console.warn] = [NativeDate, warn];
    }
  },
};

export default async function handler(request) {
  // Below its own name, whether it was routed or called by it.
  const route = new URL(request.url).pathname.split("/").at(-1);
  return Response.json(await routes[route](request));
}
