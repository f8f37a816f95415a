// A server that answers from a table and writes down what it was asked.

import http from "node:http";

export class Stub {
  #server;
  #calls = [];

  // `answer(call)` gives { status?, headers?, body } for a call { method, path, query, headers, body }; a body that is neither
  // text nor bytes is sent as JSON. `undefined` is a 501, so that nothing unforeseen passes for an answer.
  static async start(answer) {
    const stub = new Stub();
    stub.#server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const url = new URL(request.url, "http://stub");
      const call = {
        method: request.method,
        path: url.pathname,
        query: url.search,
        headers: { ...request.headers },
        body: Buffer.concat(chunks).toString("latin1"),
      };
      stub.#calls.push(call);
      const { status = 200, headers = {}, body = null } = (await answer(call)) ?? { status: 501 };
      const raw = body === null || typeof body === "string" || body instanceof Uint8Array;
      response.writeHead(status, raw ? headers : { "content-type": "application/json", ...headers });
      response.end(raw ? (body ?? undefined) : JSON.stringify(body));
    });
    await new Promise((resolve) => stub.#server.listen(0, "127.0.0.1", resolve));
    stub.url = `http://127.0.0.1:${stub.#server.address().port}`;
    return stub;
  }

  // The calls since the last time.
  taken() {
    return this.#calls.splice(0);
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

// Fields that say which client called and how its connection is, not what it wants.
const OF_THE_CLIENT = new Set([
  "host", "connection", "user-agent", "accept-language", "accept-encoding", "sec-fetch-mode", "keep-alive",
]);

// A call as text, in which the same call of another client looks the same. Lines of headers that `quiet` matches are left out, and
// with a multipart type also the boundary, which is new each time.
export function written(call, quiet) {
  const headers = Object.entries(call.headers).filter(([name]) => !OF_THE_CLIENT.has(name));
  const fields = headers.map(([name, value]) => `${name}: ${value}`).filter((line) => !quiet?.test(line)).sort();
  const boundary = /^multipart\/.*boundary="?([^";]+)/.exec(call.headers["content-type"])?.[1];
  const text = [`${call.method} ${call.path}${call.query}`, ...fields, "", call.body].join("\n");
  return boundary === undefined ? text : text.replaceAll(boundary, "BOUNDARY");
}
