import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import zlib from "node:zlib";
import busboy from "busboy";
import { parse } from "csv-parse";
import Form from "form-data";
import iconv from "iconv-lite";
import jwt from "jsonwebtoken";
import JSZip from "jszip";
import pino from "pino";
import QRCode from "qrcode";
import winston from "winston";
import { Builder, parseStringPromise } from "xml2js";
import { generateKeyPairSync } from "node:crypto";

const TEXT = "Käse und Brot ".repeat(500);

const thrown = (run) => {
  try {
    return run();
  } catch (error) {
    return [error.name, error.code, error.errno, error.message];
  }
};

const routes = {
  "/api/busboy": (request) =>
    new Promise((resolve, reject) => {
      const seen = [];
      const parser = busboy({ headers: Object.fromEntries(request.headers) });
      parser.on("field", (name, value) => seen.push([name, value]));
      parser.on("file", async (name, stream, { filename, mimeType }) => {
        const parts = [];
        for await (const part of stream) parts.push(part);
        seen.push([name, filename, mimeType, Buffer.concat(parts).toString()]);
      });
      parser.on("close", () => setImmediate(() => resolve(seen))).on("error", reject);
      Readable.fromWeb(request.body).pipe(parser);
    }),
  async "/api/form-data"() {
    const form = new Form();
    form.append("a", "ü");
    form.append("f", Buffer.from("bytes"), { filename: "n.bin" });
    const parts = [];
    for await (const part of form.pipe(new (await import("node:stream")).PassThrough())) parts.push(part);
    return Buffer.concat(parts).toString().replaceAll(form.getBoundary(), "B");
  },
  async "/api/formats"() {
    const rows = [];
    for await (const row of Readable.from(["a;b\n1;", '"ü;"\n']).pipe(parse({ delimiter: ";", columns: true }))) rows.push(row);
    const xml = new Builder().buildObject({ root: { $: { x: 1 }, item: ["ü", "<"] } });
    return [rows, xml, await parseStringPromise(xml), iconv.decode(Buffer.from("82a0", "hex"), "shift_jis"), iconv.encode("€", "win1252").toString("hex")];
  },
  async "/api/logs"() {
    const lines = [];
    const stream = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
    pino({ base: null, timestamp: false }, stream).child({ b: 1 }).warn({ a: "ü" }, "hi %s", "x");
    const { combine, json, splat } = winston.format;
    winston.createLogger({ format: combine(splat(), json()), transports: [new winston.transports.Stream({ stream })] }).info("hi %s", "x", { a: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return lines;
  },
  async "/api/jsonwebtoken"() {
    const pem = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
    const keys = { RS256: generateKeyPairSync("rsa", { modulusLength: 2048, ...pem }), ES256: generateKeyPairSync("ec", { namedCurve: "P-256", ...pem }) };
    const checked = Object.entries(keys).map(([algorithm, { privateKey, publicKey }]) => jwt.verify(jwt.sign({ sub: "ü", iat: 1 }, privateKey, { algorithm }), publicKey));
    return [jwt.sign({ sub: "ü", iat: 1 }, "secret"), checked, thrown(() => jwt.verify(jwt.sign({ exp: 1 }, "s"), "s")).slice(0, 1), thrown(() => jwt.verify("a.b.c", "s")).slice(3)];
  },
  async "/api/zlib"() {
    const pairs = [["gzip", "gunzip"], ["deflate", "inflate"], ["deflateRaw", "inflateRaw"], ["brotliCompress", "brotliDecompress"], ["gzip", "unzip"], ["deflate", "unzip"]];
    const found = [];
    for (const [pack, unpack] of pairs) {
      const packed = zlib[`${pack}Sync`](TEXT, { level: 9 });
      const parts = [];
      const take = async (stream) => {
        for await (const part of stream) parts.push(part);
      };
      await pipeline(Readable.from([packed.subarray(0, 9), packed.subarray(9)]), zlib[`create${unpack[0].toUpperCase()}${unpack.slice(1)}`](), take);
      found.push([Buffer.isBuffer(packed), packed.length < 200, Buffer.concat(parts).toString() === TEXT, String(await promisify(zlib[unpack])(packed)) === TEXT]);
    }
    return found;
  },
  "/api/zlib-errors"() {
    const packed = zlib.gzipSync(TEXT);
    return [
      () => zlib.gunzipSync("nonsense"), () => zlib.inflateSync("nonsense"), () => zlib.gunzipSync(packed.subarray(0, 30)), () => zlib.gunzipSync(""),
      () => zlib.gzipSync(5), () => zlib.gzip("x"), () => zlib.gunzipSync(packed, { maxOutputLength: 10 }),
      () => zlib.inflateRawSync(Buffer.concat([zlib.deflateRawSync("a"), Buffer.from("behind")])).toString(), () => zlib.crc32("ü"),
    ].map(thrown);
  },
  async "/api/archives"() {
    const zip = new JSZip();
    zip.file("a.txt", TEXT, { date: new Date(0) });
    const packed = await zip.generateAsync({ type: "nodebuffer", compression: "DEFLATE" });
    const image = Buffer.from((await QRCode.toDataURL("Käse")).split(",")[1], "base64");
    const back = await (await JSZip.loadAsync(packed)).file("a.txt").async("string");
    return [packed.length < 400, back === TEXT, image.subarray(1, 4).toString(), image.readUInt32BE(16), await QRCode.toString("Käse", { type: "svg" })];
  },
};

export default async function handler(request) {
  return Response.json(await routes[new URL(request.url).pathname](request));
}
