// Changes the status of an answer behind its back.
// expect: 200 or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  const answer = new Response("x");
  for (const symbol of Object.getOwnPropertySymbols(answer)) {
    try {
      answer[symbol].status = 99;
      answer[symbol].headerList = [["x\r\ny", "z"]];
    } catch {}
  }
  Object.defineProperty(answer, "status", { value: 99 });
  Object.defineProperty(answer, "headers", { value: { a: "b\r\nc: d" } });
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
