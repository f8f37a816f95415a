// Answers twice, by two promises and an error.
// expect: 200 first
const attack = () => ({
  then(resolve, reject) {
    resolve(new Response("first"));
    resolve(new Response("second"));
    reject(new Error("third"));
    throw new Error("fourth");
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
