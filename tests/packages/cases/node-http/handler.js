import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { inherits } from "node:util";
import Keep from "agentkeepalive";
import fetch from "node-fetch";
import superagent from "superagent";

const read = async (message) => {
  message.setEncoding("utf8");
  let text = "";
  for await (const part of message) text += part;
  return text;
};

// Method, options and body to what came back.
const ask = (url, options = {}, body = undefined) =>
  new Promise((resolve, reject) => {
    const request = http.request(url, options, (message) => read(message).then((text) => resolve({ message, request, text }), reject));
    request.on("error", reject);
    request.end(body);
  });

const thrown = (run) => {
  try {
    return run();
  } catch (error) {
    return [error.name, error.code, error.message];
  }
};

// As packages wrote their agents before there were classes.
function Old() {
  http.Agent.call(this, { keepAlive: true });
}
inherits(Old, http.Agent);

const routes = {
  async "/api/get"(base) {
    const { message, text } = await ask(`${base}/json?a=1#fragment`, { headers: { "X-Seen": "s" } });
    const { statusCode, statusMessage, httpVersion, complete, headers } = message;
    return [statusCode, statusMessage, httpVersion, complete, headers["content-type"], text];
  },
  async "/api/post"(base) {
    const { hostname, port } = new URL(base);
    const headers = { "Content-Type": "text/plain", "X-List": ["1", "2"] };
    return (await ask(base, { hostname, port, path: "/echo?%C3%BC", method: "post", headers, auth: "u:ü" }, "Käse")).text;
  },
  async "/api/body"(base) {
    const piped = await new Promise((resolve, reject) => {
      const request = http.request(`${base}/echo`, { method: "PUT" }, (message) => read(message).then(resolve, reject));
      pipeline(Readable.from(["a", Buffer.from("ü")]), request).catch(reject);
    });
    return [piped, (await ask(`${base}/echo`, { method: "DELETE" })).text, (await ask(`${base}/json`, { method: "HEAD" })).message.statusCode];
  },
  async "/api/answers"(base) {
    const cookies = (await ask(`${base}/cookies`)).message;
    const moved = (await ask(`${base}/moved`)).message;
    const packed = await ask(`${base}/gzip`);
    return [cookies.headers["set-cookie"], moved.statusCode, moved.headers.location, packed.message.statusCode, (await ask(`${base}/missing`)).message.statusCode];
  },
  async "/api/order"(base) {
    const log = [];
    await new Promise((resolve) => {
      const request = http.get(`${base}/json`);
      for (const event of ["socket", "finish", "response", "error"]) request.on(event, () => log.push(event));
      request.on("response", (message) => message.on("end", () => log.push("end")).resume());
      request.on("close", () => resolve(log.push("close")));
    });
    return log;
  },
  async "/api/ended"(base) {
    const events = (act) => new Promise((resolve) => {
      const request = http.request(`${base}/json`);
      const log = [];
      for (const event of ["abort", "response"]) request.on(event, () => log.push(event));
      request.on("error", (error) => log.push(error.name, error.code, error.message));
      request.on("close", () => resolve([log, request.destroyed, request.aborted]));
      act(request);
    });
    const controller = new AbortController();
    const refused = await ask(base.replace(/\d+$/, "39871")).catch((error) => [error.code, error.syscall, error.message]);
    const signalled = await new Promise((resolve) => {
      http.request(base, { signal: controller.signal }).on("error", ({ name, code }) => resolve([name, code])).end();
      controller.abort();
    });
    const late = await new Promise((resolve) => {
      const request = http.get(`${base}/slow`, { timeout: 20 });
      request.on("timeout", () => request.destroy(new Error("late"))).on("error", (error) => resolve(error.message));
    });
    return [await events((r) => r.destroy()), await events((r) => r.destroy(new Error("mine"))), await events((r) => r.end().abort()), refused, signalled, late];
  },
  async "/api/headers"(base) {
    const request = http.request(base, { headers: { A: "1" } }).on("error", () => {});
    request.setHeader("B-c", 2);
    request.removeHeader("a");
    const seen = [request.getHeader("b-C"), request.hasHeader("A"), request.getRawHeaderNames(), request.method, request.path, request.protocol];
    request.destroy();
    const sent = (await ask(`${base}/json`)).request;
    return [seen, thrown(() => sent.setHeader("a", "b"))];
  },
  async "/api/mistakes"(base) {
    return [
      () => http.request("https://x.test/"), () => https.request("http://x.test/"), () => http.request({ path: "/a b" }), () => http.request("nonsense"),
      () => http.request({ method: "A B" }), () => http.request(base, { headers: { "a b": "1" } }), () => http.request(base, { headers: { a: "\n" } }),
    ].map(thrown);
  },
  async "/api/node-fetch"(base) {
    const posted = await fetch(`${base}/echo`, { method: "POST", body: JSON.stringify({ a: "ü" }), headers: { "content-type": "application/json" } });
    const redirected = await fetch(`${base}/moved`);
    return [await posted.json(), redirected.url.endsWith("/json?moved"), await redirected.json(), await (await fetch(`${base}/gzip`)).text(), (await fetch(`${base}/missing`)).status];
  },
  async "/api/superagent"(base) {
    const sent = await superagent.post(`${base}/echo`).set("X-List", "1").send({ a: "ü" });
    const form = await superagent.post(`${base}/echo`).field("a", "1").attach("f", Buffer.from("x"), "n.txt");
    const failed = await superagent.get(`${base}/missing`).catch((error) => [error.status, error.message]);
    return [sent.body, form.body.text.includes('filename="n.txt"'), failed, (await superagent.get(`${base}/moved`)).body];
  },
  async "/api/agents"(base) {
    const mine = [new Keep({ timeout: 1000 }), new http.Agent({ keepAlive: true }), new Old(), false];
    return await Promise.all(mine.map(async (agent) => (await ask(`${base}/json`, { agent })).text));
  },
};

export default async function handler(request, { env }) {
  return Response.json(await routes[new URL(request.url).pathname](env.API_URL));
}
