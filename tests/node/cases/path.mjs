import path, { posix } from "node:path";
import other from "node:path/posix";

const p = path.posix;
const paths = ["", "/", "a", "/a", "a/b", "/a/b/", "../a", "./a", "a/../b", "/..", "a//b", "/a/./b/../c.txt", "x.tar.gz", ".hidden", "a.", "..", "a/b.c/d", "//x//y", "file.ext/"];
export const cases = {};
for (const name of ["normalize", "dirname", "basename", "extname", "isAbsolute", "parse"]) cases[name] = () => paths.map((x) => p[name](x));
Object.assign(cases, {
  "the modules are one": () => [path.posix === other, posix === other, path.posix.posix === path.posix, path.sep, path.delimiter],
  "join": () => [p.join(), p.join("a", "b"), p.join("/a", "..", "b"), p.join("a", "", "c"), p.join("a", "/b"), p.join("", ""), p.join("../a", "../b"), p.join("a/", "/b/")],
  "resolve": () => [p.resolve("/a", "b"), p.resolve("/a", "/b"), p.resolve("/a", "..", ".."), p.resolve("/a/b", "../c/./d/"), p.resolve("/")],
  "relative": () => [["/a/b/c", "/a/d"], ["/a", "/a"], ["/", "/a/b"], ["/a/b", "/"], ["/a/bc", "/a/b"], ["/a/b", "/a/bc"]].map(([a, b]) => p.relative(a, b)),
  "basename with a suffix": () => [p.basename("a/b.txt", ".txt"), p.basename("a/b.txt", "t"), p.basename(".txt", ".txt"), p.basename("a/b.txt/", ".txt"), p.basename("b", "b")],
  "format": () => [{ dir: "/a", base: "b.c" }, { root: "/", name: "x", ext: ".y" }, { dir: "/", base: "x" }, { name: "n", ext: "e" }, {}, { root: "/", dir: "/", base: "z" }].map((o) => p.format(o)),
  "parse and format": () => paths.map((x) => p.format(p.parse(x))),
  "of nonsense": () => [thrown(() => p.join(5), true), thrown(() => p.normalize(null), true), thrown(() => p.basename(), true), thrown(() => p.format("x"), true), thrown(() => p.relative("a"), true), thrown(() => p.resolve(5)).code],
  "toNamespacedPath": () => [p.toNamespacedPath("/a"), p.toNamespacedPath(5)],
});
