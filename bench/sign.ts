/** Signatures per second beside what nobody can undercut: one SHA-256 and one HMAC of the same texts. */
import { createHash, createHmac } from "node:crypto";
import { sign } from "../lib/wms/signing/sign.ts";
import type { Connection, WmsRequest } from "../lib/wms/types.ts";
import { median, report, round } from "./report.ts";
import { size } from "./size.ts";

const connection: Connection = {
  host: "https://pbx.example.com",
  auth: {
    kind: "s2s",
    app_id: "app-0001",
    app_name: "bench",
    secret_key: "0123456789abcdef0123456789abcdef",
  },
};
const request: WmsRequest = {
  method: "GET",
  path: "/api/v1/PBX/CallHistory/",
  params: {
    count: 1000,
    dir: "ASC",
    filter: { id: { from: "123456" }, start: { from: "2026-11-23 00:00:00", to: "2026-11-24 00:00:00" } },
    sort: "id",
    start: 0,
  },
};
const wire = await sign(connection, request, 1_700_000_000);
const canonical = wire.canonical ?? "";
const token = (wire.headers.at(-1)?.[1] ?? "").replace("Bearer ", "").split(".").slice(0, 2).join(".");

const rate = async (act: () => unknown): Promise<number> => {
  const rates: number[] = [];
  for (let run = 0; run < size(7, 1); run++) {
    const begun = performance.now();
    let done = 0;
    while (performance.now() - begun < size(300, 10)) for (let n = 0; n < 50; n++, done++) await act();
    rates.push((done / (performance.now() - begun)) * 1000);
  }
  return median(rates);
};

const ours = await rate(() => sign(connection, request, 1_700_000_000));
const floor = await rate(() => {
  createHash("sha256").update(canonical).digest("hex");
  return createHmac("sha256", "0123456789abcdef0123456789abcdef").update(token).digest("base64url");
});
await report(
  "signing",
  ["what", "per second", "each"],
  [
    ["sign (jose)", round(ours), `${(1000 / ours).toFixed(3)} ms`],
    ["node:crypto: only SHA-256 and HMAC", round(floor), `${(1000 / floor).toFixed(3)} ms`],
  ],
);
