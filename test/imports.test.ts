import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = new URL("..", import.meta.url).pathname;

/** A file that would be added, and the file or package that it imports. */
const upwards: readonly (readonly [from: string, to: string])[] = [
  ["lib/input.ts", "lib/pbxs/pbxs.ts"],
  ["lib/input.ts", "cli/main.ts"],
  ["lib/ports.ts", "lib/aws/ports.ts"],
  ["lib/wms/client.ts", "lib/errors.ts"],
  ["lib/wms/sending/send.ts", "lib/errors.ts"],
  ["lib/wms/history/call-history.ts", "lib/history/rows/rows.ts"],
  ["lib/wms/signing/sign.ts", "lib/wms/sending/send.ts"],
  ["lib/wms/sending/send.ts", "lib/wms/operations/originate.ts"],
  ["lib/wms/operations/originate.ts", "lib/wms/client.ts"],
  ["lib/wms/operations/originate.ts", "lib/wms/history/call-history.ts"],
  ["lib/store/store.ts", "lib/history/publication/manifest.ts"],
  ["lib/pbxs/pbxs.ts", "lib/calls/calls.ts"],
  ["lib/callers/keys.ts", "lib/http/problem.ts"],
  ["lib/callers/keys.ts", "lib/calls/calls.ts"],
  ["lib/calls/guard/gate.ts", "lib/http/problem.ts"],
  ["lib/calls/dial/dial.ts", "lib/calls/guard/gate.ts"],
  ["lib/calls/dial/dial.ts", "lib/http/problem.ts"],
  ["lib/calls/guard/gate.ts", "lib/calls/ledger/ledger.ts"],
  ["lib/calls/ledger/ledger.ts", "lib/calls/guard/gate.ts"],
  ["lib/calls/ledger/ledger.ts", "lib/calls/place-call.ts"],
  ["lib/calls/place-call.ts", "lib/history/rows/rows.ts"],
  ["lib/calls/place-call.ts", "@aws-sdk/client-dynamodb"],
  ["lib/callbacks/callbacks.ts", "lib/http/problem.ts"],
  ["lib/callbacks/callbacks.ts", "lib/calls/guard/gate.ts"],
  ["lib/callbacks/controller/visit.ts", "lib/calls/ledger/ledger.ts"],
  ["lib/callbacks/controller/visit.ts", "lib/calls/place-call.ts"],
  ["lib/callbacks/rows/ask.ts", "lib/history/export/export-day.ts"],
  ["lib/callbacks/rows/judge.ts", "lib/callbacks/controller/visit.ts"],
  ["lib/callbacks/callbacks.ts", "lib/aws/dynamo-state.ts"],
  ["lib/sounds/make-sound.ts", "lib/history/publication/manifest.ts"],
  ["lib/http/problem.ts", "lib/history/rows/rows.ts"],
  ["lib/history/ask.ts", "lib/calls/calls.ts"],
  ["lib/history/export/export-day.ts", "lib/aws/s3-store.ts"],
  ["lib/history/rows/rows.ts", "lib/ports.ts"],
  ["lib/history/calendar/utc.ts", "lib/history/rows/rows.ts"],
  ["lib/history/rows/rows.ts", "lib/history/parts/parts.ts"],
  ["lib/history/rows/rows.ts", "lib/history/grouping/grouping.ts"],
  ["lib/history/grouping/grouping.ts", "lib/history/parts/parts.ts"],
  ["lib/history/grouping/grouping.ts", "lib/calls/calls.ts"],
  ["lib/history/grouping/grouping.ts", "simulator/server.ts"],
  ["lib/history/parts/parts.ts", "lib/history/publication/manifest.ts"],
  ["lib/history/publication/manifest.ts", "lib/history/export/export-day.ts"],
  ["lib/history/publication/manifest.ts", "lib/history/erasure/erase-day.ts"],
  ["lib/history/erasure/erase-day.ts", "lib/history/export/export-day.ts"],
  ["lib/history/export/export-day.ts", "lib/history/days/queue-days.ts"],
  ["lib/history/days/queue-days.ts", "lib/history/work/work-off.ts"],
  ["lib/history/planning/fleet-report.ts", "lib/history/work/work-off.ts"],
  ["lib/history/work/work-off.ts", "lib/history/planning/fleet-report.ts"],
  ["lib/callbacks/events/envelope.ts", "lib/calls/calls.ts"],
  ["lib/callbacks/events/envelope.ts", "lib/http/problem.ts"],
  ["lib/callbacks/events/envelope.ts", "@aws-sdk/client-sqs"],
  ["lib/callbacks/events/envelope.ts", "lib/callbacks/controller/decide.ts"],
  ["lib/aws/s3-store.ts", "lib/local/directory-store.ts"],
  ["lib/local/directory-store.ts", "lib/aws/s3-store.ts"],
  ["functions/originate.ts", "cli/main.ts"],
  ["cli/main.ts", "test/setup.ts"],
  ["cli/main.ts", "@aws-sdk/client-s3"],
  ["simulator/server.ts", "lib/wms/client.ts"],
];

/** The file in which the import is tried: a neighbour, under the same rules; lib/ports.ts has rules of its own. */
const probe = (from: string, at: number): string =>
  from === "lib/ports.ts" ? from : `${dirname(from)}/probe-${at}.ts`;

/** The import as the code writes it: up only as far as the folders differ. */
const written = (from: string, to: string): string => {
  if (to.startsWith("@")) return to;
  const path = relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
};

interface Finding {
  readonly code: string;
  readonly filename: string;
}

let directory: string;
let findings: readonly Finding[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "wildix-imports-"));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(`${directory}/${file}`), { recursive: true });
    await writeFile(`${directory}/${file}`, text);
  };
  await cp(`${root}/.oxlintrc.json`, `${directory}/.oxlintrc.json`);
  for (const [at, [from, to]] of upwards.entries())
    await write(probe(from, at), `import { x } from "${written(from, to)}";\nexport const y = x;\n`);
  await write("lib/circle/a.ts", 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  await write("lib/circle/b.ts", 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  const linter = promisify(execFile)(`${root}/node_modules/.bin/oxlint`, ["--format", "json"], {
    cwd: directory,
  });
  const { stdout } = await linter.catch((error: { stdout: string }) => error);
  findings = (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const filesWith = (rule: string): string[] =>
  findings.filter(({ code }) => code.includes(rule)).map(({ filename }) => filename);

describe("the linter refuses an import upwards", () => {
  it.each(upwards.map(([from, to], at) => [from, to, at] as const))("%s -> %s", (from, _to, at) =>
    expect(filesWith("no-restricted-imports")).toContain(probe(from, at)),
  );
  it("and a circle", () =>
    expect(filesWith("no-cycle")).toEqual(expect.arrayContaining(["lib/circle/a.ts", "lib/circle/b.ts"])));
});
