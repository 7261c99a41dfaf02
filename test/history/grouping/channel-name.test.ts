import { expect, it } from "vitest";
import { baseOf, halfOf, isLocal, strengthOf } from "../../../lib/history/grouping/channel-name.ts";

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

it.each([
  ["SIP/101-00000002", "one"],
  ["PJSIP/my-trunk-0000A1b2", "one"],
  ["SIP/101-b7c3", "one"],
  ["SIP/101-00000002<ZOMBIE>", "one"],
  ["Local/108@users-00000004;1", "one"],
  ["Local/108@users-00000004;2<ZOMBIE>", "one"],
  ["DAHDI/i1/0212345678-1f", "one"],
  ["IAX2/branch-1234", "one"],
  ["1764000000.17", "one"],
  ["9b2c4f0e-a3d1", "one"],
  ["DAHDI/1-1", "line"],
  ["mISDN/1-u12", "line"],
  ["Local/108@users-1;1", "line"],
  ["SIP/101-123", "line"],
  ["SIP/101", "none"],
  ["SIP/my-trunk", "none"],
  ["SIP/telco-location", "none"],
  ["sofia/internal/101@pbx.example", "none"],
  ["Local/108@users;1", "none"],
  ["/", "none"],
  ["", "none"],
])("the channel %j has the strength %s", (channel, strength) => expect(strengthOf(channel)).toBe(strength));
