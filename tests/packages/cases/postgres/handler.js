import postgres from "postgres";

const sql = postgres(process.env.DATABASE_URL ?? "postgres://localhost/none");

export default async () => {
  try {
    return Response.json(await sql`SELECT 1`);
  } catch (error) {
    return Response.json({ name: error.name, code: error.code, message: error.message }, { status: 503 });
  }
};
