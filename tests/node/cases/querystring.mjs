import qs, { parse, stringify } from "node:querystring";

const texts = ["a=1&b=2", "a=1&a=2&a=3", "a", "a=", "=b", "&&a=1&&", "a=b=c", "a%20b=c+d", "%zz=%41", "a=%E4%B8%96", "a=%FF", "", "__proto__=1", "a[]=1&a[]=2", "a;b", "%"];
export const cases = {
  "parse": () => texts.map((t) => ({ ...parse(t) })),
  "parse with other separators": () => [{ ...parse("a:1;b:2", ";", ":") }, { ...parse("a==1&&b==2", "&&", "==") }, { ...parse("a=1&b=2&c=3", null, null, { maxKeys: 2 }) }],
  "parse with a decoder": () => ({ ...parse("a=%41", null, null, { decodeURIComponent: (s) => `<${s}>` }) }),
  "parse of nonsense": () => [{ ...parse(5) }, { ...parse(null) }, Object.getPrototypeOf(parse("a=1"))],
  "stringify": () => [{ a: 1, b: "x y", c: true }, { a: [1, 2], b: [] }, { a: null, b: undefined, c: NaN, d: {} , e: Infinity}, { "ä ö": "é&=" }, {}, { a: 10n }, { a: "" }, { a: "!'()*~-._" }].map((o) => stringify(o)),
  "stringify with other separators": () => [stringify({ a: 1, b: 2 }, ";", ":"), stringify({ a: "x" }, null, null, { encodeURIComponent: (s) => `<${s}>` })],
  "stringify of nonsense": () => [stringify(5), stringify("a"), stringify(null), thrown(() => stringify({ a: "\ud800" }))],
  "escape and unescape": () => [qs.escape("a b&ü"), qs.unescape("a%20b%FF"), qs.unescape("%"), qs.encode === stringify, qs.decode === parse, qs.escape(5), qs.escape({})],
  "unescapeBuffer": () => qs.unescapeBuffer("a%20%zz%ff"),
};
