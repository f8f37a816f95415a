// Waits for what never comes, before there is a handler.
// deploy: FUNCTION_BUILD_FAILED
await new Promise(() => {});
export default () => new Response("good");
