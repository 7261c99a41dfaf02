import { type Command, InvalidArgumentError, Option } from "commander";
import { formatNames, formats, tableFormats } from "../../lib/format-names.ts";
import { type CsvSeparator, csvSeparators } from "../../lib/history/parts/csv.ts";
import { backfillCommand, redriveCommand } from "../commands/backfill.ts";
import { eraseCommand } from "../commands/erase.ts";
import { exportCommand } from "../commands/export.ts";
import { reportCommand } from "../commands/report.ts";
import { statusCommand } from "../commands/status.ts";
import { verifyCommand } from "../commands/verify.ts";
import type { Context } from "../context/context.ts";
import { givenPath } from "./given-path.ts";
import type { MakeCommand } from "./key-program.ts";

/** A tab is hard to type in a shell: its name and `\\t` mean it too. */
const readSeparator = (text: string): CsvSeparator => {
  const character = text.toLowerCase() === "tab" || text === "\\t" ? "\t" : text;
  const separator = csvSeparators.find((known) => known === character);
  if (separator === undefined) throw new InvalidArgumentError("It must be a comma, a semicolon or tab.");
  return separator;
};

/** `wildix export`, `verify`, `report`, `erase`, `status`, `backfill` and `redrive`. */
export const addExportCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
  repeated: (value: string, before: readonly string[] | undefined) => string[],
): void => {
  const onPbxs = (made: Command): Command =>
    made
      .option("--pbx <id>", "only this PBX; may be repeated (default: every exported PBX)", repeated)
      .option("--json", "print JSON");
  const onStage = (made: Command): Command =>
    onPbxs(made).option(
      "--region <region>",
      "region of the deployment (default: AWS_REGION, then eu-central-1)",
    );

  onPbxs(
    command("export", "export call history to a directory", [
      "export --from 2026-11-01 --to 2026-11-07 --out exports",
      "export --from 2026-11-01 --to 2026-11-07 --out exports --pbxs pbxs.json --pbx milan",
      "export --from 2026-01-01 --to 2026-11-07 --out exports --pbxs pbxs.json --format parquet",
    ]),
  )
    .requiredOption("--from <day>", "first day, in the PBX's local time: 2026-11-01, yesterday, -7d")
    .requiredOption("--to <day>", "last day (included)")
    .requiredOption("--out <directory>", "directory of the export; skips days that it already has", givenPath)
    .option("--pbxs <file>", "file of PBXs")
    .option("--force", "export again the days that are already exported")
    .addOption(
      new Option(
        "--format <name>",
        "format of the files; csv is for spreadsheets (default: that of the directory, or ndjson)",
      ).choices(formatNames.filter((name) => formats[name].options === `--format ${name}`)),
    )
    .option("--plain", "write csv without compression")
    .option("--bom", "write csv with a byte order mark, for Excel")
    .addOption(new Option("--separator <character>", "separator of csv: , ; or tab").argParser(readSeparator))
    .option("--rows-per-part <n>", "maximum rows in a file (default: 250000)")
    .action((options: Parameters<typeof exportCommand>[1]) => run(() => exportCommand(context, options)));

  command("verify", "compare an export with its manifests", [
    "verify exports",
    "verify s3://wildix-functions-prod-exportbucket-abc123",
  ])
    .argument("<place>", "the directory, or s3://BUCKET", givenPath)
    .option("--from <day>", "first day that must be exported")
    .option("--to <day>", "last day that must be exported (included)")
    .option("--pbx <id>", "only this PBX; may be repeated", repeated)
    .option("--region <region>", "region of the bucket (default: AWS_REGION, then eu-central-1)")
    .option("--json", "print JSON")
    .action((place: string, options: Parameters<typeof verifyCommand>[2]) =>
      run(() => verifyCommand(context, place, options)),
    );

  command("report", "show missed calls, waits, queues and agents", [
    "report exports",
    "report exports --from 2026-11-01 --to 2026-11-30 --pbx milan --out november.html",
    "report s3://wildix-functions-prod-exportbucket-abc123 --from yesterday",
  ])
    .argument("<place>", "the directory of an export, or s3://BUCKET", givenPath)
    .option("--from <day>", "first day (default: 30 days before the last)")
    .option("--to <day>", "last day, included (default: the last of the export)")
    .option("--pbx <id>", "only this PBX; may be repeated", repeated)
    .option("--out <file>", "write one HTML file, with masked numbers", givenPath)
    .option("--mask", "mask every number that is not an extension")
    .option("--no-mask", "do not mask the numbers in the HTML file")
    .option("--within <seconds>", "seconds within which a queue should answer", "20")
    .option("--under <seconds>", "calls that were abandoned within these seconds do not count", "5")
    .option("--region <region>", "region of the bucket (default: AWS_REGION, then eu-central-1)")
    .option("--json", "print the answers to all questions as JSON")
    .action((place: string, options: Parameters<typeof reportCommand>[2]) =>
      run(() => reportCommand(context, place, options)),
    );

  onPbxs(
    command("erase", "erase a person's number from exports", [
      "erase exports --number +393331234567",
      "erase --stage prod",
      "erase --stage prod --yes",
    ]),
  )
    .argument("[place]", "the directory of an export, or s3://BUCKET", givenPath)
    .option("--number <number>", "number with + and country code (default: ask, or read standard input)")
    .option("--stage <stage>", "deployment on AWS, in place of a directory or bucket")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option("--pbxs <file>", "file of this machine's PBXs, to find all notations of the number")
    .option("--yes", "erase; without it, the command only counts")
    .option("--dry-run", "only count, as without --yes")
    .action((where: string | undefined, options: Parameters<typeof eraseCommand>[2]) =>
      run(() => eraseCommand(context, where, options)),
    );

  onStage(
    command("status", "show which PBX days are exported, and why others are not", [
      "status --stage prod",
      "status --stage prod --watch --html wall.html",
      "status --stage prod --pbx milan --days 35",
    ]),
  )
    .option("--stage <stage>", "deployment on AWS (default: this machine)")
    .option("--out <directory>", "directory of this machine's exports", givenPath, "exports")
    .option("--pbxs <file>", "file of this machine's PBXs")
    .option("--days <n>", "days to look back", "7")
    .option("--watch", "with --stage: refresh every minute, until Ctrl-C")
    .option("--html <file>", "with --stage: write a page for a wall screen", givenPath)
    .action((options: Parameters<typeof statusCommand>[1]) => run(() => statusCommand(context, options)));

  onStage(
    command("backfill", "export past days, or rewrite them; may be run again", [
      "backfill --stage prod --from 2025-11-01 --to 2026-10-31",
      "backfill --stage prod --from 2025-11-01 --to 2026-10-31 --pbx milan --pbx rome --at-once 4",
      "backfill --stage prod --from 2025-11-01 --to 2026-10-31 --force --format parquet --dry-run",
      "backfill --out exports --pbxs pbxs.json --from 2025-11-01 --to 2026-10-31 --force --format parquet",
    ]),
  )
    .option("--stage <stage>", "deployment on AWS (default: this machine)")
    .option("--out <directory>", "directory of this machine's exports", givenPath, "exports")
    .option("--pbxs <file>", "file of this machine's PBXs")
    .requiredOption("--from <day>", "first day, YYYY-MM-DD, in the local time of each PBX")
    .requiredOption("--to <day>", "last day (included)")
    .option("--at-once <n>", "with --stage: most PBX days that are queued or running (default: 20)")
    .option("--force", "export again the days that are already exported")
    .addOption(
      new Option("--format <name>", "with --force: export only days that have another format").choices(
        tableFormats,
      ),
    )
    .option("--dry-run", "show how many days would be exported, and export none")
    .action((options: Parameters<typeof backfillCommand>[1]) => run(() => backfillCommand(context, options)));

  onStage(
    command("redrive", "retry failed days of a deployment now", [
      "redrive --stage prod",
      "redrive --stage prod --pbx milan",
    ]),
  )
    .requiredOption("--stage <stage>", "deployment on AWS")
    .option("--days <n>", "days to look back", "35")
    .action((options: Parameters<typeof redriveCommand>[1]) => run(() => redriveCommand(context, options)));
};
