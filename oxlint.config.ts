import { posix } from "node:path";
import type { OxlintConfig } from "oxlint";

/** The PBX's API: each may import those before it. */
const wms = [
  "lib/wms",
  "lib/wms/signing",
  "lib/wms/sending",
  "lib/wms/operations",
  "lib/wms/client.ts",
  "lib/wms/history",
  "lib/wms/diagnose.ts",
] as const;

/** Call history: each may import those before it. */
const history = [
  "lib/history/calendar",
  "lib/history/rows",
  "lib/history/grouping",
  "lib/history/parts",
  "lib/history/publication",
  "lib/history/erasure",
  "lib/history/export",
  "lib/history/days",
  "lib/history/planning",
] as const;

const inOrder = (folders: readonly string[], below: readonly string[] = []): Order =>
  Object.fromEntries(folders.map((folder, at) => [folder, [...below, ...folders.slice(0, at)]]));

/** What every folder of lib may import. */
const base = [...wms, "lib"];
const calls = ["lib/calls", "lib/calls/dial", "lib/calls/guard", "lib/calls/ledger"];
const callbacks = ["lib/callbacks", "lib/callbacks/rows", "lib/callbacks/controller"];
/** The files by which others use callbacks: they are above the folders. */
const callbackEntries = ["announce", "asked-callback", "callbacks", "forget-number", "rehearsal"].map(
  (name) => `lib/callbacks/${name}.ts`,
);
const features = [
  ...base,
  ...["lib/store", "lib/pbxs", "lib/callers", "lib/sounds", "lib/history", "lib/history/work"],
  ...[...history, ...calls, ...callbacks, ...callbackEntries, "lib/callbacks/events"],
];
const aws = ["lib/aws", "lib/aws/ports", "lib/aws/deployed"];
const lib = [...features, "lib/http", "lib/ports.ts", "lib/local", ...aws];
const simulator = ["simulator", "simulator/scenes", "simulator/history", "simulator/page"];
/** The command: each may import those before it. */
const cliRooms = [
  "cli/terminal",
  "cli/typed",
  "cli/context",
  "cli/secrets",
  "cli/days",
  "cli/report",
  "cli/server",
  "cli/commands",
  "cli/programs",
  "cli",
] as const;
const outside = ["functions", ...simulator];

type Order = Readonly<Record<string, readonly string[]>>;

/**
 * What the files of each folder may import of this project, besides each other. A file that is named itself has rules of its own, and
 * is imported only where it is named. A file of a folder that may not be imported can be named too: it is the entry to its folder.
 */
export const order: Order = {
  lib: base,
  ...inOrder(wms),
  "lib/store": base,
  "lib/pbxs": base,
  "lib/callers": [...base, "lib/pbxs"],
  "lib/sounds": [...base, "lib/store"],
  "lib/calls/dial": [...base, "lib/pbxs"],
  "lib/calls/guard": [...base, "lib/pbxs", "lib/callers", "lib/calls/dial"],
  "lib/calls/ledger": [...base, "lib/pbxs"],
  "lib/calls": [...base, "lib/pbxs", "lib/callers", ...calls],
  ...inOrder(history, [...base, "lib/store", "lib/pbxs"]),
  "lib/history/work": [...base, "lib/store", "lib/pbxs", ...history.slice(0, -1)],
  "lib/history": [...base, "lib/pbxs", "lib/history/calendar", "lib/history/rows"],
  "lib/callbacks": [...base, "lib/pbxs", "lib/callers", "lib/calls/calls.ts"],
  "lib/callbacks/rows": [
    ...base,
    ...["lib/pbxs", "lib/callbacks", "lib/history/rows", "lib/history/grouping/grouping.ts"],
  ],
  "lib/callbacks/controller": [...base, "lib/pbxs", "lib/callers", "lib/calls/calls.ts", ...callbacks],
  "lib/callbacks/events": [...base, "lib/pbxs", "lib/store", "lib/callbacks"],
  ...Object.fromEntries(
    callbackEntries.map((file) => [
      file,
      [...base, "lib/pbxs", "lib/callers", "lib/calls/calls.ts", ...callbacks, ...callbackEntries],
    ]),
  ),
  "lib/http": [...base, "lib/callers", ...calls],
  "lib/ports.ts": features,
  "lib/aws": [...features, "lib/ports.ts"],
  "lib/aws/ports": [...features, "lib/ports.ts", "lib/aws"],
  "lib/aws/deployed": [...features, "lib/ports.ts", "lib/aws", "lib/aws/ports"],
  "lib/aws/lambda-clients": ["lib/aws/lambda-credentials.ts"],
  "lib/local": [...features, "lib/http", "lib/ports.ts"],
  functions: [...features, "lib/http", "lib/aws/ports"],
  ...inOrder(cliRooms, [...lib, ...outside]),
  simulator,
  "simulator/scenes": ["simulator"],
  "simulator/history": ["simulator", "simulator/scenes"],
  "simulator/page": ["simulator"],
  scripts: [...lib, ...outside, ...cliRooms, "scripts/words"],
  "scripts/words": [...lib, ...outside, ...cliRooms, "scripts"],
};

