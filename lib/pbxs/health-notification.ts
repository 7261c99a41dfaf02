import { optionOfStage, subjectOfStage } from "../alarms.ts";
import { maskText } from "../mask.ts";
import type { ProblemKind } from "./check-pbxs.ts";
import { type HealthChanges, steadyHours } from "./health-changes.ts";

/** PBXs that a group of a notification names. */
const named = 30;
/** Longest reason of a PBX: a name from its secret, for example of an unknown key, can be much longer. */
const longestDetail = 300;
/** Longest fix: the commands in it can have a long stage and PBX. */
const longestFix = 600;
/** Ends of credentials that have their own group. With more, the PBXs say their ends. */
const mostEnds = 3;
/** SNS takes 256 KB, and the record of what the operators know holds ten notifications in DynamoDB's 400 KB. */
const mostBytes = 20_000;

/** Each kind for one PBX and for several. */
const phrases: Readonly<Record<ProblemKind, readonly [one: string, several: string]>> = {
  unreachable: ["does not respond", "do not respond"],
  failing: ["responds with errors", "respond with errors"],
  refusing: ["refuses requests", "refuse requests"],
  clock: ["has a wrong clock", "have a wrong clock"],
  zone: ["has legs of another time zone", "have legs of another time zone"],
  registration: ["has a secret or tag that cannot be used", "have secrets or tags that cannot be used"],
};

interface Group {
  /** After the PBX's id, or after a number of PBXs. */
  readonly says: readonly [one: string, several: string];
  readonly members: readonly { readonly pbx: string; readonly detail?: string; readonly fix?: string }[];
}

/** Subject and text of the notification about changes; undefined: nothing changed. `stage` is undefined on a laptop. */
export const healthMessage = (
  changes: HealthChanges,
  pbxs: number,
  stage: string | undefined,
  now: number,
): readonly [subject: string, text: string] | undefined => {
  const groups = [...brokenGroups(changes, now), ...endingGroups(changes, stage), ...wellGroups(changes)];
  if (groups.length === 0) return undefined;
  const option = optionOfStage(stage);
  const paragraphs = groups.flatMap(({ says, members }) => {
    const fixes = [...new Set(members.flatMap(({ fix }) => fix ?? []))].slice(0, 3);
    return [
      `${subjectOf(members, says)}:`,
      [
        ...members
          .slice(0, named)
          .map(({ pbx, detail }) => `- ${pbx}${detail === undefined ? "" : `: ${shortened(detail)}`}`),
        ...(members.length > named ? [`- and ${number(members.length - named)} more`] : []),
        ...fixes.map((fix) => `Fix: ${cut(fix, longestFix)}`),
      ].join("\n"),
    ];
  });
  const [first] = changes.broken;
  const checks =
    first === undefined
      ? []
      : [
          [
            `To check one PBX again, run \`wildix doctor${option} --pbx ${first.pbx}\`.`,
            ...(pbxs > 1 ? [`To check all ${number(pbxs)} PBXs, run \`wildix doctor${option} --all\`.`] : []),
          ].join(" "),
        ];
  const subject = groups.map(({ says, members }) => subjectOf(members, says)).join("; ");
  return [
    subjectOfStage(stage, subject),
    [...withinBytes(paragraphs.join("\n\n"), stage), ...checks].join("\n\n"),
  ];
};

const shortened = (detail: string): string => {
  const text = maskText(detail).replace(/\s+/g, " ");
  return cut(text, longestDetail);
};

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}…`;

/** Whole lines, and where the rest is. */
const withinBytes = (text: string, stage: string | undefined): string[] => {
  if (Buffer.byteLength(text) <= mostBytes) return [text];
  const start = Buffer.from(text).subarray(0, mostBytes).toString("utf8");
  return [
    start.slice(0, start.lastIndexOf("\n")),
    `The notification is too long. To list all PBXs with a problem, run \`wildix ${stage ? "status" : "doctor"}${optionOfStage(stage)}${stage ? "" : " --all"}\`.`,
  ];
};

const unsteadyText = `works and fails in turn, so the next notification follows after ${steadyHours} hours without a failure: `;

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
      .map(({ pbx, problem: { check, detail, cure }, unsteady }) => ({
        pbx,
        detail: `${unsteady ? unsteadyText : ""}${check}: ${detail}`,
        fix: cure,
      }));
    return members.length === 0 ? [] : [{ says: [one + since, several + since], members }];
  });

/** The command as it works for one of the PBXs. A laptop has a file of PBXs. */
const writesCredentials = (pbxs: readonly string[], stage: string | undefined): string => {
  if (!stage) return "write them into the file of PBXs";
  const each = pbxs.length > 1 ? ", for each PBX" : "";
  return `write them with \`wildix secret put ${pbxs[0]} --stage ${stage}\`${each}`;
};

const endingGroups = ({ ending }: HealthChanges, stage: string | undefined): Group[] => {
  const byEnd = Map.groupBy(ending, ({ daysLeft = 0, ends }) => `${daysLeft} ${ends?.day} ${ends?.from}`);
  const isOver = ({ daysLeft = 0 }: (typeof ending)[number]): boolean => daysLeft < 0;
  const groups =
    byEnd.size <= mostEnds ? byEnd : Map.groupBy(ending, (one) => `${isOver(one)} ${one.ends?.from}`);
  return [...groups.values()].map((members) => {
    const [{ daysLeft = 0, ends } = {}] = members;
    const isOneEnd = members.every((one) => one.ends?.day === ends?.day && one.daysLeft === daysLeft);
    const isReported = ends?.from === "report";
    const last = Math.max(...members.map((one) => one.daysLeft ?? 0));
    const when = isOneEnd
      ? `in ${daysLeft} ${daysLeft === 1 ? "day" : "days"}`
      : `within ${last} ${last === 1 ? "day" : "days"}`;
    const what = isReported
      ? `credentials that are reported ${daysLeft < 0 ? "to have ended" : `to end ${when}`}`
      : `credentials that ${daysLeft < 0 ? "ended" : `end ${when}`}`;
    const replacement = isReported
      ? "a company API key on each PBX (WMS 7.09 or newer)"
      : "new credentials on each PBX";
    const list = stage
      ? ` To list when all credentials end, run \`wildix secret list --stage ${stage} --ending\`.`
      : "";
    const writing = writesCredentials(
      members.map(({ pbx }) => pbx),
      stage,
    );
    const fix = `Create ${replacement}, and ${writing}.${list}`;
    const says = isOneEnd ? `${what} (${ends?.day})` : what;
    const each = members.toSorted((a, b) => (a.daysLeft ?? 0) - (b.daysLeft ?? 0));
    return {
      says: [`has ${says}`, `have ${says}`],
      members: each.map((one) => ({
        pbx: one.pbx,
        fix,
        ...(isOneEnd ? {} : { detail: `the day is ${one.ends?.day}` }),
      })),
    };
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
            detail: `"${phrases[kind][0]}" was reported at ${clockTime(since)}`,
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
