import * as v from "valibot";

const Signup = v.pipeAsync(
  v.objectAsync({
    email: v.pipeAsync(v.string(), v.email(), v.checkAsync(async (email) => !email.endsWith("@taken.example"), "taken")),
    password: v.pipe(v.string(), v.minLength(8), v.regex(/\d/u, "needs a digit")),
    again: v.string(),
    plan: v.optional(v.picklist(["free", "pro"]), "free"),
    born: v.pipe(v.string(), v.isoDate(), v.transform((text) => new Date(text))),
  }),
  v.forward(v.partialCheck([["password"], ["again"]], (input) => input.password === input.again, "not the same"), ["again"]),
);

export default async (request) => {
  const result = await v.safeParseAsync(Signup, await request.json());
  return Response.json(result.success ? result.output : v.flatten(result.issues), { status: result.success ? 200 : 422 });
};
