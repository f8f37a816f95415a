// Methods of numbers, dates, symbols and mathematics throw.
// expect: any
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  for (const holder of [Number.prototype, Date.prototype, Symbol.prototype, BigInt.prototype, Boolean.prototype, Math, JSON, Number, Date, String, Symbol]) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (typeof holder[name] !== "function" || name === "constructor") continue;
      try {
        holder[name] = () => { throw new Error("gotcha"); };
      } catch {}
    }
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
