import { authenticateRequest, initClient, users } from '@wacht/backend';

export default async (request: Request, context: { env: Record<string, string> }) => {
  initClient({
    apiKey: context.env.WACHT_API_KEY,
    baseUrl: context.env.WACHT_BACKEND_API_URL,
  });

  const { auth } = await authenticateRequest(request, {
    publishableKey: context.env.WACHT_PUBLISHABLE_KEY,
  });
  await auth.protect({ permission: 'user:read' });

  const page = await users.listUsers({ limit: 20 });
  return new Response(JSON.stringify(page), {
    headers: { 'content-type': 'application/json' },
  });
};
