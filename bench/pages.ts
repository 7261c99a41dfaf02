/** A process that serves ready-made pages of call history as fast as HTTP allows: `pages ROWS LATENCY_MS`. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { History } from "../simulator/history/history.ts";
import { day, now, zone } from "./day.ts";

const [, , rowsText = "100000", latencyText = "0"] = process.argv;
const [rows, latency] = [Number(rowsText), Number(latencyText)];
const history = new History({
  seed: 1,
  zone,
  calls: 0,
  callsOn: {},
  rowsOn: { [day]: rows },
  unanswered: true,
  days: 3,
  now: () => now() / 1000,
  pbxid: "221100001bab",
});
const bodies: Buffer[] = [];
const bodyOf = (records: readonly string[]): Buffer =>
  Buffer.from(`{"type":"result","result":{"total":${rows},"records":[${records.join(",")}]}}`);
/** A page from an id on begins with the row of that id, as where ends are inclusive. */
let page: string[] = [];
let fresh = 0;
for (const position of history.positions(
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
  0,
  Number.MAX_SAFE_INTEGER,
)) {
  page.push(JSON.stringify(position.row()));
  fresh++;
  if (fresh < 1000) continue;
  bodies.push(bodyOf(page));
  page = page.slice(-1);
  fresh = 0;
}
const last = bodyOf(page);

/** The PBX has no queues and no colleagues. */
const nothing = Buffer.from('{"type":"result","result":{"total":0,"records":[]}}');

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://x");
  const isHistory = /^\/(?:api\/v1\/PBX\/CallHistory\/?)?$/.test(url.pathname);
  const from = Number(url.searchParams.get("filter[id][from]") ?? 0);
  const at = url.searchParams.get("count") === "1" ? -1 : Math.ceil(from / 1000);
  const body = isHistory ? (bodies[at] ?? last) : nothing;
  setTimeout(() => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
    response.end(body);
  }, latency);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
// nobody is left to stop it
process.on("disconnect", () => process.exit());
