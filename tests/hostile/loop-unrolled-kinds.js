// Short loops of every kind within endless ones, all of them optimised.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const kinds = [
  () => { for (let n = 0; n < 2e5; n++) new Array(100).fill(n); },
  () => { for (let n = 0; n < 2e5; n++) [1, 2, 3].forEach((x) => x); },
  () => { let sum = 0; for (let n = 0; n < 2e5; n++) for (let m = 0; m < 4; m++) sum += m; return sum; },
];
const attack = () => {
  for (const kind of kinds) for (let n = 0; n < 5; n++) kind();
  for (;;) {
    const list = new Array(8).fill(0);
    for (let m = 0; m < 8; m++) list[m] = new Array(16).fill(m);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
