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
  // CommonJS dependencies inside an ES module ask for `require`
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
});
