import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { StructSchema, TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { argon2id, argon2Verify, bcrypt, blake3, createSHA256, xxhash64 } from "hash-wasm";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const routes = {
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
