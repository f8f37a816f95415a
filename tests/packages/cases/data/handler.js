import bcrypt from "bcryptjs";
import * as cheerio from "cheerio/slim";
import { XMLBuilder, XMLParser } from "fast-xml-parser";
import { gunzipSync, gzipSync, strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { chunk, debounce, groupBy, kebabCase, merge, template } from "lodash-es";
import YAML from "yaml";

export default async function handler(request) {
  const text = await request.text();
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@" });
  const xml = parser.parse('<feed lang="de"><item id="1">Zoë &amp; co</item><item id="2"><![CDATA[<b>]]></item></feed>');
  const $ = cheerio.load("<ul><li class=a>eins</li><li>zwei &lt;</li></ul>", { xml: true });
  $("li").each((i, li) => void $(li).attr("data-i", String(i)));
  const zipped = zipSync({ "a.txt": strToU8(text), "d/b.txt": strToU8("b") }, { level: 9, mtime: "2026-01-01" });
  let called = 0;
  const once = debounce(() => called++, 3);
  for (let i = 0; i < 5; i++) once();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return Response.json({
    yaml: [YAML.parse("a: &x [1, 2]\nb: *x\nd: 2026-01-01\n"), YAML.stringify({ text, list: [1, { b: null }] })],
    xml: [xml, new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@", format: true }).build(xml)],
    html: $.html(),
    gzip: strFromU8(gunzipSync(gzipSync(strToU8(text)))) === text,
    zip: [zipped.length, Object.keys(unzipSync(zipped))],
    bcrypt: [await bcrypt.compare("secret", "$2b$04$abcdefghijklmnopqrstuuK0gHnDXWrJRs8ZOvJfbLUwNSVHDsS1y"), (await bcrypt.hash("x", 4)).length],
    hashed: bcrypt.hashSync("secret", "$2b$04$abcdefghijklmnopqrstuu"),
    lodash: [chunk([1, 2, 3, 4, 5], 2), groupBy(["eins", "zwei", "drei"], "length"), kebabCase("fooBar ÄÖ"), merge({ a: [1] }, { a: [2, 3] }), called],
    template: tryTemplate(),
  });
}

// It makes a function out of text.
function tryTemplate() {
  try {
    return template("Hello, <%- name %>!")({ name: "<Zoë>" });
  } catch (error) {
    return error.name;
  }
}
