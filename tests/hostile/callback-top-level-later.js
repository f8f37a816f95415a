// Answers well until it is loaded for the second time: the clock of the first time is in its name.
// expect: any
// after: any
let again = false;
setTimeout(() => {
  again = true;
}, 1);
const attack = () => new Promise(() => {
  setTimeout(() => {
    for (;;);
  }, 10);
});
export default (request) => request.url.endsWith("?attack") ? attack() : new Response("good");
