// Loops before there is a handler at all: never goes live.
// deploy: FUNCTION_BUILD_FAILED
for (;;);
export default () => new Response("good");
