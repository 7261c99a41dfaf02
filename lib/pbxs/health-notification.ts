import { optionOfStage, subjectOfStage } from "../alarms.ts";
import { maskText } from "../mask.ts";
import type { ProblemKind } from "./check-pbxs.ts";
import type { HealthChanges } from "./health-changes.ts";

/** PBXs that a group of a notification names. */
const named = 30;

/** Each kind for one PBX and for several. */
const phrases: Readonly<Record<ProblemKind, readonly [one: string, several: string]>> = {
  unreachable: ["does not answer", "do not answer"],
  failing: ["answers with errors", "answer with errors"],
  refusing: ["refuses requests", "refuse requests"],
  clock: ["has a wrong clock", "have a wrong clock"],
  zone: ["has rows of another time zone", "have rows of another time zone"],
  registration: ["has a secret that cannot be used", "have secrets that cannot be used"],
};

interface Group {
  /** After the PBX's id, or after a number of PBXs. */
  readonly says: readonly [one: string, several: string];
  readonly members: readonly { readonly pbx: string; readonly detail?: string; readonly cure?: string }[];
}

/** Subject and text of the notification about changes; undefined: nothing changed. `stage` is undefined on a laptop. */
export const healthMessage = (
  changes: HealthChanges,
  pbxs: number,
  stage: string | undefined,
  now: number,
): readonly [subject: string, text: string] | undefined => {
  const groups = [...brokenGroups(changes, now), ...endingGroups(changes), ...wellGroups(changes)];
  if (groups.length === 0) return undefined;
  const option = optionOfStage(stage);
  const paragraphs = groups.flatMap(({ says, members }) => {
    const cures = [...new Set(members.flatMap(({ cure }) => cure ?? []))].slice(0, 3);
    return [
      `${subjectOf(members, says)}:`,
      [
        ...members
          .slice(0, named)
          .map(({ pbx, detail }) => `- ${pbx}${detail === undefined ? "" : `: ${maskText(detail)}`}`),
        ...(members.length > named ? [`- and ${number(members.length - named)} more`] : []),
        ...cures.map((cure) => `Fix: ${cure}`),
      ].join("\n"),
    ];
  });
  const [first] = changes.broken;
  const checks =
    first === undefined
      ? []
      : [
          `To check one PBX again, run \`wildix doctor${option} --pbx ${first.pbx}\`. To check all ${number(pbxs)} PBXs, run \`wildix doctor${option} --all\`.`,
        ];
  const subject = groups.map(({ says, members }) => subjectOf(members, says)).join("; ");
  return [subjectOfStage(stage, subject), [...paragraphs, ...checks].join("\n\n")];
};

const subjectOf = (members: Group["members"], [one, several]: Group["says"]): string => {
  const [only] = members;
  return only !== undefined && members.length === 1
    ? `${only.pbx} ${one}`
    : `${number(members.length)} PBXs ${several}`;
};

const brokenGroups = ({ broken }: HealthChanges, now: number): Group[] =>
  (Object.keys(phrases) as ProblemKind[]).flatMap((kind) => {
    const [one, several] = phrases[kind];
    const since = ` since ${clockTime(now)}`;
    const members = broken
      .filter((change) => change.kind === kind)
      .map(({ pbx, problem: { check, detail, cure } }) => ({ pbx, detail: `${check}: ${detail}`, cure }));
    return members.length === 0 ? [] : [{ says: [one + since, several + since], members }];
  });

const endingGroups = ({ ending }: HealthChanges): Group[] => {
  const byEnd = Map.groupBy(ending, ({ daysLeft = 0, ends }) => `${daysLeft} ${ends?.day} ${ends?.from}`);
  return [...byEnd.values()].map((members) => {
    const [{ daysLeft = 0, ends } = {}] = members;
    const isReported = ends?.from === "report";
    const when = `in ${daysLeft} ${daysLeft === 1 ? "day" : "days"}`;
    const what = isReported
      ? `S2S credentials that are reported ${daysLeft < 0 ? "to have ended" : `to end ${when}`}`
      : `credentials that ${daysLeft < 0 ? "ended" : `end ${when}`}`;
    const cure = isReported
      ? "Create a company API key on each PBX (WMS 7.09 or newer) and write it with `wildix secret put`."
      : "Create new credentials on the PBX and write them with `wildix secret put`.";
    const says = `${what} (${ends?.day})`;
    return { says: [`has ${says}`, `have ${says}`], members: members.map(({ pbx }) => ({ pbx, cure })) };
  });
};

const wellGroups = ({ well, renewed }: HealthChanges): Group[] => [
  ...(well.length === 0
    ? []
    : [
        {
          says: ["works again", "work again"] as const,
          members: well.map(({ pbx, kind, since }) => ({
            pbx,
            detail: `${phrases[kind][0]} was reported at ${clockTime(since)}`,
          })),
        },
      ]),
  ...(renewed.length === 0
    ? []
    : [
        {
          says: ["has new credentials", "have new credentials"] as const,
          members: renewed.map((pbx) => ({ pbx })),
        },
      ]),
];

const number = (value: number): string => value.toLocaleString("en-US");
const clockTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
