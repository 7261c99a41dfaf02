import type { Row } from "../../../simulator/history/row.ts";
import type { Dice } from "../random.ts";
import type { TrueCall, World } from "./world.ts";

/** What a PBX, or a network of PBXs, does to rows. `exact`: whether the calls are found all the same. */
export interface BadInput {
  readonly name: string;
  readonly exact: boolean;
  readonly spoil: (world: World, dice: Dice) => World;
}

const withRows = (world: World, rows: readonly Row[]): World => ({ ...world, rows });

/** Another PBX of the network has the same channels, numbers and times. Its ids have a letter, to tell them here. */
const twoPbxs: BadInput = {
  name: "rows of another PBX between",
  exact: true,
  spoil: (world) => ({
    ...world,
    rows: world.rows.flatMap((row) => [row, { ...row, id: `b${row.id}`, pbxid: "2211000011b4" }]),
    truth: world.truth.flatMap((call) => [
      call,
      { ...call, key: `b${call.key}`, ids: call.ids.map((id) => `b${id}`) },
    ]),
  }),
};

/** A scene has fewer channels. */
const block = 32;
const numberOf = (channel: string): number =>
  Number.parseInt(/-([0-9a-f]{8})(?:;\d)?$/.exec(channel)?.[1] ?? "0", 16);
const renumbered = (channel: string, number: number): string =>
  channel.replace(/-[0-9a-f]{8}/, `-${number.toString(16).padStart(8, "0")}`);

/** The PBX restarts whenever nobody talks for a minute, and counts its channels from 0 again. */
const restarts: BadInput = {
  name: "channels that are counted from 0 again",
  exact: true,
  spoil: (world) => {
    const rowsById = new Map(world.rows.map((row) => [row.id, row]));
    const scenes = new Map<number, { start: number; end: number }>();
    for (const { truth, ids } of world.truth) {
      const scene = Math.floor(numberOf(String(rowsById.get(ids[0] ?? "")?.["channel"])) / block);
      const known = scenes.get(scene);
      scenes.set(scene, {
        start: Math.min(truth.started, known?.start ?? truth.started),
        end: Math.max(truth.ended, known?.end ?? truth.ended),
      });
    }
    const numbers = new Map<number, number>();
    let [next, busyUntil] = [0, 0];
    for (const [scene, { start, end }] of [...scenes].sort((a, b) => a[1].start - b[1].start)) {
      if (start > busyUntil + 60) next = 0;
      busyUntil = Math.max(busyUntil, end);
      numbers.set(scene, next++);
    }
    const rename = (channel: unknown): string => {
      const number = numberOf(String(channel));
      const scene = numbers.get(Math.floor(number / block)) ?? 0;
      return renumbered(String(channel), scene * block + (number % block));
    };
    return withRows(
      world,
      world.rows.map((row) => ({
        ...row,
        channel: rename(row["channel"]),
        dstchannel: rename(row["dstchannel"]),
      })),
    );
  },
};

/** Rows come up to twenty places too early or too late. */
const outOfOrder: BadInput = {
  name: "rows out of order",
  exact: false,
  spoil: (world, dice) =>
    withRows(
      world,
      world.rows
        .map((row, at) => ({ row, at: at + dice.whole(40) }))
        .sort((a, b) => a.at - b.at)
        .map(({ row }) => row),
    ),
};

/** Every row can lack its channels. */
const someChannels: BadInput = {
  name: "rows without channel between others",
  exact: false,
  spoil: (world, dice) =>
    withRows(
      world,
      world.rows.map((row) => (dice.chance(0.3) ? { ...row, channel: "", dstchannel: "" } : row)),
    ),
};

const badTimes = ["", "0000-00-00 00:00:00", "2099-01-01 00:00:00", "1970-01-01 00:00:00", "now"];

/** The clock jumps, and some times are none. */
const clockJumps: BadInput = {
  name: "clocks that jump",
  exact: false,
  spoil: (world, dice) => {
    let shift = 0;
    const moved = (text: unknown): unknown => {
      if (dice.chance(0.01)) return dice.pick(badTimes);
      const ms = Date.parse(`${String(text).replace(" ", "T")}Z`);
      if (Number.isNaN(ms)) return text;
      return new Date(ms + shift * 1000).toISOString().slice(0, 19).replace("T", " ");
    };
    return withRows(
      world,
      world.rows.map((row) => {
        if (dice.chance(0.02)) shift = dice.pick([0, 3_600, -3_600, 90_000, -90_000, 7]);
        return {
          ...row,
          start: String(moved(row.start)),
          answer: moved(row["answer"]),
          end: moved(row["end"]),
        };
      }),
    );
  },
};

const fields = [
  "from_number",
  "to_number",
  "dst",
  "lastapp",
  "lastdata",
  "disposition",
  "billsec",
  "channel",
  "dstchannel",
  "timezone",
];

/** Fields are missing or of another type. */
const badFields: BadInput = {
  name: "fields missing or retyped",
  exact: false,
  spoil: (world, dice) =>
    withRows(
      world,
      world.rows.map((row) =>
        dice.chance(0.1)
          ? { ...row, [dice.pick(fields)]: dice.pick<unknown>([null, 0, {}, [], true, ""]) }
          : row,
      ),
    ),
};

const renamedBy = (world: World, rename: (channel: string) => string): World =>
  withRows(
    world,
    world.rows.map((row) => ({
      ...row,
      channel: rename(String(row["channel"] ?? "")),
      dstchannel: rename(String(row["dstchannel"] ?? "")),
    })),
  );

/** All channels of a peer have one name, also at the same time. */
const onlyPeers: BadInput = {
  name: "channels without a number",
  exact: false,
  spoil: (world) => renamedBy(world, (channel) => channel.replace(/-[0-9a-f]{8}/, "")),
};

/** Seconds that a line needs between two calls. */
const lineRest = 2;

/** Every channel is one of a line, which a later channel takes as soon as it is free. */
const lines: BadInput = {
  name: "lines whose channels have one name",
  exact: false,
  spoil: (world) => {
    const spans = new Map<string, { start: number; end: number }>();
    const seconds = (text: unknown): number => Date.parse(`${String(text).replace(" ", "T")}Z`) / 1000;
    for (const row of world.rows)
      for (const name of [row["channel"], row["dstchannel"]].map((channel) => String(channel ?? ""))) {
        if (!/^SIP\/.*-[0-9a-f]{8}$/.test(name)) continue;
        const [start, end] = [seconds(row.start), seconds(row["end"])];
        const known = spans.get(name) ?? { start, end };
        spans.set(name, { start: Math.min(start, known.start), end: Math.max(end, known.end) });
      }
    const free: number[] = [];
    const names = new Map<string, string>();
    for (const [name, { start, end }] of [...spans].sort((a, b) => a[1].start - b[1].start)) {
      const found = free.findIndex((from) => from <= start);
      const line = found < 0 ? free.length : found;
      free[line] = end + lineRest;
      names.set(name, `DAHDI/${line + 1}-1`);
    }
    return renamedBy(world, (channel) => names.get(channel) ?? channel);
  },
};

export const badInputs: readonly BadInput[] = [
  twoPbxs,
  restarts,
  outOfOrder,
  someChannels,
  clockJumps,
  badFields,
  onlyPeers,
  lines,
];

/** Who called, by the id of a leg: a number, or one of the many who hide theirs. */
export const callersOf = (truth: readonly TrueCall[]): Map<string, string> =>
  new Map(
    truth.flatMap(({ key, truth: { caller }, ids }) =>
      ids.map((id) => [id, caller === "anonymous" ? key : caller] as const),
    ),
  );
