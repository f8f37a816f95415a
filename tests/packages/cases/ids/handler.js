import { customAlphabet, nanoid } from "nanoid";
import { NIL, parse, stringify, v1, v3, v4, v5, v7, validate, version } from "uuid";

const hex = customAlphabet("0123456789abcdef", 12);

export default function handler() {
  const many = new Set(Array.from({ length: 5000 }, () => nanoid()));
  return Response.json({
    unique: many.size,
    shapes: [/^[\w-]{21}$/.test(nanoid()), /^[0-9a-f]{12}$/.test(hex()), nanoid(8).length],
    versions: [v1(), v4(), v7()].map((id) => [validate(id), version(id)]),
    ordered: [v7(), v7(), v7()].every((id, i, all) => i === 0 || all[i - 1] < id),
    named: [v3("example.com", v3.DNS), v5("https://example.com/", v5.URL)],
    bytes: [...parse(NIL)].length + stringify(parse(v4())).length,
    own: /^[0-9a-f-]{36}$/.test(crypto.randomUUID()),
  });
}
