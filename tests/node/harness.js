// Runs the cases of one file and makes JSON of what they answer. The driver puts this text behind the text of the file, for Node and
// for Portico alike.

function plain(value, depth = 0) {
  if (value === undefined) return "undefined";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) return Object.is(value, -0) ? "-0" : `${value}`;
  if (typeof value === "symbol") return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (value === null || typeof value !== "object") return value;
  if (depth > 8) return "...";
  if (value instanceof Error) return { error: value.name, code: plain(value.code), message: value.message };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${plain(new Uint8Array(value))}`;
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (value instanceof Map) return { map: plain([...value], depth + 1) };
  if (value instanceof Set) return { set: plain([...value], depth + 1) };
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key], depth + 1)]));
}

// The name and code of what a call throws; with its message, `thrown(call, true)`.
function thrown(call, message = false) {
  const told = (error) => {
    const found = { error: error?.name, code: plain(error?.code) };
    return message ? { ...found, message: error?.message } : found;
  };
  try {
    const value = call();
    if (typeof value?.then === "function") return value.then((result) => ({ returned: plain(result) }), told);
    return { returned: plain(value) };
  } catch (error) {
    return told(error);
  }
}

async function answers() {
  const found = {};
  for (const [name, run] of Object.entries(cases)) {
    try {
      found[name] = plain(await run());
    } catch (error) {
      found[name] = { failed: `${error?.name}: ${error?.message}`, code: plain(error?.code) };
    }
  }
  return found;
}

export default async function (request) {
  const id = new URL(request.url).searchParams.get("interleave");
  return Response.json(id === null ? await answers() : await interleaved(id));
}
