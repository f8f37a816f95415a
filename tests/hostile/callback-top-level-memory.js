// Fills the heap before there is a handler.
// deploy: FUNCTION_BUILD_FAILED
const all = [];
for (;;) all.push(new Array(1000).fill(all.length));
export default () => new Response("good");
