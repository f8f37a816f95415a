// Builds the site and its release slice as @run402/astro documents it; does nothing when that was done already for these sources.
//
// Answers the folder with `client/`, `ssr.mjs` and `slice.json` (the rest of the slice), which is beside the packages and not in the repository's tree.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CACHE = join(HERE, "node_modules", ".cache", "portico");

async function stamp() {
  const hash = createHash("sha256");
  const sources = (await readdir(HERE, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(node_modules|dist|\.astro)\//.test(path));
  for (const path of sources.sort()) hash.update(path.slice(HERE.length)).update(await readFile(path));
  return hash.digest("hex");
}

export async function build() {
  process.env.ASTRO_TELEMETRY_DISABLED = "1";
  const key = await stamp();
  const done = join(CACHE, key);
  if (existsSync(join(done, "slice.json"))) return done;
  const { build: astro } = await import("astro");
  const { buildAstroReleaseSlice } = await import("@run402/astro/release-slice");
  const dist = join(HERE, "dist");
  await rm(dist, { recursive: true, force: true });
  await astro({ root: HERE, logLevel: "warn" });
  const slice = await buildAstroReleaseSlice(dist);
  await rm(CACHE, { recursive: true, force: true });
  await mkdir(done, { recursive: true });
  await cp(slice.site.replace.path, join(done, "client"), { recursive: true });
  const { source, ...ssr } = slice.functions.replace.ssr;
  await writeFile(join(done, "ssr.mjs"), source);
  await writeFile(join(done, "slice.json"), JSON.stringify({ ...slice, functions: { replace: { ssr } } }));
  await rm(dist, { recursive: true, force: true });
  return done;
}
