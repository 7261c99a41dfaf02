import { type Command, InvalidArgumentError, Option } from "commander";
import { formatNames } from "../lib/format-names.ts";
import { backfillCommand, redriveCommand } from "./commands/backfill.ts";
import { exportCommand } from "./commands/export.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";
import type { Context } from "./context.ts";
import type { MakeCommand } from "./key-program.ts";

/** What a shell makes of a variable that is not set would be the working directory. */
const place = (text: string): string => {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
};

/** `wildix export`, `verify`, `status`, `backfill` and `redrive`. */
export const addExportCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
  repeated: (value: string, before: readonly string[] | undefined) => string[],
): void => {
  const onPbxs = (made: Command): Command =>
    made
      .option("--pbx <id>", "this PBX alone; may be repeated (default: all that are exported)", repeated)
      .option("--json", "print JSON");
  const onStage = (made: Command): Command =>
    onPbxs(made).option("--region <region>", "the deployment's region (default: AWS_REGION)");

  onPbxs(
    command("export", "write whole days of call history into a directory, proven complete", [
      "export --from 2026-11-01 --to 2026-11-07 --out exports",
      "export --from 2026-11-01 --to 2026-11-07 --out exports --pbxs pbxs.json --pbx milan",
      "export --from 2026-01-01 --to 2026-11-07 --out exports --pbxs pbxs.json --format parquet",
    ]),
  )
    .requiredOption("--from <day>", "first day, YYYY-MM-DD, on the PBX's calendar")
    .requiredOption("--to <day>", "last day, included")
    .requiredOption("--out <directory>", "where the files go; days that stand there are left alone", place)
    .option("--pbxs <file>", "file of PBXs")
    .option("--force", "write days again that stand already")
    .addOption(
      new Option("--format <name>", "of the files; CSV is for people").choices(formatNames).default("ndjson"),
    )
    .option("--rows-per-part <n>", "rows of a file (default: 250000)")
    .action((options: Parameters<typeof exportCommand>[1]) => run(() => exportCommand(context, options)));

  command("verify", "compare an export in a directory or a bucket with its manifests", [
    "verify exports",
    "verify s3://wildix-functions-prod-exportbucket-abc123",
  ])
    .argument("<place>", "the directory, or s3://BUCKET", place)
    .option("--region <region>", "region of the bucket (default: AWS_REGION, then eu-central-1)")
    .option("--json", "print JSON")
    .action((place: string, options: Parameters<typeof verifyCommand>[2]) =>
      run(() => verifyCommand(context, place, options)),
    );

  onStage(
    command("status", "how far the last days are, and why one is missing", [
      "status --stage prod",
      "status --stage prod --pbx milan --days 35",
    ]),
  )
    .option("--stage <stage>", "of this deployment on AWS; without it, of this machine")
    .option("--out <directory>", "where this machine's exports lie", place, "exports")
    .option("--pbxs <file>", "file of this machine's PBXs")
    .option("--days <n>", "days to look back", "7")
    .action((options: Parameters<typeof statusCommand>[1]) => run(() => statusCommand(context, options)));

  onStage(
    command("backfill", "have a deployment export past days that are missing; goes on when begun again", [
      "backfill --stage prod --from 2025-11-01 --to 2026-10-31",
      "backfill --stage prod --from 2025-11-01 --to 2026-10-31 --pbx milan --pbx rome --at-once 4",
    ]),
  )
    .requiredOption("--stage <stage>", "the deployment on AWS")
    .requiredOption("--from <day>", "first day, YYYY-MM-DD, on each PBX's calendar")
    .requiredOption("--to <day>", "last day, included")
    .option("--at-once <n>", "PBX days under way at the same time (default: 20)")
    .action((options: Parameters<typeof backfillCommand>[1]) => run(() => backfillCommand(context, options)));

  onStage(
    command("redrive", "try at once what was given up, when its cause is mended", [
      "redrive --stage prod",
      "redrive --stage prod --pbx milan",
    ]),
  )
    .requiredOption("--stage <stage>", "the deployment on AWS")
    .option("--days <n>", "days to look back", "35")
    .action((options: Parameters<typeof redriveCommand>[1]) => run(() => redriveCommand(context, options)));
};
