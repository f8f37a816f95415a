"""The functions that are measured."""

# Parts of a bundle, by turns: what packages are made of. `@` is the part's number.
PARTS = [
    """class Part@ extends Base {
  static kind = "part@";
  #items = new Map();
  constructor(options = {}) { super(options); this.limit = options.limit ?? @; this.name = `part @ of ${options.owner ?? "nobody"}`; }
  add(key, value) {
    if (this.#items.size >= this.limit) throw new RangeError(`part @ holds no more than ${this.limit}`);
    this.#items.set(String(key), { value, at: Date.now(), tags: ["@", typeof value] });
    return this;
  }
  *values() { for (const [key, { value, tags }] of this.#items) yield { key, value, tags }; }
  async load(source) {
    for await (const { key, value } of source) this.add(key, await value);
    return [...this.values()].filter((item) => item.key !== "@").sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
registry.set(Part@.kind, Part@);
""",
    """const schema@ = object({
  id: text({ least: 1, most: @ + 1, message: "the id of @ is a short text" }),
  count: number({ least: 0, most: 1000 + @, whole: true }),
  labels: list(text({ pattern: /^[a-z]@(?:-[a-z0-9]+)*$/u }), { most: 20 }),
  nested: object({ on: flag(), mode: choice("fast", "slow", "@") }),
});
function parse@(input) {
  const problems = schema@.check(input, []);
  if (problems.length > 0) throw new TypeError(`@: ${problems.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ")}`);
  return { ...input, labels: new Set(input.labels), nested: { ...input.nested } };
}
""",
    """function encode@(value, depth = 0) {
  switch (typeof value) {
    case "string": return `"${value.replace(/["\\\\\\n]/g, (c) => `\\\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
    case "number": return Number.isFinite(value) ? String(value) : "null";
    case "boolean": return value ? "true" : "false";
    default:
      if (value === null || depth > @) return "null";
      if (Array.isArray(value)) return `[${value.map((item) => encode@(item, depth + 1)).join(",")}]`;
      return `{${Object.entries(value).map(([key, item]) => `${encode@(key)}:${encode@(item, depth + 1)}`).join(",")}}`;
  }
}
const messages@ = { missing: "Part @ was not found", denied: "Part @ may not be read", busy: "Part @ is busy: try again in @ seconds" };
""",
]

# What such parts lean on: it runs while the module is evaluated.
COMMON = """const registry = new Map();
class Base { constructor(options) { this.options = { ...options }; } describe() { return `${this.constructor.name} ${JSON.stringify(this.options)}`; } }
const rule = (check) => (options = {}) => ({ options, check: (value, path) => check(value, options) ? [] : [{ path, message: options.message ?? "is not right" }] });
const text = rule((value, { least = 0, most = Infinity, pattern }) => typeof value === "string" && value.length >= least && value.length <= most && (!pattern || pattern.test(value)));
const number = rule((value, { least, most, whole }) => typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value)));
const flag = rule((value) => typeof value === "boolean");
const choice = (...words) => ({ check: (value, path) => words.includes(value) ? [] : [{ path, message: `is none of ${words.join(", ")}` }] });
const list = (item, options) => ({ options, check: (value, path) => Array.isArray(value) ? value.flatMap((one, n) => item.check(one, [...path, n])) : [{ path, message: "is not a list" }] });
const object = (shape) => ({ check: (value, path) => Object.entries(shape).flatMap(([name, item]) => item.check(value?.[name], [...path, name])) });
"""


def handler(number):
    """Answers how often its isolate was asked: `function NUMBER 1 /path` is a cold start."""
    return f"let seen = 0;\nexport default (request) => new Response(`function {number} ${{++seen}} ${{new URL(request.url).pathname}}`);\n"


def small(number):
    """A function of one kilobyte."""
    end = handler(number)
    lines = ["const words = ["]
    while len("\n".join(lines)) + len(end) < 1000:
        lines.append(f'  "word {number}-{len(lines)}",')
    return "\n".join(lines) + "\n];\n" + end


def large(number, size=700 * 1024):
    """What a bundle of packages looks like: much code, of which loading runs a part and a request little."""
    parts, length = [COMMON], len(COMMON)
    while length < size:
        # The function's number is in the code: no two functions share what was compiled of one of them.
        part = PARTS[len(parts) % len(PARTS)].replace("@", f"{number}{len(parts):04}".lstrip("0"))
        parts.append(part)
        length += len(part)
    return "".join(parts) + handler(number)


def around(bundle, number):
    """A bundle of real packages, with a handler of ours. The bundle must not have a default export."""
    return f"{bundle}\n{{\n}}\n{handler(number)}"
