import preact from "@astrojs/preact";
import { createRun402Adapter } from "@run402/astro";
import { defineConfig, passthroughImageService } from "astro/config";

export default defineConfig({
  output: "server",
  adapter: createRun402Adapter(),
  integrations: [preact()],
  // The site has no images, and the usual service is a native program.
  image: { service: passthroughImageService() },
  devToolbar: { enabled: false },
});
