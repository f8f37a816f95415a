// A body of a gigabyte for a server that does not exist. A part of it is copied before anything is counted.
// memory: 1300
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = async () => {
  const body = new Blob(new Array(64).fill(new Uint8Array(16 << 20)));
  await fetch("http://192.0.2.1/", { method: "POST", body });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
