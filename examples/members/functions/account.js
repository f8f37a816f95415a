// Runs for signed-in users only: the gate is in portico.json.
import { getUserId } from "@run402/functions";

export default (req) => new Response(`Hello, ${getUserId(req)}.\n`);
