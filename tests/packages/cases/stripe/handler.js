import Stripe from "stripe";

export default async function handler(request, { env }) {
  const api = new URL(env.STRIPE_API);
  const stripe = new Stripe(env.STRIPE_SECRET_KEY, {
    host: api.hostname,
    port: api.port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(),
  });
  const { pathname } = new URL(request.url);
  try {
    if (pathname === "/api/webhook") {
      const event = await stripe.webhooks.constructEventAsync(
        await request.text(),
        request.headers.get("stripe-signature"),
        env.STRIPE_WEBHOOK_SECRET,
        undefined,
        Stripe.createSubtleCryptoProvider(),
      );
      return Response.json({ type: event.type, amount: event.data.object.amount });
    }
    if (pathname === "/api/customers") {
      const emails = [];
      for await (const customer of stripe.customers.list({ limit: 2, created: { gte: 1700000000 } })) emails.push(customer.email);
      return Response.json(emails);
    }
    const session = await stripe.checkout.sessions.create(
      {
        mode: "payment",
        success_url: "https://shop.example/done?id={CHECKOUT_SESSION_ID}",
        line_items: [{ price: "price_1", quantity: 2 }],
        metadata: { note: "Zoë & co" },
      },
      { idempotencyKey: "order-1" },
    );
    return Response.redirect(session.url, 303);
  } catch (error) {
    return Response.json({ type: error.type, message: error.message, code: error.code }, { status: error.statusCode ?? 400 });
  }
}
