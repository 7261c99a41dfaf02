import addCompletion from "@bomb.sh/tab/commander";
import { type Command, Option } from "commander";
import { software } from "../../lib/software.ts";
import { originateCommand, queuesCommand } from "../commands/calls.ts";
import { doctorCommand } from "../commands/doctor.ts";
import { historyCommand } from "../commands/history.ts";
import { invokeCommand } from "../commands/invoke.ts";
import { testMappingCommand } from "../commands/mapping.ts";
import { pbxCommand, pbxDefaults } from "../commands/pbx.ts";
import { requestCommand } from "../commands/request.ts";
import { serveCommand } from "../commands/serve.ts";
import { signCommand } from "../commands/sign.ts";
import { soundCommand } from "../commands/sound.ts";
import { resumeCommand, stopCommand } from "../commands/switches.ts";
import type { Context } from "../context/context.ts";
import { warnOfSharedFiles } from "../context/private-files.ts";
import { readInstant } from "../typed/times.ts";
import { addCallbackCommands } from "./callback-program.ts";
import { addExportCommands } from "./export-program.ts";
import { givenPath } from "./given-path.ts";
import { groupCommands } from "./help-groups.ts";
import { addKeyCommands } from "./key-program.ts";
import { OwnCommand } from "./own-command.ts";
import { addSecretCommands } from "./secret-program.ts";

