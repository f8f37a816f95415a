export default async function handler(req) {
  const name = decodeURIComponent(new URL(req.url).pathname.split("/")[2]);
  return new Response(`Hello, ${name}!\n`);
}
