import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { StructSchema, TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { argon2id, argon2Verify, bcrypt, blake3, createSHA256, xxhash64 } from "hash-wasm";
import { pack, Packr, unpack } from "msgpackr";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const routes = {
  "/api/msgpackr"() {
    const packr = new Packr({ structures: [] });
    const value = { text: "ü", big: 2n ** 60n, at: new Date(0), list: [1.5, -1, null], map: new Map([["a", 1]]) };
    const { text, big, at, map, list } = unpack(pack(value));
    return [hex(pack({ a: [1, "ü"] })), text, String(big), at, map, list, packr.unpack(packr.pack([{ a: 1, b: 2 }, { a: 3, b: 4 }]))];
  },
  "/api/protobuf"() {
    const bytes = toBinary(TimestampSchema, timestampFromDate(new Date(1500)));
    const struct = fromJson(StructSchema, { a: [1, "ü", null], b: { c: true } });
    return [hex(bytes), String(fromBinary(TimestampSchema, bytes).seconds), toJson(StructSchema, struct), create(TimestampSchema).nanos];
  },
  async "/api/hash-wasm"() {
    const hash = await argon2id({ password: "pässword", salt: new Uint8Array(16), parallelism: 1, iterations: 2, memorySize: 512, hashLength: 32, outputType: "encoded" });
    const sha = (await createSHA256()).init().update("ü").digest();
    return [hash, await argon2Verify({ password: "pässword", hash }), await bcrypt({ password: "p", salt: new Uint8Array(16), costFactor: 4, outputType: "encoded" }), sha, await blake3("a"), await xxhash64("a")];
  },
};

export default async (request) => Response.json(await routes[new URL(request.url).pathname]());
