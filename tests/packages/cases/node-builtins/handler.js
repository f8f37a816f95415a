import buffer from "./buffer.js";
import crypto from "./crypto.js";
import flow from "./flow.js";
import { probe } from "./probe.js";
import text from "./text.js";

const parts = { buffer, crypto, flow, text };

export default async function handler(request) {
  const { pathname, searchParams } = new URL(request.url);
  const part = parts[pathname.split("/")[2]];
  const name = searchParams.get("name");
  return Response.json(await probe(name === null ? part : { [name]: part[name] }));
}
