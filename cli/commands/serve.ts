import { localPorts } from "../../lib/local/ports.ts";
import { createLog } from "../../lib/log.ts";
import type { Context } from "../context/context.ts";
import { openHttpApi } from "../server/http-api.ts";
import { paint } from "../terminal/output.ts";
import { untilStopped } from "../terminal/until-stopped.ts";
import { orTaken, portOf } from "../typed/ports.ts";

export interface ServeOptions {
  readonly port: string;
  readonly out: string;
  readonly pbxs?: string;
  readonly json?: boolean;
}

/** The HTTP API on loopback, for the PBXs of a file or the environment, until Ctrl-C. */
export const serveCommand = async (context: Context, options: ServeOptions): Promise<number> => {
  const { output } = context;
  const port = portOf(options.port, "--port");
  const ports = await localPorts({
    env: context.env,
    clock: context.clock,
    directory: options.out,
    log: createLog("wildix-functions"),
    pbxFile: options.pbxs,
  });
  const entries = await ports.registry.list();
  const zone = entries[0]?.timezone ?? "UTC";
  const api = await openHttpApi(ports, port, "wildix serve", zone).catch(orTaken(port, "--port"));
  const pbxs = entries.map(({ id }) => id);
  if (options.json) output.out(JSON.stringify({ url: api.url, key: api.bearer, pbxs }));
  else {
    output.out(`${paint(output, "bold", "The HTTP API")} of ${pbxs.join(", ")} listens on ${api.url}`);
    output.out("To try it from another terminal:\n");
    for (const line of api.examples) output.out(`  ${line}`);
    output.out("\nThe key was made for today; only its hash is kept. Stop with Ctrl-C.");
  }
  await untilStopped(context.signal, context.env);
  await api.close();
  return 0;
};
