import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { stream, streamSSE, streamText } from "hono/streaming";
import { html, raw } from "hono/html";

const app = new Hono().basePath("/api");

app.use("/cors/*", cors({ origin: "https://app.example", credentials: true, maxAge: 600 }));
app.use("/safe/*", secureHeaders());
app.use("/tagged/*", etag());

app.get("/", (c) => c.text("Hello"));
app.get("/items/:id{[0-9]+}", (c) => c.json({ id: Number(c.req.param("id")), q: c.req.queries("q") ?? [] }));
app.post("/echo", async (c) => c.json(await c.req.json(), 201, { "x-echo": "1" }));
app.post("/form", async (c) => {
  const { file, ...fields } = await c.req.parseBody();
  return c.json({ fields, file: file instanceof File ? [file.name, file.type, await file.text()] : null });
});
app.get("/cors/data", (c) => c.json({ ok: true }));
app.get("/safe/page", (c) => c.html(html`<p>${"<script>"}${raw("<b>bold</b>")}</p>`));
app.get("/tagged/text", (c) => c.text("the same every time"));
app.get("/cookie", (c) => {
  setCookie(c, "seen", String(Number(getCookie(c, "seen") ?? 0) + 1), { httpOnly: true, sameSite: "Lax", path: "/" });
  deleteCookie(c, "old");
  return c.text("ok");
});
app.get("/away", (c) => c.redirect("https://example.com/ä?x=1", 303));
app.get("/stream", (c) =>
  streamText(c, async (out) => {
    for (const word of ["one", "two", "three"]) {
      await out.writeln(word);
      await out.sleep(5);
    }
  }),
);
app.get("/bytes", (c) => stream(c, async (out) => void (await out.write(new Uint8Array([0, 255, 128, 10])))));
app.get("/events", (c) =>
  streamSSE(c, async (out) => {
    for (let id = 0; id < 3; id++) await out.writeSSE({ id: String(id), event: "tick", data: `line ${id}\nmore` });
  }),
);
app.get("/fails", () => {
  throw new HTTPException(418, { message: "I'm a teapot" });
});
app.get("/breaks", () => {
  throw new Error("not for the client");
});
app.notFound((c) => c.text(`nothing at ${c.req.path}`, 404));
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.json({ error: "internal" }, 500)));

export default app;
