// The handler is a getter that loops on the second look.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 good
let looks = 0;
export default {
  get fetch() {
    if (looks++ > 2) for (;;);
    return () => new Response("good");
  },
};
