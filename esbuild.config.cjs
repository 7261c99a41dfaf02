const { readFile } = require("node:fs/promises");
const { dirname, join } = require("node:path");

const lib = (path) => join(__dirname, "lib/aws", path);

/**
 * As an ES module, node:http is read export by export, and one of them (WebSocket) loads half of Node: some 20 ms of each cold
 * start. Taken as it is, nothing of it is read before it is used.
 */
const wholeBuiltins = {
  name: "whole-builtins",
  setup(build) {
    const namespace = "builtin";
    build.onResolve({ filter: /^(?:node:)?(?:https?|net)$/ }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * The numbering plans as text, a country's plan read when it is first used: as JavaScript the 155 kB take three times as long as JSON,
 * and a call needs the plans of one or two countries.
 */
const metadataAsText = {
  name: "metadata-as-text",
  setup(build) {
    build.onLoad({ filter: /libphonenumber-js\/metadata\.max\.json\.js$/ }, ({ path }) => {
      const { countries, ...rest } = require(path.replace(/\.js$/, ""));
      // \d of a regular expression takes five characters as a JavaScript text of JSON; the plans have 5,700 of them
      const digit = ["@", "\\\\d"];
      if (JSON.stringify(countries).includes(digit[0]))
        throw new Error(`a numbering plan contains ${digit[0]}`);
      const texts = Object.entries(countries).map(([country, plan]) => [
        country,
        JSON.stringify(plan).replaceAll(...digit.toReversed()),
      ]);
      return {
        contents: `const read = (plans, country) => {
          const plan = plans[country];
          return typeof plan === "string" ? (plans[country] = JSON.parse(plan.replaceAll(...${JSON.stringify(digit)}))) : plan;
        };
        const countries = new Proxy(${JSON.stringify(Object.fromEntries(texts))}, { get: read });
        export default { ...${JSON.stringify(rest)}, countries };`,
      };
    });
  },
};

/** jose signs by WebCrypto, which takes 4 ms of a cold start; lib/aws/lambda-web-crypto.ts makes the same signature. */
const lambdaWebCrypto = {
  name: "lambda-web-crypto",
  setup(build) {
    const path = lib("lambda-web-crypto.ts");
    build.onResolve({ filter: /\/web-crypto\.ts$/ }, () => ({ path }));
    build.onLoad({ filter: /node_modules\/jose\/dist\/webapi\/.*\.js$/ }, async (module) => ({
      contents: `import { crypto } from ${JSON.stringify(path)};\n${await readFile(module.path, "utf8")}`,
      resolveDir: dirname(module.path),
    }));
  },
};

const alias = {
  // of the SDK's ways to credentials, the one that Lambda has
  "@aws-sdk/credential-provider-node": lib("lambda-credentials.ts"),
  // the services of which somebody waits for the first answer; the SDK's clients take most of the time until then
  "@aws-sdk/client-dynamodb": lib("lambda-clients/dynamodb.ts"),
  "@aws-sdk/client-secrets-manager": lib("lambda-clients/secrets-manager.ts"),
  "@aws-sdk/client-cloudwatch-logs": lib("lambda-clients/cloudwatch-logs.ts"),
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
  plugins: [wholeBuiltins, metadataAsText, lambdaWebCrypto],
  alias,
  // CommonJS dependencies inside an ES module ask for `require`
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
});
