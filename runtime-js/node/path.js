// node:path. Paths are POSIX paths here; `win32` is there for those who only look at it.

import posix from "npm:path-browserify";
import { argumentType, checkString, notSupported } from "./lib/errors.js";

const METHODS = ["resolve", "normalize", "isAbsolute", "join", "relative", "dirname", "basename", "extname", "format", "parse"];

function guarded(name, method) {
  const checked = {
    join: (...args) => args.forEach((arg) => checkString(arg, "path")),
    resolve: (...args) => args.forEach((arg, i) => checkString(arg, `paths[${i}]`)),
    relative: (from, to) => {
      checkString(from, "from");
      checkString(to, "to");
    },
    format: (value) => {
      if (value === null || typeof value !== "object") throw argumentType("pathObject", "Object", value);
    },
    basename: (path, suffix) => {
      if (suffix !== undefined) checkString(suffix, "suffix");
      checkString(path, "path");
    },
  }[name] ?? ((path) => checkString(path, "path"));
  return {
    [name](...args) {
      checked(...args);
      return method(...args);
    },
  }[name];
}

const path = {};
for (const name of METHODS) path[name] = guarded(name, posix[name].bind(posix));
path.format = guarded("format", ({ dir, root, base, name, ext }) => {
  const folder = dir || root;
  const file = base || `${name || ""}${ext ? (ext[0] === "." ? "" : ".") + ext : ""}`;
  return !folder ? file : folder === root ? `${folder}${file}` : `${folder}/${file}`;
});
path.toNamespacedPath = (value) => value;
path.matchesGlob = (value, pattern) => {
  checkString(value, "path");
  checkString(pattern, "pattern");
  return globToRegExp(pattern).test(value);
};
path.sep = "/";
path.delimiter = ":";
path._makeLong = path.toNamespacedPath;

function globToRegExp(pattern) {
  let text = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === "*" && pattern[i + 1] === "*") {
      text += pattern[i + 2] === "/" ? "(?:.*/)?" : ".*";
      i += pattern[i + 2] === "/" ? 2 : 1;
    } else if (char === "*") text += "[^/]*";
    else if (char === "?") text += "[^/]";
    else if (char === "{") text += "(?:";
    else if (char === "}") text += ")";
    else if (char === ",") text += "|";
    else text += char.replace(/[\\^$+.()|]/g, "\\$&");
  }
  return new RegExp(`^${text}$`, "s");
}

const win32 = { sep: "\\", delimiter: ";" };
for (const name of [...METHODS, "toNamespacedPath", "matchesGlob"]) {
  win32[name] = () => {
    throw notSupported(`path.win32.${name}`);
  };
}
win32._makeLong = win32.toNamespacedPath;
win32.win32 = path.win32 = win32;
win32.posix = path.posix = path;

export default path;
