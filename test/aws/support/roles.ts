import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { build } from "esbuild";
import { json, owner } from "./ask.ts";
import { stack } from "./client.ts";
import type { Attempt } from "./probe.ts";
import { signedFetch } from "./signed.ts";
import { inVenv, root } from "./venv.ts";

const functionsUrl = `${stack.endpoint}/2015-03-31/functions`;

const zipped = `
import base64, io, sys, zipfile
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as made:
    made.writestr("probe.mjs", sys.argv[1])
print(base64.b64encode(archive.getvalue()).decode())`;

const probe = async (): Promise<string> => {
  const built = await build({
    entryPoints: [`${root}/test/aws/support/probe.ts`],
    bundle: true,
    platform: "node",
    format: "esm",
    minify: true,
    write: false,
  });
  const source = built.outputFiles[0]?.text ?? "";
  const { stdout } = await promisify(execFile)(inVenv("python"), ["-c", zipped, source]);
  return stdout.trim();
};

/** Puts a second function beside one of the product's, under the same role; what is given back tries things with its rights. */
export const underRoleOf = async (
  name: string,
): Promise<(attempt: Attempt) => Promise<{ status: number; body: string }>> => {
  const known = await signedFetch(
    owner,
    "lambda",
    `${functionsUrl}/wildix-functions-${stack.stage}-${name}/configuration`,
  );
  const { Role } = await json(known);
  const FunctionName = `probe-${name}`;
  const made = await signedFetch(owner, "lambda", functionsUrl, {
    method: "POST",
    body: JSON.stringify({
      FunctionName,
      Role,
      Runtime: "nodejs24.x",
      Handler: "probe.handler",
      Timeout: 300,
      Code: { ZipFile: await probe() },
    }),
  });
  if (made.status !== 201) throw new Error(`no probe for ${name}: ${made.status} ${await made.text()}`);
  return async (attempt) => {
    const answer = await signedFetch(owner, "lambda", `${functionsUrl}/${FunctionName}/invocations`, {
      method: "POST",
      body: JSON.stringify(attempt),
    });
    const { status, body, ...rest } = await json(answer);
    if (status === undefined) throw new Error(`the probe of ${name} failed: ${JSON.stringify(rest)}`);
    return { status: Number(status), body: String(body) };
  };
};
