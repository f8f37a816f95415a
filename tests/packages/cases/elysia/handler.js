import { Elysia, t } from "elysia";
import { WebStandardAdapter } from "elysia/adapter/web-standard";

const app = new Elysia({ prefix: "/api", adapter: WebStandardAdapter, aot: false })
  .get("/", () => "Hello")
  .get("/items/:id", ({ params: { id }, query }) => ({ id, query }), { params: t.Object({ id: t.Numeric() }) })
  .post("/echo", ({ body, set }) => {
    set.headers["x-echo"] = "1";
    set.status = 201;
    return body;
  }, { body: t.Object({ name: t.String({ minLength: 2 }) }) })
  .get("/cookie", ({ cookie: { seen } }) => {
    seen.value = "yes";
    seen.httpOnly = true;
    return "set";
  })
  .get("/events", function* () {
    yield "one";
    yield "two";
  })
  .onError(({ code, set }) => {
    if (code === "VALIDATION") {
      set.status = 422;
      return { error: "invalid" };
    }
  });

export default { fetch: app.fetch };
