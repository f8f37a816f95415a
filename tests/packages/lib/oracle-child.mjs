// The process in which Node runs a handler: a Request comes in by message, what the handler answers goes out.

import { pathToFileURL } from "node:url";

// The function's environment is all there is, as in an isolate.
const env = { ...process.env };

let handler;
try {
  const module = await import(pathToFileURL(process.argv[2]).href);
  const exported = module.default ?? module.handler;
  handler = typeof exported === "function" ? exported : (request, context) => exported.fetch(request, context);
  process.send({ id: "load" });
} catch (error) {
  process.send({ id: "load", error: String(error?.stack ?? error) });
}

// A function's mistakes in the background do not end the process that others' requests are in.
process.on("unhandledRejection", (error) => console.error("Uncaught (in promise)", error));
process.on("uncaughtException", (error) => console.error("Uncaught", error));

process.on("message", async ({ id, request, context }) => {
  try {
    const { method, url, headers, body } = request;
    const hasBody = body !== null && method !== "GET" && method !== "HEAD";
    const answer = await handler(new Request(url, { method, headers, body: hasBody ? body : null }), {
      ...context,
      env: { ...env },
      waitUntil: () => {},
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    process.send({ id, status: answer.status, headers: [...answer.headers], body: bytes });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
