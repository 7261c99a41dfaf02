import { expect, it } from "vitest";
import { baseOf, halfOf, isLocal } from "../../../lib/history/grouping/channel-name.ts";

it.each([
  ["Local/108@users-00000004;1", "Local/108@users-00000004", "1", true],
  ["Local/108@users-00000004;2", "Local/108@users-00000004", "2", true],
  ["Local/108@users-00000004;3", "Local/108@users-00000004;3", "", true],
  ["Local/108@users-00000004;12", "Local/108@users-00000004;12", "", true],
  ["SIP/101-00000002", "SIP/101-00000002", "", false],
  ["SIP/Local/1", "SIP/Local/1", "", false],
  [";1", ";1", "", false],
  ["", "", "", false],
])("the channel %j is %j, half %j; local: %j", (channel, base, half, local) =>
  expect([baseOf(channel), halfOf(channel), isLocal(channel)]).toEqual([base, half, local]),
);
