import { expect, it } from "vitest";
import { callBackScene } from "../../cli/demo-callback.ts";

it("the demo's missed call joins, rings the agent and then the caller, and ends as talked", async () => {
  const said: string[] = [];
  await callBackScene((line) => said.push(line.trim()));
  expect(said).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^\+39333…67 left the queue Sales without an answer\./),
      "The same caller called again without an answer: 2 missed calls, still one callback.",
      expect.stringMatching(/^201: ringing +→ +\+393331234567: waiting$/),
      expect.stringMatching(/^The callback is closed \(talked\)/),
    ]),
  );
});
