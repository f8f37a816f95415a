// Memory of the host's own that is held for JavaScript: parts of blobs, object URLs, ports and the messages between them.

(function () {
const { core } = __bootstrap;
const { ops } = core;
const {
  op_blob_clone_part,
  op_blob_create_object_url,
  op_blob_create_part,
  op_blob_from_object_url,
  op_blob_remove_part,
  op_blob_revoke_object_url,
  op_blob_slice_part,
  op_message_port_create_entangled,
  op_message_port_post_message,
  op_message_port_post_message_raw,
  op_message_port_recv_message,
  op_message_port_recv_message_sync,
  op_portico_external,
} = ops;
const { limits, mapDelete, mapGet, mapSet, NativeMap, promiseThen, tooLarge, typedByteLength, typedTag } = core.loadExtScript(
  "ext:portico/41_limits_kit.js",
);

// === Blobs ===

// What each part holds. Slices and copies share their memory and are counted in full: which of them goes last is not known.
const parts = new NativeMap();
const objectUrls = new NativeMap();

// An entry in the tables of both sides.
const PART_BYTES = 256;

function addPart(id, bytes) {
  mapSet(parts, id, bytes);
  op_portico_external(bytes + PART_BYTES);
  return id;
}

ops.op_blob_create_part = (data) => addPart(op_blob_create_part(data), typedByteLength(data));
ops.op_blob_slice_part = (id, options) => addPart(op_blob_slice_part(id, options), options.len);
ops.op_blob_clone_part = (id) => {
  const part = op_blob_clone_part(id);
  addPart(part.uuid, part.size);
  return part;
};
ops.op_blob_from_object_url = (url) => {
  const blob = op_blob_from_object_url(url);
  if (blob !== null && blob !== undefined) {
    for (let i = 0; i < blob.parts.length; i++) addPart(blob.parts[i].uuid, blob.parts[i].size);
  }
  return blob;
};
ops.op_blob_remove_part = (id) => {
  const bytes = mapGet(parts, id);
  if (bytes !== undefined) {
    mapDelete(parts, id);
    op_portico_external(-bytes - PART_BYTES);
  }
  op_blob_remove_part(id);
};
ops.op_blob_create_object_url = (type, ids) => {
  const url = op_blob_create_object_url(type, ids);
  let bytes = PART_BYTES + type.length;
  for (let i = 0; i < ids.length; i++) bytes += mapGet(parts, ids[i]) ?? 0;
  mapSet(objectUrls, url, bytes);
  op_portico_external(bytes);
  return url;
};
ops.op_blob_revoke_object_url = (url) => {
  op_blob_revoke_object_url(url);
  const bytes = mapGet(objectUrls, url);
  if (bytes !== undefined) {
    mapDelete(objectUrls, url);
    op_portico_external(-bytes);
  }
};

// === Ports ===

// A port of the host, with the first block of its queue.
const PORT_BYTES = 4096;

// Those that are open. One that is handed over stays counted: it goes on under another number.
const ports = new NativeMap();

ops.op_message_port_create_entangled = () => {
  const pair = op_message_port_create_entangled();
  mapSet(ports, pair[0], true);
  mapSet(ports, pair[1], true);
  op_portico_external(2 * PORT_BYTES);
  return pair;
};

const { close } = core;
core.close = (resource) => {
  if (mapDelete(ports, resource)) op_portico_external(-PORT_BYTES);
  close(resource);
};

// === Messages ===

// Bytes on their way between ports. Those to a port that is closed stay counted: nobody else pays for them.
let queued = 0;

// The entry of a message in its queue.
const MESSAGE_BYTES = 256;

function sizeOfMessage(message) {
  if (message === null || message === undefined) return 0;
  if (typedTag(message) !== "Uint8Array") message = message.data;
  return MESSAGE_BYTES + (typedTag(message) === "Uint8Array" ? typedByteLength(message) : 0);
}

function queue(message) {
  const bytes = sizeOfMessage(message);
  if (queued + bytes > limits.memoryBytes) throw tooLarge();
  queued += bytes;
}

function received(message) {
  queued -= sizeOfMessage(message);
  return message;
}

ops.op_message_port_post_message = (port, message) => {
  queue(message);
  return op_message_port_post_message(port, message);
};
ops.op_message_port_post_message_raw = (port, message) => {
  queue(message);
  return op_message_port_post_message_raw(port, message);
};
// The promise itself is handed on: its owner may take back its hold on the event loop by it.
ops.op_message_port_recv_message = (port) => {
  const message = op_message_port_recv_message(port);
  promiseThen(message, received, () => {});
  return message;
};
ops.op_message_port_recv_message_sync = (port) => received(op_message_port_recv_message_sync(port));

return {};
})();
