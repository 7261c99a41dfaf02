import { expect, it, vi } from "vitest";
import { untilStopped } from "../../../cli/terminal/until-stopped.ts";

it("a process of npm ends, also if npm ended before the process began to wait", async () => {
  vi.spyOn(process, "ppid", "get").mockReturnValue(process.ppid + 1);
  const waited = untilStopped(new AbortController().signal, { npm_command: "exec" });
  await expect(waited).resolves.toBeUndefined();
});
