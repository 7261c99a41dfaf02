#!/usr/bin/env node
// Plain JavaScript, so that an old Node says what it lacks instead of failing on a type.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `wildix needs Node 24 or newer and runs on ${process.versions.node}. Run it as \`npx wildix\` inside the clone, ` +
      "after `npm ci`: that brings the right Node along.\n",
  );
  process.exit(2);
}
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
