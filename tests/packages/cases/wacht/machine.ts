import { gateway, initClient, users } from '@wacht/backend';

export default async function machineUsers(request: Request, context: { env: Record<string, string> }) {
  initClient({
    apiKey: context.env.WACHT_API_KEY,
    baseUrl: context.env.WACHT_BACKEND_API_URL,
  });
  const apiKey = request.headers.get('x-api-key') || '';

  const decision = await gateway.checkPrincipalAuthz(
    {
      principalType: 'api_key',
      principalValue: apiKey,
      resource: '/machine/users',
      method: 'GET',
      requiredPermissions: ['user:read'],
    },
    { gatewayUrl: context.env.WACHT_BACKEND_API_URL },
  );

  if (!decision.allowed) {
    return new Response(JSON.stringify({ error: 'forbidden' }), {
      status: 403,
      headers: { 'content-type': 'application/json' },
    });
  }

  return new Response(JSON.stringify(await users.listUsers({ limit: 20 })), {
    headers: { 'content-type': 'application/json' },
  });
}
