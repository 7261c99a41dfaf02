const { join } = require("node:path");

/**
 * As an ES module, node:http is read export by export, and one of them (WebSocket) loads half of Node: some 20 ms of each cold
 * start. Taken as it is, nothing of it is read before it is used.
 */
const wholeBuiltins = {
  name: "whole-builtins",
  setup(build) {
    const namespace = "builtin";
    build.onResolve({ filter: /^(?:node:)?https?$/ }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

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
  plugins: [wholeBuiltins],
  // of the SDK's ways to credentials, the one that Lambda has
  alias: { "@aws-sdk/credential-provider-node": join(__dirname, "lib/aws/lambda-credentials.ts") },
  // CommonJS dependencies inside an ES module ask for `require`
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
});
