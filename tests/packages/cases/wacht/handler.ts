// A list of users, for those who may read users: the shape that the package's documentation gives a handler with an environment.
import { authenticateRequest, initClient, users } from '@wacht/backend';

type Context = { env: Record<string, string> };

export default async function listUsers(request: Request, { env }: Context): Promise<Response> {
  initClient({ apiKey: env.WACHT_API_KEY, baseUrl: env.WACHT_BACKEND_API_URL });
  const caller = await authenticateRequest(request, { publishableKey: env.WACHT_PUBLISHABLE_KEY });
  await caller.auth.protect({ permission: 'user:read' });
  return Response.json(await users.listUsers({ limit: 20 }));
}
