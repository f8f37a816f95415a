import { and, asc, count, desc, eq, gt, ilike, inArray, sql } from "drizzle-orm";
import { integer, jsonb, pgTable, QueryBuilder, serial, text, timestamp } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pg-proxy";

const users = pgTable("users", { id: serial("id").primaryKey(), name: text("name").notNull(), tags: jsonb("tags") });
const posts = pgTable("posts", {
  id: serial("id").primaryKey(),
  author: integer("author_id").references(() => users.id),
  title: text("title").notNull(),
  at: timestamp("at").defaultNow(),
});

export default async function handler() {
  const calls = [];
  const db = drizzle(async (query, params, method) => {
    calls.push({ query, params, method });
    return { rows: method === "all" ? [[1, "Zoë", ["a"]]] : [] };
  });
  const rows = await db.select().from(users).where(and(eq(users.id, 1), ilike(users.name, "%o%")));
  await db.insert(posts).values({ title: "ä", author: 1, at: new Date(0) }).onConflictDoNothing().returning({ id: posts.id });
  await db.update(users).set({ tags: ["x"] }).where(inArray(users.id, [1, 2]));
  await db.delete(posts).where(gt(posts.id, 9));
  const built = new QueryBuilder()
    .select({ name: users.name, posts: count(posts.id), upper: sql`upper(${users.name})` })
    .from(users)
    .leftJoin(posts, eq(posts.author, users.id))
    .groupBy(users.id)
    .orderBy(desc(users.name), asc(users.id))
    .limit(5)
    .toSQL();
  return Response.json({ rows, calls, built });
}
