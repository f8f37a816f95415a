// The names that the runtime gives to its own properties, replaced on what it looks at.
// expect: any
const attack = (request) => {
  const answer = new Response("body");
  for (const object of [request, answer, answer.headers, request.signal, answer.body]) {
    for (let holder = object; holder !== null && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
      for (const symbol of Object.getOwnPropertySymbols(holder)) {
        try {
          object[symbol] = { then: () => {}, status: 99, headerList: [["x\r\ny", "z"]], body: 5 };
        } catch {}
      }
    }
  }
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
