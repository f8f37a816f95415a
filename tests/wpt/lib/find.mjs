// Finds the tests of a suite and reads what each needs: its own scripts, those it names, and the files it fetches.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { suiteFolder, urlPatternData, wptRoot } from "./suites.mjs";

const SCRIPT_TEST = /\.(any|window|worker)\.js$/;
const PAGE_TEST = /\.html$/;

// What makes a page one that cannot be run as a script.
const NEEDS_A_PAGE = /\bdocument\b|\bwindow\b|iframe|<body|<form|testdriver|\b(Mouse|Keyboard|Wheel)Event\b|new Worker/;

// The tests of a suite: one entry per file and variant.
export function findTests(suite) {
  const folder = suiteFolder(suite);
  const skipped = (path) => (suite.without ?? []).some((prefix) => path.startsWith(prefix));
  const files = readdirSync(folder, { recursive: true }).sort();
  return files
    .filter((file) => !file.split("/").includes("resources") && !skipped(file))
    // A page that was replaced by a script and stayed in the package.
    .filter((file) => SCRIPT_TEST.test(file) || !files.includes(file.replace(/(\.tentative)?\.html$/, ".any.js")))
    .flatMap((file) => {
      if (SCRIPT_TEST.test(file)) return fromScript(suite, folder, file);
      if (PAGE_TEST.test(file)) return fromPage(suite, folder, file);
      return [];
    });
}

function fromScript(suite, folder, file) {
  const code = readFileSync(join(folder, file), "utf8");
  const meta = { script: [], variant: [] };
  for (const [, key, value] of code.matchAll(/^\/\/ META: *(\w+)=(.*?)\s*$/gm)) {
    if (Array.isArray(meta[key])) meta[key].push(value);
    else meta[key] = value;
  }
  const scripts = meta.script.map((name) => scriptFile(suite, file, name));
  scripts.push({ name: file, code });
  return variants(suite, file, scripts, meta.title, meta.timeout === "long", meta.variant);
}

function fromPage(suite, folder, file) {
  const text = readFileSync(join(folder, file), "utf8");
  if (!text.includes("testharness.js") || file.includes("-manual") || NEEDS_A_PAGE.test(text)) return [];
  const scripts = [];
  for (const [, attributes, code] of text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
    const source = /src=["']?([^"'\s>]+)/.exec(attributes)?.[1];
    if (source === undefined) scripts.push({ name: file, code });
    else if (!source.includes("testharness")) scripts.push(scriptFile(suite, file, source));
  }
  if (scripts.some((script) => NEEDS_A_PAGE.test(script.code))) return [];
  const title = /<title>([\s\S]*?)<\/title>/.exec(text)?.[1];
  const named = [...text.matchAll(/<meta name=["']?variant["']? content=["']([^"']*)["']/g)].map((match) => match[1]);
  return variants(suite, file, scripts, title, /name=["']?timeout["']? content=["']?long/.test(text), named);
}

function variants(suite, file, scripts, title, long, named) {
  const resources = findResources(suite, file, scripts.map((script) => script.code).join("\n"));
  return (named.length > 0 ? named : [""]).map((variant) => ({
    suite: suite.name,
    file,
    id: file + variant,
    title: title ?? file,
    variant,
    long,
    path: posix.join("/", suite.folder, file),
    scripts,
    resources,
  }));
}

// Addresses under which the tests' own server has a file of another name.
const ALIASES = { "/resources/WebIDLParser.js": "/resources/webidl2/lib/webidl2.js" };

// Reads a file that a test names: absolute paths begin at the root of the Web Platform Tests.
function scriptFile(suite, file, name) {
  const path = name.startsWith("/") ? join(wptRoot(), ALIASES[name] ?? name) : join(suiteFolder(suite), dirname(file), name);
  const shown = name.startsWith("/") ? name : relative(wptRoot(), path);
  // The package leaves some out.
  const code = existsSync(path) ? readFileSync(path, "utf8") : `throw new Error(${JSON.stringify(`there is no ${shown}`)});`;
  return { name: shown, code };
}

// What a test would ask its server for: by address as the test writes it.
function findResources(suite, file, code) {
  const resources = {};
  const add = (name, path) => {
    if (existsSync(path)) resources[name] = readFileSync(path, "utf8");
  };
  for (const [, name] of code.matchAll(/\bfetch(?:_json)?\(\s*["']([^"':]+)["']/g)) {
    add(name, name.startsWith("/") ? join(wptRoot(), name) : join(suiteFolder(suite), dirname(file), name));
  }
  for (const [, list] of code.matchAll(/\bimportScripts\(([^)]*)\)/g)) {
    for (const [, name] of list.matchAll(/["']([^"']+)["']/g)) {
      if (!name.endsWith("/testharness.js")) resources[name] = scriptFile(suite, file, name).code;
    }
  }
  if (code.includes("idl_test(")) {
    // Interface definitions, and those they build on.
    const lists = [...code.matchAll(/idl_test\(\s*(\[[^\]]*\])\s*,\s*(\[[^\]]*\])/g)].map(([, a, b]) => a + b).join();
    for (const [, name] of lists.matchAll(/["']([\w-]+)["']/g)) {
      add(`/interfaces/${name}.idl`, join(wptRoot(), "interfaces", `${name}.idl`));
    }
  }
  if (suite.name === "urlpattern") resources["/urlpatterntestdata.json"] = urlPatternData();
  return resources;
}
