// Runs for admins only. Browsers without a session are sent to the first page.
import { getRole, getUserId } from "@run402/functions";

export default (req) => new Response(`${getUserId(req)}, you may: your role is ${getRole(req)}.\n`);
