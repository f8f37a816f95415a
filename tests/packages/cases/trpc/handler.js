import { initTRPC, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { z } from "zod";

const t = initTRPC.context().create({ isDev: false });
const signedIn = t.procedure.use(({ ctx, next }) => {
  if (!ctx.user) throw new TRPCError({ code: "UNAUTHORIZED" });
  return next({ ctx: { user: ctx.user } });
});

const router = t.router({
  hello: t.procedure.input(z.object({ name: z.string().min(2) })).query(({ input }) => `Hello, ${input.name}!`),
  me: signedIn.query(({ ctx }) => ({ user: ctx.user, at: new Date(0) })),
  post: t.router({
    add: signedIn.input(z.object({ title: z.string() })).mutation(({ input, ctx }) => ({ ...input, by: ctx.user })),
  }),
  countdown: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    for (let n = input; n > 0; n--) yield n;
  }),
});

export default (req) =>
  fetchRequestHandler({
    endpoint: "/api/trpc",
    req,
    router,
    createContext: () => ({ user: req.headers.get("authorization")?.replace("Bearer ", "") }),
  });
