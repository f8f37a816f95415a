import postgres from "postgres";

const sql = postgres(process.env.DATABASE_URL ?? "postgres://localhost/none");

export default async () => Response.json(await sql`SELECT 1`);
