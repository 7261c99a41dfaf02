import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { clockFrom } from "../support/clocks.ts";
import { withPbx } from "../support/pbx.ts";

const start = "2026-11-24T10:00:00Z";
const clock = clockFrom(start);

/** Whether the kernel has stopped a process. */
const isStopped = async (pid: number): Promise<boolean> =>
  / T \(|\) T /.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));

describe.skipIf(process.platform !== "linux")(
  "a process that is stopped between reserving and sending",
  () => {
    it.concurrent.each(["RESERVED", "SENDING"])(
      "after %s, and woken 11 seconds later, sends nothing",
      async (state) => {
        const directory = await mkdtemp(join(tmpdir(), "wildix-frozen-"));
        await withPbx({ now: clock.now }, async (pbx) => {
          const file = new URL("../support/call-child.ts", import.meta.url).pathname;
          const child = spawn(
            process.execPath,
            [file, pbx.url, join(directory, "state.sqlite"), state, start],
            {
              stdio: ["ignore", "pipe", "inherit"],
            },
          );
          const printed = text(child.stdout);
          while (!(await isStopped(child.pid ?? 0))) await systemClock.sleep(20);
          await systemClock.sleep(11_000);
          child.kill("SIGCONT");
          await once(child, "close");
          expect(JSON.parse(await printed)).toMatchObject({
            replayed: false,
            record: { state: "REFUSED", reason: "stale", sends: [] },
          });
          expect(pbx.pbx.phones.calls).toEqual([]);
          expect(pbx.seen.filter(({ method }) => method === "POST")).toEqual([]);
        });
        await rm(directory, { recursive: true });
      },
    );
  },
);
