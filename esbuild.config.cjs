const { join } = require("node:path");

// One configuration for packaging (serverless-esbuild) and for the gate on bundle sizes (scripts/bundle-size.ts).
module.exports = () => ({
  bundle: true,
  minify: true,
  target: "node24",
  platform: "node",
  format: "esm",
  outputFileExtension: ".mjs",
  mainFields: ["module", "main"],
  packager: "npm",
  // of the SDK's ways to credentials, the one that Lambda has
  alias: { "@aws-sdk/credential-provider-node": join(__dirname, "lib/aws/lambda-credentials.ts") },
  // CommonJS dependencies inside an ES module ask for `require`
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
});
