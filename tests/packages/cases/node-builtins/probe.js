// Runs small expressions and makes what they give, or what they throw, comparable.

function plain(value, depth = 0) {
  if (value === undefined) return "undefined";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "function" || typeof value === "symbol") return `${typeof value} ${String(value.name ?? value.description)}`;
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Error) return { name: value.name, code: value.code, message: value.message };
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${Array.from(new Uint8Array(value))}`;
  if (depth > 4) return "...";
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key], depth + 1)]));
}

export async function probe(expressions) {
  const seen = {};
  for (const [name, run] of Object.entries(expressions)) {
    try {
      seen[name] = plain(await run());
    } catch (error) {
      seen[name] = { threw: plain(error) };
    }
  }
  return seen;
}
