// A clock that is fine enough to watch what the processor does for others.
// expect: 200 coarse
const attack = () => {
  const steps = new Set();
  let last = performance.now();
  for (let n = 0; n < 2e5; n++) {
    const now = performance.now();
    if (now !== last) steps.add(now - last);
    last = now;
  }
  const smallest = Math.min(...steps, 1);
  const stamps = [new Event("x").timeStamp, performance.timeOrigin, performance.mark("x").startTime, last];
  const fine = stamps.some((stamp) => Math.abs(stamp * 10 - Math.round(stamp * 10)) > 1e-3);
  return new Response(smallest < 0.09 || fine ? `fine: ${smallest} ${stamps.join()}` : "coarse");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