/** Folders that no other folder imports, and that may import everything. */
const free = ["test", "bench"];
/** Only these import the AWS SDK; scripts deploy. */
const usesSdk = (folder: string): boolean => folder.startsWith("lib/aws") || folder.startsWith("scripts");

const isFile = (name: string): boolean => name.endsWith(".ts");
const quoted = (text: string): string => text.replaceAll(".", "\\.");

/** A path as an import in `folder` writes it. */
const written = (folder: string, path: string): string => {
  const relative = posix.relative(folder, path) || ".";
  return relative.startsWith(".") ? relative : `./${relative}`;
};

const refusals = (name: string) => {
  const folder = isFile(name) ? posix.dirname(name) : name;
  const allowed = new Set([...(order[name] ?? []), folder]);
  const refused = Object.keys(order).filter((other) => !allowed.has(other) && other !== name);
  const entries = [...allowed].filter((other) => isFile(other) && !(other in order));
  const entriesOf = (other: string) => entries.filter((entry) => posix.dirname(entry) === other);
  const [withEntries, whole] = [true, false].map((has) =>
    refused.filter((other) => entriesOf(other).length > 0 === has),
  );
  const paths = (whole ?? []).map(
    (other) => quoted(written(folder, other)) + (isFile(other) ? "" : "/[^/]+"),
  );
  const message = `${name} must not import this: see CONTRIBUTING.md, Where things are.`;
  return [
    { regex: `^(?:${paths.join("|")})$`, message },
    ...(withEntries ?? []).map((other) => ({
      group: [
        `${written(folder, other)}/*`,
        ...entriesOf(other).map((entry) => `!${written(folder, entry)}`),
      ],
      message,
    })),
    { regex: `^${quoted(written(folder, "."))}/(?:${free.join("|")})/`, message },
    ...(usesSdk(name) ? [] : [{ regex: "^@aws-sdk/", message }]),
  ];
};

export default {
  plugins: ["typescript", "import"],
  categories: { correctness: "off" },
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/await-thenable": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/no-unnecessary-type-assertion": "error",
    "import/no-cycle": ["error", { ignoreTypes: false }],
  },
  ignorePatterns: ["node_modules", ".serverless", ".esbuild", "coverage"],
  // a file that is named itself comes after its folder: the last override holds
  overrides: Object.keys(order)
    .toSorted((a, b) => Number(isFile(a)) - Number(isFile(b)))
    .map((name) => ({
      files: [isFile(name) ? name : `${name}/*.ts`],
      rules: { "no-restricted-imports": ["error", { patterns: refusals(name) }] },
    })),
} satisfies OxlintConfig;
