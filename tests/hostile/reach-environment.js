// The environment of the process, of which a function has only its own part.
// expect: 200 nothing
const attack = (request, context) => {
  const found = [];
  for (const env of [process.env, context.env]) {
    for (const name of Reflect.ownKeys(env)) {
      if (["PATH", "HOME", "USER", "PWD", "SHELL", "LANG", "PORTICO_CONFIG", "CARGO_HOME", "RUST_BACKTRACE"].includes(name)) found.push(name);
    }
    for (const name of ["PATH", "HOME", "PWD"]) {
      if (env[name] !== undefined) found.push(name);
    }
  }
  return new Response(found.join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
