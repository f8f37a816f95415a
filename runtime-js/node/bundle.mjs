// Makes one script of each built-in module of functions: runtime-js/generated/NAME.js. Run by scripts/bundle-node.
//
//   node bundle.mjs            bundles, unless what is there was made from the same inputs
//   node bundle.mjs --check    exits with 1 when a bundle is missing or older than its inputs
//
// Each file of this folder is a module; its default export has what the module exports. A module imports another by its name
// ("node:events"): it is then loaded when the importing one is, and never twice. `lazily(name)` of lib/host.js loads it at first use,
// which is also how two modules may need each other.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const generated = join(here, "..", "generated");
const stamp = join(generated, "inputs");

// Everything a bundle depends on, in an order that build.rs finds too.
function inputs(folder = here) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...inputs(path));
    else if (/\.(js|mjs|json)$/.test(entry.name)) found.push(path);
  }
  return found.sort((a, b) => (relative(here, a) < relative(here, b) ? -1 : 1));
}

// FNV-1a of names and contents. It has to notice a change and nothing more; build.rs computes the same.
function digest() {
  let hash = 0x811c9dc5;
  const add = (bytes) => {
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  };
  for (const path of inputs()) {
    add(Buffer.from(relative(here, path)));
    add([0]);
    add(readFileSync(path));
    add([0]);
  }
  return hash.toString(16).padStart(8, "0");
}

const modules = readdirSync(here).filter((name) => name.endsWith(".js")).map((name) => name.slice(0, -3));
const current = digest();
const fresh = existsSync(stamp) && readFileSync(stamp, "utf8").trim() === current &&
  modules.every((name) => existsSync(join(generated, `${name}.js`)));


async function bundle() {
  const { build } = await import("esbuild-wasm");
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: modules.map((name) => `./${name}.js`),
    outdir: generated,
    bundle: true,
    format: "cjs",
    platform: "neutral",
    mainFields: ["main"],
    target: "es2024",
    // V8 takes the text as it is only if it is ASCII.
    charset: "ascii",
    // Names of classes and functions are part of what they show of themselves.
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "error",
    plugins: [builtins],
    banner: { js: HEAD },
    footer: { js: TAIL },
  });
  writeFileSync(stamp, `${current}\n`);
}

// What a bundle finds around it. `__builtin` gives the module as `require` would; the exports of a module become plain properties,
// because the host reads them without running JavaScript.
const HEAD = `(function(){const __builtin=(n)=>__bootstrap.core.loadExtScript("ext:portico_node/"+n+".js").default;` +
  `const module={exports:{}};let exports=module.exports;`;
const TAIL = `const __all=module.exports.default,__out={__proto__:null};` +
  `for(const k in __all)if(k!=="default"&&__bootstrap.primordials.ObjectHasOwn(__all,k))__out[k]=__all[k];` +
  `__out.default=__all;return __out;})();`;

const builtins = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    // `npm:x` is the package x even where a built-in module has its name.
    onResolve({ filter: /^npm:/ }, ({ path }) => {
      const target = join(here, "node_modules", path.slice(4));
      if (target.endsWith(".js")) return { path: target };
      const { main } = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
      return { path: join(target, main ?? "index.js") };
    });
    onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?\/?$/ }, ({ path }) => {
      const name = path.replace(/^node:/, "").replace(/\/$/, "").replace("/", "_");
      if (modules.includes(name)) return { path: name, namespace: "builtin" };
      if (path in REPLACED) return { path: join(here, "lib", REPLACED[path]) };
    });
    onLoad({ filter: /node-inspect-extracted\/dist\/inspect\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [from, to] of INSPECT_CHANGES) {
        if (contents.split(from).length !== 2) throw new Error(`${path} has changed: ${from}`);
        contents = contents.replace(from, () => to);
      }
      return { contents, loader: "js" };
    });
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = __builtin(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

// The extracted `inspect` guesses what only the engine knows: it gets that from the engine. And it is of a newer Node, which shows
// symbols without brackets and says of a proxy that it is one.
const INSPECT_CHANGES = [
  ["t.exports={isAsyncFunction:", 't.exports=__builtin("util_types"),{isAsyncFunction:'],
  ["c=je(e=c,!1),s+=1}", "c=je(e=c,!1)}"],
  ['s=t.stylize(e,"symbol")', 's=t.stylize(e,"symbol"),!1!==i.enumerable&&(s=`[${s}]`)'],
  [
    "getPromiseDetails:()=>[g,void 0]",
    "getPromiseDetails(p){const[s,v]=__bootstrap.core.getPromiseDetails(p);return[s===0?g:s===2?h:1,v]}",
  ],
  [
    "getProxyDetails:y.getProxyDetails",
    "getProxyDetails(p,all=!0){const d=__bootstrap.core.getProxyDetails(p)??void 0;return d&&!all?d[0]:d}",
  ],
];

// Packages of packages that something here already does.
const REPLACED = { "qs": "qs.js", "abort-controller": "abort.js" };

if (process.argv.includes("--check")) process.exit(fresh ? 0 : 1);
if (!fresh) await bundle();
