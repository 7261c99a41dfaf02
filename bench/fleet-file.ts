import { writeFile } from "node:fs/promises";
import { account, zone } from "./day.ts";

/** Names of so many PBXs. */
export const pbxIds = (pbxs: number): string[] =>
  Array.from({ length: pbxs }, (_, at) => `pbx-${String(at + 1).padStart(4, "0")}`);

/** Writes a file of so many PBXs, which all are the simulator on this port. */
export const writeFleet = (path: string, pbxs: number, port: number): Promise<void> => {
  const { appId, appName, secret } = account;
  const entry = {
    host: `http://127.0.0.1:${port}`,
    app_id: appId,
    app_name: appName,
    secret_key: secret,
    timezone: zone,
  };
  const text = JSON.stringify({ pbxs: Object.fromEntries(pbxIds(pbxs).map((id) => [id, entry])) });
  // the product warns of a file of secrets that others can read
  return writeFile(path, text, { mode: 0o600 });
};
