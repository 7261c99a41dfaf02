import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { inVenv, root } from "./venv.ts";

/** The blocks of shell commands of a page. */
export const blocksOf = (page: string): string[] =>
  [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, commands = ""]) => commands);

interface Running {
  readonly stdin?: string;
  /** Goes on after a command that failed, as a person does. */
  readonly keepGoing?: boolean;
}

/** Version 1 of the AWS CLI ignores AWS_ENDPOINT_URL for SQS. */
const aws = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }';

/** Runs a block as a user would who pastes it into a shell. Throws if a command fails, or with `keepGoing` never. */
export const runBlock = async (
  block: string,
  env: Readonly<Record<string, string>>,
  { stdin = "", keepGoing = false }: Running = {},
): Promise<string> => {
  const mode = keepGoing ? [] : ["-e"];
  const child = spawn("bash", ["--norc", ...mode, "-uo", "pipefail", "-c", `${aws}\n${block}`], {
    cwd: root,
    // the AWS CLI of the tests is version 1, which reads another variable than version 2; npm does not ask for a newer npm
    env: {
      ...env,
      AWS_DEFAULT_REGION: env["AWS_REGION"],
      PATH: `${dirname(inVenv("aws"))}:${process.env["PATH"]}`,
      npm_config_update_notifier: "false",
    },
  });
  child.stdin.end(stdin);
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, "close");
  const said = (await out) + (await err);
  if (code !== 0 && !keepGoing) throw new Error(`ended with ${code}:\n${said}`);
  return said;
};
