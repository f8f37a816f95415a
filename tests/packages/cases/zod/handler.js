import * as z from "zod";

const Order = z.object({
  id: z.uuid(),
  email: z.email(),
  items: z.array(z.object({ sku: z.string().regex(/^[A-Z]{3}-\d+$/), count: z.int().positive().default(1) })).min(1).max(3),
  at: z.iso.datetime().transform((text) => new Date(text)),
  note: z.string().trim().max(20).optional(),
  pay: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("card"), last4: z.string().length(4) }),
    z.object({ kind: z.literal("cash"), amount: z.coerce.number() }),
  ]),
});

export default async function handler(request) {
  if (new URL(request.url).pathname === "/api/schema") return Response.json(z.toJSONSchema(Order, { io: "input" }));
  const result = await Order.safeParseAsync(await request.json());
  if (result.success) return Response.json({ order: result.data, weekday: result.data.at.getUTCDay() });
  return Response.json({ tree: z.treeifyError(result.error), text: z.prettifyError(result.error) }, { status: 422 });
}
