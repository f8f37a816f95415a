// Errors of a request by the names that Node's system calls give them: packages decide by the code what is worth another attempt.

// What the runtime's `fetch` says, and the code of it.
const CODES = [
  [/refused/, "ECONNREFUSED", "connect"],
  [/could not be resolved/, "ENOTFOUND", "getaddrinfo"],
  [/in time|too long/, "ETIMEDOUT", "connect"],
  [/cannot be reached/, "EHOSTUNREACH", "connect"],
  [/not allowed/, "EACCES", "connect"],
  [/connection (was|could)/, "ECONNRESET", "read"],
];

function withCode(message, code, more) {
  return Object.assign(new Error(message), { code, ...more });
}

export function hungUp(message = "socket hang up") {
  return withCode(message, "ECONNRESET");
}

// The error of a request to `host` for what `fetch` failed with.
export function requestError(cause, host, port) {
  const known = CODES.find(([pattern]) => pattern.test(cause?.message));
  if (known === undefined) return cause;
  const [, code, syscall] = known;
  const error = code === "ENOTFOUND"
    ? withCode(`getaddrinfo ENOTFOUND ${host}`, code, { syscall, hostname: host })
    : withCode(`${syscall} ${code} ${host}:${port}`, code, { syscall, address: host, port });
  error.cause = cause;
  return error;
}
