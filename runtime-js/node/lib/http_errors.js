// Errors of a request by the names that Node's system calls give them: packages decide by the code what is worth another attempt.

// Codes of what the runtime's `fetch` failed with, and the system call that Node would name.
const SYSCALLS = { __proto__: null, ECONNREFUSED: "connect", ECONNRESET: "read", EHOSTUNREACH: "connect", ENOTFOUND: "getaddrinfo", ETIMEDOUT: "connect" };

// What is refused before there is any network.
const REFUSED = [[/not allowed/, "EACCES"], [/too long/, "ETIMEDOUT"]];

function withCode(message, code, more) {
  return Object.assign(new Error(message), { code, ...more });
}

export function hungUp(message = "socket hang up") {
  return withCode(message, "ECONNRESET");
}

// The error of a request to `host` for what `fetch` failed with.
export function requestError(cause, host, port) {
  const code = cause?.cause?.code ?? REFUSED.find(([pattern]) => pattern.test(cause?.message))?.[1];
  if (code === undefined) return cause;
  const syscall = SYSCALLS[code] ?? "connect";
  const error = code === "ENOTFOUND"
    ? withCode(`getaddrinfo ENOTFOUND ${host}`, code, { syscall, hostname: host })
    : withCode(`${syscall} ${code} ${host}:${port}`, code, { syscall, address: host, port });
  error.cause = cause;
  return error;
}
