// META: title=Streams

const bytes = (...values) => new Uint8Array(values);
const collect = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};

promise_test(async () => {
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest;
      assert_true(request instanceof ReadableStreamBYOBRequest);
      request.view[0] = 7;
      request.view[1] = 8;
      request.respond(2);
    },
  });
  const reader = stream.getReader({ mode: "byob" });
  assert_true(reader instanceof ReadableStreamBYOBReader);
  const mine = new Uint8Array(4);
  const { value, done } = await reader.read(mine);
  assert_false(done);
  assert_array_equals(value, [7, 8]);
  assert_equals(mine.byteLength, 0, "the buffer has moved");
  assert_equals(value.buffer.byteLength, 4, "into the answer");
}, "a byte stream fills the reader's own buffer");

promise_test(async () => {
  let controller;
  const stream = new ReadableStream({ type: "bytes", start: (c) => (controller = c) });
  assert_true(controller instanceof ReadableByteStreamController);
  controller.enqueue(bytes(1, 2, 3, 4, 5));
  const reader = stream.getReader({ mode: "byob" });
  assert_array_equals((await reader.read(new Uint8Array(2))).value, [1, 2]);
  assert_array_equals((await reader.read(new Uint8Array(8))).value, [3, 4, 5]);
  const wide = reader.read(new Uint16Array(2));
  controller.enqueue(bytes(6));
  controller.enqueue(bytes(7, 8));
  assert_equals((await wide).value.length, 1, "whole elements only");
  const least = reader.read(new Uint8Array(4), { min: 3 });
  controller.enqueue(bytes(9, 10));
  assert_array_equals((await least).value, [8, 9, 10], "at least as many as asked for");
  controller.close();
  const end = reader.read(new Uint8Array(4));
  controller.byobRequest?.respond(0);
  assert_true((await end).done);
}, "a byte stream gives what is queued, by the size of the view");

promise_test(async () => {
  const stream = new ReadableStream({ type: "bytes", autoAllocateChunkSize: 16, pull: (c) => {
    c.byobRequest.view[0] = 1;
    c.byobRequest.respond(1);
    c.close();
  } });
  assert_array_equals((await stream.getReader().read()).value, [1]);
}, "a byte stream allocates for a default reader");

promise_test(async () => {
  const [left, right] = new ReadableStream({ type: "bytes", start: (c) => {
    c.enqueue(bytes(1, 2));
    c.close();
  } }).tee();
  const a = await left.getReader({ mode: "byob" }).read(new Uint8Array(4));
  const b = await right.getReader().read();
  assert_array_equals(a.value, [1, 2]);
  assert_array_equals(b.value, [1, 2]);
  assert_not_equals(a.value.buffer, b.value.buffer);
}, "tee of a byte stream");

promise_test(async () => {
  assert_array_equals(await collect(ReadableStream.from([1, 2, 3])), [1, 2, 3]);
  async function* generate() {
    yield "a";
    yield "b";
  }
  assert_array_equals(await collect(ReadableStream.from(generate())), ["a", "b"]);
}, "ReadableStream.from and asynchronous iteration");

promise_test(async () => {
  let cancelled;
  const stream = new ReadableStream({ pull: (c) => c.enqueue(1), cancel: (reason) => (cancelled = reason ?? "none") });
  for await (const chunk of stream) {
    assert_equals(chunk, 1);
    break;
  }
  assert_equals(cancelled, "none");
  assert_false(stream.locked);
}, "leaving an iteration cancels the stream");

