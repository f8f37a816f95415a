// Bundles a handler the way a user would, with the options its packages' documentation gives.

import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild-wasm";

// What every bundle has in common: one ECMAScript module for a server. A case adds conditions, platform and externals.
const COMMON = {
  bundle: true,
  format: "esm",
  target: "es2022",
  write: false,
  logLevel: "silent",
  legalComments: "none",
  absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
};

// Built-ins that the runtime has itself; esbuild would take them for packages unless its platform is Node.
const BUILT_IN = ["node:*"];

// bundle(entry, options): the text of the module. Throws when esbuild does.
export async function bundle(entry, { external = [], ...options } = {}) {
  const result = await esbuild.build({
    ...COMMON,
    ...options,
    entryPoints: [entry],
    external: [...BUILT_IN, ...external],
  });
  return result.outputFiles[0].text;
}

// The same options as a command line, for the person who wants to repeat it.
export function commandLine(entry, { external = [], ...options } = {}) {
  const flags = ["--bundle", "--format=esm", "--target=es2022"];
  for (const [name, value] of Object.entries(options)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (name === "banner") flags.push(`--banner:js=${JSON.stringify(value.js)}`);
    else if (Array.isArray(value)) flags.push(`--${flag}=${value.join(",")}`);
    else if (typeof value === "object") flags.push(...Object.entries(value).map(([k, v]) => `--${flag}:${k}=${v}`));
    else flags.push(value === true ? `--${flag}` : `--${flag}=${value}`);
  }
  for (const name of [...BUILT_IN, ...external]) flags.push(`--external:${name}`);
  return `esbuild ${entry} ${flags.join(" ")}`;
}

export const stop = () => esbuild.stop();
