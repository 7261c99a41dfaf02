import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { order } from "../oxlint.config.ts";

const root = new URL("..", import.meta.url).pathname;

/** A file that would be added, and the file or package that it imports. */
const upwards: readonly (readonly [from: string, to: string])[] = [
  ["lib/input.ts", "lib/pbxs/pbxs.ts"],
  ["lib/input.ts", "cli/main.ts"],
  ["lib/ports.ts", "lib/aws/ports/ports.ts"],
  ["lib/wms/client.ts", "lib/errors.ts"],
  ["lib/wms/sending/send.ts", "lib/errors.ts"],
  ["lib/wms/history/call-history.ts", "lib/history/rows/rows.ts"],
  ["lib/wms/history/call-history.ts", "lib/wms/diagnose.ts"],
  ["lib/wms/errors.ts", "lib/wms/client.ts"],
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
  ["lib/calls/dial/dial.ts", "lib/callers/caller.ts"],
  ["lib/calls/dial/dial.ts", "lib/http/problem.ts"],
  ["lib/calls/guard/gate.ts", "lib/calls/ledger/ledger.ts"],
  ["lib/calls/ledger/ledger.ts", "lib/calls/guard/gate.ts"],
  ["lib/calls/ledger/ledger.ts", "lib/calls/place-call.ts"],
  ["lib/calls/place-call.ts", "lib/history/rows/rows.ts"],
  ["lib/calls/place-call.ts", "@aws-sdk/client-dynamodb"],
  ["lib/callbacks/callbacks.ts", "lib/http/problem.ts"],
  ["lib/callbacks/callbacks.ts", "lib/calls/guard/gate.ts"],
  ["lib/callbacks/policy.ts", "lib/callbacks/rows/legs.ts"],
  ["lib/callbacks/policy.ts", "lib/callbacks/callbacks.ts"],
  ["lib/callbacks/policy.ts", "lib/calls/place-call.ts"],
  ["lib/callbacks/controller/visit.ts", "lib/calls/ledger/ledger.ts"],
  ["lib/callbacks/controller/visit.ts", "lib/calls/place-call.ts"],
  ["lib/callbacks/rows/ask.ts", "lib/history/export/export-day.ts"],
  ["lib/callbacks/rows/judge.ts", "lib/callbacks/controller/visit.ts"],
  ["lib/callbacks/rows/judge.ts", "lib/history/grouping/leg.ts"],
  ["lib/callbacks/controller/visit.ts", "lib/callbacks/callbacks.ts"],
  ["lib/callbacks/callbacks.ts", "lib/aws/dynamo-state.ts"],
  ["lib/sounds/make-sound.ts", "lib/history/publication/manifest.ts"],
  ["lib/sounds/make-sound.ts", "test/setup.ts"],
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
  ["lib/aws/lambda-clients/dynamodb.ts", "lib/aws/s3-store.ts"],
  ["lib/aws/lambda-clients/dynamodb.ts", "lib/errors.ts"],
  ["lib/aws/s3-store.ts", "lib/aws/ports/store-ports.ts"],
  ["lib/aws/ports/store-ports.ts", "lib/aws/deployed/stack.ts"],
  ["lib/aws/deployed/stack.ts", "lib/local/directory-store.ts"],
  ["functions/originate.ts", "lib/aws/deployed/stack.ts"],
  ["lib/local/directory-store.ts", "lib/aws/s3-store.ts"],
  ["functions/originate.ts", "cli/main.ts"],
  ["cli/main.ts", "test/setup.ts"],
  ["cli/commands/key.ts", "test/setup.ts"],
  ["cli/commands/key.ts", "cli/programs/key-program.ts"],
  ["cli/terminal/output.ts", "cli/typed/times.ts"],
  ["cli/typed/times.ts", "cli/context/context.ts"],
  ["cli/context/stores.ts", "cli/days/export-report.ts"],
  ["cli/days/export-report.ts", "cli/commands/export.ts"],
  ["cli/server/http-api.ts", "cli/commands/serve.ts"],
  ["cli/programs/program.ts", "cli/main.ts"],
  ["cli/report/report.ts", "cli/commands/report.ts"],
  ["cli/secrets/draft.ts", "cli/commands/secret.ts"],
  ["cli/main.ts", "@aws-sdk/client-s3"],
  ["simulator/server.ts", "lib/wms/client.ts"],
  ["simulator/scenes/scenes.ts", "simulator/history/history.ts"],
  ["simulator/history/history.ts", "simulator/page/page.ts"],
  ["simulator/history/history.ts", "lib/history/rows/rows.ts"],
  ["simulator/page/page.ts", "simulator/scenes/scenes.ts"],
  ["scripts/build.ts", "test/setup.ts"],
  ["scripts/words/check.ts", "bench/world.ts"],
];

const isNamed = (file: string): boolean => file in order;

/** The file in which the import is tried: a neighbour under the same rules, or the file itself if it has rules of its own. */
const probe = (from: string, at: number): string =>
  isNamed(from) ? from : `${dirname(from)}/probe-${at}.ts`;

/** The import as the code writes it: up only as far as the folders differ. */
const written = (from: string, to: string): string => {
  if (to.startsWith("@")) return to;
  const path = relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
};

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

let directory: string;
let findings: readonly Finding[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "wildix-imports-"));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(`${directory}/${file}`), { recursive: true });
    await writeFile(`${directory}/${file}`, text);
  };
  await cp(`${root}/oxlint.config.ts`, `${directory}/oxlint.config.ts`);
  for (const [file, tried] of Map.groupBy([...upwards.entries()], ([at, [from]]) => probe(from, at)))
    await write(
      file,
      tried.map(([at, [from, to]]) => `export * as x${at} from "${written(from, to)}";\n`).join(""),
    );
  await write("lib/circle/a.ts", 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  await write("lib/circle/b.ts", 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  const oxlint = `${root}/node_modules/oxlint/bin/oxlint`;
  const linter = promisify(execFile)(process.execPath, [oxlint, "--format", "json"], { cwd: directory });
  const { stdout } = await linter.catch((error: { stdout: string }) => error);
  findings = (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const found = (rule: string): Finding[] => findings.filter(({ code }) => code.includes(rule));

describe("the linter refuses an import upwards", () => {
  it.each(upwards.map(([from, to], at) => [from, to, at] as const))("%s -> %s", (from, to, at) => {
    const ofFile = found("no-restricted-imports").filter(({ filename }) => filename === probe(from, at));
    expect(ofFile.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`'${written(from, to)}'`),
    );
  });
  it("and a circle", () =>
    expect(found("no-cycle").map(({ filename }) => filename)).toEqual(
      expect.arrayContaining(["lib/circle/a.ts", "lib/circle/b.ts"]),
    ));
});

describe("the order of imports", () => {
  const folders = [
    ...new Set(
      globSync("{lib,functions,cli,simulator,scripts}/**/*.ts", { cwd: root }).map((file) => dirname(file)),
    ),
  ].toSorted();
  const files = Object.keys(order).filter((name) => name.endsWith(".ts"));
  it("names every folder, and no other", () =>
    expect(
      Object.keys(order)
        .filter((name) => !files.includes(name))
        .toSorted(),
    ).toEqual(folders));
  it("names files that exist", () => {
    const entries = Object.values(order)
      .flat()
      .filter((name) => name.endsWith(".ts"));
    expect([...files, ...entries].filter((file) => globSync(file, { cwd: root }).length === 0)).toEqual([]);
  });
  it("is tried for every folder", () =>
    expect(folders.filter((folder) => !upwards.some(([from]) => dirname(from) === folder))).toEqual([]));
});