promise_test(async () => {
  let pulled = 0;
  const stream = new ReadableStream({ pull: (c) => c.enqueue(pulled++) }, new CountQueuingStrategy({ highWaterMark: 3 }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert_equals(pulled, 3, "no more than the strategy asks for");
  await stream.getReader().read();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert_equals(pulled, 4);
}, "a stream pulls no more than its strategy asks for");

promise_test(async () => {
  const written = [];
  const sink = new WritableStream({ write: (chunk) => void written.push(chunk.length) }, new ByteLengthQueuingStrategy({ highWaterMark: 4 }));
  const writer = sink.getWriter();
  assert_true(writer instanceof WritableStreamDefaultWriter);
  assert_equals(writer.desiredSize, 4);
  writer.write(bytes(1, 2, 3));
  assert_equals(writer.desiredSize, 1);
  await writer.ready;
  await writer.close();
  assert_array_equals(written, [3]);
  await writer.closed;
}, "WritableStream");

promise_test(async (t) => {
  const reason = new Error("reason");
  let aborted;
  const sink = new WritableStream({ abort: (why) => void (aborted = why), start: (c) => assert_true(c.signal instanceof AbortSignal) });
  await sink.abort(reason);
  assert_equals(aborted, reason);
  await promise_rejects_exactly(t, reason, sink.getWriter().closed);
}, "WritableStream.abort");

promise_test(async () => {
  const double = new TransformStream({ transform: (n, c) => c.enqueue(n * 2), flush: (c) => c.enqueue("end") });
  assert_array_equals(await collect(ReadableStream.from([1, 2]).pipeThrough(double)), [2, 4, "end"]);
}, "TransformStream and pipeThrough");

promise_test(async () => {
  let cancelled;
  const stream = new TransformStream({ cancel: (reason) => void (cancelled = reason) });
  await stream.readable.cancel("why");
  assert_equals(cancelled, "why");
}, "TransformStream learns of a cancelled reader");

promise_test(async (t) => {
  const controller = new AbortController();
  const reason = new Error("reason");
  let cancelled;
  const endless = new ReadableStream({ pull: () => new Promise(() => {}), cancel: (why) => void (cancelled = why) });
  const piping = endless.pipeTo(new WritableStream(), { signal: controller.signal });
  controller.abort(reason);
  await promise_rejects_exactly(t, reason, piping);
  assert_equals(cancelled, reason);
}, "pipeTo ends with its signal");

promise_test(async () => {
  const text = "aé€😀".repeat(1000);
  const encoded = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(encoded.length / 7) }, (_, i) => encoded.subarray(i * 7, i * 7 + 7));
  const decoded = await collect(ReadableStream.from(pieces).pipeThrough(new TextDecoderStream()));
  assert_equals(decoded.join(""), text);
  const again = await collect(ReadableStream.from(decoded).pipeThrough(new TextEncoderStream()));
  assert_equals(again.reduce((sum, chunk) => sum + chunk.length, 0), encoded.length);
}, "TextEncoderStream and TextDecoderStream");

for (const format of ["gzip", "deflate", "deflate-raw"]) {
  promise_test(async () => {
    const data = crypto.getRandomValues(new Uint8Array(60_000));
    const text = new Uint8Array(200_000).fill(65);
    for (const input of [data, text, new Uint8Array()]) {
      const packed = await new Response(new Blob([input]).stream().pipeThrough(new CompressionStream(format))).bytes();
      if (input === text) assert_less_than(packed.length, 1000);
      const output = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream(format))).bytes();
      assert_equals(output.length, input.length);
      assert_true(output.every((byte, i) => byte === input[i]));
    }
  }, `CompressionStream and DecompressionStream: ${format}`);

  const pack = async () => new Response(new Blob(["hello"]).stream().pipeThrough(new CompressionStream(format))).bytes();
  const unpack = (...parts) => new Response(new Blob(parts).stream().pipeThrough(new DecompressionStream(format))).bytes();

  promise_test(async (t) => {
    await promise_rejects_js(t, TypeError, unpack(new Uint8Array(20).fill(255)));
  }, `DecompressionStream: ${format}: refuses nonsense`);

  promise_test(async (t) => {
    await promise_rejects_js(t, TypeError, unpack((await pack()).slice(0, -2)));
  }, `DecompressionStream: ${format}: refuses what is cut off`);

  promise_test(async (t) => {
    await promise_rejects_js(t, TypeError, unpack(await pack(), "more"));
  }, `DecompressionStream: ${format}: refuses more after the end`);
}

test(() => {
  assert_throws_js(TypeError, () => new CompressionStream("zip"));
  assert_throws_js(TypeError, () => new DecompressionStream());
}, "CompressionStream: formats it does not know");