const credentials = `
Credentials come from WILDIX_HOST, WILDIX_APP_ID, WILDIX_APP_NAME and WILDIX_SECRET_KEY (or WILDIX_API_KEY, or
WILDIX_TOKEN), or from a file of PBXs (--pbxs FILE, WILDIX_PBXS, ./pbxs.json).
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

const repeated = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  value,
];

/** The `wildix` command. With `json`, wrong usage prints nothing here. Each action passes its exit code to `done`. */
export const buildProgram = (context: Context, done: (code: number) => void, json = false): Command => {
  const program = new OwnCommand("wildix")
    .description("Control Wildix PBXs through the WMS API")
    .version(software.split("/")[1] ?? "");
  program.addHelpText("after", credentials).showHelpAfterError("(see `wildix --help`)").exitOverride();
  program.configureOutput({
    writeOut: (text) => context.output.out(text.trimEnd()),
    // with --json, the caller of parseAsync prints the error as JSON
    writeErr: (text) => json || context.output.err(text.trimEnd()),
  });

  const command = (
    usage: string,
    description: string,
    examples: readonly string[],
    parent: Command = program,
  ): Command =>
    parent
      .command(usage)
      .description(description)
      .addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ wildix ${example}`).join("\n")}`);
  const onPbx = (made: Command): Command =>
    made
      .option("--pbx <id>", "PBX of the file")
      .option("--pbxs <file>", "file of PBXs")
      .option("--json", "print JSON");
  /** For commands that read the secrets of a deployment with the user's AWS credentials. */
  const onDeployed = (made: Command): Command =>
    onPbx(made)
      .option("--stage <stage>", "deployment on AWS (default: this machine)")
      .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)");
  const run = (act: () => Promise<number>): Promise<void> => act().then(done);

  command("sign <json>", "show the signed request and send nothing", [
    `sign '{"config":{"host":"https://pbx.example.com","app_id":"A","app_name":"N","secret_key":"S"},"method":"GET","endpoint":"/api/v1/PBX/ping/"}' --at 1697700000`,
    "sign - < requests.json",
  ])
    .option("--at <epoch>", "time of the signature: epoch seconds, or a time in UTC (default: now)")
    .action((json: string, options: { at?: string }) =>
      run(() => signCommand(context, json, epoch(context, options.at))),
    );

  onDeployed(
    command("request [method] [path]", "send any API request", [
      "request GET /api/v1/PBX/settings/CallQueues/",
      "request GET /api/v1/PBX/CallHistory/ --param 'filter[start][from]=2026-11-01 00:00:00' --param count=5",
      "request POST /api/v1/Sounds/ --body filename=hello --body text='Good morning' --body voice=Kimberly --body directory=",
      "request GET /api/v1/PBX/version/ --stage prod --pbx milan",
      "request --spec requests.json",
    ]),
  )
    .option("--param <name=value>", "query parameter; a[b]=v nests; may be repeated", repeated)
    .option("--body <name=value>", "body parameter; a[b]=v nests; may be repeated", repeated)
    .option("--header <name:value>", "header, signed; may be repeated", repeated)
    .addOption(new Option("--as <form>", "encoding of the body").choices(["form", "json"]))
    .option("--body-only", "print only the body of the response")
    .option("-i, --include", "print status, headers and body of the response, not JSON")
    .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
    .option(
      "--spec <file>",
      "JSON file with one request or a list of requests, as for `sign`; - reads standard input",
    )
    .action(
      (method: string | undefined, path: string | undefined, options: Parameters<typeof requestCommand>[3]) =>
        run(() => requestCommand(context, method, path, options)),
    );

  onPbx(
    command("originate", "ring an extension, then dial a number", [
      "originate --extension 108 --to +16144841500",
      "originate --channel Local/108@users --context users --exten 16144841500 --callerid '\"Announcer\" <16144841500>'",
      "originate --extension 108 --to +16144841500 --dry-run",
      "originate --agent ada@example.com --to +16144841500 --idempotency-key order-7",
    ]),
  )
    .option("--extension <ext>", "phone that rings first")
    .option("--agent <e-mail>", "e-mail address of a colleague, instead of --extension")
    .option("--to <number>", "number to dial after the first phone answers")
    .option("--channel <channel>", "channel that rings first (WMS name), for example Local/108@users")
    .option("--exten <number>", "number to dial after the first phone answers (WMS name)")
    .option(
      "--context <name>",
      "context (part of the dialplan) that dials the number (default: the first of the PBX's `contexts`)",
    )
    .option("--callerid <text>", 'caller id that the first phone shows (WMS name): "Name" <number>')
    .option("--ring-seconds <n>", "seconds that the first phone rings, 5 to 60 (default: 25)")
    .option(
      "--idempotency-key <key>",
      "key of this call: if the key is used again, no phone rings (default: the same call within 10 s does not ring again)",
    )
    .option("--dry-run", "check the call, show the request, and send nothing")
    .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
    .action((options: Parameters<typeof originateCommand>[1]) =>
      run(() => originateCommand(context, options)),
    );

  for (const [name, does, command_] of [
    ["stop", "stop calls through a PBX, or all calls", stopCommand],
    ["resume", "allow calls again", resumeCommand],
  ] as const)
    command(name, does, [`${name} --pbx milan --stage prod`, `${name} --all --stage prod`])
      .option("--pbx <id>", "PBX whose calls to stop or to allow")
      .option("--all", "all calls")
      .option("--pbxs <file>", "file of this machine's PBXs")
      .option("--stage <stage>", "deployment on AWS (default: this machine)")
      .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
      .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
      .option("--json", "print JSON")
      .action((options: Parameters<typeof stopCommand>[1]) => run(() => command_(context, options)));

  onDeployed(
    command("queues [id]", "list the call queues, or show one", [
      "queues",
      "queues 1",
      "queues --stage prod --pbx milan",
    ]),
  ).action((id: string | undefined, options: Record<string, never>) =>
    run(() => queuesCommand(context, id, options)),
  );

  onDeployed(
    command("history", "show legs of the call history as a table", [
      "history --from 2026-11-01 --to 2026-11-02 --limit 20",
      "history --from yesterday --to yesterday --stage prod --pbx milan",
      "history --from yesterday --to yesterday --direction inbound --fields start_utc,from_number,unanswered,talk_seconds",
      "history --from '2026-11-02 00:01:00' --to '2026-11-02 23:59:00' --fields id,start,end,src,dst --json",
    ]),
  )
    .requiredOption(
      "--from <day>",
      "first day (2026-11-01, yesterday, -7d) or time ('2026-11-01 09:00'), in the PBX's local time",
    )
    .requiredOption("--to <day>", "last day (included) or time")
    .option("--fields <list>", "fields, for example id,start,end,src,dst")
    .option("--columns <list>", "columns of the table, for example start,src,dst")
    .addOption(
      new Option("--direction <direction>", "only legs in this direction").choices([
        "inbound",
        "outbound",
        "internal",
        "transit",
      ]),
    )
    .option("--extension <ext>", "only legs from or to this extension")
    .option("--search <words>", "only legs with this text in a number or name")
    .option("--limit <n>", "maximum number of legs", "50")
    .action((options: Parameters<typeof historyCommand>[1]) => run(() => historyCommand(context, options)));

  addExportCommands(context, command, run, repeated);

  onPbx(
    command("sound", "make a sound from text", [
      "sound --filename testfromAPI --text 'this is a test from Sounds API' --voice Kimberly",
      "sound --filename closed --text 'We are closed today' --voice Kimberly --directory custom --replace",
    ]),
  )
    .requiredOption("--filename <name>", "name of the sound")
    .requiredOption("--text <text>", "text to speak")
    .requiredOption("--voice <voice>", "voice of the PBX")
    .option("--directory <folder>", "folder in the PBX's sounds")
    .option("--replace", "overwrite a sound with this name")
    .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
    .action((options: Parameters<typeof soundCommand>[1]) => run(() => soundCommand(context, options)));

  onDeployed(
    command("doctor", "find out why a PBX refuses requests", [
      "doctor",
      "doctor --all --pbxs pbxs.json",
      "doctor --stage prod --pbx milan",
      "doctor --stage prod --all",
    ]),
  )
    .option("--all", "check every PBX of the file or deployment, one line each")
    .action((options: { all?: boolean }) => run(() => doctorCommand(context, options)));

  command("pbx", "run a PBX simulator with a page that shows its phones", [
    "pbx --port 18080",
    "pbx --port 18080 --app-id A --app-name N --secret S --fault sort-ignored --fault slow=200",
    "pbx --list-faults",
    "pbx --port 0 --json",
  ])
    .option("--port <n>", "port on loopback; 0 chooses a free one", "18080")
    .option("--calls <n>", "calls on an average working day", "1000")
    .option("--seed <n>", "seed of the generated calls", String(pbxDefaults.seed))
    .option("--no-unanswered", "write no legs for phones that did not answer")
    .option("--app-id <id>", "S2S app id", pbxDefaults.appId)
    .option("--app-name <name>", "S2S app name", pbxDefaults.appName)
    .option("--secret <secret>", "S2S secret", pbxDefaults.secret)
    .option("--timezone <zone>", "time zone of the PBX", pbxDefaults.zone)
    .option("--fault <name[=value]>", "turn a fault on; may be repeated", repeated)
    .option("--list-faults", "list the faults")
    .option("--json", "print JSON: the address and the variables, or the faults")
    .action((options: Parameters<typeof pbxCommand>[1]) => run(() => pbxCommand(context, options)));

  command("serve", "serve the HTTP API of the functions on loopback", [
    "serve --port 3000",
    "serve --port 3000 --pbxs pbxs.json",
    "serve --port 0 --json",
  ])
    .option("--port <n>", "port on loopback; 0 chooses a free one", "3000")
    .option("--pbxs <file>", "file of PBXs")
    .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
    .option("--json", "print JSON: the address, and a key that expires after a day")
    .action((options: Parameters<typeof serveCommand>[1]) => run(() => serveCommand(context, options)));

  onPbx(
    command("invoke <function> [event]", "run a Lambda function with local adapters", [
      "invoke call-queues",
      "invoke originate events/originate.json",
      `invoke export-history '{"day":"2026-11-01"}' --out exports`,
    ]),
  )
    .option("--out <directory>", "directory of the exports", givenPath, "exports")
    .action((name: string, event: string | undefined, options: { out: string }) =>
      run(() => invokeCommand(context, name, event, options)),
    );

  addCallbackCommands(context, command, run);
  addSecretCommands(context, command, run);
  addKeyCommands(context, command, run, repeated);

  const mapping = command("mapping", "test how a CRM's JSON becomes a call", [
    "mapping test --mapping hubspot.json --body sample.json",
  ]);
  onPbx(
    command(
      "test",
      "show the call that a CRM's body makes; send nothing",
      ["mapping test --mapping hubspot.json --body sample.json --pbxs pbxs.json"],
      mapping,
    ),
  )
    .requiredOption("--mapping <file>", "the mapping, as for `key create`")
    .requiredOption("--body <file>", "a body that the CRM sends")
    .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
    .action((options: Parameters<typeof testMappingCommand>[1]) =>
      run(() => testMappingCommand(context, options)),
    );

  program.hook("preAction", (_program, action) => warnOfSharedFiles(context, action));
  addCompletion(program, { completionCommandName: "completion" });
  groupCommands(program);
  return program;
};

/** Epoch seconds, as `date +%s` prints them, or a day or time in UTC. */
const epoch = ({ clock }: Context, text: string | undefined): number => {
  if (text === undefined) return Math.floor(clock.now() / 1000);
  if (/^-?\d{1,12}$/.test(text)) return Number(text);
  return Math.floor(readInstant(text, "--at", clock.now()) / 1000);
};
