import { ActionError, defineAction } from "astro:actions";
import { z } from "astro/zod";

export const server = {
  subscribe: defineAction({
    accept: "form",
    input: z.object({ email: z.email(), often: z.boolean().default(false) }),
    handler: async ({ email, often }) => {
      if (email.endsWith("@taken.example")) throw new ActionError({ code: "CONFLICT", message: "taken" });
      return { email, often };
    },
  }),
};
