// The part of a page that a library would do: hashing, random numbers, encoding.
export const POST = async ({ request }) => {
  const bytes = await request.arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return new Response(btoa(String.fromCharCode(...hash)), { headers: { "content-type": "text/plain" } });
};
