import { AutoRouter, cors, error, json, StatusError, text, withParams } from "itty-router";

const { preflight } = cors({ origin: "*", allowMethods: ["GET", "POST"] });
const router = AutoRouter({ base: "/api", before: [preflight, withParams] });

router
  .get("/hello/:name?", ({ name = "world" }) => text(`Hello, ${decodeURIComponent(name)}!`))
  .get("/sum/:numbers+", ({ numbers }) => ({ sum: numbers.split("/").map(Number).reduce((a, b) => a + b, 0) }))
  .get("/search", ({ query }) => query)
  .post("/json", async (request) => json(await request.json(), { status: 202 }))
  .get("/gone", () => error(410, { error: "no longer here" }))
  .get("/throws", () => {
    throw new StatusError(422, "cannot be processed");
  });

export default { ...router };
