import { defineHandler, getCookie, getRouterParam, H3, HTTPError, readBody, readFormData, redirect, setCookie, getQuery } from "h3";

const app = new H3();

app.use("/api/**", async (event, next) => {
  event.res.headers.set("x-seen", "1");
  return await next();
});
app.get("/api/hello/:name", (event) => ({ hello: getRouterParam(event, "name", { decode: true }), query: getQuery(event) }));
app.post("/api/echo", async (event) => ({ body: await readBody(event) }));
app.post("/api/form", async (event) => Object.fromEntries(await readFormData(event)));
app.get("/api/cookie", defineHandler((event) => {
  setCookie(event, "n", String(Number(getCookie(event, "n") ?? 0) + 1), { httpOnly: true });
  return "set";
}));
app.get("/api/bytes", () => new Uint8Array([1, 2, 255]));
app.get("/api/stream", () => new ReadableStream({
  async start(controller) {
    for (const part of ["a", "b", "c"]) controller.enqueue(new TextEncoder().encode(part));
    controller.close();
  },
}));
app.get("/api/away", () => redirect("https://example.com/", 307));
app.get("/api/fails", () => {
  throw new HTTPError({ status: 409, statusText: "Taken", data: { field: "name" } });
});
app.get("/api/nothing", () => null);

export default { fetch: app.fetch };
